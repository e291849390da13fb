"""Nothing of an earlier solve is used where it is not valid: bounds hold after any change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gigaplan.errors import InfeasibleError, UsageError
from gigaplan.inputs.declaration import VARIABLES
from gigaplan.solving import reuse
from gigaplan.solving.cases import dispatch_family, make_cases
from gigaplan.solving.duals import DualPool
from gigaplan.solving.search import search
from gigaplan.solving.subproblem import Solver
from systems import random_inputs
from test_decomposition import monolith

WEIGHTS = pd.Series([365.0], index=pd.Index([200], name="day"))
GAP = 1e-6
# every number that a programme can change, some together in one case
CHANGED = sorted(n for n, v in VARIABLES.items() if v.kind == "number")
GROUPS = [CHANGED[i::14] for i in range(14)]


def base():
    return random_inputs(5, zones=2, years=(2028, 2030))


def solve(inputs, saved=None, gap=GAP, exact=True):
    said = []
    found = search(
        inputs, WEIGHTS, gap, workers=1, baseline=False, saved=saved, check_hours=False,
        say=said.append, exact=exact,
    )  # fmt: skip
    found.pool.close()
    return found, said


@pytest.fixture(scope="module")
def proof():
    found, _ = solve(base())
    return found.proof()


def test_the_same_question_is_proved_at_once(proof):
    first, _ = solve(base())
    again, said = solve(base(), proof)
    assert again.result.upper == pytest.approx(first.result.upper, rel=1e-5)
    assert len(again.result.rounds) < len(first.result.rounds) / 2
    assert "0 dropped" in said[0]


@pytest.mark.parametrize("names", GROUPS, ids=lambda names: names[0])
def test_bounds_hold_whatever_is_changed(names, proof):
    inputs = base()
    for name in (n for n in names if n in inputs):
        values = np.asarray(inputs[name].values, dtype=float)
        rng = np.random.default_rng(len(name))
        moved = values * (1 + rng.uniform(-0.1, 0.1, values.shape))
        moved = np.clip(moved, VARIABLES[name].low, VARIABLES[name].high)
        inputs[name] = (inputs[name].dims, np.where(np.isfinite(values), moved, values))
    try:
        fresh = solve(inputs)[0].result
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            solve(inputs, proof)
        return
    slack = 1e-8 * (1 + abs(fresh.upper))
    # by turns to the end, and as a what-if that may end at a mixture of plans
    exact = GROUPS.index(names) % 2 == 0
    found, _ = solve(inputs, proof, GAP if exact else 1e-2, exact)
    assert found.result.lower <= fresh.upper + slack
    assert found.result.upper >= fresh.lower - slack
    assert found.result.status == "optimal"
    # a plan that no day was solved for costs no more than it is said to
    costs, _ = found.evaluator.evaluate(found.result.point)
    assert (costs <= found.result.costs + slack).all()
    assert found.master.off_rows(found.result.point) < 1e-6


def test_a_changed_price_prices_the_vectors_anew_and_another_shape_drops_them(proof):
    dearer = base()
    dearer["plant_cost"] = dearer["plant_cost"] * 1.1
    assert "0 cuts still valid, 2 dual vectors priced anew" in solve(dearer, proof)[1][0]
    richer = base()
    richer["budget_total"] = richer["budget_total"] * 1.1
    kept = solve(richer, proof)[1][0]
    assert " 0 dropped" in kept
    assert "2 dual vectors" in kept
    lossy = base()
    lossy["corridor_loss"] = lossy["corridor_loss"] * 1.5
    assert "0 cuts still valid, 0 dual vectors priced anew" in solve(lossy, proof)[1][0]


def test_a_damaged_proof_is_refused(proof):
    with pytest.raises(UsageError, match="make the plan again"):
        solve(base(), proof[: len(proof) // 2])


def test_no_vector_of_the_pool_overstates_a_cost():
    inputs = random_inputs(11, zones=3)
    family = dispatch_family(inputs)
    keys = [(y, d) for y in (2028, 2030) for d in (3, 90, 180, 270)]
    cases = make_cases(inputs, family, keys)
    solver, pool = Solver(family.template), DualPool(family.template, cases)
    rng = np.random.default_rng(0)
    size = family.template.U.shape[1]
    for _ in range(3):
        at = {k: rng.uniform(0, 12, size) for k in keys}
        exact = {k: solver.solve(k, cases[k], at[k]) for k in keys}
        if not pool.empty:
            for k, priced in pool.price(at).items():
                assert priced.cost <= exact[k].cost + 1e-5 * (1 + abs(exact[k].cost))
                line = priced.constant + priced.slope @ at[k]
                assert line == pytest.approx(priced.cost, rel=1e-6, abs=1e-6)
        pool.add({k: a.dual for k, a in exact.items()})
        own = pool.price(at)
        for k in keys:
            assert own[k].cost == pytest.approx(exact[k].cost, rel=1e-5, abs=1e-5)


def test_many_days_of_which_some_are_solved_in_a_round():
    inputs = random_inputs(8, zones=2)
    days = pd.Index(range(0, 360, 12), name="day")
    weights = pd.Series(365 / len(days), index=days)
    expected = monolith(inputs, weights)
    found = search(inputs, weights, 1e-5, workers=1, baseline=False, check_hours=False)
    found.pool.close()
    assert any(r.solved < 2 * len(days) for r in found.result.rounds), "no round was partial"
    slack = 1e-6 * abs(expected)
    assert found.result.lower <= expected + slack
    assert found.result.upper >= expected - slack
    assert found.result.status == "optimal"


def test_digests_tell_apart_what_a_cut_depends_on():
    inputs = base()
    family = dispatch_family(inputs)
    keys = [(2028, 5), (2030, 5)]
    one = reuse.digests(make_cases(inputs, family, keys))
    inputs["load"].loc[{"year": 2030}] *= 1.0 + 1e-12
    other = reuse.digests(make_cases(inputs, family, keys))
    assert one[2028, 5] == other[2028, 5]
    assert one[2030, 5] != other[2030, 5]


def test_a_search_that_was_killed_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("gigaplan.solving.search.CHECKPOINT_SECONDS", 0.0)
    kept = tmp_path / ".plan.search.npz"
    rounds = []

    def killed(text):
        if text.startswith("round"):
            rounds.append(text)
        if len(rounds) == 6:
            raise KeyboardInterrupt

    def ask(say):
        return search(
            base(), WEIGHTS, GAP, workers=1, baseline=False, check_hours=False,
            checkpoint=kept, say=say,
        )  # fmt: skip

    with pytest.raises(KeyboardInterrupt):
        ask(killed)
    assert kept.is_file()
    assert not list(tmp_path.glob("*.new"))
    whole, _ = solve(base())
    said = []
    again = ask(said.append)
    again.pool.close()
    assert said[0].startswith("going on from")
    assert again.result.upper == pytest.approx(whole.result.upper, rel=1e-5)
    assert len(again.result.rounds) <= len(whole.result.rounds) - 3
