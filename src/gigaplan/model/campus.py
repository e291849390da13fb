"""Campus layer of the master: IT power by zone and year, grid-fed."""

from __future__ import annotations

import linopy
import numpy as np
import xarray as xr

from gigaplan.model.accelerators import installed_power
from gigaplan.model.language import index_of
from gigaplan.model.power import cumulative


def add_campuses(model: linopy.Model, inputs: xr.Dataset) -> None:
    """New and standing IT power [GW], facility power and the load that dispatch sees.

    ``it_power[z, y] = sum of it_build up to y``;
    ``campus_load = it_power * pue * utilisation``;
    facility power (``it_power * pue``) stays within what can be energised in the zone and in all.
    """
    buildable = inputs["campus_buildable"].transpose("zone", "year")
    model.add_variables(
        lower=0, upper=xr.where(buildable, np.inf, 0.0), name="it_build", coords=buildable.coords
    )
    zone_year = [index_of(inputs, "zone"), index_of(inputs, "year")]
    it_power = model.add_variables(lower=0, coords=zone_year, name="it_power")
    model.add_constraints(
        it_power - cumulative(model, inputs, "it_build") == 0, name="it_power_definition"
    )
    load = model.add_variables(lower=0, coords=zone_year, name="campus_load")
    pue = inputs["campus_pue"]
    drawn = pue * float(inputs["campus_utilisation"])
    model.add_constraints(load - drawn * it_power == 0, name="campus_load_definition")
    facility = pue * it_power
    for name, used, limit in (
        ("campus_limit", facility, inputs["campus_limit"]),
        ("campus_national_limit", facility.sum("zone"), inputs["campus_national_limit"]),
    ):
        finite = np.isfinite(limit)
        model.add_constraints(used <= limit.where(finite, 0.0), name=name, mask=finite)


def add_it_path(model: linopy.Model, inputs: xr.Dataset) -> None:
    """IT power in service in all zones meets the path [GW]; dual: cost of one GW more."""
    path = inputs["it_path"]
    asked = ~np.isnan(path)
    if bool(asked.any()):
        total = installed_power(model, inputs)
        model.add_constraints(total >= path.fillna(0.0), name="it_path", mask=asked)
