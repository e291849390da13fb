"""The map: places against a published example, labels that do not overlap, data beside pictures."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaplan.cli.main import main
from gigaplan.errors import UsageError
from gigaplan.pictures.maps import draw_map
from gigaplan.pictures.projection import Frame, albers, place_labels


@pytest.fixture(scope="module")
def plan(three_states):
    return three_states


def test_albers_gives_the_published_example():
    """Snyder 1987, page 291: parallels 29.5 and 45.5, origin 23 N 96 W, at 35 N 75 W, sphere."""
    x, y = albers(-75.0, 35.0)
    _, south = albers(-96.0, 23.0)
    assert x == pytest.approx(0.2952720, abs=1e-7)
    assert y - south == pytest.approx(0.2416774, abs=1e-7)


def test_a_frame_holds_what_it_shows():
    places = [(-100.0, 30.0), (-90.0, 35.0), (-95.0, 45.0)]
    frame = Frame.around(places, 900, 540)
    pixels = [frame.pixel(*place) for place in places]
    assert all(-1e-6 <= x <= 900 + 1e-6 and -1e-6 <= y <= 540 + 1e-6 for x, y in pixels)
    assert pixels[2][1] == pytest.approx(0.0)  # the northernmost at the top


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=9, unique=True)
)
def test_labels_keep_apart(cells):
    points = [(100.0 * a, 60.0 * b, 8.0) for a, b in cells]
    size = (70.0, 16.0)
    boxes = []
    for x, y in place_labels(points, [size] * len(points)):
        boxes.append((x - 35, y - 8, x + 35, y + 8))
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_picture_and_data(plan, tmp_path, capsys):
    plan.save(tmp_path / "plan")
    for name in ("m.svg", "m.png", "m.json"):
        assert main(["map", str(tmp_path / "plan"), str(tmp_path / name)]) == 0
    svg = (tmp_path / "m.svg").read_text()
    assert "USD/MWh" in svg
    assert "-0.00" not in svg
    data = json.loads((tmp_path / "m.json").read_text())
    facility = {row["zone"]: row["facility"] for row in data["campuses"]["rows"]}
    assert sum(facility.values()) == pytest.approx(
        plan.summary()["facility_power_gw"]["2030"], 1e-3
    )
    assert data["corridors"]["units"]["net_flow"] == "GW"
    for zone, power in facility.items():
        assert f"{zone} {power:.2f} GW" in svg
    assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().out == ""


def test_faults_of_a_map_leave_nothing(plan, tmp_path):
    for name, year in (("m.pdf", None), ("no/m.svg", None), ("m.svg", 2029)):
        with pytest.raises(UsageError):
            draw_map(plan, tmp_path / name, year)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["no/such.svg", "timeline.pdf"])
def test_a_gantt_picture_that_cannot_be_written_is_told(three_states, tmp_path, name):
    from gigaplan.pictures.gantt import draw_gantt

    with pytest.raises(UsageError, match=r"no folder|\.svg or \.png"):
        draw_gantt(three_states, tmp_path / name)
    assert not list(tmp_path.iterdir())
