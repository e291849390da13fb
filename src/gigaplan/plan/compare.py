"""Two plans side by side: what differs, the largest differences first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

COLUMNS = ["quantity", "where", "year", "unit", "a", "b", "difference"]
TOLERANCE = 1e-6


def compare(a: Plan, b: Plan) -> pd.DataFrame:
    """What differs between two plans, the largest relative to its kind first.

    Columns quantity, where, year, unit, a, b, difference (b less a).  A zone or year that only one
    plan has counts as zero in the other.
    """
    first, second = _figures(a), _figures(b)
    rows = []
    scale: dict[str, float] = {}
    for key in {**first, **second}:
        x, y = first.get(key, 0.0), second.get(key, 0.0)
        scale[key[0]] = max(scale.get(key[0], 0.0), abs(x), abs(y))
        rows.append((*key, x, y, y - x))
    rows = [r for r in rows if abs(r[6]) > TOLERANCE * max(scale[r[0]], 1.0)]
    order = {name: i for i, name in enumerate(dict.fromkeys(k[0] for k in {**first, **second}))}
    rows.sort(key=lambda r: (order[r[0]], -abs(r[6])))
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.attrs["units"] = {
        name: "see unit" if name in ("a", "b", "difference") else "" for name in COLUMNS
    }
    return table


def compare_text(a: Plan, b: Plan) -> str:
    """Headline differences first, then by state."""
    table = compare(a, b)
    lines = [f"a: {a.title}", f"b: {b.title}"]
    for field, (one, two) in changed_settings(a, b).items():
        lines.append(f"asked: {field}: {one} in a, {two} in b")
    for name in ("zone", "year"):
        here, there = set(a.data[name].values.tolist()), set(b.data[name].values.tolist())
        if here != there:
            only = [", ".join(map(str, sorted(s))) or "none" for s in (here - there, there - here)]
            lines.append(f"{name}s only in a: {only[0]}; only in b: {only[1]}")
    if table.empty:
        return "\n".join([*lines, "no difference"])
    lines.append(f"{'quantity':36}{'where':26}{'year':>6}{'a':>14}{'b':>14}{'b - a':>14}  unit")
    shown = pd.concat([part.head(8) for _, part in table.groupby("quantity", sort=False)])
    for row in shown.itertuples(index=False):
        lines.append(
            f"{row.quantity:36}{row.where:26}{row.year!s:>6}"
            f"{row.a:z14.4f}{row.b:z14.4f}{row.difference:+z14.4f}  {row.unit}"
        )
    if len(table) > len(shown):
        lines.append(f"and {len(table) - len(shown)} smaller differences (--csv shows all)")
    return "\n".join(lines)


def changed_settings(a: Plan, b: Plan) -> dict[str, tuple[str, str]]:
    """Settings of the two programmes that differ, by dotted field, as they stand in the files."""
    first, second = (dict(_settings(p.meta.get("programme_document") or {})) for p in (a, b))
    told = ("name", "title", "description", "based_on")
    return {
        field: (first.get(field, "not given"), second.get(field, "not given"))
        for field in {**first, **second}
        if first.get(field) != second.get(field) and field not in told
    }


def _settings(document: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _settings(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", str(value)


def _figures(plan: Plan) -> dict[tuple[str, str, str, str], float]:
    """(quantity, where, year, unit) -> value."""
    data, out = plan.data, {}
    for name, unit in (
        ("objective", "BUSD"), ("system_cost_busd", "BUSD"), ("programme_cost_busd", "BUSD"),
    ):  # fmt: skip
        if plan.meta.get(name) is not None:
            out[(name, "all", "", unit)] = float(plan.meta[name])
    years = data["year"].values.tolist()
    for k, year in enumerate(years):
        out[("it_power", "all", str(year), "GW")] = float(data["it_power"].isel(year=k).sum())
    for name in data["asset_class"].values.tolist():
        out[("capital", str(name), "", "BUSD")] = float(data["capital"].sel(asset_class=name).sum())
    for k, year in enumerate(years):
        for zone in data["zone"].values.tolist():
            at = data.sel(zone=zone).isel(year=k)
            out[("facility_power", str(zone), str(year), "GW")] = float(at["facility_power"])
            out[("year_price", str(zone), str(year), "USD/MWh")] = float(at["year_price"])
    if "funding" in plan.inputs.dims:
        out |= _money_figures(plan)
    built = data["build"].sum("year")
    technology = plan.inputs["option_technology"].values
    for owner in data["owner"].values.tolist():
        total = built.sel(owner=owner).to_series().groupby(technology).sum()
        for technology_name, value in total.items():
            out[("build", f"{owner} {technology_name}", "", "GW")] = float(value)
    return out


def _money_figures(plan: Plan) -> dict[tuple[str, str, str, str], float]:
    """Calls by investor, what is not called, the cost of money, and the dates that filings set."""
    from gigaplan.capital.tables import records

    people, filings = plan.investors(), plan.clearance()
    out: dict[tuple[str, str, str, str], float] = {}
    for name, called in zip(people["investor"], people["called"], strict=True):
        out[("capital_by_investor", str(name), "", "BUSD")] = float(called)
    facts = plan.summary()
    out[("unfunded", "all", "", "BUSD")] = float(facts["unfunded"])
    for name, rate in facts["weighted_cost_of_capital"].items():
        out[("weighted_cost_of_capital", str(name), "", "1/year")] = float(rate)
    filed = filings[filings["filing"] != "none"]
    out[("filings", "all", "", "1")] = float(len(filed))
    out[("filing_fees", "all", "", "USD")] = float(filed["fee"].sum())
    for row in records(filed):
        where = f"{row.investor} {row.asset_class}"
        out[("cleared_by", where, "", "year")] = float(row.cleared_by)
    return out
