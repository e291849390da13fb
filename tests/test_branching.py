"""Branch and bound with cuts against enumeration, on small problems of its own."""

from __future__ import annotations

import itertools

import linopy
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from gigaplan.errors import InfeasibleError, SolverError
from gigaplan.solving import branching, engine, wholestart
from gigaplan.solving.branching import Sums, branch
from gigaplan.solving.engine import Stop
from gigaplan.solving.master import Cut, Master

NUMBERS, MOST, PARTS, PIECES = 4, 3, 2, 5


class Convex:
    """Sub-problems ``max_p (constant_p + slope_p @ (x, y))`` with exact cuts."""

    def __init__(self, master, rng):
        self.columns = master.columns("theta")
        self.index = np.concatenate([master.columns("x"), master.columns("y")])
        self.constant = rng.uniform(0, 6, (PARTS, PIECES))
        self.slope = rng.uniform(-3, 3, (PARTS, PIECES, NUMBERS + 1))

    def evaluate(self, point, which=None):
        values = self.constant + self.slope @ point[self.index]
        best = values.argmax(axis=1)
        kept = range(PARTS) if which is None else which
        cuts = [
            Cut(int(self.columns[k]), self.constant[k, best[k]], self.index, self.slope[k, best[k]])
            for k in kept
        ]
        return values[list(kept), best[list(kept)]], cuts

    def guess(self, point):
        return None


def problem(seed, tight=1.0):
    """Whole x, any y, one budget row and one that asks for something; costs of both signs."""
    rng = np.random.default_rng(seed)
    model = linopy.Model()
    x = model.add_variables(
        lower=0, upper=MOST, coords=[range(NUMBERS)], dims=["k"], name="x", integer=True
    )
    y = model.add_variables(lower=0, upper=2, name="y")
    theta = model.add_variables(lower=-50, coords=[range(PARTS)], dims=["p"], name="theta")
    weight, gain = rng.uniform(1, 3, NUMBERS), rng.uniform(0.2, 2, NUMBERS)
    room, asked = tight * rng.uniform(4, 12), rng.uniform(0, 3)
    cost = rng.uniform(-3, 2, NUMBERS)

    def over(values):
        return xr.DataArray(values, dims="k", coords={"k": range(NUMBERS)})

    model.add_constraints((over(weight) * x).sum() + y <= room, name="room")
    model.add_constraints((over(gain) * x).sum() + y >= asked, name="asked")
    model.add_objective((over(cost) * x).sum() + 0.5 * y + theta.sum())
    master = Master(model)
    return master, Convex(master, rng), (weight, gain, room, asked, cost)


def enumerated(evaluator, numbers):
    """The best of all whole x, each as a linear programme with every piece of the costs."""
    weight, gain, room, asked, cost = numbers
    best = np.inf
    for whole in itertools.product(range(MOST + 1), repeat=NUMBERS):
        x = np.array(whole, dtype=float)
        rows = [[1.0, *[0.0] * PARTS], [-1.0, *[0.0] * PARTS]]
        right = [room - weight @ x, gain @ x - asked]
        for k in range(PARTS):
            for p in range(PIECES):
                slope = evaluator.slope[k, p]
                rows.append([slope[-1], *[-float(j == k) for j in range(PARTS)]])
                right.append(-(evaluator.constant[k, p] + slope[:-1] @ x))
        found = linprog([0.5, *[1.0] * PARTS], rows, right, bounds=[(0, 2), *[(-50, None)] * PARTS])
        if found.status == 0:
            best = min(best, found.fun + cost @ x)
    return best


def answer(master, evaluator, gap, **options):
    sums = [master.columns("x")]
    held = Sums(sums, master.add_sums(sums))
    stop = Stop(gap, lambda x, c: 1.0)
    relaxed = engine.run(master, evaluator, stop)
    return branch(master, evaluator, stop, held, relaxed, **options), relaxed


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 100_000), gap=st.sampled_from([1e-6, 0.5]), first=st.sampled_from([0, 5000])
)  # fmt: skip
def test_what_enumeration_finds_lies_within_the_bounds(seed, gap, first):
    """With HiGHS asked as soon as there is a plan, and by the branch and bound alone."""
    master, evaluator, numbers = problem(seed)
    best = enumerated(evaluator, numbers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(branching, "FIRST", first)
        if not np.isfinite(best):
            with pytest.raises(InfeasibleError):
                answer(master, evaluator, gap)
            return
        (found, nodes), relaxed = answer(master, evaluator, gap)
    assert found.status == "optimal"
    assert nodes >= 1
    assert found.lower <= best + 1e-6 <= found.upper + 2e-6
    assert found.upper - found.lower <= gap + 1e-9
    assert relaxed.lower <= found.lower + 1e-9
    x = found.point[master.whole]
    np.testing.assert_allclose(x, np.round(x), atol=1e-9)
    # the upper bound is the cost of the very point
    costs, _ = evaluator.evaluate(found.point)
    own = master.cost.copy()
    own[evaluator.columns] = 0.0
    assert own @ found.point + costs.sum() == pytest.approx(found.upper)


def test_a_poor_candidate_does_no_harm():
    master, evaluator, numbers = problem(7)
    best = enumerated(evaluator, numbers)
    candidates = [np.zeros(NUMBERS), np.full(NUMBERS, 9.0), np.array([1.0, 0.0, 0.0, 0.0])]
    (found, _), _ = answer(master, evaluator, 1e-6, candidates=candidates)
    assert found.lower <= best + 1e-6 <= found.upper + 2e-6


def test_too_many_nodes_give_the_best_plan_with_its_own_gap(monkeypatch):
    master, evaluator, numbers = problem(11)
    best = enumerated(evaluator, numbers)
    monkeypatch.setattr(branching, "NODES", 1)
    monkeypatch.setattr(branching, "STARTS", 0)
    (found, _), _ = answer(master, evaluator, 1e-9, candidates=[np.array([1.0, 1.0, 0.0, 0.0])])
    assert found.status == "node_limit"
    assert found.lower <= best + 1e-6 <= found.upper + 2e-6
    assert found.upper - found.lower > 1e-3


def test_a_node_that_is_neither_optimal_nor_infeasible_is_an_error(monkeypatch):
    master, evaluator, _ = problem(3)
    sums = [master.columns("x")]
    held = Sums(sums, master.add_sums(sums))
    stop = Stop(1e-6, lambda x, c: 1.0)
    relaxed = engine.run(master, evaluator, stop)
    master._highs.clearSolver()
    for option in ("simplex_iteration_limit", "ipm_iteration_limit"):
        master._highs.setOptionValue(option, 0)
    master._highs.setOptionValue("presolve", "off")
    monkeypatch.setattr(branching, "STARTS", 0)
    with pytest.raises(SolverError, match="not optimal"):
        branch(master, evaluator, stop, held, relaxed)


def test_the_start_states_the_dual_bound_and_refuses_other_ends(monkeypatch):
    """Stopped at once the bound lies below the optimum, whatever HiGHS has found by then."""
    master, evaluator, numbers = problem(7)
    best = enumerated(evaluator, numbers)
    engine.run(master, evaluator, Stop(1e-6, lambda x, c: 1.0))
    for nodes in (0, 30):
        monkeypatch.setattr(wholestart, "NODES", nodes)
        bound, whole = wholestart.whole_start(master, 1e-6)
        assert bound <= best + 1e-6
        assert whole is None or np.array_equal(whole, np.round(whole))
    monkeypatch.setattr(wholestart, "ENDED", ())
    with pytest.raises(SolverError, match="whole units ended"):
        wholestart.whole_start(master, 1e-6)
