"""Faults of investors, tiers, political splits and a tax investor."""

from __future__ import annotations

from typing import Any

from gigaplan.deals.company.checks import Fault
from gigaplan.deals.company.schema import Company


def owners(company: Company, fault: Fault) -> None:
    """Faults of investors and tiers."""
    names = [i.name for i in company.investors]
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
    paying = company.payers()
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
    paying = company.payers()
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
        payees = [until.of] if until.of else company.payers()
        if not sum(tier.split.get(n, 0.0) for n in payees) > 0:
            fault(field, f"never ends: it pays nothing to {', '.join(payees)}")
    if until.catch_up is not None:
        if until.of is None:
            fault(f"{field}.until.of", "is missing", "the investor who catches up")
        elif tier.split.get(until.of, 0.0) <= until.catch_up:
            fault(field, f"never ends: {until.of} gets no more than {until.catch_up:g} of it",
                  "a larger share")  # fmt: skip


def tax_equity(company: Company, fault: Fault) -> None:
    """Faults of a tax investor beside owners and loans."""
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
