"""A real plan from programme to tables, and what must hold for every plan."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gigaplan as gp
from gigaplan.errors import CheckError, InfeasibleError, UsageError
from gigaplan.inputs.build import build_inputs
from gigaplan.inputs.declaration import ASSET_CLASSES
from gigaplan.plan.compare import compare
from gigaplan.programme import with_changes
from gigaplan.solving.days import choose
from gigaplan.solving.solve import solve_inputs
from gigaplan.solving.verify import verify
from gigaplan.solving.whatif import what_if
from systems import random_inputs


@pytest.fixture(scope="module")
def plan():
    return gp.solve(gp.load("three-states"), workers=1)


def test_three_states_is_certified_and_checked(plan):
    facts = plan.summary()
    assert facts["status"] == "optimal"
    assert 0 <= facts["gap"] <= 1e-4
    assert facts["lower_bound"] <= facts["upper_bound"]
    assert all(c["passed"] for c in facts["checks"].values())
    assert len(facts["checks"]) >= 15
    assert facts["capital_busd"]["total"] == pytest.approx(20.0, abs=1e-6)  # the budget binds
    assert facts["it_power_gw"]["2028"] > 0.3
    json.dumps(facts, allow_nan=False)
    assert len(plan.summary_text().splitlines()) <= 60


def test_tables_have_units_and_agree(plan):
    for name in ("rollout", "power", "dispatch", "corridors", "campuses", "money"):
        table = getattr(plan, name)()
        assert not table.empty
        numeric = table.select_dtypes("number").columns
        assert set(numeric) <= set(table.attrs["units"])
    it_power = plan.campuses().groupby("year")["it_power"].sum()
    assert it_power[2030] == pytest.approx(float(plan.data["it_power"].sel(year=2030).sum()))
    money = plan.money()
    drawn = money[money["asset_class"].isin(ASSET_CLASSES)]["draw"].sum()
    assert drawn == pytest.approx(plan.summary()["capital_busd"]["total"])


def test_round_trip(plan, tmp_path):
    plan.save(tmp_path / "p")
    again = gp.open(tmp_path / "p")
    assert again.summary()["objective"] == plan.summary()["objective"]
    for name in plan.data.data_vars:
        np.testing.assert_allclose(
            again.data[name].values, plan.data[name].values, rtol=1e-5, atol=1e-6
        )
    assert compare(plan, again).empty


def test_damaged_plan_is_named(plan, tmp_path):
    plan.save(tmp_path / "p")
    file = tmp_path / "p" / "plan.nc"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(UsageError, match=r"plan\.nc"):
        gp.open(tmp_path / "p")
    with pytest.raises(UsageError):
        gp.open(tmp_path / "nothing")


def test_an_interrupted_save_leaves_nothing(plan, tmp_path, monkeypatch):
    import gigaplan.plan.store as store

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "_swap", stop)
    with pytest.raises(KeyboardInterrupt):
        plan.save(tmp_path / "p")
    assert list(tmp_path.iterdir()) == []


def test_a_tampered_plan_fails_the_checks(plan):
    for name, index in (
        ("it_build", 0),
        ("generation", 0),
        ("capital_draw", 0),
        ("state_of_charge", 0),
    ):
        data = plan.data.copy(deep=True)
        data[name].values.reshape(-1)[index] += 5.0
        with pytest.raises(CheckError):
            verify(plan.inputs, data, plan.meta["objective"])


def test_more_money_never_lowers_the_aim(plan):
    richer = gp.solve(
        gp.with_changes(gp.load("three-states"), {"money.budget": "30 BUSD"}), workers=1
    )
    assert richer.meta["upper_bound"] <= plan.meta["upper_bound"] + plan.meta["gap_busd"]
    differences = compare(plan, richer)
    assert (differences["quantity"] == "it_power").any()


def test_monolith_gives_the_same_plan(plan):
    whole = gp.solve(gp.load("three-states"), workers=1, method="monolith")
    assert whole.meta["upper_bound"] == pytest.approx(
        plan.meta["upper_bound"], abs=2 * plan.meta["gap_busd"]
    )


def test_first_order_duals_are_a_start_that_is_proved(plan):
    said = []
    other = gp.solve(gp.load("three-states"), workers=1, method="pdlp", progress=said.append)
    assert other.meta["lower_bound"] <= plan.meta["upper_bound"] + 1e-9
    assert other.meta["upper_bound"] >= plan.meta["lower_bound"] - 1e-9
    assert other.meta["gap"] <= 1e-4
    bounds = [float(t.split("between ")[1].split(" and")[0]) for t in said if t[:5] == "round"]
    # with its duals the first bound is within a hundredth of the last one, without them below zero
    assert bounds[0] > 0.99 * bounds[-1]


def test_a_method_that_there_is_not_is_named():
    with pytest.raises(UsageError, match=r"choose decomposition, monolith, pdlp"):
        gp.solve(gp.load("three-states"), method="simplex")
    with pytest.raises(UsageError, match="not installed"):
        gp.solve(gp.load("three-states"), method="cuopt")


def test_a_path_beyond_reach_names_its_limits():
    programme = gp.with_changes(
        gp.load("three-states"),
        {
            "aim": {"kind": "cost", "it_path": {2028: "2 GW", 2030: "4 GW"}},
            "money.budget": "60 BUSD",
        },
    )
    with pytest.raises(InfeasibleError) as caught:
        gp.solve(programme, workers=1)
    assert "budget" in str(caught.value)


def test_time_limit_gives_a_plan_with_its_gap():
    plan = gp.solve(gp.load("three-states"), workers=1, gap=1e-12, time_limit=0.001)
    assert plan.meta["status"] == "time_limit"
    assert plan.meta["gap"] > 1e-12
    assert "STOPPED" in plan.summary_text()


@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1000))
def test_supply_limits_never_help(seed):
    inputs = random_inputs(seed)
    free = inputs.copy(deep=True)
    free["cap_limit"][:] = np.inf
    free["campus_limit"][:] = np.inf
    free["campus_national_limit"][:] = np.inf
    capped = solve_inputs(inputs, count=2, workers=1, gap=1e-6)
    loose = solve_inputs(free, count=2, workers=1, gap=1e-6)
    assert loose.meta["lower_bound"] <= capped.meta["upper_bound"] + 1e-6


def test_days_carry_the_years_energy():
    inputs = random_inputs(0)
    days = choose(inputs, 6, 1)
    assert days.weights.sum() == pytest.approx(365)
    assert abs(days.error["load"]) < 0.01
    assert set(days.hardest) <= set(days.weights.index)
    assert len(choose(inputs, 365, 1).weights) == 365


def test_all_days_of_a_year_are_planned_and_checked():
    plan = gp.solve(gp.load("three-states"), days=365, workers=2)
    assert all(c["passed"] for c in plan.summary()["checks"].values())
    assert plan.summary()["gap"] <= 1e-4
    # with more money than before, and less than the plans that were priced for this
    richer = what_if(plan, {"budget": "22 BUSD"}, gap=3e-3)
    assert richer.mixture_of >= 3
    assert richer.gap <= 3e-3
    assert plan.meta["upper_bound"] > richer.objective >= richer.lower_bound
    called = richer.table.query("quantity == 'capital'")["difference"].sum()
    assert 0 < called <= 2.0 + 1e-6


def test_a_what_if_without_a_state_or_a_technology_keeps_every_cut(plan):
    """Empty campuses and assets stay in the dispatch; the answer is that of a plan from nothing."""
    change = {
        "campus.excluded": ["TX"],
        "power.technologies": ["gas_ct_new", "wind_new", "solar_new"],
    }
    found = what_if(plan, change)
    assert " 0 dropped" in found.kept
    assert int(found.kept.split(":")[1].split()[0]) > 0
    fresh = gp.solve(with_changes(gp.load("three-states"), change), days=plan.meta["days_asked"])
    assert found.lower_bound <= fresh.meta["upper_bound"] * (1 + 1e-9)
    assert found.objective >= fresh.meta["lower_bound"] * (1 - 1e-9)
    left = found.table.query("where == 'TX' and quantity == 'facility power'")
    assert len(left)
    assert (left["after"] == 0).all()


def test_a_closed_state_keeps_its_on_site_options_without_room(plan):
    """So that the layers of the model that only go by labels stay as they are."""
    changed = with_changes(gp.load("three-states"), {"campus.excluded": ["TX"]})
    inputs, fresh = build_inputs(changed, like=plan.inputs), build_inputs(changed)
    assert inputs["option"].values.tolist() == plan.inputs["option"].values.tolist()
    closed = (inputs["option_zone"] == "TX") & inputs["option_kind"].str.startswith("onsite")
    assert closed.any()
    assert not inputs["option_buildable"].sel(option=inputs["option"][closed]).any()
    others = inputs["option"][~closed].values
    assert others.tolist() == fresh["option"].values.tolist()
    assert inputs["option_buildable"].sel(option=others).equals(fresh["option_buildable"])
