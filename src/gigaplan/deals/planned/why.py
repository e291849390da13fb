"""Why the return of a company differs from what the plan asks for: value, timing, tax, coverage."""

from __future__ import annotations

import copy
from typing import Any

from gigaplan.deals.deal import Deal
from gigaplan.errors import GigaplanError

TOLERANCE = 0.005  # a return that differs by less is not explained
SHOWN = 5e-5
MILLION = 1e6
COVERAGE = "coverage, reserve and lock-up"


def why(case: dict[str, Any], deal: Deal, whole: float, asked: float, lent: bool) -> list[str]:
    """Remarks on the difference of equity's return and the plan's.

    The difference is split in points of return; where a return is missing (no root, several), in
    present value at the returns that the plan asks for.

    Parameters
    ----------
    whole : return that the plan asks for on all money of the company, weighted by amount, nominal
    asked : the same on its equity
    lent : whether the plan's own fundings hold debt (else the loans are the deal's alone)
    """
    found = deal.rates["equity_irr"].rate
    if found is not None and abs(found - asked) <= TOLERANCE:
        return []
    steps = [(word, _run(view, whole)) for word, view in _views(case)]
    protected = {"reserve_months": 0, "lockup_dscr": 0.0}
    covered = _run({**case, "debt": {**case["debt"], **protected}}, asked) or deal
    word = "debt, beyond what it adds in the plan" if lent else "debt"
    rates = [None if d is None else d.rates["equity_irr"].rate for _, d in steps]
    last = covered.rates["equity_irr"].rate
    if found is not None and last is not None and None not in rates:
        values = [whole, *(r for r in rates if r is not None)]
        parts = _changes([w for w, _ in steps], values)
        parts += [(word, (last - values[-1]) - (asked - whole)), (COVERAGE, found - last)]
        said = [f"{w} {100 * x:+.2f}" for w, x in parts if abs(x) > SHOWN]
        return [
            f"the plan asks for {100 * asked:.2f} %, equity gets {100 * found:.2f} %; in points: "
            + "; ".join(said)
        ]
    worths = [0.0, *(d.measure("equity_npv") or 0.0 for _, d in steps if d is not None)]
    parts = _changes([w for w, d in steps if d is not None], worths)
    end = _at(deal, asked)
    middle = covered.measure("equity_npv") if covered is not deal else end
    parts += [("debt", (middle or 0.0) - worths[-1]), (COVERAGE, end - (middle or 0.0))]
    said = [f"{w} {x / MILLION:+,.1f}" for w, x in parts if abs(x) > MILLION / 20]
    got = f"{100 * found:.2f} %" if found is not None else deal.rates["equity_irr"].status
    return [
        f"the plan asks for {100 * asked:.2f} %; equity has {got}; its worth at the plan's return "
        f"is {end / MILLION:,.1f} million USD: " + "; ".join(said)
    ]


def _changes(words: list[str], values: list[float]) -> list[tuple[str, float]]:
    """What each step adds to the value before it."""
    return [(w, b - a) for w, a, b in zip(words, values[:-1], values[1:], strict=True)]


def _at(deal: Deal, rate: float) -> float:
    """Equity's net present value at a rate."""
    assert deal.rerun is not None
    return deal.rerun({"discount_rate": rate}).measure("equity_npv") or 0.0


def _run(view: dict[str, Any], rate: float) -> Deal | None:
    """A view of the company, discounted at a rate; None where it cannot be financed."""
    from gigaplan.deals.casefile import deal_of

    try:
        return deal_of({**view, "discount_rate": rate}, "plan")
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
