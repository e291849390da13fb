"""Hourly dispatch of the campus buses: on-site supply, shifted load, and the grid connection.

A campus bus hangs on the grid bus of its zone by one connection.  What the campus takes from the
grid is its load less what on-site units give, what is curtailed and what is put off; it has no
variable of its own, so that a zone without a campus prices one more GW of campus exactly as one
more GW of load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.model.language import grouped_sum, index_of, total
from gigaplan.model.storage import add_storage, stores_of

VARIABLES = {
    "campus_curtailed": "campus",
    "campus_unserved": "campus",
    "onsite_generation": "onsite",
    "onsite_spilled": "onsite_renewable",
    "onsite_charge": "onsite_store",
    "onsite_discharge": "onsite_store",
    "onsite_state_of_charge": "onsite_store",
    "campus_deferred": "shifting",
    "campus_made_up": "shifting",
}
# inputs that are the same in every year and on every day
CONSTANT = (
    "campus", "shifting", "onsite_zone", "onsite_availability", "onsite_emissions",
    "onsite_renewable_zone", "onsite_store_zone", "onsite_store_hours", "onsite_store_efficiency",
    "onsite_store_availability", "campus_utilisation", "campus_shiftable_share",
)  # fmt: skip
ONSITE = ("onsite", "onsite_renewable", "onsite_store")


def onsite_supply(
    data: xr.Dataset,
    coupling: Mapping[str, Any],
    v: Mapping[str, linopy.Variable],
) -> list[Any]:
    """What on-site units give to the bus of each campus [GW], storage net of charging."""
    campuses = index_of(data, "campus")
    parts: list[Any] = []
    if data.sizes["onsite"]:
        parts.append(grouped_sum(v["onsite_generation"], data["onsite_zone"], campuses))
    if data.sizes["onsite_renewable"]:
        output = (data["onsite_renewable_profile"], coupling["onsite_renewable_capacity"])
        used = total(output, (-1, v["onsite_spilled"]))
        parts.append(grouped_sum(used, data["onsite_renewable_zone"], campuses))
    if data.sizes["onsite_store"]:
        net = total(v["onsite_discharge"], (-1, v["onsite_charge"]))
        parts.append(grouped_sum(net, data["onsite_store_zone"], campuses))
    return parts


def shifted(data: xr.Dataset, v: Mapping[str, linopy.Variable]) -> list[Any]:
    """Load put off less load made up, by campus and hour [GW]; nothing where none may move."""
    if not data.sizes["shifting"]:
        return []
    moved = total(v["campus_deferred"], (-1, v["campus_made_up"]))
    labels = xr.DataArray(
        data["shifting"].values, dims="shifting", coords={"shifting": data["shifting"].values}
    )
    return [grouped_sum(moved, labels, index_of(data, "campus"))]


@dataclass(frozen=True)
class Bus:
    """What meets at each campus, put together once: parts by campus and hour [GW].

    ``made`` is what on-site units give, ``moved`` load put off less load made up, ``supply`` all
    that the campus does not take from the grid.
    """

    made: list[Any]
    moved: list[Any]
    supply: Any


def bus_of(data: xr.Dataset, coupling: Mapping[str, Any], v: Mapping[str, linopy.Variable]) -> Bus:
    """The bus of each campus, for its own limits and for the balance of its zone."""
    made, moved = onsite_supply(data, coupling, v), shifted(data, v)
    return Bus(made, moved, total(v["campus_curtailed"], v["campus_unserved"], *made, *moved))


def add_campus_bus(
    model: linopy.Model,
    data: xr.Dataset,
    coupling: Mapping[str, Any],
    v: Mapping[str, linopy.Variable],
    bus: Bus,
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
        on-site + campus_curtailed + campus_unserved + campus_deferred - campus_made_up
        + campus_connection >= campus_load
        where on-site = onsite_generation + profile * onsite_renewable_capacity - onsite_spilled
        + onsite_discharge - onsite_charge
        Dual [USD/MWh]: price at the campus above that of its zone.
    export_limit[campus, day, hour_of_day] [GW]
        on-site <= campus_load - campus_deferred + campus_made_up + campus_connection
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
    model.add_constraints(
        total(bus.supply, connection, (-1, load)) >= 0, name=f"import_limit{suffix}"
    )
    if data.sizes["onsite"]:
        row = total(
            v["onsite_generation"], (-data["onsite_availability"], coupling["onsite_capacity"])
        )
        model.add_constraints(row <= 0, name=f"onsite_limit{suffix}")
    own = campuses_with_units(data)
    if len(own):
        given = [part.sel(campus=own) for part in (*bus.made, *bus.moved)]
        carried = [(-1, quantity.sel(campus=own)) for quantity in (load, connection)]
        model.add_constraints(total(*given, *carried) <= 0, name=f"export_limit{suffix}")
    share, flexible = float(data["campus_utilisation"]), coupling["campus_flexible"]
    row = total(v["campus_curtailed"], (-share, flexible))
    model.add_constraints(row <= 0, name=f"curtailment_limit{suffix}")
    energy = (-share * data["campus_flexible_hours"], flexible)
    row = total(v["campus_curtailed"].sum("hour_of_day"), energy)
    model.add_constraints(row <= 0, name=f"curtailment_energy{suffix}")
    _storage(model, data, coupling, v, suffix)
    _shifting(model, data, coupling, v, suffix)


def _storage(
    model: linopy.Model,
    data: xr.Dataset,
    coupling: Mapping[str, Any],
    v: Mapping[str, linopy.Variable],
    suffix: str,
) -> None:
    """On-site batteries, and what of the sun is spilled; days are circles.

    Variables
    ---------
    onsite_spilled[onsite_renewable, day, hour_of_day] [GW]
        on-site output that is not used
    onsite_charge[onsite_store, day, hour_of_day] [GW]
        taken from the bus of the campus
    onsite_discharge[onsite_store, day, hour_of_day] [GW]
        given to the bus of the campus
    onsite_state_of_charge[onsite_store, day, hour_of_day] [GWh]
        energy in the store at the end of the hour

    Constraints
    -----------
    onsite_state_of_charge_balance[onsite_store, day, hour_of_day] [GWh]
        soc[t] = soc[t-1] + sqrt(efficiency) * onsite_charge - onsite_discharge / sqrt(efficiency)
        with soc[-1] = soc[23], the day being a circle
        Dual [USD/MWh]: value of energy in the store.
    onsite_charge_limit[onsite_store, day, hour_of_day] [GW]
        onsite_charge <= availability * onsite_store_power
        Dual [USD/MWh]: worth of more power to charge.
    onsite_discharge_limit[onsite_store, day, hour_of_day] [GW]
        onsite_discharge <= availability * onsite_store_power
        Dual [USD/MWh]: worth of more power to discharge.
    onsite_state_of_charge_limit[onsite_store, day, hour_of_day] [GWh]
        onsite_state_of_charge <= availability * hours * onsite_store_power
        Dual [USD/MWh]: worth of a larger store.
    """
    if not data.sizes["onsite_store"]:
        return
    stores = stores_of(data, "onsite_store")
    own = {name: v[f"onsite_{name}"] for name in ("charge", "discharge", "state_of_charge")}
    add_storage(model, stores, coupling["onsite_store_power"], own, "onsite_", suffix)


def _shifting(
    model: linopy.Model,
    data: xr.Dataset,
    coupling: Mapping[str, Any],
    v: Mapping[str, linopy.Variable],
    suffix: str,
) -> None:
    """Training load that moves within the day, all of it made up on the same day.

    Training makes up in the room between its average and its nameplate power; with
    ``campus_shiftable`` at its most, that is all that trains.

    Variables
    ---------
    campus_deferred[shifting, day, hour_of_day] [GW]
        load put off
    campus_made_up[shifting, day, hour_of_day] [GW]
        load put off in other hours that is made up

    Constraints
    -----------
    deferral_limit[shifting, day, hour_of_day] [GW]
        campus_deferred <= campus_shiftable
        Dual [USD/MWh]: worth of one GW more that may be put off.
    made_up_limit[shifting, day, hour_of_day] [GW]
        campus_made_up <= (1 - utilisation) / (utilisation * shiftable share) * campus_shiftable
        Dual [USD/MWh]: worth of one GW more of room to make up.
    shift_balance[shifting, day] [GWh]
        sum_hour campus_made_up = sum_hour campus_deferred
        Dual [USD/MWh]: price of the hours in which load is made up.
    """
    if not data.sizes["shifting"]:
        return
    put_off, made_up = v["campus_deferred"], v["campus_made_up"]
    shiftable = coupling["campus_shiftable"]
    row = total(put_off, (-1, shiftable))
    model.add_constraints(row <= 0, name=f"deferral_limit{suffix}")
    row = total(made_up, (-headroom(data), shiftable))
    model.add_constraints(row <= 0, name=f"made_up_limit{suffix}")
    day = total(made_up, (-1, put_off)).sum("hour_of_day")
    model.add_constraints(day == 0, name=f"shift_balance{suffix}")


def headroom(data: xr.Dataset) -> float:
    """Room between average and nameplate of what trains, per GW that may move at once [1]."""
    used = float(data["campus_utilisation"])
    return (1.0 - used) / (used * float(data["campus_shiftable_share"]))


def campuses_with_units(data: xr.Dataset) -> pd.Index:
    """Campuses that may have on-site units, in the order of the campuses."""
    campuses = index_of(data, "campus")
    at = np.concatenate([data[f"{kind}_zone"].values.astype(object) for kind in ONSITE])
    return campuses[np.isin(campuses.astype(object), at)]


def campus_costs(data: xr.Dataset, v: Mapping[str, linopy.Variable]) -> list[Any]:
    """Lost compute, load that nothing serves, fuel of on-site units [MUSD/day]."""
    time = "hour_of_day"
    lost, short = (v[n].sum(["campus", time]) for n in ("campus_curtailed", "campus_unserved"))
    costs: list[Any] = [
        (float(data["campus_curtailment_cost"]), lost),
        (float(data["value_of_unserved_energy"]), short),
    ]
    if data.sizes["onsite"]:
        fuel = total((data["onsite_cost"], v["onsite_generation"]))
        costs.append(fuel.sum(["onsite", time]))
    return costs
