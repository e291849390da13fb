"""The system without the programme: proved, kept, read, and every way in which that can fail."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gigaplan as gp
from conftest import keeping_the_system_without
from gigaplan.cli.main import main
from gigaplan.errors import SolverError, UsageError
from gigaplan.model.aim import constant_cost
from gigaplan.model.assemble import build_monolith
from gigaplan.outcomes.tables import TABLES
from gigaplan.plan import store
from gigaplan.plan.store import WITHOUT
from gigaplan.plan.without import Without, keep, of_plan, pack, unpack
from gigaplan.solving import engine
from gigaplan.solving.prepared import without_programme
from gigaplan.solving.search import search
from gigaplan.solving.solve import solve_inputs
from gigaplan.solving.without import _start, without_of
from systems import random_inputs


@pytest.fixture(scope="module")
def small():
    with keeping_the_system_without():
        return solve_inputs(random_inputs(7, zones=3, budget=80.0), count=2, workers=1, gap=1e-6)


@pytest.fixture(scope="module")
def folder(three_states, tmp_path_factory):
    return three_states.save(tmp_path_factory.mktemp("plans") / "three")


@pytest.fixture
def copy(folder, tmp_path):
    return Path(shutil.copytree(folder, tmp_path / "plan"))


def test_it_starts_from_a_plan_whose_units_were_sold():
    """What was sold goes with what was built: a start with less than nothing would be no bound."""
    inputs = random_inputs(7, zones=3, budget=80.0)
    days = pd.Series([365.0], index=pd.Index([20], name="day"))
    found = search(inputs, days, 1e-4, workers=1, baseline=False, check_hours=False)
    found.pool.close()
    sold = found.model.variables["onsite_sold"]
    option, built, later = sold.indexes["option"][0], *inputs["year"].values[:2].tolist()
    point = found.result.point.copy()
    at = {"option": option, "year": built, "owner": "programme"}
    point[found.master.columns("build", **at)] += 0.5
    point[found.master.columns("onsite_sold", option=option, year=later, year_built=built)] += 0.3
    found.result.point = found.master.repaired(point)
    master, _ = without_programme(found)
    assert master.off_rows(_start(found, master)) < 1e-6
    # nothing of the programme's is allowed there, in the bounds that this is measured by as well
    assert master.off_rows(found.result.point) > 0.1


def digest_of(folder):
    return {p.name: p.read_bytes() for p in sorted(Path(folder).rglob("*")) if p.is_file()}


def test_its_cost_is_that_of_one_linear_programme(small):
    """The monolith with everything of the programme's held at zero costs what the bounds say."""
    inputs, kept = small.inputs, of_plan(small)
    days = pd.Series(
        small.data["day_weight"].values, index=pd.Index(small.data["day"].values, name="day")
    )
    model = build_monolith(inputs, days)
    for name in ("build", "corridor_build"):
        upper = model.variables[name].upper
        model.variables[name].update(upper=upper.where(upper["owner"] != "programme", 0.0))
    for name in ("it_build", "fab_build"):
        model.variables[name].update(upper=0.0)
    solver = model.to_highspy()
    solver.setOptionValue("output_flag", False)
    solver.run()
    assert solver.modelStatusToString(solver.getModelStatus()) == "Optimal"
    cost = solver.getObjectiveValue() + constant_cost(inputs)
    lower, upper = (kept.facts[f"{n}_bound_busd"] for n in ("lower", "upper"))
    assert lower - 1e-4 <= cost <= upper + 1e-4
    assert kept.facts["gap"] <= 1e-6
    assert small.meta["baseline_cost_busd"] <= upper + 1e-6


def test_it_holds_nothing_of_the_programmes(small):
    data = of_plan(small).data
    for name in ("build", "corridor_build"):
        assert float(data[name].sel(owner="programme").sum()) == 0.0
    load = small.inputs["load"].values.reshape(*small.inputs["load"].shape[:2], -1, 24)
    stored = load[:, :, data["day"].values.astype(int)]
    assert data["demand"].values == pytest.approx(stored, rel=1e-6)
    assert data["year_price"].values == pytest.approx(data["year_price_others"].values)


def test_prices_without_campuses_in_the_weights(small):
    """The price that others pay is weighted by their load; with campuses' flat draw it differs."""
    data = small.data
    flat = data["campus_load"] > 1e-6
    assert bool(flat.any())
    same = data["year_price"].where(~flat) - data["year_price_others"].where(~flat)
    assert float(abs(same).max()) < 1e-9
    assert (data["year_price_scarcity"] <= data["year_price_others"] + 1e-9).all()


def test_saved_and_read_the_same(three_states, folder):
    there = of_plan(gp.open(folder))
    own = of_plan(three_states)
    assert there.facts == own.facts
    for name in own.data:
        assert there.data[name].values == pytest.approx(own.data[name].values, rel=1e-6, abs=1e-9)
    assert unpack(pack(own), three_states.inputs).facts == own.facts


def test_solved_from_a_saved_plan(copy, capsys):
    kept = of_plan(gp.open(copy)).facts
    (copy / WITHOUT).unlink()
    plan = gp.open(copy)
    assert of_plan(plan) is None
    with pytest.raises(UsageError, match="does not hold"):
        _ = plan.outcomes.pair.without
    # what needs the plan alone asks for nothing to be solved
    assert main(["outcomes", str(copy), "jobs", "--csv"]) == 0
    assert not (copy / WITHOUT).exists()
    capsys.readouterr()
    assert main(["outcomes", str(copy), "prices", "--workers", "1"]) == 0
    told = capsys.readouterr()
    assert "cuts still valid" in told.err
    assert "USD/MWh" in told.out
    again = of_plan(gp.open(copy)).facts
    assert again["upper_bound_busd"] == pytest.approx(kept["upper_bound_busd"], rel=1e-4)
    assert again["lower_bound_busd"] <= kept["upper_bound_busd"] + 1e-9
    assert [p for p in copy.iterdir() if "partial" in p.name] == []
    # the rest of the plan is as it was, and whole
    gp.open(copy)


def test_damage_is_told_and_nothing_changes(copy, capsys):
    path = copy / WITHOUT
    path.write_bytes(path.read_bytes()[:-7] + b"damaged")
    before = digest_of(copy)
    assert main(["outcomes", str(copy), "prices"]) == 2
    assert f"{WITHOUT} is damaged" in capsys.readouterr().err
    assert digest_of(copy) == before
    # the plan itself opens, and what does not need the file is still shown after it is gone
    gp.open(copy)


def test_a_file_that_is_no_netcdf_is_told(three_states):
    with pytest.raises(UsageError, match="cannot be read"):
        unpack(b"nothing", three_states.inputs)


def test_a_file_of_another_plan_is_told(three_states, small):
    with pytest.raises(UsageError, match="not those of the plan"):
        unpack(pack(of_plan(three_states)), small.inputs)


def test_a_variable_out_of_bounds_is_not_kept(three_states):
    kept = of_plan(three_states)
    for change in (-1.0, np.nan):
        bad = kept.data.copy(deep=True)
        bad["price"][0, 0, 0, 0] = change
        with pytest.raises(UsageError, match="price"):
            pack(Without(bad, kept.facts))


@pytest.mark.parametrize("version", [1, 99])
def test_another_version_is_told(copy, capsys, version):
    record = json.loads((copy / "meta.json").read_text())
    record["version"] = version
    (copy / "meta.json").write_text(json.dumps(record))
    before = digest_of(copy)
    assert main(["outcomes", str(copy)]) == 2
    assert f"plan format {version}" in capsys.readouterr().err
    assert digest_of(copy) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "'nonsense' is no table of outcomes; choose overview"),
        (["prices", "--state", "ZZ"], "'ZZ' is not in the table; it has TX"),
        (["prices", "--year", "1999"], "no year 1999; it has 2028, 2030"),
        (["position", "--state", "TX"], "is not by state"),
        (["partners"], "no roster"),
        (["water", "--picture", "x.png"], "a picture of prices and of jobs only"),
        (["jobs", "--picture", "x.pdf"], "written as .svg or .png"),
        (["prices", "--picture", "no/where.png"], "there is no folder"),
    ],
)
def test_bad_words_end_with_two(opened, capsys, arguments, message):
    assert main(["outcomes", opened, *arguments]) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert told.out == ""


@pytest.fixture
def opened(folder, monkeypatch):
    """The plan opened once for many commands."""
    plan = gp.open(folder)
    monkeypatch.setattr(store, "open_plan", lambda _: plan)
    return str(folder)


def test_tables_by_command(opened, capsys):
    for name in [n for n in TABLES if n != "partners"]:
        assert main(["outcomes", opened, name]) == 0
        assert "sources:" in capsys.readouterr().out
        assert main(["outcomes", opened, name, "--csv"]) == 0
        rows = pd.read_csv(pd.io.common.StringIO(capsys.readouterr().out))
        assert rows["sources"].str.len().min() > 10
        assert main(["outcomes", opened, name, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert len(found["rows"]) == len(rows)
        assert set(found["sources"][0]) == {"name", "source", "vintage", "confidence", "note"}


def test_rows_of_a_state_and_a_year(opened, capsys):
    assert main(["outcomes", opened, "prices", "--state", "OK", "--year", "2030", "--csv"]) == 0
    rows = pd.read_csv(pd.io.common.StringIO(capsys.readouterr().out))
    assert rows[["zone", "year [year]"]].to_numpy().tolist() == [["OK", 2030]]


def test_pictures(opened, tmp_path):
    for name in ("prices", "jobs"):
        for kind, start in ((".svg", b"<svg"), (".png", b"\x89PNG")):
            path = tmp_path / f"{name}{kind}"
            assert main(["outcomes", opened, name, "--picture", str(path)]) == 0
            assert path.read_bytes().startswith(start)
    assert len(list(tmp_path.iterdir())) == 4


def test_a_full_disk_leaves_the_plan_as_it_was(copy, three_states, monkeypatch):
    (copy / WITHOUT).unlink()
    before = digest_of(copy)

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UsageError, match="No space left"):
        keep(copy, of_plan(three_states))
    monkeypatch.undo()
    assert digest_of(copy) == before


def test_a_stop_before_the_gap_is_no_answer(three_states, monkeypatch):
    plan = three_states
    real = engine.run

    def stopped(*args, **kwargs):
        found = real(*args, **kwargs)
        found.status = "round_limit"
        return found

    monkeypatch.setattr(engine, "run", stopped)
    with pytest.raises(SolverError, match="not solved to its gap"):
        without_of(plan, workers=1)
