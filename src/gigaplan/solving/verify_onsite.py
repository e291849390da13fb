"""Checks of on-site solar, batteries, sales and shifted load, with arithmetic of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from gigaplan.solving.answer import _by_zone
from gigaplan.solving.verify_facility import facility_drawn

TOLERANCE = 1e-5
HOURS = 24
ORDER = ("year", "day", "hour_of_day")
Found = dict[str, tuple[float, str, float]]


def _over(used: Any, limit: Any) -> float:
    """Largest excess over a limit."""
    excess = np.asarray(used, dtype=float) - np.asarray(limit, dtype=float)
    return float(np.max(np.nan_to_num(excess, nan=np.inf, neginf=-np.inf), initial=0.0))


def still_there(inputs: xr.Dataset, plan: xr.Dataset) -> xr.DataArray:
    """New capacity in each year, retired and sold units taken off, dims owner, option, year."""
    build = plan["build"].transpose("owner", "option", "year")
    alive = inputs["option_alive"].transpose("option", "year", "year_built").values
    sold = plan["onsite_sold"].transpose("option", "year", "year_built").values
    owners = inputs["owner"].values.tolist()
    out = np.zeros(build.shape)
    for now in range(build.sizes["year"]):
        for built in range(now + 1):
            left = build.values[:, :, built].copy()
            left[owners.index("programme")] -= sold[:, : now + 1, built].sum(axis=1)
            out[:, :, now] += left * alive[:, now, built]
    return build.copy(data=out)


def onsite_output(inputs: xr.Dataset, plan: xr.Dataset, places: np.ndarray) -> np.ndarray:
    """Net output of on-site units by place, year, day and hour [GW], from the plan's tables."""
    out = _by_zone(
        plan["onsite_generation"].transpose("onsite", *ORDER).values,
        inputs["onsite_zone"].values, places,
    )  # fmt: skip
    out = out + _by_zone(
        _sun(inputs, plan) - plan["onsite_spilled"].transpose("onsite_renewable", *ORDER).values,
        inputs["onsite_renewable_zone"].values, places,
    )  # fmt: skip
    for name, sign in (("onsite_discharge", 1.0), ("onsite_charge", -1.0)):
        values = plan[name].transpose("onsite_store", *ORDER).values
        out = out + sign * _by_zone(values, inputs["onsite_store_zone"].values, places)
    return out


def _sun(inputs: xr.Dataset, plan: xr.Dataset) -> np.ndarray:
    """Available output of on-site solar, axes asset, year, day, hour [GW]."""
    capacity = plan["onsite_renewable_capacity"].transpose("onsite_renewable", "year").values
    hourly = inputs["onsite_renewable_profile"].transpose("onsite_renewable", "hour").values
    hourly = hourly.reshape(len(hourly), hourly.shape[1] // HOURS, HOURS)
    return np.asarray(np.einsum("ry,rdh->rydh", capacity, hourly[:, plan["day"].values]))


def onsite_units(inputs: xr.Dataset, plan: xr.Dataset) -> Found:
    """Batteries within power and energy every hour, and nothing sold that does not stand."""
    charge, out, soc = (
        plan[f"onsite_{n}"].transpose("onsite_store", *ORDER).values
        for n in ("charge", "discharge", "state_of_charge")
    )
    power = plan["onsite_store_power"].transpose("onsite_store", "year").values
    power = (power * inputs["onsite_store_availability"].values[:, None])[:, :, None, None]
    hours = inputs["onsite_store_hours"].values[:, None, None, None]
    over = max(_over(charge, power), _over(out, power), _over(soc, power * hours))
    kept = np.sqrt(inputs["onsite_store_efficiency"].values)[:, None, None, None]
    step = np.abs(soc - np.roll(soc, 1, axis=3) - kept * charge + out / kept)
    energy = max(float(step.max(initial=0.0)), over)
    return {
        "onsite_storage": (energy, "GWh", TOLERANCE),
        "onsite_sales": (_sales(inputs, plan), "GW", TOLERANCE),
    }


def _sales(inputs: xr.Dataset, plan: xr.Dataset) -> float:
    """What is sold was built by the programme earlier, still stands, and has a price."""
    sold = plan["onsite_sold"].transpose("option", "year", "year_built").values
    build = plan["build"].sel(owner="programme").transpose("option", "year").values
    worst = _over(sold.sum(axis=1), build)
    years = inputs["year"].values
    price = inputs["option_resale_price"].transpose("option", "year", "year_built").values
    alive = inputs["option_alive"].transpose("option", "year", "year_built").values.astype(bool)
    may = (years[:, None] > years[None, :])[None] & alive & (price > 0)
    return max(worst, _over(np.where(may, 0.0, sold), 0.0))


def shifting(inputs: xr.Dataset, plan: xr.Dataset) -> Found:
    """Load is put off within its share, made up within nameplate, and all of it on the same day."""
    zones = inputs["zone"].values.tolist()
    at = [zones.index(z) for z in inputs["shifting"].values.tolist()]
    used, share = float(inputs["campus_utilisation"]), float(inputs["campus_shiftable_share"])
    power = facility_drawn(inputs, plan)[at]
    trains = power * float(inputs["campus_training_share"])
    may = plan["campus_shiftable"].transpose("shifting", "year").values
    put_off = plan["campus_deferred"].transpose("shifting", *ORDER).values
    made_up = plan["campus_made_up"].transpose("shifting", *ORDER).values
    over = max(_over(may, share * trains * used), _over(put_off, may[:, :, None, None]))
    # what trains never draws more than its nameplate
    over = max(over, _over(made_up, (trains * (1.0 - used))[:, :, None, None]))
    day = np.abs(put_off.sum(axis=3) - made_up.sum(axis=3))
    return {"load_shifting": (max(over, float(day.max(initial=0.0))), "GW", TOLERANCE)}
