"""Investors of companies, by hand or of a plan: what each pays and gets, and the plan's calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from gigaplan.deals.company.frame import slug
from gigaplan.deals.deal import Deal
from gigaplan.deals.planned.money import records
from gigaplan.deals.returns import dated_rate_of

CENT = 0.005


def stakes_of(deal: Deal) -> list[tuple[str, str, str, np.ndarray]]:
    """Owner, stake, what it asks for and dated flow of every investor and lender of a company."""
    company = deal.case
    rows = deal.ledger.rows
    found = []
    for i in company.investors:
        asked = "" if i.required_return is None else f"{100 * i.required_return:.2f}"
        flow = rows[f"investor_{slug(i.name)}_flow"].value
        found.append((i.owner or i.name, i.name, asked, flow))
    for t in company.debt.tranches:
        if t.lender is not None:
            flow = rows[f"loan_{slug(t.name)}_flow"].value
            found.append((t.lender, t.name, f"{100 * t.rate:.2f}", flow))
    if company.tax_equity is not None:
        name, flow = company.tax_equity.investor, rows["tax_investor_flow"].value
        found.append((name, name, f"{100 * company.tax_equity.target_return:.2f}", flow))
    return found


def dates_of(deal: Deal) -> list[dt.date]:
    """The dates of a company's flows."""
    axis = deal.ledger.rows["equity_flow"].axis
    assert axis is not None
    return [dt.date.fromisoformat(label) for label in axis.labels]


def investors(deals: Sequence[Deal], whole: str = "all companies") -> pd.DataFrame:
    """Every stake of every company, then each investor over all: paid, got, multiple, return.

    ``whole`` is what the rows over all are called; without it there are none.

    ``return`` is an XIRR [%/year]; empty with its reason in ``remark`` where there is not one.
    """
    flows: dict[str, dict[dt.date, float]] = {}
    rows: list[dict[str, Any]] = []
    for deal in deals:
        dates = dates_of(deal)
        for owner, stake, asked, flow in stakes_of(deal):
            if not np.abs(flow).sum() > 0:
                continue
            rows.append(_row(owner, deal.name, stake, asked, dates, flow.tolist()))
            mine = flows.setdefault(owner, {})
            for day, value in zip(dates, flow.tolist(), strict=True):
                mine[day] = mine.get(day, 0.0) + value
    rows.sort(key=lambda r: (r["investor"], r["company"], r["stake"]))
    for owner in sorted(flows) if whole else ():
        days = sorted(flows[owner])
        rows.append(_row(owner, whole, "all", "", days, [flows[owner][d] for d in days]))
    table = pd.DataFrame(
        rows,
        columns=["investor", "company", "stake", "paid", "got", "moic", "return", "asked",
                 "remark"],
    )  # fmt: skip
    unit = _currency(deals)
    table.attrs["units"] = {
        "investor": "", "company": "", "stake": "", "paid": unit, "got": unit, "moic": "x",
        "return": "%/year", "asked": "%/year", "remark": "",
    }  # fmt: skip
    return table


def by_date(deals: Sequence[Deal]) -> pd.DataFrame:
    """What every investor and lender pays in and gets on each date of each company."""
    rows = []
    for deal in deals:
        dates = dates_of(deal)
        for owner, stake, _, flow in stakes_of(deal):
            rows += [
                (owner, deal.name, stake, day.isoformat(), max(-x, 0.0), max(x, 0.0))
                for day, x in zip(dates, flow.tolist(), strict=True) if abs(x) > CENT
            ]  # fmt: skip
    names = ["investor", "company", "stake", "date", "paid", "got"]
    table = pd.DataFrame(rows, columns=names)
    unit = _currency(deals)
    table.attrs["units"] = dict.fromkeys(names, "") | {"paid": unit, "got": unit}
    return table


def _currency(deals: Sequence[Deal]) -> str:
    found = {deal.case.currency for deal in deals}
    return str(found.pop()) if len(found) == 1 else "currency of the company"


def _row(
    owner: str, company: str, stake: str, asked: str, dates: Sequence[dt.date], flow: list[float]
) -> dict[str, Any]:
    amounts = np.array(flow)
    paid, got = float(-amounts[amounts < 0].sum()), float(amounts[amounts > 0].sum())
    rate = dated_rate_of(dates, flow)
    return {
        "investor": owner, "company": company, "stake": stake, "paid": paid, "got": got,
        "moic": got / paid if paid else np.nan,
        "return": np.nan if rate.rate is None else 100 * rate.rate,
        "asked": float(asked) if asked else np.nan,
        "remark": "" if rate.status == "one root" else rate.status,
    }  # fmt: skip


def calls(
    deals: Sequence[Deal], planned: pd.DataFrame, left_out: pd.DataFrame, dollar_year: int
) -> pd.DataFrame:
    """Calls by investor and calendar year: the plan's, the companies', and what differs.

    ``companies`` is in money of the plan's year: what is called in a year over inflation up to it.
    ``left_out`` is what the plan calls for builds that are too small to be a company, and
    ``difference`` what then is left: none where every company is funded by item.
    """
    called: dict[tuple[str, int], float] = {}
    for deal in deals:
        inflation = float(deal.case.operation.inflation)
        for owner, year, amount in _called(deal):
            real = amount / (1 + inflation) ** (year - dollar_year)
            called[owner, year] = called.get((owner, year), 0.0) + real
    plan, small = (
        {(str(r.investor), int(r.calendar)): float(r.call) for r in records(t)}
        for t in (planned, left_out)
    )
    rows = [
        (who, year, plan.get((who, year), 0.0), called.get((who, year), 0.0),
         small.get((who, year), 0.0))
        for who, year in sorted({*plan, *called})
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["investor", "calendar", "plan", "companies", "left_out"])
    table["difference"] = table["plan"] - table["companies"] - table["left_out"]
    table.attrs["units"] = {
        "investor": "", "calendar": "year", "plan": "USD", "companies": "USD", "left_out": "USD",
        "difference": "USD",
    }  # fmt: skip
    return table


def _called(deal: Deal) -> list[tuple[str, int, float]]:
    """Owner, calendar year and sum of every call in construction."""
    company, rows = deal.case, deal.ledger.rows
    axis = rows["month"].axis
    assert axis is not None
    years = [d.year for d in dates_of(deal)[: axis.size]]
    found = []
    names = [
        *((i.owner or i.name, f"call_{slug(i.name)}") for i in company.investors),
        *((t.lender, f"drawn_{slug(t.name)}") for t in company.debt.tranches if t.lender),
    ]
    for owner, line in names:
        if line in rows:
            found += [
                (str(owner), year, float(v))
                for year, v in zip(years, rows[line].value.tolist(), strict=True) if v
            ]  # fmt: skip
    return found
