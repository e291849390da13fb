"""Hourly dispatch of one year on some days, for given capacities.

Days are independent: storage returns to its state at the end of each day, daily hydro energy is
given.  Costs are in million USD per day, power in GW, energy in GWh.

The capacities that the rest of the plan decides enter through *coupling* quantities only:
``plant_capacity``, ``renewable_capacity``, ``store_power``, ``corridor_forward_capacity``,
``corridor_reverse_capacity``, ``campus_load``, those of the campus buses and, where emissions are
capped, ``emission_allowance``.  They may be variables of a bigger model (monolith) or columns that
the decomposition fixes; the rows are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.model import campus_bus
from gigaplan.model.language import grouped_sum, index_of, total
from gigaplan.model.storage import add_storage, stores_of

HOURS = 24

COUPLING: dict[str, str] = {
    "plant_capacity": "plant",
    "renewable_capacity": "renewable",
    "store_power": "store",
    "corridor_forward_capacity": "corridor",
    "corridor_reverse_capacity": "corridor",
    "campus_load": "zone",
    "onsite_capacity": "onsite",
    "campus_connection": "campus",
    "campus_flexible": "campus",
    "onsite_renewable_capacity": "onsite_renewable",
    "onsite_store_power": "onsite_store",
    "campus_shiftable": "shifting",
}


def day_data(inputs: xr.Dataset, year: int, days: Sequence[int]) -> xr.Dataset:
    """What dispatch needs of the inputs for one year and some days (0 ... 364).

    Returns a Dataset with dims day, hour_of_day and those of the assets.  ``load`` in GW,
    ``renewable_profile`` as a share, ``plant_cost`` in million USD per GWh.
    """
    days = [int(d) for d in days]
    by_year = [
        n for n in map(str, inputs.data_vars) if n.startswith("plant_") and "year" in inputs[n].dims
    ]
    keep = ["plant_zone", "plant_availability", "plant_emissions", "plant_energy_limited"]
    keep += ["renewable_zone", "store_zone", "store_hours", "store_efficiency"]
    keep += ["store_availability", "corridor_from", "corridor_to", "corridor_loss"]
    data = inputs[keep + by_year].sel(year=year).reset_coords(drop=True)
    data["plant_cost"] = data["plant_cost"] / 1e3
    for name in ("onsite_cost", "campus_curtailment_cost"):
        data[name] = inputs[name].sel(year=year).reset_coords(drop=True) / 1e3
    for name in campus_bus.CONSTANT:
        data[name] = inputs[name]
    data["campus_flexible_hours"] = inputs["campus_flexible_hours"].sel(day=days)
    data["value_of_unserved_energy"] = inputs["value_of_unserved_energy"] / 1e3
    data["plant_daily_energy"] = inputs["plant_daily_energy"].sel(day=days)
    data["load"] = _by_day(inputs["load"].sel(year=year).reset_coords(drop=True), days)
    for name in ("renewable_profile", "onsite_renewable_profile"):
        data[name] = _by_day(inputs[name], days)
    return data


def _by_day(hourly: xr.DataArray, days: Sequence[int]) -> xr.DataArray:
    """Cut a yearly array (..., hour) into (..., day, hour_of_day)."""
    dims = [d for d in hourly.dims if d != "hour"]
    values = hourly.transpose(*dims, "hour").values
    cut = values.reshape(*values.shape[:-1], values.shape[-1] // HOURS, HOURS)
    values = cut[..., list(days), :]
    coords = {d: hourly[d].values for d in dims}
    coords |= {"day": np.asarray(days), "hour_of_day": np.arange(HOURS)}
    return xr.DataArray(values, dims=[*dims, "day", "hour_of_day"], coords=coords)


def add_dispatch(
    model: linopy.Model, data: xr.Dataset, coupling: Mapping[str, Any], suffix: str = ""
) -> Any:
    """Add dispatch variables and rows to a model; return its cost per day [MUSD/day].

    Parameters
    ----------
    model : linopy model to add to
    data : result of :func:`day_data`
    coupling : the quantities of :data:`COUPLING` as linopy variables or expressions without day
        and hour; ``emission_allowance`` [Mt/day] with the dimension day is optional
    suffix : appended to every name, for models that hold several years

    Constraints
    -----------
    emission_limit[day] [Mt/day]
        sum_plant,hour emissions * generation <= emission_allowance
        Dual [BUSD/Mt]: carbon price of the day.
    """
    variables = _variables(model, data, suffix)
    _limits(model, data, coupling, variables, suffix)
    _storage(model, data, coupling, variables, suffix)
    bus = campus_bus.bus_of(data, coupling, variables)
    _balance(model, data, coupling, variables, bus, suffix)
    campus_bus.add_campus_bus(model, data, coupling, variables, bus, suffix)
    generation = variables["generation"]
    if "emission_allowance" in coupling:
        # 1 GWh x t/MWh = 1e-3 Mt
        emitted = total((data["plant_emissions"] / 1e3, generation)).sum(["plant", "hour_of_day"])
        if data.sizes["onsite"]:
            own = total((data["onsite_emissions"] / 1e3, variables["onsite_generation"]))
            emitted = emitted + own.sum(["onsite", "hour_of_day"])
        row = total(emitted, (-1, coupling["emission_allowance"]))
        model.add_constraints(row <= 0, name=f"emission_limit{suffix}")
    running = total((data["plant_cost"], generation)).sum(["plant", "hour_of_day"])
    unserved = variables["unserved"].sum(["zone", "hour_of_day"])
    short = (float(data["value_of_unserved_energy"]), unserved)
    return total(running, short, *campus_bus.campus_costs(data, variables))


def _variables(model: linopy.Model, data: xr.Dataset, suffix: str) -> dict[str, linopy.Variable]:
    """What is dispatched, hour by hour.

    Variables
    ---------
    generation[plant, day, hour_of_day] [GW]
        output of a plant
    charge[store, day, hour_of_day] [GW]
        taken from the bus
    discharge[store, day, hour_of_day] [GW]
        given to the bus
    state_of_charge[store, day, hour_of_day] [GWh]
        energy in the store at the end of the hour
    flow_forward[corridor, day, hour_of_day] [GW]
        sent from the first zone
    flow_reverse[corridor, day, hour_of_day] [GW]
        sent from the second zone
    unserved[zone, day, hour_of_day] [GW]
        load that is not served
    """
    time = [index_of(data, "day"), index_of(data, "hour_of_day")]
    dims = {
        "generation": "plant",
        "charge": "store",
        "discharge": "store",
        "state_of_charge": "store",
        "flow_forward": "corridor",
        "flow_reverse": "corridor",
        "unserved": "zone",
        **campus_bus.VARIABLES,
    }
    return {
        name: model.add_variables(lower=0, coords=[index_of(data, dim), *time], name=name + suffix)
        for name, dim in dims.items()
    }


def _limits(
    model: linopy.Model,
    data: xr.Dataset,
    coupling: Mapping[str, Any],
    v: Mapping[str, linopy.Variable],
    suffix: str,
) -> None:
    """Output within available capacity; daily energy of hydro; flows within corridors.

    Constraints
    -----------
    generation_limit[plant, day, hour_of_day] [GW]
        generation <= availability * plant_capacity
        Dual [USD/MWh]: what the plant earns above its running cost.
    daily_energy_limit[plant, day] [GWh]
        sum_hour generation <= daily_energy * plant_capacity, where energy is limited (hydro)
        Dual [USD/MWh]: value of the day's water.
    flow_forward_limit[corridor, day, hour_of_day] [GW]
        flow_forward <= corridor_forward_capacity
        Dual [USD/MWh]: congestion from the first zone to the second.
    flow_reverse_limit[corridor, day, hour_of_day] [GW]
        flow_reverse <= corridor_reverse_capacity
        Dual [USD/MWh]: congestion from the second zone to the first.
    """
    generation = v["generation"]
    row = total(generation, (-data["plant_availability"], coupling["plant_capacity"]))
    model.add_constraints(row <= 0, name=f"generation_limit{suffix}")
    limited = index_of(data, "plant")[data["plant_energy_limited"].values.astype(bool)]
    if len(limited):
        energy = data["plant_daily_energy"].sel(plant=limited)
        used = generation.sel(plant=limited).sum("hour_of_day")
        row = total(used, (-energy, _select(coupling["plant_capacity"], plant=limited)))
        model.add_constraints(row <= 0, name=f"daily_energy_limit{suffix}")
    for way in ("forward", "reverse"):
        row = total(v[f"flow_{way}"], (-1, coupling[f"corridor_{way}_capacity"]))
        model.add_constraints(row <= 0, name=f"flow_{way}_limit{suffix}")


def _storage(
    model: linopy.Model,
    data: xr.Dataset,
    coupling: Mapping[str, Any],
    v: Mapping[str, linopy.Variable],
    suffix: str,
) -> None:
    """State of charge, cyclic over the day; power and energy within what is built.

    Constraints
    -----------
    state_of_charge_balance[store, day, hour_of_day] [GWh]
        soc[t] = soc[t-1] + sqrt(efficiency) * charge - discharge / sqrt(efficiency)
        with soc[-1] = soc[23], the day being a circle
        Dual [USD/MWh]: value of energy in the store.
    charge_limit[store, day, hour_of_day] [GW]
        charge <= availability * store_power
        Dual [USD/MWh]: worth of more power to charge.
    discharge_limit[store, day, hour_of_day] [GW]
        discharge <= availability * store_power
        Dual [USD/MWh]: worth of more power to discharge.
    state_of_charge_limit[store, day, hour_of_day] [GWh]
        state_of_charge <= availability * hours * store_power
        Dual [USD/MWh]: worth of a larger store.
    """
    stores = stores_of(data, "store")
    own = {name: v[name] for name in ("charge", "discharge", "state_of_charge")}
    add_storage(model, stores, coupling["store_power"], own, "", suffix)


def _balance(
    model: linopy.Model,
    data: xr.Dataset,
    coupling: Mapping[str, Any],
    v: Mapping[str, linopy.Variable],
    bus: campus_bus.Bus,
    suffix: str,
) -> None:
    """Energy balance of every zone and hour.

    Wind and solar beyond what is used are curtailed freely, which the inequality stands for.

    Constraints
    -----------
    balance[zone, day, hour_of_day] [GW]
        sum generation + sum profile * renewable_capacity + sum (discharge - charge)
        + sum_in (1 - loss) * flow - sum_out flow + unserved
        + on-site + campus_curtailed + campus_unserved + campus_deferred - campus_made_up
        >= load + campus_load
        Dual [USD/MWh]: price of power in the zone and hour.
    """
    zones = index_of(data, "zone")
    delivered = 1 - data["corridor_loss"]
    start, end = data["corridor_from"], data["corridor_to"]
    supply: list[Any] = [grouped_sum(v["generation"], data["plant_zone"], zones), v["unserved"]]
    if data.sizes["store"]:
        net = total(v["discharge"], (-1, v["charge"]))
        supply.append(grouped_sum(net, data["store_zone"], zones))
    if data.sizes["corridor"]:
        at_end = total((delivered, v["flow_forward"]), (-1, v["flow_reverse"]))
        at_start = total((delivered, v["flow_reverse"]), (-1, v["flow_forward"]))
        supply += [grouped_sum(at_end, end, zones), grouped_sum(at_start, start, zones)]
    if data.sizes["renewable"]:
        output = total((data["renewable_profile"], coupling["renewable_capacity"]))
        supply.append(grouped_sum(output, data["renewable_zone"], zones))
    at_campus = grouped_sum(bus.supply, _zone_of_campus(data), zones)
    supply += [at_campus, (-1, coupling["campus_load"])]
    model.add_constraints(total(*supply) >= data["load"], name=f"balance{suffix}")


def _zone_of_campus(data: xr.Dataset) -> xr.DataArray:
    """A campus is named after its zone."""
    return xr.DataArray(data["campus"].values, dims="campus", coords={"campus": data["campus"]})


def _select(quantity: Any, **labels: pd.Index) -> Any:
    """Select labels of a linopy variable or expression."""
    return quantity.sel(labels)
