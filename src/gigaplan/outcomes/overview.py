"""The main outcomes by year, for a first look."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gigaplan.outcomes.emissions import accounting, emissions
from gigaplan.outcomes.fuel import fuel
from gigaplan.outcomes.jobs import jobs
from gigaplan.outcomes.pair import COUNTRY, Pair, table
from gigaplan.outcomes.position import position
from gigaplan.outcomes.prices import prices
from gigaplan.outcomes.tax import STATE, tax
from gigaplan.outcomes.water import water

Rows = list[tuple[str, int, float, float, float, str, str]]


def overview(pair: Pair) -> pd.DataFrame:
    """Country-wide figures by planning year; changes are with the programme less without.

    ``low`` and ``high`` are the range of the table that the row is from; NaN where it has none.
    For prices and emissions they are the change less and plus what the searches leave open.
    """
    tables = {f.__name__: f(pair) for f in (prices, emissions, accounting, water, fuel, jobs, tax, position)}  # fmt: skip
    rows: Rows = []
    for year in pair.years:
        at = {n: t[t["year"] == year] for n, t in tables.items()}
        rows += [*_power(at, year), *_people(at, year)]
    names = ("outcome", "year", "value", "low", "high", "unit", "table")
    found = pd.DataFrame(rows, columns=list(names))
    units = {"year": "year"} | dict.fromkeys(("value", "low", "high"), "see unit")
    columns: dict[str, tuple[Any, str]] = {
        n: (found[n].to_numpy(), units.get(n, "")) for n in names
    }
    sources = [s for t in tables.values() for s in t.attrs["sources"]]
    return table(columns, sources)


def _power(at: dict[str, pd.DataFrame], year: int) -> Rows:
    """Prices, emissions, water and gas."""
    nothing = np.nan
    price = at["prices"].set_index("zone").loc[COUNTRY]
    rest = price["effect"] - price["effect_scarcity"]
    gases = at["emissions"].set_index(["zone", "part"]).loc[(COUNTRY, "all")]
    carbon = at["accounting"].iloc[0]
    drunk = at["water"].set_index(["zone", "use", "user"])
    gas = at["fuel"][at["fuel"]["fuel"] == "gas"]
    rows: Rows = [
        ("wholesale price without", year, price["price_without"], nothing, nothing, "USD/MWh", "prices"),
        ("change of it, scarcity left out", year, rest, rest - price["noise"], rest + price["noise"], "USD/MWh", "prices"),
        ("change of a mean household's bill", year, price["bill_effect"], nothing, nothing, "USD/year", "prices"),
        ("change of greenhouse gases", year, gases["change"], gases["change"] - gases["noise"], gases["change"] + gases["noise"], "Mt CO2e/year", "emissions"),
        ("of it per H100e-hour", year, gases["per_h100_hour"], nothing, nothing, "kg CO2e/H100e-hour", "emissions"),
        ("CO2 of the campuses' power, by the hour", year, carbon["hourly_average"], nothing, nothing, "Mt CO2/year", "accounting"),
        ("CO2 of the campuses' power, by the year", year, carbon["annual_average"], nothing, nothing, "Mt CO2/year", "accounting"),
        ("change of gas burnt", year, gas["change_quantity"].sum(), nothing, nothing, "Bcf/year", "fuel"),
    ]  # fmt: skip
    key = (COUNTRY, "consumption", "all")
    if key in drunk.index:
        row = drunk.loc[key]
        rows.append(("change of water consumed", year, row["change"], row["change_low"],
                     row["change_high"], "million m3/year", "water"))  # fmt: skip
    return rows


def _people(at: dict[str, pd.DataFrame], year: int) -> Rows:
    """Jobs, taxes, position."""
    rows: Rows = []
    for phase, part in at["jobs"].groupby("phase", sort=False):
        total = part[["low", "central", "high"]].sum()
        rows.append((f"jobs, {phase}", year, total["central"], total["low"], total["high"], "jobs", "jobs"))  # fmt: skip
    net = at["tax"][(at["tax"]["level"] == STATE) & (at["tax"]["kind"] == "net")]["amount"].sum()
    place = at["position"].iloc[0]
    rows += [
        ("state and local taxes, net", year, float(net), np.nan, np.nan, "BUSD/year", "tax"),
        ("share of the world's AI compute", year, place["share_central"], place["share_low"], place["share_high"], "1", "position"),
    ]  # fmt: skip
    return rows
