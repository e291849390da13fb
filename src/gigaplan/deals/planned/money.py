"""Whose money builds a company: the plan's fundings, shared out to its items of cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.deals.planned.assets import BILLION, Built, View

if TYPE_CHECKING:
    from gigaplan.deals.planned.terms import Terms

SHOWN = 1.0  # USD: less is no holding
PURSE = "one purse"


@dataclass(frozen=True)
class Holding:
    """Money of one investor in one instrument for one item of a company [USD of the plan's year].

    ``real_return`` is what it asks for [1/year], ``years`` how long it is paid; ``sharing`` the two
    shares of a political split, or None.
    """

    investor: str
    instrument: str
    item: str
    amount: float
    real_return: float
    years: float
    sharing: tuple[float, float] | None
    equity: bool


def by_zone(v: View, terms: Terms) -> pd.DataFrame:
    """The plan's fundings by zone; where one purse paid, its money as equity and as class debt."""
    if "funding" in v.inputs.dims:
        from gigaplan.capital.tables import by_state

        return by_state(v.inputs, v.data)
    from gigaplan.solving.allocate import class_capital

    rows = []
    inflation = terms.inflation.value
    for r in records(class_capital(v.inputs, v.data)):
        name = str(r.asset_class)
        gearing = terms.gearing(name).value
        rate = terms.of_class(name, "capital_classes", "debt_rate_pct").value
        tenor = terms.of_class(name, "capital_classes", "tenor_years").value
        own = v.campus_rate if name in ("campus", "accelerators", "fabs") else v.power_rate
        key = (PURSE, name, r.zone, int(r.year))
        rows += [
            (*key, "common", r.capital * (1 - gearing), own, 0.0, True),
            (*key, "debt", r.capital * gearing, (1 + rate) / (1 + inflation) - 1, tenor, False),
        ]
    names = ["investor", "asset_class", "zone", "year", "instrument", "amount", "return", "years",
             "equity"]  # fmt: skip
    table = pd.DataFrame(rows, columns=names)
    table["shared"] = table["shared_after"] = 0.0
    return table[table["amount"] > 0]


def with_premiums(v: View, companies: list[Built]) -> list[Built]:
    """Premiums for scarce equipment join the cost of the zone's campus, or its largest company."""
    from gigaplan.deals.planned.assets import CostItem

    paid = v.data["capital"].sel(asset_class="equipment").transpose("zone", "year").values
    for z, k in zip(*np.nonzero(paid * BILLION > SHOWN), strict=True):
        here = [b for b in companies if (b.zone, b.year) == (v.zones[z], v.years[k])]
        if here:
            first = max(here, key=lambda b: (b.name.startswith("Campus"), b.costs[0].amount))
            first.costs.append(
                CostItem("Equipment premium", float(paid[z, k]) * BILLION, "equipment", 0.0,
                         "plan: equipment_premium")
            )  # fmt: skip
    return companies


def holdings(table: pd.DataFrame, company: Built) -> list[Holding]:
    """Who pays for the items of a company."""
    found: list[Holding] = []
    for item in company.costs:
        mine = table[
            (table["asset_class"] == item.asset_class)
            & (table["zone"] == company.zone)
            & (table["year"] == company.year)
        ]
        for (investor, instrument), rows in mine.groupby(["investor", "instrument"], sort=False):
            amount = float(rows["amount"].sum())
            if amount * item.part * BILLION < SHOWN:
                continue
            weight = rows["amount"] / amount
            first = rows.iloc[0]
            shared = float(first["shared"]) > 0
            found.append(
                Holding(
                    str(investor), str(instrument), item.name, amount * item.part * BILLION,
                    float((weight * rows["return"]).sum()), float((weight * rows["years"]).sum()),
                    (float(first["shared"]), float(first["shared_after"])) if shared else None,
                    bool(first["equity"]),
                )
            )  # fmt: skip
    return found


@dataclass(frozen=True)
class Person:
    """What taxes need to know of an investor."""

    country: str
    sovereign: bool


def people(inputs: xr.Dataset) -> dict[str, Person]:
    """Country of every investor, and whether it is a foreign government."""
    if "investor" not in inputs.dims:
        return {PURSE: Person("US", False)}
    kinds = ("sovereign_fund", "government")
    return {
        str(name): Person(str(country), str(kind) in kinds and str(country) != "US")
        for name, country, kind in zip(
            inputs["investor"].values, inputs["investor_country"].values,
            inputs["investor_kind"].values, strict=True,
        )
    }  # fmt: skip


def plan_calls(v: View) -> pd.DataFrame:
    """The plan's calls by investor and calendar year [USD of the plan's year], all it builds."""
    if "funding" not in v.inputs.dims:
        draw = v.data["capital_draw"].sum("asset_class").values * BILLION
        years = v.inputs["calendar"].values.astype(int)
        return pd.DataFrame({"investor": PURSE, "calendar": years, "call": draw})
    from gigaplan.model.capital import drawn_until

    until = drawn_until(v.inputs).values * v.data["funding_amount"].values[:, None]
    yearly = np.diff(until, axis=1, prepend=0.0) * BILLION
    table = pd.DataFrame(yearly, columns=v.inputs["calendar"].values.astype(int))
    table["investor"] = v.inputs["funding_investor"].values
    summed = table.groupby("investor", sort=False).sum()
    long = summed.reset_index().melt("investor", var_name="calendar", value_name="call")
    return long[long["call"].abs() > 0]


def left_out(v: View, table: pd.DataFrame, companies: list[Built]) -> pd.DataFrame:
    """The plan's calls for what is in no company, by investor and calendar year [USD]."""
    taken: dict[tuple[str, str, int], float] = {}
    for b in companies:
        for item in b.costs:
            key = (item.asset_class, b.zone, b.year)
            taken[key] = taken.get(key, 0.0) + item.part
    found: dict[tuple[str, int], float] = {}
    for row in records(table):
        year = int(row.year)
        rest = 1.0 - taken.get((str(row.asset_class), str(row.zone), year), 0.0)
        if abs(rest) < 1e-12:
            continue
        for calendar, share in v.draws(str(row.asset_class), year).items():
            key2 = (str(row.investor), calendar)
            found[key2] = found.get(key2, 0.0) + row.amount * BILLION * rest * share
    rows = [(who, year, amount) for (who, year), amount in sorted(found.items())]
    return pd.DataFrame(rows, columns=["investor", "calendar", "call"])


def records(table: pd.DataFrame) -> Iterator[Any]:
    """Rows with a name for each column."""
    return iter(table.itertuples())
