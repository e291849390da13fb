"""The same small system handed to PyPSA gives the same objective."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pypsa_mirror as mirror
from gigaplan.solving.search import search
from systems import random_inputs

DAYS = [20, 200]
WEIGHTS = pd.Series([150.0, 215.0], index=pd.Index(DAYS, name="day"))


def comparable(seed, zones, years):
    """A system that PyPSA can state: least cost, no programme of its own, no caps, no reserve."""
    inputs = random_inputs(seed, zones=zones, years=years, aim="cost")
    inputs["it_path"][:] = np.nan
    inputs["campus_buildable"][:] = False
    inputs["option_buildable"].loc[{"owner": "programme"}] = False
    inputs["reserve_peak"][:] = 0.0
    inputs["cap_limit"][:] = np.inf
    inputs["plant_energy_limited"][:] = False
    # costs that fall from year to year: each vintage must keep its own
    fall = xr.DataArray(
        np.linspace(1.0, 0.7, len(years)), dims="year", coords={"year": list(years)}
    )
    for name in ("option_annual_charge", "plant_cost"):
        inputs[name] = (inputs[name] * fall).transpose(*inputs[name].dims)
    # more load than the fleet can serve, so that something is built in every year
    inputs["load"] = inputs["load"] * 1.25
    return inputs


@pytest.mark.parametrize(
    ("seed", "zones", "years"),
    [(0, 3, (2028, 2030)), (7, 5, (2028, 2030, 2035)), (3, 10, (2030, 2035))],
)
@pytest.mark.filterwarnings("ignore")
def test_pypsa_gives_the_same_objective(seed, zones, years):
    inputs = comparable(seed, zones, years)
    none = xr.zeros_like(inputs["campus_overnight_cost"])
    n = mirror.network(inputs, WEIGHTS, none)
    mirror.prepare(n, inputs, WEIGHTS)
    theirs = mirror.objective(n)
    found = search(inputs, WEIGHTS, 1e-8, workers=1, baseline=False)
    found.pool.close()
    assert found.result.status == "optimal"
    assert found.result.upper == pytest.approx(theirs, rel=1e-6)
    built = found.result.point[found.master.columns("build")]
    assert built.sum() > 1.0, "a system in which nothing is built proves little"
