"""What a little more of a limit is worth, against an independent linear programme."""

from __future__ import annotations

import numpy as np
import pytest

from gigaplan.plan.binding import BINDING, worth, worth_name
from gigaplan.solving import onesided
from gigaplan.solving.onesided import one_sided
from gigaplan.solving.search import search
from gigaplan.solving.worths import worths
from systems import random_inputs
from test_bottlenecks import WEIGHTS, monolith

STEP = 1e-3
MOVED = {
    "dual_cap": "cap_limit",
    "dual_campus_limit": "campus_limit",
    "dual_equipment": "equipment_supply",
    "dual_labour": "labour_supply",
    "dual_chip_supply": "chip_supply",
    "dual_reserve": "reserve_existing",
    "dual_budget": "budget_available",
}


def fall(inputs, base, name, at):
    """Fall of the objective per unit, with a thousandth of a unit more."""
    out = inputs.copy(deep=True)
    if name == "dual_equipment":
        at = at | {"year": slice(at["year"], None)}
    at = {("zone" if d == "campus" else d): v for d, v in at.items()}
    out[MOVED[name]].loc[at] += STEP
    if name == "dual_budget" and at["calendar"] == inputs["calendar"].values[-1]:
        out["budget_total"] = out["budget_total"] + STEP
    return (base - monolith(out, WEIGHTS)) / STEP


# in 2 the budget's dual is one of many, three times what a little more of it brings
@pytest.mark.parametrize("seed", [2])
def test_the_dearest_limits_are_worth_what_a_little_more_brings(seed, monkeypatch):
    monkeypatch.setattr(onesided, "DEAREST", 4)
    inputs = random_inputs(seed, zones=3, budget=80.0)
    found = search(inputs, WEIGHTS, 1e-9, workers=1, baseline=False)
    found.pool.close()
    duals = worths(found)
    before = np.array(found.master.problem.row_upper_)
    stated = one_sided(found, duals)
    again, _ = found.master.solve()
    assert again == pytest.approx(found.result.lower, rel=1e-9)
    np.testing.assert_array_equal(before, np.array(found.master.problem.row_upper_))
    base = monolith(inputs, WEIGHTS)
    dearest = sorted(
        (-float(stated[worth_name(n)].values[i]), n, i)
        for n in BINDING
        for i in np.ndindex(stated[worth_name(n)].shape)
    )[: onesided.DEAREST]
    for value, name, index in dearest:
        array = stated[worth_name(name)]
        at = {str(d): array[d].values[i] for d, i in zip(array.dims, index, strict=True)}
        assert fall(inputs, base, name, at) == pytest.approx(-value, rel=0.01, abs=1e-4), (name, at)
        assert -value <= float(duals[name].values[index]) + 1e-9 or name == "dual_budget"
    lower = max(float((duals[n] - stated[worth_name(n)]).max()) for n in BINDING)
    assert (lower > 0.4) == (seed == 2)


def test_a_plan_of_an_older_version_states_its_duals():
    duals = {"dual_cap": 1.0}
    assert worth(duals, "dual_cap") == 1.0
    assert worth(duals | {"worth_cap": 0.5}, "dual_cap") == 0.5
