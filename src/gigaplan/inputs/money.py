"""Time and money as inputs: weights of years, the budget, and when capital is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigaplan.inputs.campus import campus_rate, draw_schedule, programme_power_rate
from gigaplan.inputs.context import Context, annuity, interest_during_construction, schedule
from gigaplan.inputs.equipment import PREMIUM_LIFE

Variables = dict[str, tuple[tuple[str, ...], Any]]


def years(context: Context) -> Variables:
    """How many years each planning year stands for, plain and discounted to the start year."""
    programme = context.programme
    ends = [*context.years[1:], programme.horizon_end + 1]
    rate = programme.money.discount_rate
    spans, weights = [], []
    for first, end in zip(context.years, ends, strict=True):
        covered = range(first, max(end, first + 1))
        spans.append(float(len(covered)))
        weights.append(sum((1 + rate) ** -(c - programme.start_year) for c in covered))
    return {
        "year": (("year",), np.array(context.years)),
        "year_built": (("year_built",), np.array(context.years)),
        "year_weight": (("year",), np.array(weights)),
        "year_span": (("year",), np.array(spans)),
    }


def class_terms(context: Context, name: str) -> tuple[np.ndarray, float]:
    """Construction schedule and life [year] of a class of capital."""
    constants = context.constants
    lives = {
        "campus": constants["facility_life_years"],
        "accelerators": constants["accelerator_life_years"],
        "corridors": constants["corridor_life_years"],
        "fabs": constants["fab_life_years"],
        "equipment": PREMIUM_LIFE,
    }
    if name in lives:
        return draw_schedule(context, name), lives[name]
    traits = context.traits.loc[name]
    return schedule(str(traits["draw_schedule"])), float(context.traits.at[name, "life_years"])  # type: ignore[arg-type]


def flat_rate(context: Context, name: str) -> float:
    """Real capital charge rate of a class where one purse pays [1/year]."""
    rates = context.programme.money.capital_charge_rates
    if name in ("campus", "accelerators", "fabs"):
        return campus_rate(context)
    if name == "equipment":
        given = rates.power
        return context.constants["capital_rate_power"] if given is None else float(given)
    return programme_power_rate(context)


def reference_charge(context: Context, name: str) -> float:
    """Annuity at the flat rate with interest during construction, per unit of capital [1/year]."""
    shares, life = class_terms(context, name)
    rate = flat_rate(context, name)
    return annuity(rate, life) * interest_during_construction(shares, rate)


def budget(context: Context, technologies: list[str]) -> Variables:
    """Capital that may be drawn, and the share of an asset's capital drawn in each calendar year.

    The last tranche of a construction schedule falls into the first year of service; what would
    fall before the start year falls into it.
    """
    programme = context.programme
    last = max(programme.horizon_end, context.years[-1])
    calendar = list(range(programme.start_year, last + 1))
    assets = ["campus", "accelerators", "corridors", "equipment", "fabs"]
    classes = [*assets, *technologies]
    shares = {name: draw_schedule(context, name) for name in assets}
    for technology in technologies:
        shares[technology] = schedule(str(context.traits.loc[technology, "draw_schedule"]))
    draw = np.zeros((len(classes), len(context.years), len(calendar)))
    for i, name in enumerate(classes):
        parts = shares[name]
        for k, year in enumerate(context.years):
            for j, share in enumerate(parts):
                drawn = max(year - (len(parts) - 1) + j, programme.start_year)
                draw[i, k, calendar.index(drawn)] += share
    money = programme.money
    available = np.full(len(calendar), float(money.budget))
    if money.available:
        known = {int(y): float(v) for y, v in money.available.items()}
        now = 0.0
        for j, year in enumerate(calendar):
            now = known.get(year, now)
            available[j] = min(now, float(money.budget))
    return {
        "calendar": (("calendar",), np.array(calendar)),
        "draw_class": (("draw_class",), np.array(classes, dtype=object)),
        "draw": (("draw_class", "year", "calendar"), draw),
        "budget_total": ((), float(money.budget)),
        "budget_available": (("calendar",), available),
    }
