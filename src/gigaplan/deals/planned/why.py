"""Why the return of a company differs from what the plan asks for: value, timing, tax, coverage."""

from __future__ import annotations

import copy
from typing import Any

from gigaplan.deals.deal import Deal
from gigaplan.errors import GigaplanError

TOLERANCE = 0.005  # a return that differs by less is not explained
SHOWN = 5e-5


def why(case: dict[str, Any], deal: Deal, whole: float, asked: float, lent: bool) -> list[str]:
    """Remarks on the difference of equity's return and the plan's.

    Parameters
    ----------
    whole : return that the plan asks for on all money of the company, weighted by amount, nominal
    asked : the same on its equity
    lent : whether the plan's own fundings hold debt (else the loans are the deal's alone)
    """
    found = deal.rates["equity_irr"].rate
    if found is None:
        status = deal.rates["equity_irr"].status
        return [f"the plan asks for {100 * asked:.2f} %; equity has {status}"]
    if abs(found - asked) <= TOLERANCE:
        return []
    parts: list[str] = []
    before = whole
    for word, view in _views(case):
        rate = _rate(view)
        if rate is None:
            continue
        if abs(rate - before) > SHOWN:
            parts.append(f"{word} {100 * (rate - before):+.2f}")
        before = rate
    covered = _rate({**case, "debt": {**case["debt"], "reserve_months": 0, "lockup_dscr": 0.0}})
    covered = found if covered is None else covered
    leverage = (covered - before) - (asked - whole)
    word = "debt, beyond what it adds in the plan" if lent else "debt"
    for name, value in ((word, leverage), ("coverage, reserve and lock-up", found - covered)):
        if abs(value) > SHOWN:
            parts.append(f"{name} {100 * value:+.2f}")
    return [
        f"the plan asks for {100 * asked:.2f} %, equity gets {100 * found:.2f} %; in points: "
        + "; ".join(parts)
    ]


def _rate(view: dict[str, Any]) -> float | None:
    from gigaplan.deals.casefile import deal_of

    try:
        return deal_of(view, "plan").rates["equity_irr"].rate
    except GigaplanError:
        return None


def _views(case: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The company with all its money as equity of one owner, step by step from the plan's view."""
    alone: dict[str, Any] = {
        "debt": {}, "investors": [{"name": "all money", "share": 1.0}], "waterfall": [],
        "construction": {**case["construction"], "funding": "pro_rata"},
    }  # fmt: skip
    plain = {**case, **alone, "tax": {"federal_rate": 0.0}}
    net = copy.deepcopy({**plain, "credits": []})
    credit = sum(c["rate"] for c in case["credits"])
    for item in net["construction"]["costs"]:
        amount, unit = item["amount"].split()
        item["amount"] = f"{float(amount) * (1 - credit * item.get('credit', 1.0))!r} {unit}"
    word = "value, what the plan pays for its product against its yearly charge"
    steps = [(word, net)]
    if case["credits"]:
        steps.append(("timing, credits sold in the first year and not taken when building", plain))
    return [*steps, ("tax", {**case, **alone})]
