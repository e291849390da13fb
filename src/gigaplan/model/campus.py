"""Campus layer of the master: IT power by zone and year, connections and on-site supply."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import xarray as xr

from gigaplan.model.accelerators import installed_power
from gigaplan.model.cooling import add_cooling, facility_in_service
from gigaplan.model.fabs import fab_power
from gigaplan.model.language import grouped_sum, index_of, total
from gigaplan.model.power import cumulative
from gigaplan.model.units import come_whole


def add_campuses(model: linopy.Model, inputs: xr.Dataset) -> None:
    """New and standing IT power, facility power and the load that dispatch sees.

    Facility power is IT power times PUE, by cooling; connection and on-site supply cover it.

    Variables
    ---------
    it_build[zone, year] [GW]
        IT power of campuses that enter service in the year; zero where none may stand
    it_power[zone, year] [GW]
        IT power in service
    campus_load[zone, year] [GW]
        average draw of the campuses and fab lines
    campus_units[zone, year] [1]
        whole blocks that enter service, in plans of whole units

    Constraints
    -----------
    it_build_definition[zone, year] [GW]
        it_build = campus_unit * campus_units
        Dual [BUSD/GW]: cost of one GW beside the blocks held.
    it_power_definition[zone, year] [GW]
        it_power = sum_built<=year it_build
        Dual [BUSD/GW]: worth of one GW of IT in service.
    campus_load_definition[zone, year] [GW]
        campus_load = utilisation * facility power + what fab lines draw
        Dual [BUSD/GW]: cost of one GW of load more.
    """
    buildable = inputs["campus_buildable"].transpose("zone", "year")
    model.add_variables(
        lower=0, upper=xr.where(buildable, np.inf, 0.0), name="it_build", coords=buildable.coords
    )
    come_whole(model, inputs, "it_build", "campus_units", inputs["campus_unit"])
    zone_year = [index_of(inputs, "zone"), index_of(inputs, "year")]
    it_power = model.add_variables(lower=0, coords=zone_year, name="it_power")
    row = total(it_power, (-1, cumulative(model, inputs, "it_build")))
    model.add_constraints(row == 0, name="it_power_definition")
    load = model.add_variables(lower=0, coords=zone_year, name="campus_load")
    add_cooling(model, inputs)
    facility = facility_in_service(model, inputs)
    fab = fab_power(model, inputs)
    drawn_now = total(load, (-float(inputs["campus_utilisation"]), facility), (-1, fab))
    model.add_constraints(drawn_now == 0, name="campus_load_definition")
    _connections(model, inputs, facility, fab)


def _connections(
    model: linopy.Model, inputs: xr.Dataset, facility: linopy.LinearExpression, fab: Any
) -> None:
    """How campuses are connected and supplied on site, in GW of facility power.

    Firm large-load interconnection is slow and scarce; an interruptible one is energised earlier.

    Variables
    ---------
    campus_connection[campus, year] [GW]
        energised grid connection
    campus_flexible[campus, year] [GW]
        the part of it that may be interrupted
    campus_shiftable[shifting, year] [GW]
        average load that may be put off within a day

    Constraints
    -----------
    shiftable_share[shifting, year] [GW]
        campus_shiftable <= training share * shiftable share * utilisation * facility power
        Dual [BUSD/GW]: worth of one GW more that may be put off.
    flexible_share[campus, year] [GW]
        campus_flexible <= share * facility power
        Dual [BUSD/GW]: worth of one GW more that may be curtailed.
    campus_supply[campus, year] [GW]
        campus_connection + sum availability * onsite_capacity
        + sum availability * hours / 24 * onsite_store_power >= facility power + fab lines
        Dual [BUSD/GW]: cost of supplying one GW more at nameplate.
    campus_limit[campus, year] [GW]
        campus_connection - campus_flexible <= campus_limit
        Dual [BUSD/GW]: worth of one GW more of firm large-load interconnection in the zone.
    campus_limit_flexible[campus, year] [GW]
        campus_connection <= campus_limit_flexible
        Dual [BUSD/GW]: worth of one GW more of interruptible interconnection in the zone.
    campus_national_limit[year] [GW]
        sum_campus campus_connection - campus_flexible <= campus_national_limit
        Dual [BUSD/GW]: worth of one GW more of firm large-load interconnection anywhere.
    campus_national_limit_flexible[year] [GW]
        sum_campus campus_connection <= campus_national_limit_flexible
        Dual [BUSD/GW]: worth of one GW more of interruptible interconnection anywhere.
    """
    campuses, years = index_of(inputs, "campus"), index_of(inputs, "year")
    coords = [campuses, years]
    connection = model.add_variables(lower=0, coords=coords, name="campus_connection")
    flexible = model.add_variables(lower=0, coords=coords, name="campus_flexible")
    zones = campuses.rename("zone")
    own = facility.sel(zone=zones).rename(zone="campus")
    share = float(inputs["campus_flexible_share"])
    model.add_constraints(total(flexible, (-share, own)) <= 0, name="flexible_share")
    _shiftable(model, inputs, own)
    lines = fab.sel(zone=zones).rename(zone="campus")
    supply: list[Any] = [connection, (-1, own), (-1, lines)]
    if inputs.sizes["onsite"]:
        firm = total((inputs["onsite_availability"], model.variables["onsite_capacity"]))
        supply.append(grouped_sum(firm, inputs["onsite_zone"], campuses))
    if inputs.sizes["onsite_store"]:
        # a store covers nameplate for its hours of the day; the sun covers none of the night
        firm = total((inputs["onsite_store_firm"], model.variables["onsite_store_power"]))
        supply.append(grouped_sum(firm, inputs["onsite_store_zone"], campuses))
    model.add_constraints(total(*supply) >= 0, name="campus_supply")
    firm_part = total(connection, (-1, flexible))
    for name, used, limit in (
        ("campus_limit", firm_part, inputs["campus_limit"]),
        ("campus_limit_flexible", 1 * connection, inputs["campus_limit_flexible"]),
        ("campus_national_limit", firm_part.sum("campus"), inputs["campus_national_limit"]),
        (
            "campus_national_limit_flexible",
            connection.sum("campus"),
            inputs["campus_national_limit_flexible"],
        ),
    ):
        if "zone" in limit.dims:
            limit = limit.sel(zone=zones.values).rename(zone="campus")
        finite = np.isfinite(limit)
        if bool(finite.any()):
            model.add_constraints(used <= limit.where(finite, 0.0), name=name, mask=finite)


def _shiftable(model: linopy.Model, inputs: xr.Dataset, facility: linopy.LinearExpression) -> None:
    """What of the training load may move within the day; documented in :func:`_connections`."""
    shifting = index_of(inputs, "shifting")
    coords = [shifting, index_of(inputs, "year")]
    shiftable = model.add_variables(lower=0, coords=coords, name="campus_shiftable")
    if len(shifting):
        share = float(inputs["campus_training_share"] * inputs["campus_shiftable_share"])
        share *= float(inputs["campus_utilisation"])
        load = facility.sel(campus=shifting.rename("campus")).rename(campus="shifting")
        model.add_constraints(total(shiftable, (-share, load)) <= 0, name="shiftable_share")


def add_it_path(model: linopy.Model, inputs: xr.Dataset) -> None:
    """IT power in service in all zones meets the path asked for.

    Constraints
    -----------
    it_path[year] [GW]
        sum power * accelerators >= it_path
        Dual [BUSD/GW]: cost of one GW more of IT.
    """
    path = inputs["it_path"]
    asked = ~np.isnan(path)
    if bool(asked.any()):
        filled = installed_power(model, inputs)
        model.add_constraints(filled >= path.fillna(0.0), name="it_path", mask=asked)
