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

SHOWN = (prices, emissions, accounting, water, fuel, jobs, tax, position)
NOTHING = float("nan")
Tables = dict[str, pd.DataFrame]
Rows = list[tuple[str, int, float, float, float, str, str]]


def overview(pair: Pair) -> pd.DataFrame:
    """Country-wide figures by planning year; changes are with the programme less without.

    ``low`` and ``high`` are the range of the table that the row is from, NaN where it has none.
    For prices and emissions they are the change less and plus what the searches leave open.
    """
    tables: Tables = {f.__name__: f(pair) for f in SHOWN}
    rows: Rows = []
    for year in pair.years:
        at = {n: t[t["year"] == year] for n, t in tables.items()}
        rows += [*_power(at, year), *_resources(at, year), *_people(at, year)]
    names = ("outcome", "year", "value", "low", "high", "unit", "table")
    found = pd.DataFrame(rows, columns=list(names))
    units = {"year": "year"} | dict.fromkeys(("value", "low", "high"), "see unit")
    columns: dict[str, tuple[Any, str]] = {
        n: (found[n].to_numpy(), units.get(n, "")) for n in names
    }
    return table(columns, [s for t in tables.values() for s in t.attrs["sources"]])


def _row(found: pd.DataFrame, **where: str) -> dict[str, Any] | None:
    """The first row with the given values, or None."""
    for name, value in where.items():
        found = found[found[name] == value]
    return None if found.empty else {str(k): v for k, v in found.iloc[0].to_dict().items()}


def _power(at: Tables, year: int) -> Rows:
    """Prices and emissions."""
    price = _row(at["prices"], zone=COUNTRY) or {}
    gas = _row(at["emissions"], zone=COUNTRY, part="all") or {}
    carbon = _row(at["accounting"]) or {}
    rest = price["effect"] - price["effect_scarcity"]
    open_price, change, open_ = price["noise"], gas["change"], gas["noise"]
    co2 = "CO2 of the campuses' power, by the"
    without = price["price_without"]
    return [
        ("price without", year, without, NOTHING, NOTHING, "USD/MWh", "prices"),
        (
            "change of it, scarcity left out",
            *(year, rest, rest - open_price, rest + open_price, "USD/MWh", "prices"),
        ),
        (
            "change of a mean household's bill",
            *(year, price["bill_effect"], NOTHING, NOTHING, "USD/year", "prices"),
        ),
        (
            "change of greenhouse gases",
            *(year, change, change - open_, change + open_, "Mt CO2e/year", "emissions"),
        ),
        (
            "of it per H100e-hour",
            *(year, gas["per_h100_hour"], NOTHING, NOTHING, "kg CO2e/H100e-hour", "emissions"),
        ),
        *(
            (
                f"{co2} {word}",
                *(year, carbon[name], NOTHING, NOTHING, "Mt CO2/year", "accounting"),
            )
            for word, name in (("hour", "hourly_average"), ("year", "annual_average"))
        ),
    ]


def _resources(at: Tables, year: int) -> Rows:
    """Gas and water."""
    gas = at["fuel"][at["fuel"]["fuel"] == "gas"]["change_quantity"].sum()
    rows: Rows = [
        ("change of gas burnt", year, float(gas), NOTHING, NOTHING, "Bcf/year", "fuel"),
    ]
    row = _row(at["water"], zone=COUNTRY, use="consumption", user="all")
    if row is not None:
        values = (row["change"], row["change_low"], row["change_high"])
        rows.append(("change of water consumed", year, *values, "million m3/year", "water"))
    return rows


def _people(at: Tables, year: int) -> Rows:
    """Jobs, taxes, position."""
    rows: Rows = []
    for phase, part in at["jobs"].groupby("phase", sort=False):
        total = {n: float(np.sum(part[n])) for n in ("central", "low", "high")}
        rows.append((f"jobs, {phase}", year, *total.values(), "jobs", "jobs"))  # type: ignore[arg-type]
    due = at["tax"][(at["tax"]["level"] == STATE) & (at["tax"]["kind"] == "net")]["amount"].sum()
    place = _row(at["position"]) or {}
    shares = (place["share_central"], place["share_low"], place["share_high"])
    return [
        *rows,
        ("state and local taxes, net", year, float(due), NOTHING, NOTHING, "BUSD/year", "tax"),
        ("share of the world's AI compute", year, *shares, "1", "position"),
    ]
