"""The case of a company of a plan, as it would be written by hand.

A plan is in real dollars of one year, a deal in money of the day: what is drawn in a calendar year
grows with inflation to that year, and an operating year is in prices of the day on which it is
paid. Assets enter service in the middle of their year, the last share of their cost is paid then
(where the plan's interest during construction has it), earlier shares evenly over their years.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gigaplan.deals.planned.assets import POWER, Built, CostItem, Sale, View, merged
from gigaplan.deals.planned.money import PURSE, Holding, Person
from gigaplan.deals.planned.terms import Figure, Terms

BRIDGE = "Tax credit bridge"


class Case:
    """A case in the making: the data of the company and the source of each field."""

    def __init__(self, v: View, terms: Terms, built: Built):
        self.v, self.terms, self.built = v, terms, built
        self.inflation = terms.inflation.value
        self.sources: dict[str, str] = {}
        draws = [v.draws(c.asset_class, built.year) for c in built.costs]
        self.first = min(min(d) for d in draws)
        self.months = 12 * (built.year - self.first) + 6

    def take(self, field: str, figure: Figure) -> float:
        """A figure's value; its source is kept for the field."""
        self.sources[field] = figure.source
        return figure.value

    def grown(self, year: int) -> float:
        """Money of a year for a dollar of the plan's year."""
        return float((1 + self.inflation) ** (year - self.v.dollar_year))

    @property
    def to_operation(self) -> float:
        """Money of the day on which the first operating year is paid, for a dollar of the plan."""
        return self.grown(self.built.year + 1)

    def nominal(self, real: float) -> float:
        """A real rate as a nominal one."""
        return (1 + real) * (1 + self.inflation) - 1


def company_of(
    v: View, terms: Terms, built: Built, held: list[Holding], known: dict[str, Person]
) -> dict[str, Any]:
    """The case of an asset and those whose money builds it."""
    case = Case(v, terms, built)
    costs = [_cost(case, i, item) for i, item in enumerate(built.costs)]
    revenue, variable = _revenue(case)
    owners, debt = _whose(case, held, known)
    asked = asked_return(case, held)
    credits = []
    if any(c.credit for c in built.costs):
        credits = [_credit(case)]
    operation = {
        "inflation": case.take("operation.inflation", terms.inflation),
        "reserve_rate": case.take("operation.reserve_rate", terms.reserve_rate),
        "salvage": _resale(case, costs),
        "costs": [
            *({"name": n, "fixed": f"{x * case.to_operation!r} USD"}
              for n, x in built.yearly.items() if x > 0),
            *variable,
        ],
        "maintenance": [
            {"name": r.name, "cost": f"{r.amount * case.to_operation!r} USD",
             "every_years": r.every, "depreciation": terms.tax_class(r.asset_class)[0]}
            for r in built.refits if r.every < built.life
        ],
    }  # fmt: skip
    case.sources["timeline.closing"] = (
        f"plan: service in the middle of {built.year}, first draw in {case.first}"
    )
    return {
        "model": "company",
        "name": built.name,
        "timeline": {"closing": f"{case.first - 1}-12-31", "construction_months": case.months,
                     "operation_years": built.life},
        "construction": {"costs": costs, "funding": "by_item"},
        "revenue": revenue,
        "operation": operation,
        "debt": {
            "reserve_months": case.take("debt.reserve_months", terms.reserve_months),
            "reserve_funding": "from_cash",
            "lockup_dscr": case.take("debt.lockup_dscr", terms.lockup),
            **debt,
        },
        "tax": {
            "federal_rate": case.take("tax.federal_rate", terms.federal_rate),
            "state_rate": case.take("tax.state_rate", terms.state_rate(built.zone)),
            "losses": "carried_forward",
            "loss_limit": case.take("tax.loss_limit", terms.constant("loss_limit")),
            "not_depreciated": "deducted",
        },
        "credits": credits,
        "production_credits": _production_credits(case),
        **owners,
        "discount_rate": asked,
        "required_return": asked,
        "sources": case.sources,
    }  # fmt: skip


def _cost(case: Case, i: int, item: CostItem) -> dict[str, Any]:
    """An item in money of the days on which it is drawn, with its monthly shares."""
    year = case.built.year
    spent = {
        c: s * case.grown(c) for c, s in case.v.draws(item.asset_class, year).items()
    }  # fmt: skip
    whole = sum(spent.values())
    shares = [0.0] * case.months
    for calendar, amount in spent.items():
        if calendar == year:
            shares[-1] += amount / whole
            continue
        for m in range(12):
            shares[12 * (calendar - case.first) + m] += amount / whole / 12
    depreciation, bonus = case.terms.tax_class(item.asset_class)
    case.sources[f"construction.costs.{i}.amount"] = item.source
    return {
        "name": item.name, "amount": f"{item.amount * whole!r} USD", "spend": shares,
        "depreciation": depreciation,
        "bonus": case.take(f"construction.costs.{i}.bonus", bonus),
        "credit": 1.0 if item.credit else 0.0,
    }  # fmt: skip


def _resale(case: Case, costs: list[dict[str, Any]]) -> float:
    """What the asset sells for at the end, as a share of its cost, both in money of the day."""
    built = case.built
    if not built.resale:
        return 0.0
    case.sources["operation.salvage"] = "plan: option_resale_price"
    paid = sum(float(c["amount"].split()[0]) for c in costs)
    return min(built.resale * case.grown(built.year + built.life) / paid, 1.0)


def _credit(case: Case) -> dict[str, Any]:
    rate = max(c.credit for c in case.built.costs)
    name = "48D" if case.built.costs[0].asset_class == "fabs" else "48E"
    case.sources["credits.0.rate"] = "plan: investment credit taken off the cost"
    return {
        "name": name, "rate": rate, "basis_reduction": 1.0 if name == "48D" else 0.5,
        "transfer_price": case.take("credits.0.transfer_price", case.terms.transfer_price),
    }  # fmt: skip


def _production_credits(case: Case) -> list[dict[str, Any]]:
    """45Y on what is sold of the asset's power, grown with prices as the law has it; no income."""
    if case.built.produced is None:
        return []
    rate, years = case.built.produced
    sold = [name for sale, name, *_ in _contracts(case) if sale.name == POWER]
    found = []
    for i, name in enumerate(sold):
        place = f"production_credits.{i}"
        case.sources[f"{place}.rate"] = "tax_credits.production_credit_usd_mwh"
        case.sources[f"{place}.escalator"] = case.terms.inflation.source
        found.append(
            {"name": f"45Y, {name}", "rate": rate * case.to_operation, "of": name,
             "escalator": case.inflation, "years": years,
             "transfer_price": case.take(f"{place}.transfer_price", case.terms.transfer_price)}
        )  # fmt: skip
    return found


def _contracts(case: Case) -> Iterator[tuple[Sale, str, int, int, int]]:
    """Each sale in spans of equal values: name, first operating year, years, position."""
    for sale in case.built.revenue:
        series = [sale.volume, sale.price, *sale.costs.values()]
        several = len(set(zip(*series, strict=True))) > 1
        for first, years, k in merged(series, case.built.spans):
            if first <= case.built.life and years >= 1:
                name = f"{sale.name} {case.built.year + first - 1}" if several else sale.name
                yield sale, name, first, years, k


def _revenue(case: Case) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Contracts by planning year, and the costs that go with what they sell."""
    found: list[dict[str, Any]] = []
    costs: list[dict[str, Any]] = []
    for sale, name, first, years, k in _contracts(case):
        found.append(_contract(case, sale, name, first, years, k))
        place = f"revenue.{len(found) - 1}"
        case.sources[f"{place}.price"] = case.sources[f"{place}.volume"] = sale.source
        case.sources[f"{place}.escalator"] = case.terms.inflation.source
        costs += [
            {"name": f"{word}, {name}", "per_unit": each[k] * case.to_operation, "of": name}
            for word, each in sale.costs.items() if each[k] > 0
        ]  # fmt: skip
    if not found:
        found = [{"name": "Nothing sold", "kind": "merchant", "volume": 0.0, "price": 0.0}]
    return found, costs


def _contract(
    case: Case, sale: Sale, name: str, first: int, years: int, k: int
) -> dict[str, Any]:  # fmt: skip
    growth = (1 + case.inflation) ** (first - 1)
    return {
        "name": name, "kind": sale.kind, "volume": sale.volume[k],
        "price": sale.price[k] * case.to_operation * growth, "escalator": case.inflation,
        "first_year": first, "years": years,
    }  # fmt: skip


def asked_return(case: Case, held: list[Holding]) -> float:
    """Return that the plan asks for on equity, weighted by amount, nominal."""
    owned = [h for h in held if h.equity]
    whole = sum(h.amount for h in owned)
    if not whole:
        return case.nominal(case.built.real_return)
    return sum(h.amount * case.nominal(h.real_return) for h in owned) / whole


def _whose(
    case: Case, held: list[Holding], known: dict[str, Person]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Owners, waterfall and loans as the plan's fundings have them."""
    from gigaplan.deals.planned.owners import owners

    amounts = {c.name: c.amount for c in case.built.costs}
    classes = {c.name: c.asset_class for c in case.built.costs}
    tranches: list[dict[str, Any]] = []
    for h in held:
        if h.equity or h.instrument == "grant":
            continue
        place = f"debt.tranches.{len(tranches)}"
        asset = classes[h.item]
        case.sources |= {
            f"{place}.{f}": _source(h, asset) for f in ("gearing", "rate", "tenor_years")
        }
        tranches.append({
            "name": f"{h.item} {h.instrument}, {h.investor}", "lender": h.investor, "of": h.item,
            "gearing": h.amount / amounts[h.item], "rate": case.nominal(h.real_return),
            "tenor_years": max(1, min(round(h.years), case.built.life)), "repayment": "level",
            "upfront_fee": case.take(f"{place}.upfront_fee", case.terms.upfront_fee(asset)),
            "commitment_fee": case.take(f"{place}.commitment_fee",
                                        case.terms.commitment_fee(asset)),
        })  # fmt: skip
    for item in case.built.costs:
        if item.credit:
            tranches.append(_bridge(case, item, len(tranches)))
    return owners(case, held, known), {"tranches": tranches, "gearing_cap": 1.0}


def _source(h: Holding, asset_class: str) -> str:
    if h.investor == PURSE:
        return f"atlas: capital_classes of {asset_class} (background); one purse paid in the plan"
    return f"plan: {h.investor}, {h.instrument} for {asset_class}"


def _bridge(case: Case, item: CostItem, at: int) -> dict[str, Any]:
    """A loan until the credit is sold, which the plan counts when it builds."""
    place = f"debt.tranches.{at}"
    case.sources[f"{place}.gearing"] = "plan: investment credit taken off the cost"
    rate = case.terms.of_class(item.asset_class, "capital_classes", "debt_rate_pct")
    return {
        "name": BRIDGE, "of": item.name, "gearing": item.credit, "repayment": "bullet",
        "rate": case.take(f"{place}.rate", rate), "tenor_years": 1,
        "repaid_from": "credits",
    }  # fmt: skip
