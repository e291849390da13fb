"""Cuts that are no rows until they are missed: the same optimum, and bounds that are ones."""

from __future__ import annotations

import pytest

from gigaplan.model.assemble import build_master
from gigaplan.solving import carried
from gigaplan.solving.master import Master
from systems import random_inputs
from test_inner import WEIGHTS, solved


@pytest.fixture(scope="module")
def inputs():
    return random_inputs(3, zones=3, budget=60.0)


@pytest.fixture(scope="module")
def found(inputs):
    return solved(inputs)


def poorer(inputs, found):
    """A master with other money and the earlier cuts, once from nothing, once from the basis."""
    changed = inputs.copy(deep=True)
    for name in ("budget_available", "budget_total"):
        changed[name] = changed[name] * 0.6
    out = Master(build_master(changed, WEIGHTS)), Master(build_master(changed, WEIGHTS))
    for master in out:
        master.add(found.master.cuts)
    carried.take(out[1], carried.stored(found.master))
    return out


def test_few_cuts_are_rows_and_the_optimum_meets_all(inputs, found):
    whole, started = poorer(inputs, found)
    value, _ = whole.solve()
    again, point = started.solve()
    assert again == pytest.approx(value, rel=1e-9)
    assert len(started._cuts.held) < len(started.cuts) == len(whole.cuts)
    assert all(cut.missed_by(point) < 1e-8 for cut in started.cuts)


def test_a_bound_that_is_enough_ends_a_solve_before_every_cut_is_met(inputs, found):
    whole, started = poorer(inputs, found)
    value, _ = whole.solve()
    heard = []
    first, point = started.solve(lambda lower: heard.append(lower) or True)
    assert heard == [first]
    # less is known, so it is lower; and it is asked only where cuts are missed
    assert first < value - 1e-6
    assert max(cut.missed_by(point) for cut in started.cuts) > 1e-6
    # what is not enough goes on to the optimum, by bounds that rise
    heard.clear()
    last, point = started.solve(lambda lower: heard.append(lower))
    assert last == pytest.approx(value, rel=1e-9)
    assert heard == sorted(heard)
    assert all(cut.missed_by(point) < 1e-8 for cut in started.cuts)
