"""Leontief's model against economies solved by hand, and the atlas tables against their totals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaplan import atlas
from gigaplan.outcomes import input_output as io
from gigaplan.outcomes.jobs import _effects, requirements_matrix

# Miller and Blair 2009, section 2.3: two sectors, output 1000 and 2000
FLOWS = np.array([[150.0, 500.0], [200.0, 100.0]])
OUTPUT = np.array([1000.0, 2000.0])
FINAL = np.array([350.0, 1700.0])
A = FLOWS / OUTPUT


def test_two_sectors_of_the_textbook():
    inverse = io.leontief(A)
    assert inverse == pytest.approx(np.array([[1.2541, 0.3300], [0.2640, 1.1221]]), abs=5e-5)
    assert inverse @ FINAL == pytest.approx(OUTPUT)
    # final demand of 600 and 1500 takes 1247.5 and 1841.6
    assert inverse @ [600, 1500] == pytest.approx([1247.5, 1841.6], abs=0.06)


def test_households_closed_in_by_hand():
    pay, eat, spent = np.array([0.3, 0.25]), np.array([0.05, 0.4]), 0.9
    jobs = np.array([2.0, 1.0])
    direct, indirect, induced = io.effects(np.eye(2), A, jobs, pay, eat, spent)
    L = io.leontief(A)
    assert direct == pytest.approx(jobs)
    assert direct + indirect == pytest.approx(jobs @ L)
    # a dollar of demand for sector 1 pays households 0.3 x 1.2541 + 0.25 x 0.2640 at first; of each
    # dollar spent a part comes back, so that spending sums to a geometric series
    first = np.array([0.3 * 1.25413 + 0.25 * 0.26403, 0.3 * 0.33003 + 0.25 * 1.12211])
    again = spent * (0.05 * first[0] + 0.4 * first[1])
    made = (jobs @ L) @ (spent * eat)
    assert induced == pytest.approx(made * first / (1 - again), abs=1e-4)


def test_secondary_products_by_hand():
    # industry 1 makes all of commodity 1 and a quarter of 2; industry 2 the rest of 2
    make = np.array([[80.0, 30.0], [0.0, 90.0]])
    use = np.array([[11.0, 9.0], [22.0, -5.0]])
    output = np.array([110.0, 90.0])
    expected = [[0.1 + 0.25 * 0.2, 0.1], [0.75 * 0.2, 0.0]]
    assert io.requirements(make, use, output) == pytest.approx(np.array(expected))


def test_an_economy_that_eats_more_than_it_makes_is_refused():
    for bad in ([[0.9, 0.5], [0.5, 0.9]], [[1.0, 0.0], [0.0, 0.5]], [[-0.1, 0.0], [0.0, 0.1]]):
        with pytest.raises(ValueError, match="no non-negative Leontief inverse"):
            io.leontief(np.array(bad))


@given(
    part=st.floats(0, 1),
    delta=st.floats(0, 0.9),
    cells=st.lists(st.floats(0, 0.23), min_size=16, max_size=16),
    spent=st.floats(0, 1),
)
def test_a_region_keeps_part_of_the_nation(part, delta, cells, spent):
    matrix = np.array(cells).reshape(4, 4)
    jobs, pay = np.array([1.0, 2, 3, 4]), np.full(4, 0.2)
    eat = np.full(4, 0.2)
    share = io.location_share(part, delta)
    assert 0 <= share <= 1
    here = io.effects(np.eye(4), share * matrix, jobs, pay, share * eat, spent)
    nation = io.effects(np.eye(4), matrix, jobs, pay, eat, spent)
    for own, all_of_it in zip(here, nation, strict=True):
        assert (own >= -1e-9).all()
        assert (own <= all_of_it + 1e-9).all()
    assert here[0] == pytest.approx(nation[0])


def test_location_share():
    assert io.location_share(0.0, 0.3) == 0.0
    assert io.location_share(1.0, 0.3) == 1.0
    assert io.location_share(0.1, 0.3) == pytest.approx(0.5514, abs=1e-3)  # log2(1.1) = 0.1375
    with pytest.raises(ValueError, match="between 0 and 1"):
        io.location_share(1.2, 0.3)


def test_output_of_the_atlas_serves_its_final_demand():
    table = atlas.table("io_industries")
    output = table["output_busd"].to_numpy()
    found = io.leontief(requirements_matrix()) @ table["final_demand_busd"].to_numpy()
    assert found == pytest.approx(output, rel=2e-3, abs=0.3)
    assert found.sum() == pytest.approx(output.sum(), rel=1e-4)
    # compensation of all employees in 2023, BEA: 14,209.567 BUSD; in dollars of 2025 as all money
    paid = float((table["compensation_per_output"] * output).sum())
    assert paid * 0.587506977 / 0.620262841 == pytest.approx(14_209.567, rel=1e-5)


@pytest.mark.parametrize(
    ("code", "direct", "first", "second"),
    [("23", 3.499, 5.623, 8.261), ("334", 5.24, 6.324, 9.290), ("335", 2.939, 5.150, 7.566),
     ("22", 1.671, 2.951, 4.335), ("514", 2.840, 4.961, 7.288), ("482", 2.793, 4.668, 6.856)],
)  # fmt: skip
def test_multipliers_are_those_derived_with_the_data(code, direct, first, second):
    """Jobs per MUSD of 2023 as derived by others from the same tables (facts: jobs_multipliers)."""
    i = atlas.table("io_industries")["industry"].tolist().index(code)
    effects = _effects(1.0, "central")[:, i] * 0.620262841 / 0.587506977
    assert effects.cumsum() == pytest.approx([direct, first, second], abs=0.006)
