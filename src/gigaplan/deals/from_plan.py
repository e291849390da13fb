"""Project companies from a plan: campuses, power plants, storage, corridors and fab lines.

Each company is owned and lent to by the plan's investors as its fundings say; where one purse paid,
its money is equity and, as far as lenders of the class go, debt. Prices are the plan's in each
planning year, and what its duals say that the product is worth beside them. Terms are the atlas's,
as the programme changes them, each with its source on the sheet of assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gigaplan.deals.company.frame import slug
from gigaplan.deals.deal import Deal, Measure
from gigaplan.deals.planned.assets import Built, View
from gigaplan.deals.planned.campuses import campuses
from gigaplan.deals.planned.company import asked_return, company_of
from gigaplan.deals.planned.lines import corridors, fabs
from gigaplan.deals.planned.money import (
    Holding,
    by_zone,
    holdings,
    left_out,
    people,
    plan_calls,
    with_premiums,
)
from gigaplan.deals.planned.power import power
from gigaplan.deals.planned.terms import Terms
from gigaplan.deals.planned.why import TOLERANCE, why
from gigaplan.deals.sensitivity import watched
from gigaplan.errors import UsageError

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan


@dataclass
class Companies:
    """The companies of a plan, and the plan's calls [USD of the plan's year]."""

    deals: list[Deal]
    plan_calls: pd.DataFrame
    left_out: pd.DataFrame
    dollar_year: int


def built(plan: Plan) -> list[Built]:
    """Every company of a plan: what the programme builds, of 1 MW or 1 kwpm or more."""
    v = View(plan)
    return with_premiums(v, [*campuses(v), *power(v), *corridors(v), *fabs(v)])


def deals_of_plan(folder: str | Path, assets: list[str]) -> list[Deal]:
    """The companies of a saved plan, or those named; see :func:`companies_of_plan`."""
    from gigaplan.plan.store import open_plan

    return companies_of_plan(open_plan(folder), str(folder), assets).deals


def companies_of_plan(plan: Plan, source: str, assets: list[str]) -> Companies:
    """The companies of a plan, or those named.

    Raises
    ------
    UsageError
        an asset is not in the plan, or the programme builds nothing; the message lists the assets.
    """
    v = View(plan)
    found = built(plan)
    if not found:
        raise UsageError(f"{source}: the programme of this plan builds nothing")
    chosen = found
    if assets:
        wanted = {slug(a) for a in assets}
        chosen = [b for b in found if slug(b.name) in wanted]
        missing = wanted - {slug(b.name) for b in chosen}
        if missing:
            names = ", ".join(b.name for b in found)
            raise UsageError(f"{sorted(missing)[0]!r} is not an asset of the plan; choose {names}")
    terms, known = Terms(v), people(v.inputs)
    table = by_zone(v, terms)
    deals = []
    for asset in watched(chosen, len(chosen), "companies"):
        held = holdings(table, asset)
        case = company_of(v, terms, asset, held, known)
        deals.append(_deal(v, terms, asset, held, case, f"{source}: {asset.name}"))
    return Companies(deals, plan_calls(v), left_out(v, table, found), v.dollar_year)


def _deal(
    v: View, terms: Terms, asset: Built, held: list[Holding], case: dict[str, Any],
    source: str,
) -> Deal:  # fmt: skip
    """The deal of one asset, with the return that the plan asks for and why the two differ."""
    from gigaplan.deals.casefile import deal_of
    from gigaplan.deals.planned.company import Case

    deal = deal_of(case, source)
    own = Case(v, terms, asset)
    roster = "funding" in v.inputs.dims
    asked = whole = own.nominal(asset.real_return)
    if roster:
        asked = asked_return(own, held)
        amount = sum(h.amount for h in held)
        whole = sum(h.amount * own.nominal(h.real_return) for h in held) / amount
    deal.measures.append(
        Measure("plan_return", "Return that the plan asks for, nominal", asked * 100, "%")
    )
    deal.remarks += why(case, deal, whole, asked, roster)
    deal.remarks += _coverage(terms, asset, deal)
    deal.remarks += _scarce(v, deal, asked)
    if not v.additional:
        deal.remarks.append(
            "this plan was saved without the worth of firm capacity and energy that the programme "
            "must bring; plan again to have plants paid for them"
        )
    return deal


def _scarce(v: View, deal: Deal, asked: float) -> list[str]:
    """Says what money is worth in the plan where its prices lift a return above the one asked."""
    found = deal.rates["equity_irr"].rate
    if "dual_commitment" in v.data:
        most = float(v.data["dual_commitment"].max())
    else:  # a dollar from the start counts in every later year
        most = float(v.data["dual_budget"].sum())
    if found is None or found <= asked + TOLERANCE or most < 1e-3:
        return []
    return [
        f"money is scarce in this plan: a dollar more is worth up to {most:.2f} dollars to its "
        "aim, which its prices and duals carry beyond the yearly charge"
    ]


def _coverage(terms: Terms, asset: Built, deal: Deal) -> list[str]:
    """Says where coverage is below what lenders of the company's classes ask for."""
    lowest = deal.measure("min_coverage")
    if lowest is None or not deal.case.debt.tranches:
        return []
    asked = max(terms.dscr(c.asset_class).value for c in asset.costs)
    if lowest >= asked - 1e-6:
        return []
    return [
        f"lowest coverage {lowest:.2f} is below the {asked:g} that lenders ask for; the plan "
        "bounds debt by gearing alone"
    ]
