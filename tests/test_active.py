"""Dispatch problems without what has no room, and the prices of stores that are not there."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from gigaplan.solving.active import Active, unmet
from gigaplan.solving.cases import dispatch_family, make_cases
from gigaplan.solving.circles import Circles, best_prices
from gigaplan.solving.pool import shares
from gigaplan.solving.subproblem import Solver
from systems import random_inputs


@pytest.fixture(scope="module")
def dispatch():
    inputs = random_inputs(5, zones=3, budget=60.0)
    family = dispatch_family(inputs)
    key = (int(inputs["year"].values[-1]), 200)
    return family, make_cases(inputs, family, [key])[key]


def whole(template, case, xi):
    """The cost of a case as HiGHS finds it with every row and column."""
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = template.A.shape
    rhs = case.rhs - case.B @ xi
    lp.col_cost_, lp.col_lower_ = case.cost, np.zeros(lp.num_col_)
    lp.col_upper_ = template.upper + template.U @ xi
    lp.row_lower_ = np.where(template.sense >= 0, rhs, -np.inf)
    lp.row_upper_ = np.where(template.sense <= 0, rhs, np.inf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    A = template.A
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = A.indptr, A.indices, A.data
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    h.passModel(lp)
    h.run()
    assert h.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return h.getInfo().objective_function_value


def points(family, seed, share):
    """A coupling vector of which some entries are nothing, and a second one."""
    rng = np.random.default_rng(seed)
    k = family.template.U.shape[1]
    first, second = rng.uniform(0.0, 3.0, (2, k))
    first[rng.random(k) < share] = 0.0
    return first, second


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 0.9))
def test_what_is_left_out_changes_no_cost_and_cuts_hold_everywhere(dispatch, seed, share):
    family, case = dispatch
    here, there = points(family, seed, share)
    solver = Solver(family.template)
    for xi, other in ((here, there), (there, here), (here, there)):  # what is active grows
        answer = solver.solve("day", case, xi)
        exact = whole(family.template, case, xi)
        assert answer.cost == pytest.approx(exact, rel=1e-7, abs=1e-7)
        assert answer.constant + answer.slope @ xi == pytest.approx(exact, rel=1e-6, abs=1e-6)
        elsewhere = whole(family.template, case, other)
        assert answer.constant + answer.slope @ other <= elsewhere + 1e-6 * (1 + abs(elsewhere))


def test_columns_without_room_and_their_rows_are_left_out(dispatch):
    family, case = dispatch
    xi = np.ones(family.template.U.shape[1])
    solver = Solver(family.template)
    solver.solve("all", case, xi)
    everything = solver._active.A.shape
    names = ("plant_capacity", "store_power", "onsite_capacity")
    for name in names:
        family.part(xi, name)[:] = 0.0
    assert not any(family.part(xi, n).any() for n in names)
    fewer = Solver(family.template)
    fewer.solve("some", case, xi)
    rows, columns = fewer._active.A.shape
    stores = family.rows["state_of_charge_balance"]
    assert rows <= everything[0] - len(stores)
    assert columns <= everything[1] - len(family.columns["generation"]) - 3 * len(stores)
    assert not fewer._active.rows[stores].any()


def test_a_row_that_zero_does_not_meet_stays(dispatch):
    family, _ = dispatch
    m, n = family.template.A.shape
    sense, rhs = np.array([1, 1, 0, 0, -1, -1]), np.array([1.0, -1.0, 1.0, 0.0, -1.0, 1.0])
    assert unmet(sense, rhs).tolist() == [True, False, True, False, True, False]
    wanted = np.zeros(m, dtype=bool)
    wanted[3] = True
    none = Active.of(family.template, np.zeros(n, dtype=bool), wanted)
    assert none.A.shape == (1, 0)
    assert none.rows_at.tolist() == [3]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_a_basis_goes_from_one_part_of_a_family_to_another(dispatch, seed):
    """Bases are stored for all columns: the next search starts where this one ended."""
    family, case = dispatch
    here, there = points(family, seed, 0.6)
    solver = Solver(family.template)
    solver.solve("other", case, there)
    cost, _ = solver.detail("day", case, here)
    second = Solver(family.template)
    second.take({"day": solver.basis_of("day")})
    assert second.detail("day", case, here)[0] == pytest.approx(cost, rel=1e-9)
    assert second._steps <= 2
    # what is active grows, and the basis with it
    second.solve("other", case, there)
    assert second.detail("day", case, here)[0] == pytest.approx(cost, rel=1e-9)


def arbitrage(r, a, u, v):
    """What one store earns at given prices, as a linear programme of its own."""
    steps = len(r)
    A = np.zeros((steps, 3 * steps))
    for t in range(steps):
        A[t, 2 * t : 2 * t + 2] = a[t]
        A[t, 2 * steps + t] += 1.0
        A[t, 2 * steps + (t - 1) % steps] -= 1.0
    bounds = [(0, x) for x in u.ravel()] + [(0, v)] * steps
    found = linprog(
        np.concatenate([r.ravel(), np.zeros(steps)]), A_eq=A, b_eq=np.zeros(steps), bounds=bounds
    )
    return -found.fun


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_the_first_of_a_store_is_worth_what_it_earns_at_the_prices(dispatch, seed, before):
    """Also where the solver held the store before: its own prices may promise any gain."""
    family, case = dispatch
    xi, there = points(family, seed, 0.3)
    stores = family.part(np.arange(len(xi)), "store_power").astype(int)
    xi[stores] = 0.0
    solver = Solver(family.template)
    if before:
        solver.solve("other", case, there)
    answer = solver.solve("day", case, xi)
    held = solver._circles
    for i, j in enumerate(stores):
        flows = held._flows[i]
        price = answer.dual.copy()
        price[held.rows[i]] = 0.0
        r = (case.cost - family.template.A.T @ price)[flows]
        most = arbitrage(r, held._a[i], held._room[i], held._full[i])
        assert answer.slope[j] == pytest.approx(-most, rel=1e-6, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.0, 100.0) | st.sampled_from([0.0, 20.0, 40.0]), min_size=2, max_size=24),
    st.floats(0.5, 1.0), st.floats(0.1, 1.0), st.floats(0.0, 9.0),
)  # fmt: skip
def test_prices_of_a_circle_are_those_of_the_best_schedule(prices, efficiency, room, hours):
    """Strong duality: the least of the sum over prices is what a store can earn at most."""
    price, one_way = np.array(prices), np.sqrt(efficiency)
    a = np.tile([-one_way, 1.0 / one_way], (len(price), 1))
    r = np.stack([price, -price], axis=1)
    u, v = np.full(r.shape, room), room * hours
    p = best_prices(r[None], a[None], u[None], np.array([v]))[0]
    least = (u * np.maximum(0.0, a * p[:, None] - r)).sum()
    least += v * np.maximum(0.0, p - np.roll(p, -1)).sum()
    assert least == pytest.approx(arbitrage(r, a, u, v), rel=1e-7, abs=1e-7)


def test_rows_that_are_no_circle_are_refused(dispatch):
    family, _ = dispatch
    template = family.template
    rows = template.circles.copy()
    rows[0, [3, 4]] = rows[0, [4, 3]]
    with pytest.raises(ValueError, match="do not follow one another"):
        Circles(replace(template, circles=rows))
    with pytest.raises(ValueError, match="one level and two flows"):
        Circles(replace(template, circles=family.rows["balance"].reshape(-1, 24)))
    bigger = sp.csr_matrix(template.U, copy=True)
    level = int(family.columns["state_of_charge"][0])
    bigger.data[bigger.indptr[level]] *= 2.0
    with pytest.raises(ValueError, match="same room"):
        Circles(replace(template, U=bigger))


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_every_worker_has_a_part_of_every_season(workers):
    keys = [(year, day) for year in (2028, 2030) for day in range(365)]
    of = shares(keys, workers)
    assert set(of) == set(keys)
    for year in (2028, 2030):
        for first in range(0, 360, 90):
            had = [of[year, day] for day in range(first, min(first + 90, 365))]
            count = np.bincount(had, minlength=workers)
            assert count.min() >= 0.5 * len(had) / workers
    few = shares(keys[:8], workers)
    assert sorted(np.bincount(list(few.values()), minlength=workers))[0] >= 8 // workers
