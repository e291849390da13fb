"""Time and money as inputs: weights of years, the budget, and when capital is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigaplan.inputs.campus import draw_schedule
from gigaplan.inputs.context import Context, schedule

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
