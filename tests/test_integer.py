"""Whole units: the branch and bound against enumeration and against one mixed-integer programme."""

from __future__ import annotations

import itertools

import highspy
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gigaplan.model.assemble import build_monolith
from gigaplan.model.units import PLACES
from gigaplan.solving.search import search
from systems import random_inputs

WEIGHTS = pd.Series([200.0, 165.0], index=pd.Index([5, 200], name="day"))
GAP = 1e-6


def whole(seed, zones=2, aim="compute", budget=40.0, unit=0.25):
    inputs = random_inputs(seed, zones=zones, aim=aim, budget=budget)
    inputs["whole_units"] = True
    inputs["campus_unit"] = unit
    return inputs


def found(inputs, gap=GAP, **options):
    out = search(inputs, WEIGHTS, gap, workers=1, baseline=False, check_hours=False, **options)
    out.pool.close()
    return out


def monolith(inputs):
    """HiGHS on the whole model: optimum, and its whole numbers where there are any."""
    model = build_monolith(inputs, WEIGHTS)
    solver = model.to_highspy()
    for option, value in (("output_flag", False), ("mip_rel_gap", 1e-9), ("mip_abs_gap", 1e-6)):
        solver.setOptionValue(option, value)
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return None
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return solver.getObjectiveValue()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10_000), zones=st.integers(2, 3), aim=st.sampled_from(["compute", "cost"]),
    budget=st.sampled_from([20.0, 45.0, 80.0]),
)  # fmt: skip
def test_the_bounds_hold_the_optimum_of_one_mixed_integer_programme(seed, zones, aim, budget):
    inputs = whole(seed, zones, aim, budget)
    expected = monolith(inputs)
    if expected is None:
        return
    answer = found(inputs)
    slack = 1e-5 * (1 + abs(expected))
    assert answer.result.lower <= expected + slack
    assert answer.result.upper >= expected - slack
    assert answer.result.status == "optimal"
    assert answer.gap() <= GAP
