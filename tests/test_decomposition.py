"""Decomposition and monolith reach the same optimum; cuts are valid wherever they are used."""

from __future__ import annotations

import os
import signal
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, currently_in_test_context, given, settings
from hypothesis import strategies as st

from gigaplan import aside
from gigaplan.aside import Aside
from gigaplan.errors import InfeasibleError, SolverError
from gigaplan.model.assemble import build_dispatch, build_master, build_monolith
from gigaplan.solving import engine
from gigaplan.solving.cases import DispatchEvaluator, dispatch_family, make_cases
from gigaplan.solving.engine import Stop, _Run
from gigaplan.solving.master import Master
from gigaplan.solving.pool import ProcessPool, SerialPool, ThreadPool
from gigaplan.solving.search import search
from gigaplan.solving.template import extract
from systems import random_inputs

WEIGHTS = pd.Series([200.0, 165.0], index=pd.Index([5, 200], name="day"))


def monolith(inputs, weights=WEIGHTS):
    solver = build_monolith(inputs, weights).to_highspy()
    solver.setOptionValue("output_flag", False)
    solver.run()
    status = solver.modelStatusToString(solver.getModelStatus())
    if currently_in_test_context():
        assume(status != "Infeasible")
    assert status == "Optimal"
    return solver.getObjectiveValue()


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10_000), zones=st.integers(2, 5), aim=st.sampled_from(["compute", "cost"])
)
def test_monolith_and_decomposition_agree(seed, zones, aim):
    inputs = random_inputs(seed, zones=zones, aim=aim, budget=80.0)
    expected = monolith(inputs)
    for stabilise in ("in-out", "none"):
        family = dispatch_family(inputs)
        years = [int(y) for y in inputs["year"].values]
        keys = [(y, int(d)) for y in years for d in WEIGHTS.index]
        pool = SerialPool(family.template, make_cases(inputs, family, keys))
        master = Master(build_master(inputs, WEIGHTS))
        evaluator = DispatchEvaluator(master, family, pool, WEIGHTS, years)
        result = engine.run(
            master, evaluator, Stop(1e-7, lambda x, c: 100.0, rounds=400), stabilise=stabilise
        )
        assert result.status == "optimal"
        assert result.lower <= expected + 1e-5
        assert result.upper == pytest.approx(expected, abs=2e-5)


def test_emission_cap_agrees_with_the_monolith():
    free = random_inputs(3, zones=3)
    capped = free.copy(deep=True)
    capped["emission_cap"][:] = 60.0
    assert monolith(capped) > monolith(free) + 1e-3
    found = search(capped, WEIGHTS, 1e-6, workers=1, baseline=False)
    found.pool.close()
    assert found.result.upper == pytest.approx(monolith(capped), rel=1e-4)


def test_an_optimum_off_the_rows_is_solved_again_and_never_taken(monkeypatch):
    master = Master(build_master(random_inputs(2, zones=3), WEIGHTS))
    expected, point = master.solve()
    exact, asked = Master._off, []

    def off_at_first(self, *vectors):
        asked.append(exact(self, *vectors))
        return 1e-3 if len(asked) == 1 else asked[-1]

    monkeypatch.setattr(Master, "_off", off_at_first)
    again, other = master.solve()
    assert len(asked) == 2
    assert again == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(master.matrix @ other, master.matrix @ point, atol=1e-9)
    monkeypatch.setattr(Master, "_off", lambda self, *vectors: 1e-3)
    with pytest.raises(SolverError, match=r"off its rows by 1.0e-03"):
        master.solve()


@pytest.mark.parametrize(("year", "day"), [(2028, 0), (2030, 200), (2030, 364)])
def test_case_is_the_linopy_model_of_its_day(year, day):
    inputs = random_inputs(1, onsite_share=1.0, shiftable_share=0.4)
    family = dispatch_family(inputs)
    case = make_cases(inputs, family, [(year, day)])[year, day]
    _, direct = extract(build_dispatch(inputs, year, [day]), family.coupling)
    np.testing.assert_array_equal(case.cost, direct.cost)
    np.testing.assert_array_equal(case.rhs, direct.rhs)
    assert abs(case.B - direct.B).max() == 0


def test_cut_underestimates_everywhere_and_meets_the_cost_at_its_point():
    inputs = random_inputs(2)
    family = dispatch_family(inputs)
    cases = make_cases(inputs, family, [(2028, 7)])
    pool = SerialPool(family.template, cases)
    rng = np.random.default_rng(0)
    points = [rng.uniform(0, 12, sum(family.sizes.values())) for _ in range(6)]
    answers = [pool.solve({(2028, 7): xi})[2028, 7] for xi in points]
    for i, answer in enumerate(answers):
        for j, xi in enumerate(points):
            bound = answer.constant + answer.slope @ xi
            assert bound <= answers[j].cost + 1e-6 * (1 + answers[j].cost)
            if i == j:
                assert bound == pytest.approx(answer.cost, rel=1e-7)


def test_workers_do_not_change_the_answer_and_a_lost_one_is_replaced():
    inputs = random_inputs(4)
    family = dispatch_family(inputs)
    keys = [(2028, 3), (2028, 4), (2030, 3), (2030, 4)]
    cases = make_cases(inputs, family, keys)
    xi = np.full(sum(family.sizes.values()), 6.0)
    alone = SerialPool(family.template, cases).solve(dict.fromkeys(keys, xi))
    pool = ProcessPool(family.template, cases, 2)
    try:
        first = pool.solve(dict.fromkeys(keys, xi))
        pool._workers[0][0].kill()
        pool._workers[0][0].join()
        again = pool.solve(dict.fromkeys(keys, xi))
    finally:
        pool.close()
    threads = ThreadPool(family.template, cases, 3)
    side_by_side = threads.solve(dict.fromkeys(keys, xi))
    threads.close()
    assert list(side_by_side) == keys
    for key in keys:
        assert first[key].cost == pytest.approx(alone[key].cost, rel=1e-9)
        assert again[key].cost == pytest.approx(alone[key].cost, rel=1e-9)
        assert side_by_side[key].cost == pytest.approx(alone[key].cost, rel=1e-9)


def test_an_error_in_one_thread_ends_all_and_is_told():
    inputs = random_inputs(4)
    family = dispatch_family(inputs)
    keys = [(2028, 3), (2028, 4)]
    pool = ThreadPool(family.template, make_cases(inputs, family, keys), 2)
    xi = np.full(sum(family.sizes.values()), 6.0)
    try:
        with pytest.raises(SolverError, match=r"2028, 4"):
            pool.solve({keys[0]: xi, keys[1]: np.full_like(xi, np.nan)})
        assert pool.solve(dict.fromkeys(keys, xi)).keys() == set(keys)
    finally:
        pool.close()


def test_infeasible_names_the_limits_that_conflict():
    inputs = random_inputs(0, aim="cost", budget=1.0)
    with pytest.raises(InfeasibleError) as caught:
        search(inputs, WEIGHTS, 1e-4, workers=1)
    text = str(caught.value)
    assert "BUSD" in text or "IT power" in text
    assert caught.value.limits


def test_every_row_that_is_not_masked_is_in_the_model():
    for model in (
        build_master(random_inputs(0), WEIGHTS),
        build_dispatch(random_inputs(0), 2028, [3]),
    ):
        for name in model.constraints:
            labels = model.constraints[name].labels.values
            if name not in (
                "campus_limit",
                "campus_national_limit",
                "it_path",
                "budget",
                "national_cap",
                "zonal_cap",
                "chip_supply",
                "equipment_supply",
                "labour",
            ):
                assert (labels >= 0).all(), name


def test_a_job_aside_gives_its_result_or_its_error_whatever_becomes_of_the_copy(monkeypatch):
    monkeypatch.setattr(aside, "_safe", lambda: True)
    here = os.getpid()
    where, total = Aside(lambda: (os.getpid(), np.arange(3).sum())).result()
    assert (where != here, total) == (sys.platform == "linux", 3)

    def only_here():
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return "done here"

    assert Aside(only_here).result() == "done here"

    def wrong():
        raise ValueError("no such thing")

    with pytest.raises(ValueError, match="no such thing"):
        Aside(wrong).result()


def test_a_centre_is_promising_only_where_others_were_known_to_err_little():
    """Of days that were never solved nothing is known: their expected error counts in full."""

    def width(found):
        run = SimpleNamespace(
            centre=np.zeros(1), centre_known=np.array([False]), waited=0, weights=np.ones(1),
            centre_costs=np.array([3.0]), centre_least=1.0, found=found, centre_value=12.0,
            lower=10.0, stop=SimpleNamespace(gap=0.1), _scale=lambda *_: 10.0,
        )  # fmt: skip
        return _Run._promising(run)

    assert width(0.1)  # 2 were expected, a fifth of it counts: 0.4 of 0.8 that the gap allows
    assert not width(0.5)
    assert not width(1.0)
