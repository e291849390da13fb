"""A company from plain data: every fault of the input at once, by file and field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from gigaplan.deals.company.schema import Company, Money
from gigaplan.errors import InputError, Problem
from gigaplan.programme.reading import Document
from gigaplan.programme.values import near

Fault = Callable[..., None]


def read_company(data: Mapping[str, Any], source: str, document: Document | None = None) -> Company:
    """The checked company; raises InputError with every fault."""
    try:
        company = Company.model_validate(dict(data))
    except ValidationError as error:
        raise InputError([_problem(e, source, document) for e in error.errors()]) from error
    problems: list[Problem] = []

    def fault(field: str, message: str, expected: str = "", remedy: str = "") -> None:
        problems.append(Problem(source, field, message, expected, remedy))

    _dates(company, fault)
    _money(company, fault)
    _operation(company, fault)
    _debt(company, fault)
    _owners(company, fault)
    _by_item(company, fault)
    _tax_equity(company, fault)
    if problems:
        raise InputError(problems)
    return company


def _problem(error: Any, source: str, document: Document | None) -> Problem:
    place = tuple(p for p in error["loc"] if not str(p).startswith(("tuple[", "literal[")))
    field = ".".join(str(p) for p in place)
    row = document.where(place)[1] if document is not None else None
    inner = error.get("ctx", {}).get("error")
    expected, remedy = getattr(inner, "expected", ""), getattr(inner, "remedy", "")
    kind = error["type"]
    message = str(inner) if inner is not None else str(error["msg"])
    if kind == "extra_forbidden":
        message = "is an unknown field"
        remedy = near(place[-1], _fields(place[:-1]))
    elif kind == "missing":
        message = "is missing"
    elif inner is None:
        message = f"{error.get('input')!r}: {message[0].lower()}{message[1:]}"
    return Problem(source, field, message, expected, remedy, row)


def _fields(place: tuple[Any, ...]) -> list[str]:
    """Names of the fields at a place of the schema."""
    model: Any = Company
    for part in place:
        if isinstance(part, int):
            continue
        info = model.model_fields.get(part)
        if info is None:
            return []
        model = _model_in(info.annotation)
        if model is None:
            return []
    return list(model.model_fields)


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if found is not None:
            return found
    return None


def _dates(company: Company, fault: Fault) -> None:
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


def _money(company: Company, fault: Fault) -> None:
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


def _operation(company: Company, fault: Fault) -> None:
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
    _unique(names, "revenue", fault)
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


def _debt(company: Company, fault: Fault) -> None:
    years = company.timeline.operation_years
    geared = 0.0
    _unique([t.name for t in company.debt.tranches], "debt.tranches", fault)
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


def _owners(company: Company, fault: Fault) -> None:
    names = [i.name for i in company.investors]
    _unique(names, "investors", fault)
    paid = sum(i.share for i in company.investors)
    if abs(paid - 1.0) > 1e-6 and company.construction.funding != "by_item":
        fault("investors", f"shares of equity add to {paid:g}", "shares that add to 1")
    if not any(i.supports for i in company.investors):
        fault("investors", "nobody supports the company where cash is short", "supports: true")
    _sharing(company, names, fault)
    for i, tier in enumerate(company.waterfall):
        field = f"waterfall.{i}"
        if tier.until is not None and tier.until.each is not None:
            _each(company, tier, field, names, i == len(company.waterfall) - 1, fault)
            continue
        for who in tier.split:
            if who not in names:
                fault(f"{field}.split", f"{who!r} is not an investor", ", ".join(names))
        total = sum(tier.split.values())
        if total > 1 + 1e-9:
            fault(f"{field}.split", f"pays {100 * total:g} % of the cash there is", "100 %")
        elif abs(total - 1) > 1e-9:
            fault(f"{field}.split", f"adds to {100 * total:g} %", "100 %")
        last = i == len(company.waterfall) - 1
        if tier.until is None and not last:
            fault(field, "takes all, so later tiers get nothing", "until")
        if tier.until is not None:
            if last:
                fault(f"{field}.until", "the last tier has an end", "a last tier without until")
            _until(company, tier, field, names, fault)


def payers(company: Company) -> list[str]:
    """Names of the investors who pay in equity."""
    by_item = company.construction.funding == "by_item"
    return [i.name for i in company.investors if (any(i.funds.values()) if by_item else i.share)]


def _each(
    company: Company, tier: Any, field: str, names: list[str], last: bool, fault: Fault
) -> None:
    """A tier that pays each of some investors its capital and return."""
    until = tier.until
    others = (until.recovered, until.catch_up, until.amount, until.of)
    if any(o is not None for o in others) or tier.split:
        fault(field, "has an end by each and another end or a split", "until.each alone")
    if last:
        fault(f"{field}.until", "the last tier has an end", "a last tier without until")
    paying = payers(company)
    for who in until.each:
        if who not in names:
            fault(f"{field}.until.each", f"{who!r} is not an investor", ", ".join(names))
        elif who not in paying:
            fault(f"{field}.until.each", f"{who!r} pays nothing in", ", ".join(paying))
    if not until.each:
        fault(f"{field}.until.each", "names nobody", ", ".join(paying))


def _sharing(company: Company, names: list[str], fault: Fault) -> None:
    """Political splits: the other side is another investor that shares with nobody."""
    sharers = {i.name for i in company.investors if i.sharing is not None}
    paying = payers(company)
    for k, i in enumerate(company.investors):
        if i.sharing is None:
            continue
        field = f"investors.{k}.sharing"
        if i.name not in paying:
            fault(field, "has no capital to recover", "an investor who pays in")
        if i.sharing.to not in names:
            fault(f"{field}.to", f"{i.sharing.to!r} is not an investor", ", ".join(names))
        elif i.sharing.to in sharers:
            fault(f"{field}.to", f"{i.sharing.to!r} shares its own cash", "one without sharing")
        if not i.sharing.first > 0:
            fault(f"{field}.first", "never gives its capital back", "more than 0")


def _tax_equity(company: Company, fault: Fault) -> None:
    terms = company.tax_equity
    if terms is None:
        return
    if company.tax.losses != "at_once":
        fault("tax.losses", "is carried_forward with a tax investor", "at_once")
    if terms.investor in [i.name for i in company.investors]:
        fault("tax_equity.investor", f"{terms.investor!r} is an owner too", "another name")
    if terms.kind == "sale_leaseback" and company.debt.tranches:
        fault("debt.tranches", "are there beside a sale with lease back", "no loans")
    if terms.kind == "sale_leaseback" and any(c.transfer_price is not None
                                              for c in company.credits):  # fmt: skip
        fault("credits", "are sold beside a sale with lease back", "credits used by the lessor")


def _by_item(company: Company, fault: Fault) -> None:
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
    _unique(items, "construction.costs", fault)
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


def _until(company: Company, tier: Any, field: str, names: list[str], fault: Fault) -> None:
    until = tier.until
    kinds = [k for k in (until.recovered, until.catch_up, until.amount) if k is not None]
    if len(kinds) != 1:
        fault(f"{field}.until", f"has {len(kinds)} ends",
              "one of recovered, each, catch_up and amount")  # fmt: skip
        return
    if until.of is not None and until.of not in names:
        fault(f"{field}.until.of", f"{until.of!r} is not an investor", ", ".join(names))
        return
    if until.recovered is not None:
        payees = [until.of] if until.of else payers(company)
        if not sum(tier.split.get(n, 0.0) for n in payees) > 0:
            fault(field, f"never ends: it pays nothing to {', '.join(payees)}")
    if until.catch_up is not None:
        if until.of is None:
            fault(f"{field}.until.of", "is missing", "the investor who catches up")
        elif tier.split.get(until.of, 0.0) <= until.catch_up:
            fault(field, f"never ends: {until.of} gets no more than {until.catch_up:g} of it",
                  "a larger share")  # fmt: skip


def _unique(names: list[str], field: str, fault: Fault) -> None:
    for name in sorted({n for n in names if names.count(n) > 1}):
        fault(field, f"the name {name!r} is there twice", "names that differ")


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day some months later; the last day of a shorter month."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    return dt.date(year, month, min(day.day, longest))
