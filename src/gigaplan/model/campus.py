"""Campus layer of the master: IT power by zone and year, grid-fed."""

from __future__ import annotations

import linopy
import numpy as np
import xarray as xr

from gigaplan.model.language import index_of
from gigaplan.model.power import cumulative


def add_campuses(model: linopy.Model, inputs: xr.Dataset) -> None:
    """New and standing IT power, facility power and the load that dispatch sees.

    Facility power is IT power times PUE; it stays within what can be energised.

    Variables
    ---------
    it_build[zone, year] [GW]
        IT power of campuses that enter service in the year; zero where none may stand
    it_power[zone, year] [GW]
        IT power in service
    campus_load[zone, year] [GW]
        average draw of the campuses

    Constraints
    -----------
    it_power_definition[zone, year] [GW]
        it_power = sum_built<=year it_build
        Dual [BUSD/GW]: worth of one GW of IT in service.
    campus_load_definition[zone, year] [GW]
        campus_load = pue * utilisation * it_power
        Dual [BUSD/GW]: cost of one GW of load more.
    campus_limit[zone, year] [GW]
        pue * it_power <= campus_limit
        Dual [BUSD/GW]: worth of one GW more of large-load interconnection in the zone.
    campus_national_limit[year] [GW]
        sum_zone pue * it_power <= campus_national_limit
        Dual [BUSD/GW]: worth of one GW more of large-load interconnection anywhere.
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
    """IT power of all zones meets the path asked for.

    Constraints
    -----------
    it_path[year] [GW]
        sum_zone it_power >= it_path
        Dual [BUSD/GW]: cost of one GW more of IT.
    """
    path = inputs["it_path"]
    asked = ~np.isnan(path)
    if bool(asked.any()):
        total = model.variables["it_power"].sum("zone")
        model.add_constraints(total >= path.fillna(0.0), name="it_path", mask=asked)
