"""Everything scarce in a plan: limits with a dual, in words, with their unit and their source.

A limit on what stands (power, equipment, connections, money) is taken as relaxed from a year on,
for a unit that is there by a year is there in all later ones: its worth is the sum of the duals
from there on.  A limit on what flows between two planning years (chips, labour) and a need of one
year (reserve, emissions) are relaxed in that year alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.plan.binding import h100e_years

NOTHING = 1e-6  # BUSD per unit
GW, UNIT = "GW", "GW or GVA"


@dataclass(frozen=True)
class Kind:
    """A kind of limit.

    Attributes
    ----------
    dual : variable of the plan that holds its duals; its dimensions are the limit's labels
    rows : constraint of the master, or several that share the labels
    unit : what one more unit is
    from_on : relaxed from a year on, not in one year alone
    figure : built-in figure that it comes from, for ``gigaplan source``; or the setting
    table : the programme's own table that may take its place
    """

    dual: str
    rows: tuple[str, ...]
    unit: str
    from_on: bool
    figure: str
    table: str = ""


KINDS: dict[str, Kind] = {
    "national build limit": Kind(
        "dual_cap", ("national_cap",), GW, True, "build_limits.cumulative_gw", "cap_limits"
    ),
    "interconnection of power": Kind(
        "dual_cap", ("zonal_cap",), GW, True, "interconnection_limits.cumulative_mw", "cap_limits"
    ),
    "resource": Kind(
        "dual_potential", ("potential",), GW, False, "resource_bins.potential_mw", "resource_bins"
    ),
    "firm large-load connection": Kind(
        "dual_campus_limit", ("campus_limit",), GW, True, "large_load_limits.facility_gw"
    ),
    "interruptible large-load connection": Kind(
        "dual_campus_limit_flexible", ("campus_limit_flexible",), GW, True,
        "large_load_limits.facility_gw",
    ),
    "firm large-load connection, all states": Kind(
        "dual_campus_national_limit", ("campus_national_limit",), GW, True,
        "large_load_limits.facility_gw",
    ),
    "interruptible large-load connection, all states": Kind(
        "dual_campus_national_limit_flexible", ("campus_national_limit_flexible",), GW, True,
        "large_load_limits.facility_gw",
    ),
    "equipment": Kind(
        "dual_equipment", ("equipment_supply",), UNIT, True, "equipment_supply.output",
        "equipment_supply",
    ),
    "skilled building labour": Kind(
        "dual_labour", ("labour",), "thousand worker-years", False,
        "construction_labour.thousand_workers",
    ),
    "water": Kind("dual_water", ("water",), "million m3/year", True, "campus.water_limits"),
    "chips": Kind(
        "dual_chip_supply", ("chip_supply",), "thousand wafers or PB", False,
        "chip_supply.capacity", "chip_supply",
    ),
    "planning reserve": Kind(
        "dual_reserve", ("reserve",), "GW of firm capacity", False, "reserve_margins.margin"
    ),
    "emission cap": Kind("dual_emission_cap", ("emission_cap",), "Mt", False, "policy.co2_cap"),
    "budget": Kind("dual_budget", ("budget", "budget_total"), "BUSD", True, "money.available"),
    "budget in all": Kind("dual_budget_total", ("budget_total",), "BUSD", False, "money.budget"),
    "investor's commitment": Kind(
        "dual_commitment", ("commitment", "cleared", "limit_amount"), "BUSD", False,
        "commitments.amount", "investor_commitments",
    ),
    "mandate or clearance": Kind(
        "dual_limit", ("limit_amount", "limit_capital", "limit_equity"), "BUSD", False,
        "investors.max_ticket_busd",
    ),
}  # fmt: skip
COLUMNS = ["limit", "where", "year", "acts", "unit", "dual", "dual_h100e", "source"]


@dataclass(frozen=True)
class Scarce:
    """One limit with a dual: its kind, its labels by dimension, and what a unit more is worth."""

    kind: str
    labels: tuple[tuple[str, Any], ...]
    dual: float  # BUSD per unit

    @property
    def year(self) -> int:
        """Year in which, or from which on, it acts; 0 where it has none."""
        found = dict(self.labels)
        return int(found.get("year", found.get("calendar", 0)))

    @property
    def where(self) -> str:
        """Its other labels."""
        return " ".join(str(v) for k, v in self.labels if k not in ("year", "calendar"))

    @property
    def acts(self) -> str:
        """When a unit more is there."""
        if not self.year:
            return "from the start" if self.kind != "resource" else "ever"
        return f"from {self.year} on" if KINDS[self.kind].from_on else f"in {self.year}"


def scarce(inputs: xr.Dataset, duals: xr.Dataset) -> list[Scarce]:
    """Every limit with a dual, the dearest first.

    Parameters
    ----------
    duals : the plan Dataset, or one with its dual variables
    """
    found: list[Scarce] = []
    for kind in KINDS:
        found += _of_kind(inputs, duals, kind)
    return sorted(found, key=lambda s: -s.dual)


def _of_kind(inputs: xr.Dataset, duals: xr.Dataset, kind: str) -> Iterator[Scarce]:
    """The limits of one kind that have a dual of their own."""
    own = KINDS[kind]
    if own.dual not in duals:
        return
    array = duals[own.dual]
    if kind == "budget in all" and bool((duals["dual_budget"] > NOTHING).any()):
        return  # counted with the budget by a year
    worth = array
    time = next((d for d in ("year", "calendar") if d in array.dims), None)
    # the equipment's duals are kept as sums from a year on
    if own.from_on and time is not None and own.dual != "dual_equipment":
        order = array.dims
        worth = array.isel({time: slice(None, None, -1)}).cumsum(time)
        worth = worth.isel({time: slice(None, None, -1)}).transpose(*order)
    single = array
    if own.dual == "dual_equipment":
        single = array - array.shift(year=-1, fill_value=0.0)
    more = float(duals["dual_budget_total"]) if kind == "budget" else 0.0
    national = {str(c) for c in inputs["option_national_cap"].values}
    for at in np.argwhere(single.values > NOTHING):
        index = tuple(at)
        labels = tuple((str(d), array[d].values[i]) for d, i in zip(array.dims, index, strict=True))
        if own.dual == "dual_cap":
            is_national = str(dict(labels)["cap"]) in national
            if is_national != (kind == "national build limit"):
                continue
        yield Scarce(kind, labels, float(worth.values[index]) + more)


def source_of(item: Scarce, inputs: xr.Dataset, meta: Mapping[str, Any]) -> str:
    """Where a limit comes from: a figure for ``gigaplan source``, or the programme's own word."""
    own = KINDS[item.kind]
    document = meta.get("programme_document") or {}
    if own.table and own.table in (document.get("tables") or {}):
        return f"programme: tables.{own.table}"
    if item.kind == "mandate or clearance":
        reasons = dict(zip(inputs["limit"].values, inputs["limit_reason"].values, strict=True))
        return str(reasons[dict(item.labels)["limit"]])
    campus = document.get("campus") or {}
    if "campus" in dict(item.labels) and dict(item.labels)["campus"] in (
        campus.get("limits") or {}
    ):
        return "programme: campus.limits"
    if "all states" in item.kind and campus.get("national_limit"):
        return "programme: campus.national_limit"
    if "." in own.figure and own.figure.split(".")[0] in ("money", "policy"):
        return f"programme: {own.figure}"
    if item.kind == "investor's commitment":
        scaled = (document.get("capital") or {}).get("scale") == "to_budget"
        return own.figure + (", scaled to money.budget" if scaled else "")
    return own.figure


def as_table(items: list[Scarce], inputs: xr.Dataset, meta: Mapping[str, Any]) -> pd.DataFrame:
    """The limits as a table: worth of one more unit by their duals, where and when, source."""
    rows = [
        (
            s.kind, s.where, s.year, s.acts, KINDS[s.kind].unit, s.dual,
            s.dual * h100e_years(inputs, s.year) / 1e3, source_of(s, inputs, meta),
        )
        for s in items
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=COLUMNS)
    units = {"year": "year", "dual": "BUSD per unit", "dual_h100e": "thousand H100e-years per unit"}
    table.attrs["units"] = {c: units.get(c, "") for c in COLUMNS}
    return table
