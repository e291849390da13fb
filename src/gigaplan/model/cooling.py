"""Cooling of campuses: water or air where both are possible, and the water that zones have."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import xarray as xr

from gigaplan.model.language import total
from gigaplan.model.power import cumulative

TWH_PER_GW = 8.76  # a year of one GW; TWh x L/kWh is million m3


def has_choice(inputs: xr.Dataset) -> bool:
    """Whether any campus may choose to be cooled by air."""
    return bool(inputs["campus_air_possible"].any())


def add_cooling(model: linopy.Model, inputs: xr.Dataset) -> None:
    """What of a campus is cooled by air: more power, no water; decided when it is built.

    Variables
    ---------
    air_build[zone, year] [GW]
        IT power cooled by air of what enters service in the year; only where it may be chosen

    Constraints
    -----------
    air_within[zone, year] [GW]
        air_build <= it_build
        Dual [BUSD/GW]: what one GW more that is cooled by air would be worth.
    """
    if not has_choice(inputs):
        return
    possible = inputs["campus_air_possible"]
    possible = (possible & inputs["campus_buildable"]).transpose("zone", "year")
    air = model.add_variables(
        lower=0, upper=xr.where(possible, np.inf, 0.0), name="air_build", coords=possible.coords
    )
    model.add_constraints(total(air, (-1, model.variables["it_build"])) <= 0, name="air_within")


def facility_in_service(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Facility power in service by zone and year [GW]: IT power times PUE, by cooling."""
    wet = total((inputs["campus_pue"], model.variables["it_power"]))
    if not has_choice(inputs):
        return wet
    return total(wet, (extra(inputs), cumulative(model, inputs, "air_build")))


def facility_built(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Facility power that enters service by zone and year [GW]."""
    wet = total((inputs["campus_pue"], model.variables["it_build"]))
    if not has_choice(inputs):
        return wet
    return total(wet, (extra(inputs), model.variables["air_build"]))


def facility_cumulated(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """What has entered service up to and in each year, by zone [GW]."""
    wet = total((inputs["campus_pue"], cumulative(model, inputs, "it_build")))
    if not has_choice(inputs):
        return wet
    return total(wet, (extra(inputs), cumulative(model, inputs, "air_build")))


def extra(inputs: xr.Dataset) -> xr.DataArray:
    """What air takes more than water, per GW of IT power [GW]."""
    return inputs["campus_pue_air"] - inputs["campus_pue"]


def add_water(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Water of campuses and fab lines within what the programme may draw in a zone.

    Constraints
    -----------
    water[zone, year] [million m3/year]
        8.76 * utilisation * (water * it_power - water * what is cooled by air)
        + fab_water * fab lines in service <= water_limit
        Dual [BUSD per million m3/year]: worth of a million m3 more a year.
    """
    limit = inputs["water_limit"].transpose("zone", "year")
    finite = np.isfinite(limit)
    if not bool(finite.any()):
        return
    rate = inputs["campus_water"] * (TWH_PER_GW * float(inputs["campus_utilisation"]))
    lines = total((inputs["fab_water"], cumulative(model, inputs, "fab_build")))
    used: list[Any] = [(rate, model.variables["it_power"]), lines.sum("chip_step")]
    if has_choice(inputs):
        used.append((-rate, cumulative(model, inputs, "air_build")))
    drawn = total(*used)
    model.add_constraints(drawn <= limit.where(finite, 0.0), name="water", mask=finite)
