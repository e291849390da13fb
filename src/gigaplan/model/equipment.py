"""Scarce equipment and skilled labour: what the programme can get, by when, at which price step."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import xarray as xr

from gigaplan.model.cooling import facility_built, facility_cumulated
from gigaplan.model.language import grouped_sum, index_of, total
from gigaplan.model.power import cumulative


def add_equipment(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Equipment for whatever the programme builds arrives within supply, at two price steps.

    Supply counts what can have been ordered since the start, made, not yet sold, within reach,
    and installed by a year.

    Variables
    ---------
    equipment_order[equipment, price_step, year] [GW or GVA]
        units that enter service in a planning year; ordered and arrived earlier

    Constraints
    -----------
    equipment_balance[equipment, year] [GW or GVA]
        sum_price_step,built<=year equipment_order >= sum need * what the programme has built
        Dual [BUSD per unit]: price of a unit in service by the year.
    equipment_supply[equipment, price_step, year] [GW or GVA]
        sum_built<=year equipment_order <= equipment_supply
        Dual [BUSD per unit]: worth of one unit more by the year.
    """
    supply = inputs["equipment_supply"].transpose("equipment", "price_step", "year")
    if not bool(np.isfinite(supply).any()):
        return
    model.add_variables(lower=0, coords=supply.coords, name="equipment_order")
    arrived = cumulative(model, inputs, "equipment_order")
    used = _in_service(model, inputs)
    row = total(arrived.sum("price_step"), (-1, used))
    model.add_constraints(row >= 0, name="equipment_balance")
    finite = np.isfinite(supply)
    limit = supply.where(finite, 0.0)
    model.add_constraints(arrived <= limit, name="equipment_supply", mask=finite)


def _in_service(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Units of each class that the programme has put into service by each year."""
    built = cumulative(model, inputs, "build").sel(owner="programme", drop=True)
    used = total((inputs["equipment_need_option"], built)).sum("option")
    facility = facility_cumulated(model, inputs).sum("zone")
    return total(used, (inputs["equipment_need_campus"], facility))


def premium(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """What is paid above list prices for what enters service in each year [BUSD]."""
    order = model.variables["equipment_order"]
    return total((inputs["equipment_premium"], order)).sum(["equipment", "price_step"])


def premium_charge(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Yearly charge of the premiums paid so far [BUSD/year]."""
    paid = cumulative(model, inputs, "equipment_order")
    rate = inputs["equipment_premium"] * float(inputs["equipment_charge_rate"])
    return total((rate, paid)).sum(["equipment", "price_step"])


def add_labour(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Skilled building labour of each zone between two planning years.

    Constraints
    -----------
    labour[zone, year] [thousand worker-years]
        sum need * programme's builds + need * new facility power <= labour_supply
        Dual [BUSD per unit]: worth of a thousand worker-years more.
    """
    supply = inputs["labour_supply"].transpose("zone", "year")
    finite = np.isfinite(supply)
    if not bool(finite.any()):
        return
    zones = index_of(inputs, "zone")
    build = model.variables["build"].sel(owner="programme", drop=True)
    used = grouped_sum(total((inputs["labour_need_option"], build)), inputs["option_zone"], zones)
    used = total(used, (float(inputs["labour_need_campus"]), facility_built(model, inputs)))
    model.add_constraints(used <= supply.where(finite, 0.0), name="labour", mask=finite)
