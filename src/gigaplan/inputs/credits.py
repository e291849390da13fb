"""Federal credits on what makes or stores power: 48E on the capital, or 45Y on the output.

Which of the two a plant takes is elected once.  Where either could be the better one, an option has
a twin on the same site (``option_site``) that takes 45Y, and the plan chooses between them.  Gates
are those of the table ``tax_credits``: year in service and start of construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.inputs.context import Context, annuity, interest_during_construction, schedule

INVESTMENT, PRODUCTION = "48E", "45Y"
HOURS = 8760
USD_PER_MWH = 1e-6  # BUSD/GWh


def rates(context: Context) -> dict[tuple[str, int], dict[str, float]]:
    """Credits in force by technology and year in service: investment [1], production [USD/MWh].

    Rows that ask for a start by 4 July 2026 count where the programme has such sites.
    """
    policy = context.programme.policy
    if not policy.tax_credits:
        return {}
    table = atlas.table("tax_credits")
    if not policy.begun_by_july_2026:
        table = table[~table["begun_by_july_2026"].astype(bool)]
    columns = ("investment_credit", "production_credit_usd_mwh", "production_credit_years")
    return {
        (str(row["technology"]), int(row["year_in_service"])): {n: float(row[n]) for n in columns}
        for row in table.to_dict("records")
    }


def production_terms(technology: str, year: int) -> tuple[float, int]:
    """45Y of what enters service in a year: USD of 2025 per MWh, and the years of the credit.

    Raises
    ------
    KeyError
        the table ``tax_credits`` has no such row.
    """
    table = atlas.table("tax_credits")
    keys = zip(table["technology"], table["year_in_service"], strict=True)
    amounts = zip(table["production_credit_usd_mwh"], table["production_credit_years"], strict=True)
    usd, years = dict(zip(keys, amounts, strict=True))[technology, year]
    return float(usd), int(years)


def with_elections(
    context: Context, table: pd.DataFrame, costs: Mapping[Any, Mapping[Any, Any]]
) -> pd.DataFrame:
    """The options with their twins under 45Y, and columns ``site`` and ``credit``.

    No twin where 48E is worth more even to money as cheap as the discount rate in every planning
    year: 48E also saves capital, which costs no less.  On-site plants sell to nobody and take 48E.
    """
    table = table.assign(site=table["option"], credit=INVESTMENT)
    known = rates(context)
    lead = context.programme.power.lead_times
    chosen = np.zeros(len(table), dtype=bool)
    for i, row in enumerate(table.to_dict("records")):
        technology = str(row["technology"])
        if row["kind"] not in ("plant", "renewable"):
            continue
        first = float(context.traits.at[technology, "earliest_year"]) if lead else 0.0  # type: ignore[arg-type]
        for year in context.years:
            credit = known.get((technology, year))
            if credit is not None and year >= first:
                overnight = float(costs[technology, year]["overnight_usd_kw"]) / 1e3
                chosen[i] |= _could_win(context, row, credit, overnight)
    twins = table[chosen]
    twins = twins.assign(option=twins["option"] + f" {PRODUCTION}", credit=PRODUCTION)
    return pd.concat([table, twins], ignore_index=True)


def _could_win(
    context: Context, row: Mapping[Any, Any], credit: Mapping[str, float], overnight: float
) -> bool:
    """Whether 45Y is worth more than 48E to money at the discount rate; ``overnight`` [BUSD/GW]."""
    traits, rate = context.traits.loc[row["technology"]], context.programme.money.discount_rate
    life, factor = float(traits["life_years"]), float(row.get("capacity_factor", np.nan))
    hours = HOURS * (float(traits["availability"]) if np.isnan(factor) else factor)
    building = interest_during_construction(schedule(str(traits["draw_schedule"])), rate)
    saved = credit["investment_credit"] * overnight * annuity(rate, life) * building
    return hours * spread(credit, life, rate) > saved


def spread(credit: Mapping[str, float], life: float, rate: float) -> float:
    """A production credit as a yearly sum over the asset's life [BUSD/GWh].

    Present value of the years for which it is paid, at the discount rate, as an annuity over life.
    """
    usd, years = credit["production_credit_usd_mwh"], credit["production_credit_years"]
    if usd <= 0:
        return 0.0
    return usd * USD_PER_MWH * annuity(rate, life) / annuity(rate, years)


def investment_credit(context: Context, table: pd.DataFrame) -> np.ndarray:
    """Share of the capital that 48E pays, axes option, year."""
    known = rates(context)
    return np.array(
        [
            [
                known.get((t, y), {}).get("investment_credit", 0.0) if c == INVESTMENT else 0.0
                for y in context.years
            ]
            for t, c in zip(table["technology"], table["credit"], strict=True)
        ]
    ).reshape(len(table), len(context.years))


def production_credit(context: Context, table: pd.DataFrame, energy: np.ndarray) -> np.ndarray:
    """What 45Y pays as a yearly sum over the life of a GW, axes option, year [BUSD/GW/year].

    On the output that the plant can sell (``energy`` [GWh/GW/year]); what is curtailed is counted.
    """
    known, rate = rates(context), context.programme.money.discount_rate
    out = np.zeros((len(table), len(context.years)))
    for i, (technology, credit) in enumerate(
        zip(table["technology"], table["credit"], strict=True)
    ):
        life = float(context.traits.at[technology, "life_years"])  # type: ignore[arg-type]
        for k, year in enumerate(context.years):
            found = known.get((technology, year))
            if credit == PRODUCTION and found is not None:
                out[i, k] = energy[i] * spread(found, life, rate)
    return out
