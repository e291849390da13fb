"""The formulation in the documentation is the one that is built, and every rule of it bites."""

from __future__ import annotations

import re
from itertools import islice

import numpy as np
import pandas as pd
import pytest

from docs_maker import formulation
from gigaplan.model.assemble import build_master, build_monolith
from rosters import scarce_coalition
from systems import random_inputs

WEIGHTS = pd.Series(182.5, index=pd.Index([20, 200], name="day"))
BINDS = 1e-7


def cases():
    """Small systems in which together every rule costs something."""
    inputs = random_inputs(1)
    yield "compute", inputs

    scarce = random_inputs(2, aim="cost", budget=400.0)
    scarce["emission_cap"][:] = 60.0
    scarce["campus_limit"][:] = 0.5
    yield "least cost with an emission cap", scarce

    crowded = random_inputs(4, budget=300.0)
    crowded["option_potential"][:] = crowded["option_potential"] * 0.1
    crowded["cap_limit"][:] = crowded["cap_limit"] * 0.2
    yield "little to build on", crowded

    poor = random_inputs(5, budget=10.0)
    poor["budget_available"][:] = np.inf
    poor["campus_national_limit"][:] = [0.02, 0.03]
    poor["campus_flexible_share"] = 0.0
    poor["value_of_h100e"][:] = 0.05
    yield "capital over the whole horizon", poor

    interrupted = random_inputs(7, budget=300.0)
    interrupted["campus_flexible_share"] = 0.4
    interrupted["campus_limit"][:] = 1.0
    interrupted["campus_limit_flexible"][:] = 0.3
    interrupted["campus_curtailment_cost"][:] = 10.0
    interrupted["value_of_h100e"][:] = 0.05
    yield "interruptible connections, zone by zone", interrupted

    together = random_inputs(8, budget=300.0)
    together["campus_flexible_share"] = 0.4
    together["campus_national_limit_flexible"][:] = 0.3
    together["campus_curtailment_cost"][:] = 10.0
    together["value_of_h100e"][:] = 0.05
    yield "interruptible connections, all together", together

    dry = random_inputs(5, budget=300.0)
    dry["value_of_h100e"][:] = 0.05
    dry["campus_air_possible"][:] = True
    dry["water_limit"][:] = 0.05
    yield "water is short", dry

    counted = random_inputs(6, budget=300.0)
    counted["whole_units"] = True
    counted["value_of_h100e"][:] = 0.05
    supply = counted["chip_supply"]
    counted["chip_supply"] = 0.2 * supply.where(np.isfinite(supply), 40.0)
    counted["fab_unit"][:], counted["corridor_unit"][:] = 3.0, 0.7
    for name in ("corridor_annual_charge", "corridor_overnight_cost"):
        counted[name] = counted[name] * 0.02
    yield "whole units", counted

    yield "campuses with sun and batteries of their own", own_supply()
    yield "a bridge that is sold", bridge()

    yield "a coalition short of everything", scarce_coalition(random_inputs(1, zones=2))


def own_supply():
    """Campuses almost without connection, one with the usual sun, one with a gap in the evening."""
    inputs = cheap_on_site(random_inputs(3, budget=300.0, onsite_share=1.0, shiftable_share=0.05))
    inputs["campus_limit"][:], inputs["campus_limit_flexible"][:] = 0.15, 0.2
    inputs["onsite_cost"][:] = 150.0
    inputs["onsite_store_hours"][:], inputs["onsite_store_firm"][:] = 24.0, 0.0
    inputs["onsite_renewable_profile"][-1] = (inputs["hour"] % 24 < 21).astype(float)
    return inputs


def bridge():
    """No connection in the first year, one that is wide enough in the second."""
    inputs = cheap_on_site(random_inputs(3, budget=300.0, onsite_share=1.0, shiftable_share=0.5))
    inputs["onsite_store_hours"][:] = 1.0
    inputs["campus_limit"][:], inputs["campus_limit_flexible"][:] = [0.05, 9.0], [0.05, 9.0]
    inputs["campus_utilisation"] = 0.98
    inputs["option_resale_relief"] = inputs["option_resale_relief"] * 4
    return inputs


def cheap_on_site(inputs):
    own = inputs["option_kind"].isin(["onsite_renewable", "onsite_store"])
    for name in ("option_annual_charge", "option_capital"):
        inputs[name] = inputs[name].where(~own, inputs[name] * 0.3)
    inputs["value_of_h100e"][:] = 0.05
    return inputs


def solved(inputs):
    model = build_monolith(inputs, WEIGHTS)
    status, condition = model.solve(solver_name="highs", output_flag=False)
    assert (status, condition) == ("ok", "optimal")
    if len(model.integers):
        # duals are those with the whole numbers held
        for name in model.integers:
            held = model.variables[name].solution.round()
            model.variables[name].update(lower=held, upper=held)
        model.variables.relax()
        assert model.solve(solver_name="highs", output_flag=False) == ("ok", "optimal")
    return model


def plain(name):
    """A constraint's name without the year that the monolith appends."""
    return re.sub(r"_20\d\d$", "", name)


@pytest.fixture(scope="module")
def models():
    return {name: solved(inputs) for name, inputs in cases()}


@pytest.fixture(scope="module")
def documented():
    return {
        kind: {e.name: e for e in formulation.declared(kind)}
        for kind in ("Constraints", "Variables")
    }


def test_every_constraint_and_variable_is_documented(models, documented):
    # what the master has and the monolith has not is the same in every case
    masters = [build_master(inputs, WEIGHTS) for _, inputs in islice(cases(), 2)]
    for kind, attribute in (("Constraints", "constraints"), ("Variables", "variables")):
        built = {plain(n) for m in (*models.values(), *masters) for n in getattr(m, attribute)}
        known = set(documented[kind])
        assert built - known == set(), f"{kind} without an entry in a docstring of gigaplan.model"
        assert known - built == set(), f"{kind} documented but never built"


def test_dimensions_are_those_documented(models, documented):
    for model in models.values():
        for name in model.constraints:
            entry = documented["Constraints"][plain(name)]
            dims = {d.strip() for d in entry.dims.split(",") if d.strip()}
            assert set(map(str, model.constraints[name].coord_dims)) == dims, name


def test_every_constraint_binds_in_some_case(models):
    """A rule that never costs anything here could be missing without a test to tell."""
    worth = {}
    for model in models.values():
        for name in model.constraints:
            dual = float(
                np.abs(np.nan_to_num(model.constraints[name].dual.values)).max(initial=0.0)
            )
            worth[plain(name)] = max(worth.get(plain(name), 0.0), dual)
    assert [name for name, dual in worth.items() if dual < BINDS] == []


def test_every_entry_has_units_and_a_dual(documented):
    for entry in documented["Constraints"].values():
        assert entry.text, entry.name
        assert entry.unit, entry.name
        assert entry.dual_unit, entry.name
        assert entry.dual, entry.name
