"""Run a SAM case: write the model, or search the price that gives the target return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gigaplan.deals.ledger import Ledger
from gigaplan.deals.returns import sam_irr
from gigaplan.deals.sam.build import SOURCE, Build
from gigaplan.deals.sam.case import SamCase
from gigaplan.deals.sam.checks import add_checks
from gigaplan.deals.sam.flips import partnership_flip
from gigaplan.deals.sam.saleleaseback import sale_leaseback
from gigaplan.deals.sam.singleowner import single_owner
from gigaplan.deals.terms import Cell, Row
from gigaplan.errors import InfeasibleError

MODEL: dict[str, Callable[[Build, Cell], Row]] = {
    "singleowner": single_owner,
    "levpartflip": partnership_flip,
    "equpartflip": partnership_flip,
    "saleleaseback": sale_leaseback,
}

STEP = 10.0  # cents/kWh


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
    search = _Search(case.number("ppa_soln_min"), case.number("ppa_soln_max"), tolerance)
    powers = (1.0 + goal / 100) ** -np.arange(year + 1.0)
    for _ in range(max(limit, 1)):
        tried = search.next()
        result = evaluate(case, tried, "solved: meets the target return")
        flows = result.target.value
        reached = sam_irr(flows, year) * 100
        met = abs(reached - goal) / max(goal, 1.0) < tolerance
        done, near = met or search.narrow, False
        if not done:
            near = search.take(float(np.dot(flows[: year + 1], powers)))
        if done or near or search.price < 0:
            break
    if search.price < 0:
        result.remarks.append(
            f"the return is above the target of {goal:g} % in year {year} at a price of zero"
        )
    elif not done and not near:
        raise InfeasibleError(
            f"{case.source}: no price gives the target return",
            [
                f"flip_target_percent {goal:g} % in flip_target_year {year}",
                f"the search ended after {limit} steps at {tried:g} cents/kWh, where the return "
                f"is {'not defined' if np.isnan(reached) else f'{reached:.4g} %'}",
            ],
        )
    return result


class _Search:
    """SAM's search of a price [cents/kWh]: steps until the sign changes, then interpolation."""

    def __init__(self, low: float, high: float, tolerance: float):
        self.low, self.high, self.tolerance = low, high, tolerance
        self.low_weight = self.high_weight = 1.0
        self.price, self.found = 0.0, False
        self._too_large: bool | None = None  # whether the first price was above the target

    @property
    def narrow(self) -> bool:
        """Whether the bracket is within the tolerance."""
        scale = max(self.low, self.high)
        scale = 1.0 if scale <= self.tolerance else scale
        return abs(self.low - self.high) / scale < self.tolerance

    def next(self) -> float:
        """The price to try."""
        if self.found:
            weights = self.low_weight + self.high_weight
            top = self.low_weight * self.high + self.high_weight * self.low
            self.price = top / weights
        return self.price

    def take(self, worth: float) -> bool:
        """Narrow the bracket by the worth at the price tried; whether it is zero as near as asked.

        A price of less than zero afterwards ends the search.
        """
        weight = abs(worth)
        near = weight < self.tolerance
        above = worth >= 0.0 or near
        if self.found:
            if above:
                self.high, self.high_weight = self.price, weight
            else:
                self.low, self.low_weight = self.price, weight
            return near
        if self._too_large is None:
            self._too_large = above
        if self._too_large:
            self._step_down(above, weight)
        else:
            self._step_up(above, weight)
        if abs(self.low - self.high) < self.tolerance:
            self.low = self.high - 2 * self.tolerance
        return near

    def _step_down(self, above: bool, weight: float) -> None:
        if above:
            self.low, self.low_weight, self.price = self.price, weight, self.price - STEP
        else:
            self.high, self.high_weight = self.low, self.low_weight
            self.low, self.low_weight, self.found = self.price, weight, True

    def _step_up(self, above: bool, weight: float) -> None:
        if not above:
            self.high, self.high_weight, self.price = self.price, weight, self.price + STEP
        else:
            self.low, self.low_weight = self.high, self.high_weight
            self.high, self.high_weight, self.found = self.price, weight, True
