"""Accelerators as inputs: generations, prices, life, and the supply within reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.inputs.context import Context, annuity

Variables = dict[str, tuple[tuple[str, ...], Any]]
STEPS = ("logic", "packaging", "memory")
# nodes whose wafers the logic step of the chain counts
SCARCE_NODES = ("N3",)


def offered(context: Context) -> pd.DataFrame:
    """Generations that are sold in the spell of some planning year, oldest first.

    Where tenants bring the equipment, the newest of each spell alone: which they bring is theirs
    to choose.
    """
    chips = context.programme.chips
    table = atlas.table("accelerators").set_index("generation")
    if chips.generations != "all":
        unknown = sorted(set(chips.generations) - set(table.index))
        if unknown:
            known = ", ".join(table.index)
            context.fail("chips.generations", f"not known: {', '.join(unknown)}", f"choose {known}")
        table = table[table.index.isin(chips.generations)]
    kept = [g for g in table.index if any(_sold(table.loc[g], context, y) for y in context.years)]
    if not context.programme.campus.accelerators:
        newest = {
            y: [g for g in kept if _sold(table.loc[g], context, y)][-1:] for y in context.years
        }
        kept = [g for g in kept if any(g in names for names in newest.values())]
    for year in context.years:
        if not any(_sold(table.loc[g], context, year) for g in kept):
            context.fail("chips.generations", f"none is sold for {year}", "add one or leave it out")
    return table.loc[kept]


def spell(context: Context, year: int) -> range:
    """Calendar years whose output enters service in a planning year: since the last one."""
    k = context.years.index(year)
    before = context.programme.start_year if k == 0 else context.years[k - 1]
    return range(min(before + 1, year), year + 1)


def _sold(row: pd.Series, context: Context, year: int) -> bool:
    """Whether a generation is sold when a planning year's equipment is bought (the year itself)."""
    return bool(int(row["first_year"]) <= year <= int(row["last_year"]))


def accelerators(context: Context) -> Variables:
    """Everything about generations, and the value of compute."""
    table = offered(context)
    if table.empty:
        context.raise_problems()
    constants, years = context.constants, context.years
    programme = context.programme
    sold = np.array([[_sold(row, context, y) for y in years] for _, row in table.iterrows()])
    if not programme.campus.accelerators:
        last = {y: np.flatnonzero(sold[:, k])[-1] for k, y in enumerate(years)}
        sold = np.array([[last[y] == i for y in years] for i in range(len(table))])
    given = programme.chips.life
    life = constants["accelerator_life_years"] if given is None else float(given)
    # thousand units: kUSD and kW per unit are MUSD and MW
    paid = table["equipment_usd"].to_numpy(float) / 1e6 if programme.campus.accelerators else (
        np.zeros(len(table))
    )  # fmt: skip
    price = np.repeat(paid[:, None], len(years), axis=1)
    return {
        "chip": (("chip",), table.index.to_numpy(dtype=object)),
        "accelerator_available": (("chip", "year"), sold),
        "accelerator_power": (("chip",), table["it_kw"].to_numpy(float) / 1e3),
        "accelerator_h100e": (("chip",), table["h100e"].to_numpy(float)),
        "accelerator_overnight_cost": (("chip", "year"), price),
        "accelerator_annual_charge": (
            ("chip", "year"), price * annuity(_rate(context), life)
        ),
        "accelerator_standing": (
            ("chip", "year", "year_built"),
            np.repeat(standing(context, life)[None], len(table), axis=0),
        ),
        "refit_from_budget": ((), programme.chips.refits == "budget"),
        **_chain(context, table),
        **_value(context),
    }  # fmt: skip


def _rate(context: Context) -> float:
    given = context.programme.money.capital_charge_rates.campus
    return context.constants["capital_rate_campus"] if given is None else float(given)


def standing(context: Context, life: float) -> np.ndarray:
    """Share of the years a planning year stands for in which equipment lives, by year bought.

    Axes year, year built.  Equipment bought for 2028 with a life of five years fills three of the
    five years that a planning year 2030 stands for.
    """
    ends = [*context.years[1:], max(context.programme.horizon_end + 1, context.years[-1] + 1)]
    out = np.zeros((len(ends), len(ends)))
    for k, (first, end) in enumerate(zip(context.years, ends, strict=True)):
        for b, bought in enumerate(context.years[: k + 1]):
            lives = min(end, bought + life) - max(first, bought)
            out[k, b] = min(max(lives, 0.0) / (end - first), 1.0)
    return out


def _chain(context: Context, table: pd.DataFrame) -> Variables:
    """What an accelerator needs of each step, and what of the step is within reach.

    Reach: world output x share for AI x share of the vendor x effective factor x the programme's
    share, summed over the calendar years since the last planning year.
    """
    chips = context.programme.chips
    wafers = table["dies"].to_numpy(float) / table["good_dies_per_wafer"].to_numpy(float)
    need = np.stack(
        [
            np.where(table["node"].isin(SCARCE_NODES), wafers, 0.0),
            1.0 / table["packages_per_wafer"].to_numpy(float),
            # stacks a package x GB a stack; thousand units x GB = TB
            (table["hbm_stacks"] * table["gb_per_stack"]).to_numpy(float) / 1e3,
        ],
        axis=1,
    )
    supply = np.full((len(STEPS), len(context.years)), np.inf)
    if chips.supply_limits and context.programme.campus.accelerators:
        reach = chips.share_within_reach
        reach = context.constants["chip_share_within_reach"] if reach is None else float(reach)
        world = output(context)
        for i, step in enumerate(STEPS):
            for k, year in enumerate(context.years):
                made = sum(float(world[step].get(y, 0.0)) for y in spell(context, year))
                supply[i, k] = made * reach
    own = context.own("chip_supply")
    if own is not None:
        for row in own.to_dict("records"):
            if int(row["year"]) in context.years:
                at = STEPS.index(row["step"]), context.years.index(int(row["year"]))
                supply[at] = float(row["supply"])
    return {
        "chip_step": (("chip_step",), np.array(STEPS, dtype=object)),
        "chip_need": (("chip", "chip_step"), need),
        "chip_supply": (("chip_step", "year"), supply),
    }


def output(context: Context) -> dict[str, pd.Series]:
    """World output of each step for the generations listed, by calendar year."""
    table = atlas.table("chip_supply")
    made = table["capacity"] * table["ai_share"] * table["vendor_share"] * table["effective_factor"]
    scale = context.programme.chips.effective_factor_scale
    table = table.assign(made=made * scale)
    return {str(s): rows.set_index("year")["made"] for s, rows in table.groupby("step")}


def _value(context: Context) -> Variables:
    """Value of compute per GW of IT or per H100e-year, whichever the aim is stated in.

    A value per GW is read at the density of the contract's own generation.  A contract's flat
    price over its years is the mean of yearly prices that fall at ``compute_price_decline``; the
    price of the first year follows, and each planning year takes the mean of the years it
    stands for.
    """
    aim, constants = context.programme.aim, context.constants
    own = context.programme.campus.accelerators
    per_gw, per_h100e = np.zeros(len(context.years)), np.zeros(len(context.years))
    if aim.kind == "compute":
        default = constants[
            "value_of_compute_busd_per_gw_it_year" if own else "facility_rent_busd_per_gw_it_year"
        ]
        worth = default if aim.value_of_compute is None else float(aim.value_of_compute)
        if aim.measure == "h100e" or (aim.measure is None and own):
            per_h100e = _falling(context, worth)
        else:
            per_gw[:] = worth
    return {
        "value_of_compute": (("year",), per_gw),
        "value_of_h100e": (("year",), per_h100e),
    }


def _falling(context: Context, per_gw: float) -> np.ndarray:
    """BUSD per thousand H100e in use for a year, by planning year."""
    constants = context.constants
    decline = context.programme.aim.value_decline
    left = 1.0 - (constants["compute_price_decline"] if decline is None else float(decline))
    density = constants["reference_h100e_per_mw_it"]  # thousand H100e per GW
    flat = per_gw / (density * constants["campus_utilisation"])
    contract = int(constants["compute_contract_years"])
    first = flat * contract / sum(left**n for n in range(contract))
    start = context.programme.start_year
    ends = [*context.years[1:], max(context.programme.horizon_end + 1, context.years[-1] + 1)]
    spans = [range(a, b) for a, b in zip(context.years, ends, strict=True)]
    return np.array([first * np.mean([left ** (c - start) for c in span]) for span in spans])
