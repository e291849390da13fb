"""Run a SAM case: write the model, or search the price that gives the target return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gigaplan.deals.ledger import Cell, Ledger, Row
from gigaplan.deals.returns import sam_irr
from gigaplan.deals.sam.build import SOURCE, Build
from gigaplan.deals.sam.case import SamCase
from gigaplan.deals.sam.checks import add_checks
from gigaplan.deals.sam.flips import partnership_flip
from gigaplan.deals.sam.saleleaseback import sale_leaseback
from gigaplan.deals.sam.singleowner import single_owner
from gigaplan.errors import InfeasibleError

MODEL: dict[str, Callable[[Build, Cell], Row]] = {
    "singleowner": single_owner,
    "levpartflip": partnership_flip,
    "equpartflip": partnership_flip,
    "saleleaseback": sale_leaseback,
}


@dataclass
class SamRun:
    """A model that was run: its ledger, the flow that the target counts on, remarks."""

    case: SamCase
    ledger: Ledger
    target: Row
    price: float
    remarks: list[str] = field(default_factory=list)


def evaluate(case: SamCase, cents: float, note: str = SOURCE) -> SamRun:
    """The model at one price of year 1 [cents/kWh]."""
    build = Build(case)
    price = build.ledger.assume("ppa_price", cents, "Price of power in year 1", "cents/kWh", note)
    target = MODEL[case.model](build, price)
    add_checks(build, target)
    return SamRun(case, build.ledger, target, cents)


def run(case: SamCase) -> SamRun:
    """The model at the given price, or at the price that meets the target return."""
    if case.number("ppa_soln_mode") == 1:
        return evaluate(case, case.number("ppa_price_input") * 100)
    return solve_price(case)


def solve_price(case: SamCase) -> SamRun:
    """The price at which the return in the target year is the target, by SAM's own search.

    Steps of 10 cents from 0 until the worth at the target return changes sign, then interpolation
    weighted by worth, until return or price is within ``ppa_soln_tolerance`` (relative).
    """
    goal = case.number("flip_target_percent")
    year = min(int(case.number("flip_target_year")), case.years)
    tolerance = case.number("ppa_soln_tolerance")
    limit = int(case.number("ppa_soln_max_iterations"))
    low, high = case.number("ppa_soln_min"), case.number("ppa_soln_max")
    low_weight = high_weight = 1.0
    price, found, first, too_large = 0.0, False, True, False
    count, done = 0, False
    powers = (1.0 + goal / 100) ** -np.arange(year + 1.0)
    while True:
        if found:
            price = (low_weight * high + high_weight * low) / (low_weight + high_weight)
        result = evaluate(case, price, "solved: meets the target return")
        flows = result.target.value
        kept = price
        scale = max(low, high)
        scale = 1.0 if scale <= tolerance else scale
        reached = sam_irr(flows, year) * 100
        met = abs(reached - goal) / max(goal, 1.0) < tolerance
        done = met or abs(low - high) / scale < tolerance
        near = False
        if not done:
            worth = float(np.dot(flows[: year + 1], powers))
            weight = abs(worth)
            near = weight < tolerance
            above = worth >= 0.0 or near
            if found:
                if above:
                    high, high_weight = price, weight
                else:
                    low, low_weight = price, weight
            else:
                if first:
                    too_large, first = above, False
                if too_large:
                    if above:
                        low, low_weight, price = price, weight, price - 10.0
                    else:
                        high, high_weight = low, low_weight
                        low, low_weight, found = price, weight, True
                elif not above:
                    high, high_weight, price = price, weight, price + 10.0
                else:
                    low, low_weight = high, high_weight
                    high, high_weight, found = price, weight, True
                if abs(low - high) < tolerance:
                    low = high - 2 * tolerance
        count += 1
        if done or near or count >= limit or price < 0:
            break
    if result.price != kept:
        result = evaluate(case, kept)
    if price < 0:
        result.remarks.append(
            f"the return is above the target of {goal:g} % in year {year} at a price of zero"
        )
    elif not done and not near:
        raise InfeasibleError(
            f"{case.source}: no price gives the target return",
            [
                f"flip_target_percent {goal:g} % in flip_target_year {year}",
                f"the search ended after {limit} steps at {kept:g} cents/kWh, where the return "
                f"is {'not defined' if np.isnan(reached) else f'{reached:.4g} %'}",
            ],
        )
    return result
