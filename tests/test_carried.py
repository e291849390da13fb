"""Bases of the master carried over to models with other rows and columns."""

from __future__ import annotations

import highspy
import numpy as np
import pandas as pd
import pytest

from gigaplan.errors import InfeasibleError
from gigaplan.model.assemble import build_master
from gigaplan.solving import carried
from gigaplan.solving.master import Master
from rosters import investor, with_roster
from systems import random_inputs

WEIGHTS = pd.Series([365.0], index=pd.Index([5], name="day"))
PEOPLE = [
    investor("a", 20.0, base_return=0.06, instruments=("common", "debt")),
    investor("b", 30.0, base_return=0.09),
    investor("c", 15.0, base_return=0.05, sectors=("power",)),
]


def master_of(people, seed=7):
    inputs = with_roster(random_inputs(seed, zones=2, aim="compute"), people)
    return Master(build_master(inputs, WEIGHTS))


def steps(master):
    return master._highs.getInfo().simplex_iteration_count


@pytest.mark.parametrize("gone", ["a", "b", "c"])
def test_where_columns_are_gone_the_optimum_is_that_from_nothing(gone):
    before = master_of(PEOPLE)
    before.solve()
    people = [p for p in PEOPLE if p.id != gone]
    plain, started = master_of(people), master_of(people)
    value, _ = plain.solve()
    held = carried.take(started, carried.stored(before))
    again, point = started.solve()
    assert again == pytest.approx(value, rel=1e-8)
    assert len(point) == len(started.cost) == len(started.column_dual)
    assert started.off_rows(point) < 1e-6
    # the columns that were in the basis stand at zero and are of no plan
    assert held == started._highs.getNumCol() - len(started.cost) > 0
    at_zero = np.array(started._highs.getSolution().col_value)[len(started.cost) :]
    assert np.all(at_zero == 0.0)
    third = master_of(people)
    third.follow(started)
    assert third.solve()[0] == pytest.approx(value, rel=1e-8)
    # what it leaves names its own columns alone, and is the optimum at once
    fourth = master_of(people)
    assert carried.take(fourth, carried.stored(started)) == 0
    assert fourth.solve()[0] == pytest.approx(value, rel=1e-8)
    assert steps(fourth) <= steps(plain) / 4


def test_new_rows_and_columns_start_outside_of_the_basis():
    before = master_of(PEOPLE[:2])
    before.solve()
    plain, started = master_of(PEOPLE), master_of(PEOPLE)
    value, _ = plain.solve()
    assert carried.take(started, carried.stored(before)) == 0
    assert started.solve()[0] == pytest.approx(value, rel=1e-8)


def test_names_tell_rows_and_columns_apart():
    master = master_of(PEOPLE)
    for names in (carried.column_names(master), carried.row_names(master)):
        assert len(np.unique(names)) == len(names)
    # of the same model in another order of labels
    other = master_of(PEOPLE[::-1])
    assert set(carried.column_names(master)) == set(carried.column_names(other))
    assert not np.array_equal(carried.column_names(master), carried.column_names(other))


def test_a_damaged_or_foreign_basis_costs_time_only():
    master = master_of(PEOPLE)
    assert carried.stored(master) == {}
    value, _ = master.solve()
    stored = carried.stored(master)
    foreign = {**stored, "column_names": stored["column_names"][::-1]}
    for wrong in ({}, {"cuts": np.zeros(3)}, {**stored, "cuts": np.zeros(3)}, foreign):
        other = master_of(PEOPLE)
        carried.take(other, wrong)
        assert other.solve()[0] == pytest.approx(value, rel=1e-8)
    assert isinstance(master.basis(), highspy.HighsBasis)


@pytest.mark.parametrize("forbidden", [True, False])
def test_where_rows_that_bound_are_gone_the_basis_is_still_of_use(forbidden):
    """No commitment counts any more, with the money of all but one forbidden or not."""
    inputs = with_roster(random_inputs(7, zones=2, aim="compute"), PEOPLE)
    before = Master(build_master(inputs, WEIGHTS))
    before.solve()
    rows = before.rows("commitment")
    bound = rows[(rows >= 0) & (before.row_dual[np.maximum(rows, 0)] < -1e-9)]
    assert len(bound)
    mine = np.unique(before.matrix[bound].indices)

    def changed():
        model = build_master(inputs, WEIGHTS)
        model.remove_constraints("commitment")
        master = Master(model)
        if forbidden:
            master.forbid(mine)
        return master

    plain, started = changed(), changed()
    value, _ = plain.solve()
    assert carried.take(started, carried.stored(before)) == 0
    assert started.own_rows > plain.own_rows
    again, point = started.solve()
    assert again == pytest.approx(value, rel=1e-8)
    assert started.off_rows(point) < 1e-6
    # rows that only the basis needs are priced at nothing, columns by those of the model alone
    own = started.matrix.shape[0]
    assert np.all(started.row_dual[own:] == 0.0)
    priced = started.cost - started.matrix.T @ started.row_dual[:own]
    np.testing.assert_allclose(started.column_dual, priced, atol=1e-9)
    assert started.solve()[0] == pytest.approx(value, rel=1e-8)
    anew = steps(plain)
    assert steps(started) <= anew / 2
    # where a column in them gets room, they are in its way no longer
    possible = 0
    for column in mine[:6]:
        with plain.at_least(int(column), 0.5), started.at_least(int(column), 0.5):
            try:
                more, _ = plain.solve()
            except InfeasibleError:
                continue
            assert started.solve()[0] == pytest.approx(more, rel=1e-8)
            possible += more > value + 1e-6
    assert possible
    # what it leaves is of use to a master without them
    third = changed()
    third.follow(started)
    assert third.solve()[0] == pytest.approx(value, rel=1e-8)
    fourth = changed()
    assert carried.take(fourth, carried.stored(started)) == 0
    assert fourth.own_rows == plain.own_rows
    assert fourth.solve()[0] == pytest.approx(value, rel=1e-8)
    assert steps(fourth) <= anew / 2
