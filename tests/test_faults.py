"""Dispatch problems that fail: another method takes over and is told; nothing wrong is a cut."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from gigaplan.errors import SolverError
from gigaplan.solving.search import search
from gigaplan.solving.solve import solve_inputs
from gigaplan.solving.subproblem import FIRST_METHOD, Solver
from systems import random_inputs

WEIGHTS = pd.Series([365.0], index=pd.Index([200], name="day"))
RUN, ANSWER = Solver._run, Solver._answer


def solved():
    inputs = random_inputs(3, zones=2)
    found = search(inputs, WEIGHTS, 1e-6, workers=1, baseline=False, check_hours=False)
    found.pool.close()
    return found


def same(found, other):
    """Within the certified gaps of both."""
    allowed = 2e-6 * other.cost_of(other.result)
    return abs(found.result.upper - other.result.upper) <= allowed


def test_another_method_takes_over_and_the_plan_says_so(monkeypatch):
    plain = solved()
    assert not plain.evaluator.retried

    def fails(self, key, case, rhs, upper, method):
        return "Unknown" if method == FIRST_METHOD else RUN(self, key, case, rhs, upper, method)

    monkeypatch.setattr(Solver, "_run", fails)
    found = solved()
    assert found.evaluator.retried["fresh simplex"] > 0
    assert same(found, plain)
    plan = solve_inputs(random_inputs(3, zones=2), count=1, workers=1)
    assert any("solved by fresh simplex" in note for note in plan.meta["notes"])


def test_what_no_method_solves_is_an_error(monkeypatch):
    monkeypatch.setattr(Solver, "_run", lambda *_: "Unknown")
    with pytest.raises(SolverError, match=r"2028, 200.*warm simplex: Unknown; fresh simplex: Un"):
        solved()


@pytest.mark.parametrize("off", [1e-3, -1e-3])
def test_a_cut_that_misses_its_own_point_is_refused(monkeypatch, off):
    plain = solved()

    def wrong(self, case, xi, method):
        answer = ANSWER(self, case, xi, method)
        if method == FIRST_METHOD:
            return replace(answer, constant=answer.constant + off * (1 + abs(answer.cost)))
        return answer

    monkeypatch.setattr(Solver, "_answer", wrong)
    found = solved()
    assert sum(found.evaluator.retried.values()) > 0
    assert found.result.lower <= plain.result.upper + 1e-9
    assert same(found, plain)
