"""Energy by year from SAM's power profile: sold, bought, and weighted by time of delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gigaplan.deals.sam.case import SamCase
from gigaplan.deals.terms import Array

HOURS = 8760
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class Energy:
    """Energy of each profile year [kWh]: one entry, or one for each year of a lifetime profile."""

    net: Array
    sales: Array
    purchases: Array
    weighted_sales: Array
    weighted_purchases: Array
    lifetime: bool


def profile(value: Any) -> Array:
    """A profile from a list, or from ``{constant_array: x, length: n}`` [kW]."""
    if isinstance(value, dict):
        return np.full(int(value["length"]), float(value["constant_array"]))
    return np.asarray(value, dtype=float)


def multipliers(case: SamCase) -> Array:
    """The time-of-delivery factor of each hour of a year.

    Model 0 looks periods up by month and hour in the weekday and weekend tables of a year that
    begins on a Monday; model 1 gives factors by time step.
    """
    if case.number("ppa_multiplier_model") == 1:
        steps = profile(case.raw("dispatch_factors_ts"))
        return np.asarray(steps.reshape(HOURS, -1).mean(axis=1))
    factors = case.raw("dispatch_tod_factors") or [1.0] * 9
    if len({float(f) for f in factors}) == 1:
        return np.full(HOURS, float(factors[0]))
    weekday = np.asarray(case.raw("dispatch_sched_weekday"), dtype=int)
    weekend = np.asarray(case.raw("dispatch_sched_weekend"), dtype=int)
    month = np.repeat(np.arange(12), _MONTH_DAYS)
    weekend_day = np.arange(365) % 7 >= 5
    table = np.where(weekend_day[:, None], weekend[month], weekday[month])
    return np.asarray(factors, dtype=float)[table.ravel() - 1]


def before_curtailment(case: SamCase) -> Array | None:
    """Energy before curtailment of each year of a lifetime profile [kWh]; None without one."""
    given = case.raw("system_pre_curtailment_kwac")
    if given is None or not case.on("system_use_lifetime_output"):
        return None
    return np.asarray(profile(given).reshape(case.years, HOURS, -1).mean(axis=2).sum(axis=1))


def energy(case: SamCase) -> Energy:
    """Sum the profile, or take the annual figures given in its place."""
    if case.raw("gen") is None:
        sold, bought = case.number("annual_energy"), case.number("annual_purchases")
        return Energy(
            np.array([sold - bought]),
            np.array([sold]),
            np.array([-bought]),
            np.array([sold * case.number("ppa_multiplier_average")]),
            np.array([-bought * case.number("ppa_multiplier_purchases")]),
            False,
        )
    power = profile(case.raw("gen"))
    years = case.years if case.on("system_use_lifetime_output") else 1
    hourly = power.reshape(years, HOURS, -1).mean(axis=2)
    factor = multipliers(case)
    sales, purchases = np.maximum(hourly, 0.0), np.minimum(hourly, 0.0)
    return Energy(
        hourly.sum(axis=1),
        sales.sum(axis=1),
        purchases.sum(axis=1),
        sales @ factor,
        purchases @ factor,
        years > 1 or case.on("system_use_lifetime_output"),
    )
