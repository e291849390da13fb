"""Faults that fields of a company make together: dates, currencies, operation, loans, items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from gigaplan.deals.company.dates import add_months
from gigaplan.deals.company.frame import slug
from gigaplan.deals.company.schema import Company, Money

Fault = Callable[..., None]


def unique(names: list[str], field: str, fault: Fault) -> None:
    """Notes names that are there twice, letters and digits alone compared (they name lines)."""
    lines = [slug(n) for n in names]
    for line in sorted({n for n in lines if lines.count(n) > 1}):
        same = " and ".join(repr(n) for n, own in zip(names, lines, strict=True) if own == line)
        fault(field, f"names are the same: {same}", "names that differ in letters or digits")


def names(company: Company, fault: Fault) -> None:
    """Names of every list that are there twice."""
    for field, items in (
        ("construction.costs", company.construction.costs),
        ("revenue", company.revenue),
        ("operation.costs", company.operation.costs),
        ("operation.maintenance", company.operation.maintenance),
        ("debt.tranches", company.debt.tranches),
        ("credits", company.credits),
        ("production_credits", company.production_credits),
        ("investors", company.investors),
    ):
        unique([i.name for i in items], field, fault)


def dates(company: Company, fault: Fault) -> None:
    """Faults of dates that are out of order."""
    t = company.timeline
    due = add_months(t.closing, t.construction_months)
    if t.operation is not None:
        if t.operation <= t.closing:
            fault("timeline.operation", f"{t.operation} is not after closing {t.closing}",
                  "dates in order")  # fmt: skip
        elif (t.operation.year, t.operation.month) != (due.year, due.month):
            fault("timeline.operation", f"{t.operation} is not {t.construction_months} months "
                  f"after closing {t.closing}", f"a day in {due:%B %Y}",
                  "change operation or construction_months")  # fmt: skip


def money(company: Company, fault: Fault) -> None:
    """Currencies without a rate."""

    def walk(value: Any, field: str) -> None:
        if isinstance(value, Money):
            known = value.currency == company.currency or value.currency in company.exchange_rates
            if not known and value.amount:
                fault(field, f"is in {value.currency}, the company in {company.currency}",
                      f"a rate under exchange_rates.{value.currency}")  # fmt: skip
        elif isinstance(value, BaseModel):
            for name in type(value).model_fields:
                walk(getattr(value, name), f"{field}.{name}" if field else name)
        elif isinstance(value, tuple):
            for i, item in enumerate(value):
                walk(item, f"{field}.{i}")

    walk(company, "")


def operation(company: Company, fault: Fault) -> None:
    """Faults of cost, contracts, works and credits."""
    months, years = company.timeline.construction_months, company.timeline.operation_years
    for i, cost in enumerate(company.construction.costs):
        if isinstance(cost.spend, tuple):
            field = f"construction.costs.{i}.spend"
            if len(cost.spend) > months:
                fault(field, f"has {len(cost.spend)} months, construction {months}")
            if abs(sum(cost.spend) - 1.0) > 1e-6:
                fault(field, f"adds to {sum(cost.spend):g}", "monthly shares that add to 1")
    if not sum(c.amount.amount for c in company.construction.costs) > 0:
        fault("construction.costs", "add to nothing", "a cost above 0")
    names = [r.name for r in company.revenue]
    for i, r in enumerate(company.revenue):
        if r.first_year > years:
            fault(f"revenue.{i}.first_year", f"is {r.first_year}, beyond the life of {years} years")
        if r.price < 0:
            fault(f"revenue.{i}.price", f"is {r.price:g}", "0 or more")
    for i, item in enumerate(company.operation.costs):
        if item.per_unit and item.of not in names:
            fault(f"operation.costs.{i}.of", f"{item.of!r} is not a contract", ", ".join(names))
    for i, credit in enumerate(company.production_credits):
        if credit.of not in names:
            fault(
                f"production_credits.{i}.of", f"{credit.of!r} is not a contract", ", ".join(names)
            )
    for i, works in enumerate(company.operation.maintenance):
        if works.every_years > years:
            fault(f"operation.maintenance.{i}.every_years",
                  f"is {works.every_years}, beyond the life of {years} years")  # fmt: skip
    total = sum(c.rate for c in company.credits)
    if total > 1:
        fault("credits", f"add to {100 * total:g} % of cost", "at most 100 %")


def debt(company: Company, fault: Fault) -> None:
    """Faults of loans."""
    years = company.timeline.operation_years
    geared = 0.0
    for i, t in enumerate(company.debt.tranches):
        field = f"debt.tranches.{i}"
        sizes = [s for s in (t.gearing, t.amount, t.dscr) if s is not None]
        geared += 0.0 if t.of is not None else t.gearing or 0.0
        if len(sizes) != 1:
            fault(field, f"has {len(sizes)} sizes", "one of gearing, amount and dscr")
        if t.tenor_years > years:
            fault(f"{field}.tenor_years", f"is {t.tenor_years}, beyond the life of {years} years",
                  f"at most {years}")  # fmt: skip
        if t.grace_years >= t.tenor_years:
            fault(f"{field}.grace_years", f"is {t.grace_years}, the tenor {t.tenor_years}",
                  "fewer years than the tenor")  # fmt: skip
        if t.dscr is not None and t.repayment != "sculpted":
            fault(f"{field}.repayment", f"is {t.repayment} with a size by dscr", "sculpted")
        if t.repayment == "sculpted" and t.grace_years:
            fault(f"{field}.grace_years", "has no effect on sculpted repayment", "0")
        due = t.maturity_years
        if due is not None and due >= t.tenor_years:
            fault(f"{field}.maturity_years", f"is {due}, the tenor {t.tenor_years}",
                  "fewer years than the tenor")  # fmt: skip
        loan = t.refinancing
        end = due if due is not None else (t.tenor_years if t.repayment == "bullet" else None)
        if loan is not None and end is None:
            fault(f"{field}.refinancing", "there is no balance to refinance",
                  "maturity_years, or repayment: bullet")  # fmt: skip
        elif loan is not None and end is not None and end + loan.tenor_years > years:
            fault(
                f"{field}.refinancing.tenor_years",
                f"ends in year {end + loan.tenor_years}, beyond the life of {years} years",
            )
    covered = [i for i, t in enumerate(company.debt.tranches) if t.dscr is not None]
    for i in covered[1:]:
        fault(f"debt.tranches.{i}.dscr", "a second loan is sized by coverage",
              "one loan sized by dscr, the others by gearing or amount")  # fmt: skip
    if geared > 1:
        fault("debt.tranches", f"gearings add to {geared:g}", "at most 1")


def by_item(company: Company, fault: Fault) -> None:
    """Loans and owners of each item of cost, or none where funding goes by the whole."""
    by_item = company.construction.funding == "by_item"
    items = [c.name for c in company.construction.costs]
    geared = dict.fromkeys(items, 0.0)
    for i, t in enumerate(company.debt.tranches):
        field = f"debt.tranches.{i}"
        if not by_item:
            for name in ("of", "lender"):
                if getattr(t, name) is not None:
                    fault(f"{field}.{name}", "is for funding by_item", "funding: by_item")
            continue
        if t.of not in items:
            fault(f"{field}.of", f"{t.of!r} is not an item of cost", ", ".join(items))
            continue
        if t.gearing is None:
            fault(field, "has no share of its item", "gearing")
        geared[str(t.of)] += t.gearing or 0.0
    if not by_item:
        for k, investor in enumerate(company.investors):
            if investor.funds:
                fault(f"investors.{k}.funds", "is for funding by_item", "share")
        return
    for k, investor in enumerate(company.investors):
        if investor.share:
            fault(f"investors.{k}.share", "has no effect with funding by_item", "funds")
        for name in investor.funds:
            if name not in items:
                fault(f"investors.{k}.funds", f"{name!r} is not an item of cost", ", ".join(items))
    for name in items:
        if geared[name] > 1 + 1e-9:
            fault("debt.tranches", f"gearings of {name} add to {geared[name]:g}", "at most 1")
        owned = sum(i.funds.get(name, 0.0) for i in company.investors)
        if abs(owned - 1.0) > 1e-6:
            fault("investors", f"shares of the equity of {name} add to {owned:g}", "1")
