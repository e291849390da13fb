"""Plans that are certified by mixtures of plans, and bases that are stored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigaplan.plan.scarce import scarce
from gigaplan.solving import carried, engine, explore, near, reuse, subproblem
from gigaplan.solving.basis import size
from gigaplan.solving.engine import Known
from gigaplan.solving.inner import Priced, inner, relaxing
from gigaplan.solving.limit import NEVER
from gigaplan.solving.prepared import PRICED
from gigaplan.solving.relax import Relaxer
from gigaplan.solving.search import search
from gigaplan.solving.subproblem import Solver
from gigaplan.solving.worths import row_duals
from systems import random_inputs

WEIGHTS = pd.Series([200.0, 165.0], index=pd.Index([20, 200], name="day"))
GAP = 1e-7


def solved(inputs, **more):
    found = search(inputs, WEIGHTS, GAP, workers=1, baseline=False, check_hours=False, **more)
    found.pool.close()
    return found


@pytest.fixture(scope="module")
def plan():
    found = solved(random_inputs(3, zones=3, budget=60.0))
    explore.explore(found, lambda _: None)
    return found


def priced_of(found):
    pairs = [found.evaluator.priced(p.point, p.costs) for p in found.priced]
    years = sorted({y for y, _ in found.evaluator.keys})
    coupling = {y: np.array([xi[j] for xi, _ in pairs]) for j, y in enumerate(years)}
    costs = {k: np.array([c[i] for _, c in pairs]) for i, k in enumerate(found.evaluator.keys)}
    return Priced(coupling, costs)


def test_the_hull_holds_the_plan_itself(plan):
    best = inner(plan.master, plan.evaluator, plan.family.template, plan.cases, priced_of(plan))
    own = plan.master.cost.copy()
    own[plan.evaluator.columns] = 0.0
    value = own @ best.point + plan.master.cost[plan.evaluator.columns] @ best.costs
    assert plan.result.lower - 1e-9 <= value <= plan.result.upper + 1e-6


@settings(max_examples=2, deadline=None)
@given(st.floats(0.7, 1.3))
def test_with_more_or_less_money_a_mixture_costs_no_more_than_it_says(plan, share):
    inputs = plan.inputs.copy(deep=True)
    for name in ("budget_available", "budget_total"):
        inputs[name] = inputs[name] * share
    found = solved(inputs, saved=plan.proof(), exact=False)
    assert found.gap() <= GAP
    fresh = solved(inputs)
    assert found.result.upper >= fresh.result.lower - 1e-9
    best = inner(found.master, found.evaluator, found.family.template, found.cases, priced_of(plan))
    exact, _ = found.evaluator.evaluate(best.point)
    assert (exact <= best.costs + 1e-7 * (1 + abs(exact))).all()
    assert found.master.off_rows(best.point) < 1e-6


@pytest.mark.parametrize(("share", "points"), [(0.9, 3), (1.2, 3)])
def test_a_what_if_on_money_solves_no_day(plan, share, points, monkeypatch):
    """Plan, less and more money: between them the answer is a mixture, within 0.3 % here."""
    inputs, looked = plan.inputs.copy(deep=True), []
    for name in ("budget_available", "budget_total"):
        inputs[name] = inputs[name] * share
    monkeypatch.setattr(Solver, "_run", lambda *_: looked.append(1))
    found = search(
        inputs, WEIGHTS, 3e-3, workers=1, baseline=False, check_hours=False, saved=plan.proof(),
        exact=False,
    )  # fmt: skip
    found.pool.close()
    assert not looked
    assert found.mixture_of == min(len(plan.priced), PRICED) >= points
    assert 0 <= found.gap() <= 3e-3


def test_a_plan_with_fewer_campuses_in_the_largest_state_is_among_those_priced(plan):
    """With half of them the answer is a mixture, and each of its days costs no more than said."""
    columns = plan.master.columns("it_power").reshape(plan.model.variables["it_power"].shape)
    then = plan.result.point[columns]
    largest = int(then.sum(axis=1).argmax())
    assert then[largest].max() > 0.01
    zone = str(plan.model.variables["it_power"].indexes["zone"][largest])
    connection = plan.master.columns("campus_connection", campus=zone)
    most = plan.result.point[connection].max()
    *smaller, closed = plan.priced[-len(explore.CONNECTED) - 1 :]
    for priced, share in zip(smaller, explore.CONNECTED, strict=True):
        assert (priced.point[connection] <= share * most + 1e-7).all()
        assert priced.point[columns].sum() > 0
    # nor a connection that no campus needs
    assert np.abs(closed.point[[*columns[largest], *connection]]).max() < 1e-7
    assert closed.point[columns].sum() > 0
    index = columns[largest]
    high = np.array(plan.master.problem.col_upper_)
    lp = plan.master.problem
    lp.col_upper_ = _with(high, index, 0.5 * then[largest])
    try:
        best = plan.mixture(priced_of(plan))
        assert best is not None
        assert (best.point[columns][largest] <= 0.5 * then[largest] + 1e-7).all()
        assert best.point[columns].sum() > 0
        exact, _ = plan.evaluator.evaluate(best.point)
        assert (exact <= best.costs + 1e-7 * (1 + abs(exact))).all()
        assert plan.master.off_rows(best.point) < 1e-6
    finally:
        lp.col_upper_ = high


def test_limits_without_end_are_no_money_to_take_a_share_of(plan):
    """A share of what is endless would be no number."""
    rows = explore._rows(plan, explore.MONEY)
    assert rows
    lp = plan.master.problem
    high = np.array(lp.row_upper_)
    lp.row_upper_ = _with(high, rows[:1], np.inf)
    try:
        assert explore._rows(plan, explore.MONEY) == rows[1:]
    finally:
        lp.row_upper_ = high


def _with(values, index, those):
    out = values.copy()
    out[index] = those
    return out


def test_what_relaxes_a_day_never_makes_it_dearer(plan):
    """The signs that ``relaxing`` reads are those that costs follow."""
    solver, rng = Solver(plan.family.template), np.random.default_rng(0)
    key = plan.evaluator.keys[0]
    case, xi = plan.cases[key], np.maximum(plan.evaluator.at(plan.result.point)[key], 0.0)
    up, down = relaxing(plan.family.template, [case])
    assert up.any()
    assert down.any()
    assert not (up & down)[plan.family.template.U.getnnz(axis=0) > 0].any()
    here = solver.solve(key, case, xi).cost
    for j in rng.permutation(len(xi))[:25]:
        for sign, eases in ((1.0, up), (-1.0, down)):
            moved = xi.copy()
            moved[j] = max(moved[j] + sign * 0.5, 0.0)
            if eases[j]:
                assert solver.solve(key, case, moved).cost <= here + 1e-6 * (1 + abs(here))


def test_a_stored_basis_is_the_optimum_at_once(plan):
    key = plan.evaluator.keys[-1]
    case, xi = plan.cases[key], np.maximum(plan.evaluator.at(plan.result.point)[key], 0.0)
    first, second = Solver(plan.family.template), Solver(plan.family.template)
    cost, _ = first.detail(key, case, xi)
    stored = first.basis_of(key)
    rows, columns = plan.family.template.A.shape
    assert stored.shape == size(columns, rows)
    # loads the object, at other capacities
    second.solve("other", case, xi * 1.1)
    second.take({key: stored, "of another system": stored[:, :-1]})
    assert second.detail(key, case, xi)[0] == pytest.approx(cost, rel=1e-9)
    assert second._highs.getInfo().simplex_iteration_count <= 2
    assert second.basis_of("of another system") is None


def test_a_case_that_takes_more_steps_than_expected_is_solved_all_the_same(plan, monkeypatch):
    key = plan.evaluator.keys[-1]
    case, xi = plan.cases[key], np.maximum(plan.evaluator.at(plan.result.point)[key], 0.0)
    few = [(o, plain, 1 if "limit" in o else light) for o, plain, light in subproblem.LIGHT]
    solver, fresh = Solver(plan.family.template), Solver(plan.family.template)
    solver.solve(key, case, xi)
    solver.solve(key, case, xi)
    assert solver._few[key]
    monkeypatch.setattr(subproblem, "LIGHT", few)
    for far in (xi * 0.7, xi * 1.4):
        found, exact = solver.solve(key, case, far), fresh.solve("other", case, far)
        assert found.method == subproblem.FIRST_METHOD
        assert found.cost == pytest.approx(exact.cost, rel=1e-9)
        # the steps before the limit count as well
        assert solver._steps > 1
        solver._few[key] = True
    # the options are as they were
    name, plain, _ = subproblem.LIGHT[0]
    assert solver._highs.getOptionValue(name)[1] == plain


def test_points_nearby_are_looked_at_until_the_gap_is_met(plan):
    point, asked = plan.result.point, []
    # a plan with less money is one with all of it
    feasible = [p for p in plan.priced if plan.master.off_rows(p.point) < 1e-6]
    cost = {id(p): engine.value(plan.master, plan.evaluator.columns, p) for p in feasible}
    dear = max(feasible, key=lambda p: cost[id(p)])
    assert cost[id(dear)] > 1.01 * plan.result.upper

    def nearby():
        for k in range(5):
            asked.append(k)
            yield (dear.point if k == 0 else point), plan.result.lower

    stop = engine.Stop(1e-4, plan.scale)
    found = engine.run(plan.master, plan.evaluator, stop, warm=True, near=nearby())
    assert asked == [0, 1]
    assert found.status == "optimal"
    assert found.upper == pytest.approx(plan.result.upper, rel=1e-6)
    assert found.lower >= plan.result.lower
    # what is no point of the master proves nothing, however little it costs
    nothing = np.zeros(len(point))
    found = engine.run(plan.master, plan.evaluator, stop, nothing, warm=True)
    assert found.upper == pytest.approx(plan.result.upper, rel=1e-3)
    assert not any(p.point is nothing for p in found.priced)
    # a bound alone proves what is known already
    known = Known(point, plan.result.costs)
    found = engine.run(
        plan.master, plan.evaluator, stop, known=known, near=[(None, plan.result.lower)]
    )
    assert found.point is point


def test_a_point_near_the_plan_is_one_of_the_master(plan):
    before = near.built(plan.master, plan.result.point)
    lower, _ = plan.master.solve()
    point, bound = near.near(plan.master, plan.evaluator, before, 1e9, plan.scale)
    assert lower - 1e-9 * (1 + abs(lower)) <= bound <= plan.result.upper + 1e-9
    assert plan.master.off_rows(point) < 1e-6
    for name, then in before.items():
        now = point[plan.master.columns(name, owner="system")]
        assert np.abs(now - then).max(initial=0.0) <= near.WIDTHS[0] + 1e-9
    # nothing is allowed above the bound, and what was built differs: no far point is taken for near
    elsewhere = {name: then + 5.0 for name, then in before.items()}
    assert near.near(plan.master, plan.evaluator, elsewhere, 0.0, plan.scale)[0] is None
    again, _ = plan.master.solve()
    assert again == pytest.approx(lower, rel=1e-9)  # the bounds were put back


def test_points_of_other_days_are_not_used(plan):
    inputs = plan.inputs.copy(deep=True)
    inputs["load"] = inputs["load"] * 1.01
    other = search(inputs, WEIGHTS, 1e-2, workers=1, baseline=False, check_hours=False)
    other.pool.close()
    kept = reuse.read(
        reuse.opened(plan.proof()),
        other.master,
        other.evaluator,
        other.family.template,
        other.cases,
        other.duals,
    )
    assert kept.priced is None
    assert kept.cuts == 0


def test_a_master_takes_the_basis_of_its_own_model(plan):
    stored = carried.stored(plan.master)
    assert len(stored["cuts"]) == len(plan.master.cuts)
    value, _ = plan.master.solve()
    assert carried.take(plan.master, stored) == 0
    again, _ = plan.master.solve()
    assert again == pytest.approx(value, rel=1e-9)
    assert isinstance(plan.priced[0], Known)


def test_limits_relaxed_by_mixtures_hold_what_a_solve_says(plan):
    items = scarce(plan.inputs, row_duals(plan))[:4]
    mixed = Relaxer(plan, 1e-4, NEVER, lambda _: None, priced_of(plan))
    found = [mixed.relax(item) for item in items]
    sharp = Relaxer(plan, 1e-7, NEVER, lambda _: None)
    assert len(found) == 4
    for item, r in zip(items, found, strict=True):
        exact = sharp.relax(item)
        slack = 1e-6 * (1 + abs(exact.high))
        assert r.low <= exact.high + slack
        assert exact.low <= r.high + slack
