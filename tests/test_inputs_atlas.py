"""The built-in data and the inputs made of them."""

from __future__ import annotations

import numpy as np
import pytest

import gigaplan as gp
from gigaplan import atlas
from gigaplan.errors import InputError, UsageError
from gigaplan.inputs.build import build_inputs
from gigaplan.inputs.check import finish
from gigaplan.inputs.context import annuity, interest_during_construction, schedule

STATES = 48


def test_every_column_has_a_source():
    known = atlas.sources()
    cited = set(zip(known["table"], known["column"], strict=True))
    for name in atlas.tables():
        for column in atlas.table(name).columns:
            assert (name, column) in cited, f"{name}.{column} has no source"
    for name in atlas.hourly_tables():
        assert (name, "*") in cited
    assert (known["source"] != "").all()
    assert (known["licence"] != "").all()
    assert not known["licence"].str.contains("ODbL").any()


def test_atlas_is_small_and_complete():
    from importlib.resources import files

    size = sum(p.stat().st_size for p in (files("gigaplan.atlas") / "data").iterdir())
    assert size < 8e6
    assert len(atlas.table("zones")) == STATES
    assert len(atlas.table("corridors").query("kind == 'ac'")) == 94
    for name in atlas.hourly_tables():
        table = atlas.hourly(name)
        assert table.shape == (8760, STATES)
        assert not table.isna().to_numpy().any()
        if name != "load":
            assert table.to_numpy().min() >= 0
            assert table.to_numpy().max() <= 1


def test_fleet_totals_are_those_of_the_source():
    total = atlas.table("fleet").groupby("technology")["capacity_mw"].sum() / 1e3
    known = {"gas_cc": 291.2, "gas_ct": 126.2, "coal": 160.9, "nuclear": 97.6, "hydro": 77.5}
    for technology, gw in known.items():
        assert total[technology] == pytest.approx(gw, rel=0.01)


def test_load_of_2026_is_the_known_one():
    programme = gp.with_changes(
        gp.load("us-first"), {"years": [2026], "start_year": 2025, "money.available": None}
    )
    load = build_inputs(programme)["load"].sel(year=2026)
    assert float(load.sum()) / 1e3 == pytest.approx(4464, rel=0.01)  # TWh
    assert float(load.sum("zone").max()) == pytest.approx(784, rel=0.01)  # GW


def test_unknown_names_list_near_matches():
    with pytest.raises(UsageError, match="corridors"):
        atlas.table("coridors")
    with pytest.raises(UsageError, match="did you mean"):
        atlas.source("campus_utilization")


def test_inputs_report_every_fault_at_once():
    inputs = build_inputs(gp.load("three-states"))
    broken = inputs.copy(deep=True)
    broken["load"][0, 0, 5] = np.nan
    broken["corridor_loss"][0] = -0.5
    broken = broken.drop_vars("campus_pue")
    with pytest.raises(InputError) as caught:
        finish(broken)
    text = str(caught.value)
    assert "load" in text
    assert "hour=5" in text
    assert "corridor_loss" in text
    assert "campus_pue" in text


def test_draw_schedules_add_up_and_respect_the_start():
    inputs = build_inputs(gp.load("us-first"))
    np.testing.assert_allclose(inputs["draw"].sum("calendar").values, 1.0)
    assert int(inputs["calendar"][0]) == 2026


def test_grouped_states_keep_their_totals():
    base = build_inputs(gp.load("three-states"))
    grouped = build_inputs(
        gp.with_changes(
            gp.load("three-states"), {"zones": {"Plains": ["OK", "KS"], "Texas": ["TX"]}}
        )
    )
    for name in ("load", "plant_existing", "renewable_existing", "campus_limit"):
        assert float(grouped[name].sum()) == pytest.approx(float(base[name].sum()), rel=1e-9)
    assert grouped.sizes["corridor"] < base.sizes["corridor"]


def test_annuity_and_interest_by_hand():
    assert annuity(0.07, 5) == pytest.approx(
        0.2438907, rel=1e-6
    )  # textbook capital recovery factor
    assert annuity(0.0, 4) == 0.25
    assert interest_during_construction(schedule("50/50"), 0.10) == pytest.approx(1.05)
