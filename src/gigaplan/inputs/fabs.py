"""Fab lines as inputs: cost, credits, build time and ramp, electricity and water."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gigaplan import atlas
from gigaplan.inputs.campus import campus_rate, draw_schedule, open_zones
from gigaplan.inputs.chips import STEPS, spell
from gigaplan.inputs.context import Context, annuity, interest_during_construction

Variables = dict[str, tuple[tuple[str, ...], Any]]


def fabs(context: Context) -> Variables:
    """Everything about fab lines, by step of the chip chain; they need a large-load connection."""
    table = atlas.table("fab_lines").set_index("step").loc[list(STEPS)]
    years, start = context.years, context.programme.start_year
    constants, chips = context.constants, context.programme.chips
    build = table["construction_years"].to_numpy(dtype=float)
    earliest = np.array([start + math.ceil(b) for b in build])
    if not context.programme.power.lead_times:
        earliest[:] = 0
    allowed = open_zones(context) if chips.fabs and context.programme.campus.accelerators else set()
    zones = np.array([z in allowed for z in context.zones])
    in_time = np.array(years)[None, :] >= earliest[:, None]
    buildable = in_time[:, None, :] & zones[None, :, None]
    # 48D: for what begins construction by its last year
    last = int(constants["fab_credit_last_start"])
    begins = np.array(years)[None, :] - build[:, None]
    credit = np.where(begins < last + 1, constants["fab_investment_credit"], 0.0)
    if not context.programme.policy.tax_credits:
        credit[:] = 0.0
    overnight = np.repeat(table["capex_busd_per_kwpm"].to_numpy(float)[:, None], len(years), axis=1)
    capital = overnight * (1.0 - credit) * (1.0 - chips.fab_grant_share)
    rate = campus_rate(context)
    shares = draw_schedule(context, "fabs")
    charge = annuity(rate, constants["fab_life_years"]) * interest_during_construction(shares, rate)
    return {
        "fab_buildable": (("chip_step", "zone", "year"), buildable),
        "fab_unit": (("chip_step",), table["line_kwpm"].to_numpy(float)),
        "fab_overnight_cost": (("chip_step", "year"), overnight),
        "fab_credit": (("chip_step", "year"), credit),
        "fab_capital": (("chip_step", "year"), capital),
        "fab_annual_charge": (("chip_step", "year"), capital * charge),
        "fab_output": (("chip_step",), table["output_per_kwpm_year"].to_numpy(float)),
        "fab_ramp": (("year", "year_built"), ramp(context, constants["fab_ramp_years"])),
        "fab_power": (("chip_step",), table["power_mw_per_kwpm"].to_numpy(float) / 1e3),
        "fab_water": (("chip_step",), table["water_mm3_per_kwpm_year"].to_numpy(float)),
    }


def ramp(context: Context, years: float) -> np.ndarray:
    """Years of full output since the last planning year, axes year, year built [year].

    Output rises in a straight line over the ramp: a ramp of one year gives half the output of the
    first year.
    """

    def until(age: float) -> float:
        age = max(age, 0.0)
        return age * age / (2 * years) if age < years else age - years / 2

    out = np.zeros((len(context.years), len(context.years)))
    for k, year in enumerate(context.years):
        span = spell(context, year)
        for b, built in enumerate(context.years[: k + 1]):
            out[k, b] = until(span[-1] + 1 - built) - until(span[0] - built)
    return out
