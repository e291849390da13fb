"""Plans in whole units: against one mixed-integer programme, kept proofs, limits, tables."""

from __future__ import annotations

import json

import highspy
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gigaplan as gp
from gigaplan.cli.main import main
from gigaplan.errors import CheckError, InfeasibleError
from gigaplan.inputs.build import build_inputs
from gigaplan.model.assemble import build_monolith
from gigaplan.solving.search import search
from gigaplan.solving.solve import solve_inputs
from gigaplan.solving.verify import verify
from systems import random_inputs

WEIGHTS = pd.Series([200.0, 165.0], index=pd.Index([5, 200], name="day"))
GAP = 1e-6


def whole(seed, zones=2, aim="compute", budget=45.0, unit=0.25):
    inputs = random_inputs(seed, zones=zones, aim=aim, budget=budget)
    inputs["whole_units"] = True
    inputs["campus_unit"] = unit
    return inputs


def asked(inputs, gap=GAP, **options):
    found = search(inputs, WEIGHTS, gap, workers=1, baseline=False, check_hours=False, **options)
    found.pool.close()
    return found


def optimum(inputs):
    """What HiGHS finds for the whole model as one mixed-integer programme, None where nothing."""
    solver = build_monolith(inputs, WEIGHTS).to_highspy()
    for option, value in (("output_flag", False), ("mip_rel_gap", 1e-9), ("mip_abs_gap", 1e-6)):
        solver.setOptionValue(option, value)
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return None
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return solver.getObjectiveValue()


@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10_000), zones=st.integers(2, 3), aim=st.sampled_from(["compute", "cost"]),
    budget=st.sampled_from([45.0, 80.0]),
)  # fmt: skip
def test_the_bounds_hold_the_optimum_of_one_mixed_integer_programme(seed, zones, aim, budget):
    inputs = whole(seed, zones, aim, budget)
    best = optimum(inputs)
    if best is None:
        with pytest.raises(InfeasibleError):
            asked(inputs)
        return
    found = asked(inputs)
    slack = 1e-5 * (1 + abs(best))
    assert found.result.lower - slack <= best <= found.result.upper + slack
    assert found.result.status == "optimal"
    assert found.gap() <= GAP


@pytest.fixture(scope="module")
def first():
    return asked(whole(7))


def test_what_was_proved_serves_whole_units_and_parts(first):
    """Cuts depend on the dispatch problems alone; the numbers are looked at first."""
    saved = first.proof()
    said = []
    again = asked(whole(7), saved=saved, say=said.append)
    assert " 0 dropped" in said[0]
    assert again.nodes <= first.nodes
    assert len(again.result.rounds) < len(first.result.rounds) / 2
    assert again.result.upper == pytest.approx(first.result.upper, rel=2e-6)
    inputs = whole(7)
    inputs["whole_units"] = False
    parts = asked(inputs, saved=saved)
    assert parts.relaxed is None
    assert parts.result.lower <= first.relaxed.upper + 1e-9
    assert parts.result.upper >= first.relaxed.lower - 1e-9
    assert parts.result.upper < first.result.lower  # here rounding costs something


def test_a_search_that_was_killed_among_nodes_goes_on(first, tmp_path, monkeypatch):
    monkeypatch.setattr("gigaplan.solving.search.CHECKPOINT_SECONDS", 0.0)
    kept = tmp_path / ".plan.search.npz"

    def killed(text):
        if text.startswith("node"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked(whole(7), checkpoint=kept, say=killed)
    said = []
    again = asked(whole(7), checkpoint=kept, say=said.append)
    assert said[0].startswith("going on from")
    assert again.result.upper == pytest.approx(first.result.upper, rel=1e-5)
    assert len(again.result.rounds) < len(first.result.rounds)


def test_duals_are_those_with_the_units_held(first):
    """A little more money, the same units: the master's optimum falls by the dual of the budget."""
    master = first.master
    before, point = master.solve()
    np.testing.assert_array_equal(point[master.whole], np.round(point[master.whole]))
    np.testing.assert_allclose(point[master.whole], first.result.point[master.whole], atol=1e-9)
    assert before <= first.result.upper + 1e-9
    rows = np.concatenate([master.rows("budget"), master.rows("budget_total")])
    dual = master.row_dual[rows].sum()
    more = np.array(master.problem.row_upper_)[rows] + 1e-4
    master.bound_rows(rows, np.full(len(rows), -np.inf), more)
    after, _ = master.solve()
    master.bound_rows(rows, np.full(len(rows), -np.inf), more - 1e-4)
    assert dual < 0
    assert after - before == pytest.approx(1e-4 * dual, rel=1e-3)


def test_units_too_large_for_any_plan_name_the_limits():
    inputs = whole(3, aim="cost", budget=200.0, unit=0.25)
    inputs["it_path"][:] = [0.3, 0.4]
    inputs["campus_limit"][:] = 0.28
    inputs["campus_limit_flexible"][:] = 0.28
    inputs["campus_flexible_share"] = 0.0
    grid = np.array([not str(k).startswith("onsite") for k in inputs["option_kind"].values])
    inputs["option_buildable"] = inputs["option_buildable"] & xr.DataArray(grid, dims="option")
    with pytest.raises(InfeasibleError, match="whole units") as caught:
        asked(inputs)
    assert caught.value.limits
    assert "--no-integer" in str(caught.value)


@pytest.fixture(scope="module")
def plan():
    return solve_inputs(whole(1, budget=80.0), count=2, workers=1)


def test_a_plan_in_whole_units_is_checked_and_says_what_rounding_cost(plan):
    facts = plan.summary()
    assert facts["integer"]
    assert facts["status"] == "optimal"
    assert facts["gap"] <= 1e-4
    assert facts["checks"]["whole_units"]["passed"]
    for name, size in (("it_build", "campus_unit"), ("fab_build", "fab_unit")):
        unit = plan.inputs[size].where(plan.inputs[size] > 0)
        units = (plan.data[name] / unit).fillna(0.0).values
        np.testing.assert_allclose(units, np.round(units), atol=1e-9)
    assert facts["lower_bound_of_parts"] <= facts["lower_bound"] <= facts["upper_bound"]
    most = facts["upper_bound"] - facts["lower_bound_of_parts"]
    assert facts["rounding_cost_busd"] == pytest.approx(most)
    assert 0 <= facts["rounding_cost_least_busd"] <= most
    assert facts["rounding_cost"] == pytest.approx(most / facts["system_cost_busd"])
    assert "rounding to them costs" in plan.summary_text()
    blocks = plan.campuses().set_index(["zone", "year"])["blocks"]
    np.testing.assert_allclose(blocks, np.round(blocks), atol=1e-9)
    new = plan.data["it_build"].sum("zone").to_series() / float(plan.inputs["campus_unit"])
    assert facts["units"]["campus blocks"] == {str(y): round(n) for y, n in new.items()}
    json.dumps(facts, allow_nan=False)


@pytest.mark.parametrize(
    ("name", "size"),
    [("it_build", "campus_unit"), ("build", "option_unit"), ("fab_build", "fab_unit"),
     ("corridor_build", "corridor_unit")],
)  # fmt: skip
def test_a_part_of_a_unit_fails_the_checks(plan, name, size):
    data = plan.data.copy(deep=True)
    unit = plan.inputs[size]
    where = {d: [plan.inputs[d].values[unit.values > 0][0]] for d in unit.dims}
    part = 0.4 * float(unit.max())
    data[name].loc[where] = data[name].sel(where) + part
    with pytest.raises(CheckError, match=r"whole_units is off by 0\.4"):
        verify(plan.inputs, data, plan.meta["objective"])


def test_a_time_limit_gives_whole_units_with_their_gap():
    stopped = solve_inputs(whole(1, budget=80.0), count=2, workers=1, gap=1e-12, time_limit=0.001)
    assert stopped.meta["status"] == "time_limit"
    assert stopped.meta["gap"] > 1e-12
    assert stopped.meta["checks"]["whole_units"]["passed"]


def test_the_setting_and_the_command_line_ask_for_whole_units(tmp_path, capsys):
    assert not bool(build_inputs(gp.load("three-states"))["whole_units"])
    programme = gp.with_changes(gp.load("three-states"), {"integer": "true"})
    assert bool(build_inputs(programme)["whole_units"])
    changed = gp.with_changes(programme, {"integer": "false", "campus.block": "250 MW"})
    inputs = build_inputs(changed)
    assert not bool(inputs["whole_units"])
    assert float(inputs["campus_unit"]) == pytest.approx(0.25)
    assert changed.sha256() != programme.sha256()
    assert set(inputs["option_unit"].values[inputs["option_technology"] == "nuclear_smr"]) == {0.3}
    out = str(tmp_path / "p")
    assert (
        main(["plan", "three-states", "--no-integer", "--quiet", "--workers", "1", "-o", out]) == 0
    )
    assert "whole units" not in capsys.readouterr().out
    assert (
        main(["what-if", out, "--set", "integer=true", "--workers", "1", "--json", "--quiet"]) == 0
    )
    answer = json.loads(capsys.readouterr().out)
    assert answer["lower_bound"] > gp.open(out).meta["upper_bound"]
    power = [r["after"] for r in answer["differences"] if r["quantity"] == "IT power"]
    np.testing.assert_allclose(power, np.round(np.array(power) / 0.1) * 0.1, atol=1e-9)
