"""Project companies from a plan: campuses, power plants, storage and corridors of the programme.

A plan is in real dollars of one year, a deal in money of the day: costs grow with inflation to
closing, prices to each year of operation. Energy, prices and what firm capacity earns are the
plan's, averaged over its years from the first of service on, and taken to stay so in real terms.
Terms of debt and tax classes are assumptions, each with its source on the sheet of assumptions.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from gigaplan.deals.company.frame import slug
from gigaplan.deals.deal import Deal, Measure
from gigaplan.deals.plan_data import Built, built
from gigaplan.errors import GigaplanError, UsageError

INFLATION = 0.025
TOLERANCE = 0.005  # a return that differs by less is not explained
SAM = "NREL-PySAM 7.1.1 default (BSD-3-Clause)"
ASSUMED = "assumption (background)"
DSCR, RATE, FEE, TENOR, RESERVE_MONTHS = 1.3, 0.07, 0.0275, 18, 6


def deals_of_plan(folder: str | Path, assets: list[str]) -> list[Deal]:
    """The companies of a plan, or those named.

    Raises
    ------
    UsageError
        an asset is not in the plan, or the programme builds nothing; the message lists the assets.
    """
    from gigaplan.plan.store import open_plan

    plan = open_plan(folder)
    found = built(plan)
    if not found:
        raise UsageError(f"{folder}: the programme of this plan builds nothing")
    chosen = found
    if assets:
        wanted = {slug(a) for a in assets}
        chosen = [b for b in found if slug(b.name) in wanted]
        missing = wanted - {slug(b.name) for b in chosen}
        if missing:
            names = ", ".join(b.name for b in found)
            raise UsageError(f"{sorted(missing)[0]!r} is not an asset of the plan; choose {names}")
    return [deal_of_asset(b, str(folder)) for b in chosen]


def deal_of_asset(asset: Built, source: str) -> Deal:
    """The deal of one asset, with the return that the plan asks for and why the two differ."""
    from gigaplan.deals.casefile import deal_of

    case = company_of(asset)
    deal = deal_of(case, f"{source}: {asset.name}")
    asked = (1 + asset.real_return) * (1 + INFLATION) - 1
    deal.measures.append(
        Measure("plan_return", "Return that the plan asks for, nominal", asked * 100, "%")
    )
    found = deal.rates["equity_irr"].rate
    if found is None:
        deal.remarks.append(
            f"the plan asks for {100 * asked:.2f} %; equity has {deal.rates['equity_irr'].status}"
        )
    elif abs(found - asked) > TOLERANCE:
        deal.remarks.append(_why(case, asked, found, source))
    return deal


def _why(case: dict[str, Any], asked: float, found: float, source: str) -> str:
    """Steps from the plan's return to the deal's: value, timing of credits, tax, debt."""
    from gigaplan.deals.casefile import deal_of

    credit = sum(c["rate"] for c in case["credits"])
    net = copy.deepcopy(case)
    for item in net["construction"]["costs"]:
        amount, unit = item["amount"].split()
        item["amount"] = f"{float(amount) * (1 - credit * item.get('credit', 1.0))!r} {unit}"
    plain: dict[str, Any] = {"debt": {}, "tax": {"federal_rate": 0.0}, "credits": []}
    steps = [
        (
            "value, the plan's prices against its yearly charge",
            {**net, **plain},
        ),
        (
            "timing, credits when in service and not when building",
            {**case, **plain, "credits": case["credits"]},
        ),
        ("tax", {**case, "debt": {}}),
    ]
    parts: list[str] = []
    before: float | None = asked
    for word, view in steps:
        try:
            rate = deal_of(view, source).rates["equity_irr"].rate
        except GigaplanError:
            rate = None
        if rate is not None and before is not None and abs(rate - before) > 5e-5:
            parts.append(f"{word} {100 * (rate - before):+.2f}")
        before = rate if rate is not None else before
    if before is not None and abs(found - before) > 5e-5:
        parts.append(f"debt and its coverage {100 * (found - before):+.2f}")
    return (
        f"the plan asks for {100 * asked:.2f} %, equity gets {100 * found:.2f} %; in points: "
        + "; ".join(parts)
    )


def company_of(asset: Built) -> dict[str, Any]:
    """The case of an asset, as a company would be written by hand."""
    years = min(asset.life, 60)
    months = 12 * asset.build_years
    closing = asset.year - asset.build_years
    tenor = min(TENOR, years)
    to_closing = (1 + INFLATION) ** (closing - asset.dollar_year)
    to_start = (1 + INFLATION) ** (asset.year - asset.dollar_year)
    costs: list[dict[str, Any]] = [
        {"name": c.name, "amount": f"{c.amount * to_closing!r} USD", "spend": c.monthly(months),
         "depreciation": c.depreciation, "bonus": c.bonus, "credit": c.credit}
        for c in asset.costs
    ]  # fmt: skip
    operation: dict[str, Any] = {
        "inflation": INFLATION,
        "costs": [
            {"name": n, "fixed": f"{v * to_start!r} USD"} for n, v in asset.yearly.items() if v > 0
        ],
        "maintenance": [
            {"name": r.name, "cost": f"{r.amount * to_start!r} USD", "every_years": r.every,
             "depreciation": "macrs_5"}
            for r in asset.refits if r.every < years
        ],
    }  # fmt: skip
    revenue = [
        {"name": r.name, "kind": r.kind, "volume": r.volume, "price": r.price * to_start,
         "escalator": INFLATION}
        for r in asset.revenue
    ]  # fmt: skip
    if not revenue:
        revenue = [{"name": "Nothing sold", "kind": "merchant", "volume": 0.0, "price": 0.0}]
    credits = [{"name": "investment credit", "rate": asset.credit}] if asset.credit else []
    sources = {
        "timeline.closing": f"plan: service in {asset.year}, built over {asset.build_years} years",
        "operation.inflation": SAM,
        "debt.tranches.0.dscr": SAM, "debt.tranches.0.rate": SAM,
        "debt.tranches.0.tenor_years": SAM, "debt.tranches.0.upfront_fee": SAM,
        "debt.reserve_months": SAM, "debt.gearing_cap": ASSUMED, "debt.lockup_dscr": ASSUMED,
        "tax.federal_rate": "26 USC 11",
    }  # fmt: skip
    sources |= {f"revenue.{i}.price": r.source for i, r in enumerate(asset.revenue)}
    sources |= {f"revenue.{i}.volume": r.source for i, r in enumerate(asset.revenue)}
    sources |= {f"construction.costs.{i}.amount": c.source for i, c in enumerate(asset.costs)}
    return {
        "model": "company",
        "name": asset.name,
        "timeline": {"closing": f"{closing}-01-01", "construction_months": months,
                     "operation_years": years},
        "construction": {"costs": costs, "funding": "pro_rata"},
        "revenue": revenue,
        "operation": operation,
        "debt": {
            "gearing_cap": 0.75, "lockup_dscr": 1.1, "reserve_months": RESERVE_MONTHS,
            "tranches": [{"name": "Term loan", "dscr": DSCR, "repayment": "sculpted",
                          "rate": RATE, "tenor_years": tenor,
                          "upfront_fee": FEE}],
        },
        "tax": {"losses": "carried_forward"},
        "credits": credits,
        "required_return": (1 + asset.real_return) * (1 + INFLATION) - 1,
        "sources": sources,
    }  # fmt: skip
