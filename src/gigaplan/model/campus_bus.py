"""Hourly dispatch of the campus buses: on-site supply, curtailment, and the grid connection.

A campus bus hangs on the grid bus of its zone by one connection.  What the campus takes from the
grid is its load less what on-site units give and what is curtailed; it has no variable of its own,
so that a zone without a campus prices one more GW of campus exactly as one more GW of load.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.model.language import grouped_sum, index_of, total

VARIABLES = {
    "campus_curtailed": "campus",
    "campus_unserved": "campus",
    "onsite_generation": "onsite",
}


def at_campus(data: xr.Dataset, v: Mapping[str, linopy.Variable]) -> Any:
    """What the campus does not take from the grid, by campus and hour [GW]."""
    supply: list[Any] = [v["campus_curtailed"], v["campus_unserved"]]
    if data.sizes["onsite"]:
        campuses = index_of(data, "campus")
        supply.append(grouped_sum(v["onsite_generation"], data["onsite_zone"], campuses))
    return total(*supply)


def add_campus_bus(
    model: linopy.Model,
    data: xr.Dataset,
    coupling: Mapping[str, Any],
    v: Mapping[str, linopy.Variable],
    suffix: str,
) -> None:
    """Limits of every campus bus and hour.

    On-site units serve the grid as far as the connection carries.  Curtailment is possible on the
    system's hardest days only, so that its hours a year are bounded without tying days together.

    Variables
    ---------
    onsite_generation[onsite, day, hour_of_day] [GW]
        output of on-site units
    campus_curtailed[campus, day, hour_of_day] [GW]
        campus load that is shed by agreement
    campus_unserved[campus, day, hour_of_day] [GW]
        campus load that nothing serves

    Constraints
    -----------
    import_limit[campus, day, hour_of_day] [GW]
        on-site + campus_curtailed + campus_unserved + campus_connection >= campus_load
        Dual [USD/MWh]: price at the campus above that of its zone.
    export_limit[campus, day, hour_of_day] [GW]
        on-site <= campus_load + campus_connection
        Dual [USD/MWh]: worth of one GW more of connection to the grid.
    onsite_limit[onsite, day, hour_of_day] [GW]
        onsite_generation <= availability * onsite_capacity
        Dual [USD/MWh]: rent of on-site capacity in the hour.
    curtailment_limit[campus, day, hour_of_day] [GW]
        campus_curtailed <= utilisation * campus_flexible
        Dual [USD/MWh]: worth of one GW more that may be shed.
    curtailment_energy[campus, day] [GWh]
        sum_hour campus_curtailed <= hours of the day * utilisation * campus_flexible
        Dual [USD/MWh]: worth of one GWh more that may be shed.
    """
    campuses = index_of(data, "campus")
    load = coupling["campus_load"].sel(zone=campuses.rename("zone")).rename(zone="campus")
    connection = coupling["campus_connection"]
    supply = at_campus(data, v)
    model.add_constraints(total(supply, connection, -1 * load) >= 0, name=f"import_limit{suffix}")
    if data.sizes["onsite"]:
        available = data["onsite_availability"] * coupling["onsite_capacity"]
        model.add_constraints(v["onsite_generation"] - available <= 0, name=f"onsite_limit{suffix}")
        own = campuses_with_units(data)
        made = grouped_sum(v["onsite_generation"], data["onsite_zone"], own)
        carried = [-1 * quantity.sel(campus=own) for quantity in (load, connection)]
        model.add_constraints(total(made, *carried) <= 0, name=f"export_limit{suffix}")
    flexible = float(data["campus_utilisation"]) * coupling["campus_flexible"]
    model.add_constraints(v["campus_curtailed"] - flexible <= 0, name=f"curtailment_limit{suffix}")
    energy = data["campus_flexible_hours"] * flexible
    model.add_constraints(
        v["campus_curtailed"].sum("hour_of_day") - energy <= 0, name=f"curtailment_energy{suffix}"
    )


def campuses_with_units(data: xr.Dataset) -> pd.Index:
    """Campuses that may have on-site units, in the order of the campuses."""
    campuses = index_of(data, "campus")
    return campuses[np.isin(campuses, data["onsite_zone"].values)]


def campus_costs(data: xr.Dataset, v: Mapping[str, linopy.Variable]) -> list[Any]:
    """Lost compute, load that nothing serves, fuel of on-site units [MUSD/day]."""
    time = "hour_of_day"
    lost = v["campus_curtailed"].sum(["campus", time]) * float(data["campus_curtailment_cost"])
    short = v["campus_unserved"].sum(["campus", time]) * float(data["value_of_unserved_energy"])
    costs = [lost, short]
    if data.sizes["onsite"]:
        costs.append((v["onsite_generation"] * data["onsite_cost"]).sum(["onsite", time]))
    return costs
