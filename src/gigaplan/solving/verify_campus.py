"""Checks of campuses, accelerators and scarce supply, with arithmetic of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from gigaplan.solving.answer import _by_zone
from gigaplan.solving.verify_facility import facility_built, facility_drawn
from gigaplan.solving.verify_onsite import onsite_output

TOLERANCE = 1e-5
Found = dict[str, tuple[float, str, float]]


def _over(used: Any, limit: Any) -> float:
    """Largest excess over a limit; a limit of infinity is none."""
    excess = np.asarray(used, dtype=float) - np.asarray(limit, dtype=float)
    return float(np.max(np.nan_to_num(excess, nan=np.inf, neginf=-np.inf), initial=0.0))


def accelerators(inputs: xr.Dataset, plan: xr.Dataset) -> Found:
    """What is installed was bought, lives, fits the shells, was paid for, and could be made."""
    installed = plan["accelerators"].transpose("chip", "year", "year_built").values
    bought = plan["accelerator_build"].transpose("chip", "year").values
    first = plan["accelerator_first"].transpose("chip", "year").values
    share = inputs["accelerator_standing"].transpose("chip", "year", "year_built").values
    life = _over(installed, share * bought[:, None, :])
    sold = inputs["accelerator_available"].transpose("chip", "year").values.astype(bool)
    life = max(life, _over(np.where(sold, 0.0, bought), 0.0), _over(first, bought))
    if bool(inputs["refit_from_budget"]):
        life = max(life, float(np.abs(first - bought).max(initial=0.0)))
    power = inputs["accelerator_power"].values
    filled = np.einsum("g,gyb->y", power, installed)
    shells = plan["it_power"].sum("zone").values
    fill = float(np.abs(filled + plan["idle_it_power"].values - shells).max())
    paid = _over(filled, np.cumsum(power @ first))
    need = inputs["chip_need"].transpose("chip_step", "chip").values @ bought
    built = plan["fab_build"].transpose("chip_step", "zone", "year").values
    allowed = inputs["fab_buildable"].transpose("chip_step", "zone", "year").values.astype(bool)
    life = max(life, _over(np.where(allowed, 0.0, built), 0.0))
    ramp = inputs["fab_ramp"].transpose("year", "year_built").values
    made = inputs["fab_output"].values[:, None] * (built.sum(axis=1) @ ramp.T)
    chips = _over(need - made, inputs["chip_supply"].transpose("chip_step", "year").values)
    in_use = (plan["compute"] - _compute(inputs, installed)).values
    return {
        "accelerators": (life, "thousand", TOLERANCE),
        "it_power_filled": (max(fill, paid), "GW", TOLERANCE),
        "chip_supply": (chips, "thousand wafers or PB", TOLERANCE),
        "compute": (float(np.abs(in_use).max(initial=0.0)), "thousand H100e", 1e-4),
    }


def whole_units(inputs: xr.Dataset, plan: xr.Dataset) -> Found:
    """Campuses, reactors, fab lines and HVDC lines are whole, where the inputs ask for it."""
    if not bool(inputs["whole_units"]):
        return {}
    worst = 0.0
    for name, size, dim in (
        ("it_build", "campus_unit", "zone"), ("build", "option_unit", "option"),
        ("fab_build", "fab_unit", "chip_step"), ("corridor_build", "corridor_unit", "corridor"),
    ):  # fmt: skip
        built = plan[name].transpose(dim, ...).values
        unit = np.broadcast_to(inputs[size].values, built.shape[:1])
        units = built[unit > 0] / unit[unit > 0].reshape(-1, *[1] * (built.ndim - 1))
        worst = max(worst, float(np.abs(units - np.round(units)).max(initial=0.0)))
    return {"whole_units": (worst, "unit", 1e-6)}


def equipment(inputs: xr.Dataset, plan: xr.Dataset) -> Found:
    """Equipment and labour of what the programme builds arrive within what is within reach."""
    own = plan["build"].sel(owner="programme").transpose("option", "year").values
    facility = facility_built(inputs, plan)
    need = inputs["equipment_need_option"].transpose("equipment", "option").values @ own
    need = need + inputs["equipment_need_campus"].values[:, None] * facility.sum(axis=0)
    supply = inputs["equipment_supply"].transpose("equipment", "price_step", "year").values
    order = plan["equipment_order"].transpose("equipment", "price_step", "year").values
    short = 0.0
    if np.isfinite(supply).any():
        short = _over(need.cumsum(axis=1), order.sum(axis=1).cumsum(axis=1))
    beyond = _over(order.cumsum(axis=2), supply)
    zones = inputs["zone"].values
    work = _by_zone(
        inputs["labour_need_option"].values[:, None] * own, inputs["option_zone"].values, zones
    )
    work = work + float(inputs["labour_need_campus"]) * facility
    labour = _over(work, inputs["labour_supply"].transpose("zone", "year").values)
    return {
        "equipment": (max(short, beyond), "GW or GVA", TOLERANCE),
        "labour": (labour, "thousand worker-years", TOLERANCE),
    }


def _compute(inputs: xr.Dataset, installed: np.ndarray) -> xr.DataArray:
    """Installed x performance x utilisation, dims generation and year."""
    values = installed.sum(axis=2) * inputs["accelerator_h100e"].values[:, None]
    coords = {"chip": inputs["chip"].values, "year": inputs["year"].values}
    values = values * float(inputs["campus_utilisation"])
    return xr.DataArray(values, dims=("chip", "year"), coords=coords)


def cooling(inputs: xr.Dataset, plan: xr.Dataset) -> Found:
    """Only what was built, and may be, is cooled by air; water stays within its limits."""
    built = plan["it_build"].transpose("zone", "year").values
    air = plan["air_build"].transpose("zone", "year").values
    possible = inputs["campus_air_possible"].values.astype(bool)
    wrong = max(_over(air, built), _over(air[~possible], 0.0))
    used = (built - air).cumsum(axis=1) * float(inputs["campus_utilisation"])
    water = used * 8760.0 / 1e3 * inputs["campus_water"].values[:, None]
    lines = plan["fab_build"].transpose("chip_step", "zone", "year").values.cumsum(axis=2)
    water = water + np.einsum("s,szy->zy", inputs["fab_water"].values, lines)
    over = _over(water, inputs["water_limit"].transpose("zone", "year").values)
    return {
        "cooling": (wrong, "GW", TOLERANCE),
        "water": (over, "million m3/year", 1e-4),
    }


def fab_draw(inputs: xr.Dataset, plan: xr.Dataset) -> np.ndarray:
    """What the fab lines of each zone draw, axes zone, year [GW]."""
    built = plan["fab_build"].transpose("chip_step", "zone", "year").values.cumsum(axis=2)
    return np.asarray(np.einsum("s,szy->zy", inputs["fab_power"].values, built))


def campuses(inputs: xr.Dataset, plan: xr.Dataset) -> Found:
    """Nameplate facility power is covered by connection and on-site units, within the limits."""
    facility = facility_drawn(inputs, plan)
    zones, names = inputs["zone"].values.tolist(), inputs["campus"].values
    at = [zones.index(z) for z in names.tolist()]
    connection = plan["campus_connection"].transpose("campus", "year").values
    flexible = plan["campus_flexible"].transpose("campus", "year").values
    firm = plan["onsite_capacity"].transpose("onsite", "year").values
    firm = firm * inputs["onsite_availability"].values[:, None]
    covered = connection + _by_zone(firm, inputs["onsite_zone"].values, names)
    stored = plan["onsite_store_power"].transpose("onsite_store", "year").values
    a_day = np.minimum(inputs["onsite_store_hours"].values / 24.0, 1.0)
    stored = stored * (a_day * inputs["onsite_store_availability"].values)[:, None]
    covered = covered + _by_zone(stored, inputs["onsite_store_zone"].values, names)
    large = facility + fab_draw(inputs, plan)
    short = _over(large[at], covered)
    elsewhere = np.delete(large, at, axis=0)
    short = max(short, _over(elsewhere, 0.0))
    shed = _over(flexible, float(inputs["campus_flexible_share"]) * facility[at])
    limit = 0.0
    for used, name in (
        (connection - flexible, "campus_limit"),
        (connection, "campus_limit_flexible"),
    ):
        limit = max(limit, _over(used, inputs[name].transpose("zone", "year").values[at]))
        national = inputs[name.replace("campus_", "campus_national_")].values
        limit = max(limit, _over(used.sum(axis=0), national))
    return {
        "campus_limits": (limit, "GW", TOLERANCE),
        "campus_supply": (max(short, shed), "GW", TOLERANCE),
    }


def campus_bus(inputs: xr.Dataset, plan: xr.Dataset) -> Found:
    """Every campus and hour: import and export within the connection, curtailment on its days."""
    order = ("year", "day", "hour_of_day")
    names, days = inputs["campus"].values, plan["day"].values
    zones = inputs["zone"].values.tolist()
    at = [zones.index(z) for z in names.tolist()]
    made = plan["onsite_generation"].transpose("onsite", *order).values
    shed = plan["campus_curtailed"].transpose("campus", *order).values
    used = float(inputs["campus_utilisation"])
    load = facility_drawn(inputs, plan)[at] * used
    load = load + fab_draw(inputs, plan)[at]
    own = onsite_output(inputs, plan, names)
    moved = (plan["campus_deferred"] - plan["campus_made_up"]).transpose("shifting", *order).values
    drawn = load[:, :, None, None] - _by_zone(moved, inputs["shifting"].values, names)
    connection = plan["campus_connection"].transpose("campus", "year").values[:, :, None, None]
    supply = own + shed + plan["campus_unserved"].transpose("campus", *order).values
    short = _over(drawn, supply + connection)
    over = _over(own, drawn + connection)
    capacity = plan["onsite_capacity"].transpose("onsite", "year").values
    capacity = capacity * inputs["onsite_availability"].values[:, None]
    over = max(over, _over(made, capacity[:, :, None, None]))
    flexible = plan["campus_flexible"].transpose("campus", "year").values * used
    over = max(over, _over(shed, flexible[:, :, None, None]))
    hours = inputs["campus_flexible_hours"].values[days]
    energy = _over(shed.sum(axis=3), flexible[:, :, None] * hours)
    return {
        "campus_balance": (short, "GW", TOLERANCE),
        "campus_bus_limits": (max(over, energy), "GW", TOLERANCE),
    }
