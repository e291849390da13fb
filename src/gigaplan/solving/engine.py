"""Benders decomposition with in-out stabilisation: a small general engine.

It knows a master, sub-problems that give their cost and a cut at a point, and two bounds.
Lower bound: the master.  Upper bound: a feasible point of the master with the exact cost of every
sub-problem.  The next point lies between the master's and the best one known (in-out separation:
Ben-Ameur and Neto 2007), nearer the master's the better the model has foretold the last cost.

Where sub-problems can be priced without being solved (a pool of dual vectors), what the pool
knows is put into the master first, and of many sub-problems only those are solved on which the
model is expected to err; all of them are solved before a bound is stated (partial cut generation:
van Ackooij, de Oliveira and Song 2018).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

import numpy as np

from gigaplan.solving.limit import NEVER, Limit
from gigaplan.solving.master import Cut, Master

IN_OUT, NEAREST = 0.3, 0.2
PARTLY = 0.5  # both, where only some of the sub-problems are solved in a round
OFF = 1e-6  # of a row or bound at a point to start from, in its own unit
FEW = 40  # sub-problems that are all solved in every round
COVER = 0.75  # share of the expected error that a round's sub-problems carry, if they are
MOST = 0.25  # no more than this share of all
AGEING = 1.25  # growth of the expected error of a sub-problem for every round it is not solved
DOUBT = 2.0  # times the share of the expected error that was found last
PATIENCE = 2  # rounds without a better centre before the centre itself is looked at again
INNER = 30  # master solves between two rounds at most
ENOUGH, IDLE = 3, 6  # cuts for each sub-problem from which those idle for so many solves go
SOME = 1000  # cuts that slow no master down


Near = tuple[np.ndarray | None, float]  # a point, if any, and a lower bound


class Evaluator(Protocol):
    """Solves sub-problems at a point of the master."""

    @property
    def columns(self) -> np.ndarray:
        """Master columns that hold the sub-problems' cost."""
        ...

    def evaluate(
        self, point: np.ndarray, which: np.ndarray | None = None
    ) -> tuple[np.ndarray, list[Cut]]:
        """Cost of each sub-problem, or of some, in its column's units, and its cut."""
        ...

    def guess(self, point: np.ndarray) -> tuple[np.ndarray, list[Cut]] | None:
        """Lower bounds on all costs and the cuts that give them, nothing solved; None: cannot."""
        ...


@dataclass(frozen=True)
class Round:
    """What one round found, for progress. ``upper`` is certified, inf before all was solved."""

    number: int
    lower: float
    upper: float
    gap: float
    seconds: float
    cuts: int
    solved: int


@dataclass(frozen=True)
class Known:
    """A feasible point and the cost of each sub-problem there, or the most that it can be."""

    point: np.ndarray
    costs: np.ndarray


@dataclass
class Result:
    """Bounds and the best point. ``status`` is optimal, cutoff, time_limit or round_limit.

    ``priced`` are the points at which every sub-problem was solved exactly, in order.
    """

    status: str
    lower: float
    upper: float
    point: np.ndarray
    costs: np.ndarray
    rounds: list[Round] = field(default_factory=list)
    priced: list[Known] = field(default_factory=list)


@dataclass(frozen=True)
class Stop:
    """When to stop: certified gap, limit and rounds.

    ``scale`` turns a point and its costs into what the gap is relative to (the system's cost).
    Once the lower bound reaches ``cutoff`` the answer is of no use, and the search ends.
    """

    gap: float
    scale: Callable[[np.ndarray, np.ndarray], float]
    limit: Limit = NEVER
    rounds: int = 500
    cutoff: float = np.inf


def run(
    master: Master,
    evaluator: Evaluator,
    stop: Stop,
    start: np.ndarray | None = None,
    progress: Callable[[Round], None] | None = None,
    stabilise: str = "in-out",
    known: Known | None = None,
    warm: bool = False,
    near: Iterable[Near] = (),
) -> Result:
    """Alternate master and sub-problems until the bounds meet.

    Parameters
    ----------
    master : with whatever cuts are valid already
    evaluator : the sub-problems
    stop : when to end
    start : a point of the master to stabilise around (full column vector); one that misses its
        rows or bounds is left out
    stabilise : "in-out" or "none" (Kelley's cutting planes)
    known : a point with costs that are certified; the search may end there without solving
        anything
    warm : the master has the cuts of a search that ended, so that its own optimum is likely to be
        good: every sub-problem is solved there first
    near : points to look at first, one after the other until the gap is met, each with a lower
        bound that is certified by then; it is asked for the next when the last was not enough

    Raises
    ------
    InfeasibleError, SolverError
        from the master or a sub-problem; nothing is returned then.
    """
    state = _Run(master, evaluator, stop, progress, stabilise, known, warm)
    return state.to_the_end(start, near)


class _Run:
    """State of one run: bounds, centre, and how far the model errs on each sub-problem."""

    def __init__(
        self,
        master: Master,
        evaluator: Evaluator,
        stop: Stop,
        progress: Callable[[Round], None] | None,
        stabilise: str,
        known: Known | None = None,
        warm: bool = False,
    ):
        self.master, self.evaluator, self.stop = master, evaluator, stop
        self.progress, self.stabilise = progress, stabilise
        self.theta = evaluator.columns
        self.weights = master.cost[self.theta]
        self.own_cost = own_cost(master, self.theta)
        n = len(self.theta)
        self.lower, self.upper = -np.inf, np.inf
        self.best, self.costs = np.zeros(0), np.zeros(n)
        self.centre: np.ndarray | None = None
        self.centre_value, self.centre_costs = np.inf, np.zeros(n)
        self.centre_known = np.zeros(n, dtype=bool)
        self.centre_least = 0.0  # what the sub-problems cost there at least
        self.error = np.full(n, np.inf)  # expected cost above the model's, by sub-problem
        self.found = 1.0  # share of the expected errors that was found, of those last solved
        self.step, self.nearest = (IN_OUT, NEAREST) if n <= FEW else (PARTLY, PARTLY)
        self.alternate, self.waited = warm, 0
        self.everything = warm  # solve all sub-problems next time
        self.rounds: list[Round] = []
        self.priced: list[Known] = []
        self.began = time.monotonic()
        if known is not None:
            self.centre, self.centre_costs = known.point, known.costs
            self.centre_value = value(master, self.theta, known)
            self.centre_known = np.ones(n, dtype=bool)
            self._certify()

    def to_the_end(self, start: np.ndarray | None, near: Iterable[Near]) -> Result:
        """Rounds until the gap is met or a limit is reached."""
        status = "round_limit"
        if np.isfinite(self.upper) and not near and self._known_will_do():
            self._report()
            return self._result("optimal")
        for point, lower in chain([] if start is None else [(start, -np.inf)], near):
            self.lower = max(self.lower, lower)
            # the cost of what is no point of the master would be no bound
            off = point is not None and self.master.off_rows(point) > OFF
            if point is not None and not off and not self._proved():
                self.everything = True  # how far the model errs on each says what to solve next
                self._look(point)
            proved = self._proved()
            self._report()
            if proved:
                return self._result("optimal")
            if point is None or self.stop.limit.over():
                break
        for _ in range(self.stop.rounds):
            candidate = self._outer_point()
            if self._proved():
                self._report()
                status = "optimal"
                break
            if self.lower >= self.stop.cutoff:
                status = "cutoff"
                break
            if self.stop.limit.over():
                if not np.isfinite(self.upper) and self.centre is not None:
                    self._complete()
                if np.isfinite(self.upper):
                    status = "time_limit"
                    break
            self._look(self._next(candidate), candidate)
            self._report()
            if self._proved():
                status = "optimal"
                break
        return self._result(status)

    def _result(self, status: str) -> Result:
        return Result(
            status, self.lower, self.upper, self.best, self.costs, self.rounds, self.priced
        )

    def _known_will_do(self) -> bool:
        """Whether what was known before closes the gap to the master as it is."""
        objective, _ = self.master.solve()
        self.lower = max(self.lower, objective)
        return self._proved()

    # --- the master's side -----------------------------------------------------------------------

    def _outer_point(self) -> np.ndarray:
        """Optimum of the master once it knows what the pool knows; raises the lower bound."""
        lower, candidate = _tightened(self.master, self.evaluator, self._enough)
        self.lower = max(self.lower, lower)
        if len(self.master.cuts) > max(SOME, ENOUGH * len(self.theta)):
            self.master.drop_idle(IDLE)
        return candidate

    def _enough(self, lower: float) -> float:
        """Below this the pool is not asked again: a part of the gap still open or asked for."""
        ask = 0.1 * self.stop.gap * abs(lower)
        open_ = min(self.upper, self.centre_value) - lower
        return max(ask, 0.1 * open_) if np.isfinite(open_) else max(ask, 0.01 * abs(lower))

    def _next(self, candidate: np.ndarray) -> np.ndarray:
        if self.stabilise == "none" or self.centre is None or self.alternate:
            return candidate
        return self.step * candidate + (1 - self.step) * self.centre

    # --- the sub-problems' side ------------------------------------------------------------------

    def _look(self, point: np.ndarray, candidate: np.ndarray | None = None) -> None:
        """Solve sub-problems at a point; move the centre, the step and the bounds."""
        guessed = self.evaluator.guess(point)
        which = None if guessed is None or self.everything else self._which()
        self.everything = False
        found, cuts = self.evaluator.evaluate(point, which)
        self.master.add(cuts)
        n = len(self.theta)
        solved = np.arange(n) if which is None else which
        if which is None:
            self.priced.append(Known(point, found))
        known = np.zeros(n, dtype=bool)
        known[solved] = True
        costs = np.zeros(n)
        costs[solved] = found
        least = costs
        if guessed is not None:
            values = least = guessed[0]
            wrong = np.maximum(found - values[solved], 0.0) * self.weights[solved]
            expected = float(self.error[solved].sum())  # not finite where some were never solved
            found_of = float(wrong.sum()) / max(expected, 1e-12) if np.isfinite(expected) else 1.0
            self.found = min(1.0, found_of)
            self.error[~known] *= AGEING
            self.error[solved] = wrong
            costs = np.where(known, costs, values + self._expected(values, solved) / self.weights)
        value = float(self.own_cost @ point + self.weights @ costs)
        moved = value < self.centre_value - 1e-9 * abs(value)
        if guessed is not None and np.isfinite(self.centre_value):
            model = float(self.own_cost @ point + self.weights @ guessed[0])
            self._adapt((self.centre_value - value) / max(self.centre_value - model, 1e-12))
        self.waited = 0 if moved else self.waited + 1
        if value < self.centre_value:
            self.centre, self.centre_value = point, value
            self.centre_costs, self.centre_known = costs, known
            self.centre_least = float(self.weights @ np.where(known, costs, least))
        self._certify()
        if candidate is not None:
            # neither better nor cut off the master's point: separate that point itself
            stuck = not moved and not _violation(cuts, candidate) > 0
            self.alternate = stuck and not self.alternate
        if self._promising():
            self._complete()

    def _which(self) -> np.ndarray | None:
        """The sub-problems that carry most of the expected error; None for all."""
        n = len(self.theta)
        if n <= FEW:
            return None
        most = int(MOST * n) + 1
        unknown = np.flatnonzero(~np.isfinite(self.error))
        if len(unknown):
            # spread over all of them, so that the pool learns of every kind
            return unknown[np.unique(np.linspace(0, len(unknown) - 1, most).astype(int))]
        order = np.argsort(-self.error, kind="stable")
        carried = np.cumsum(self.error[order])
        count = int(np.searchsorted(carried, COVER * carried[-1])) + 1
        return np.sort(order[: min(max(count, FEW // 2), most)])

    def _expected(self, values: np.ndarray, solved: np.ndarray) -> np.ndarray:
        """Expected error by sub-problem; of those never solved, in proportion to their cost."""
        cost = self.weights * np.abs(values)
        share = self.error[solved].sum() / max(cost[solved].sum(), 1e-12)
        return np.where(np.isfinite(self.error), self.error, share * cost)

    def _adapt(self, foretold: float) -> None:
        """Longer steps where the model foretold the cost, shorter ones where it did not."""
        if foretold > 0.5:
            self.step = min(1.0, self.step * 1.6)
        elif foretold < 0.1:
            self.step = max(self.nearest, self.step * 0.6)

    def _promising(self) -> bool:
        """Whether the centre would meet the gap as expected, or only seems good."""
        if self.centre is None or self.centre_known.all():
            return False
        if self.waited >= PATIENCE:
            return True
        # what it may cost less than expected, if others err as those did that were solved
        expected = float(self.weights @ self.centre_costs - self.centre_least)
        less = expected * max(0.0, 1.0 - DOUBT * self.found)
        width = self.centre_value - less - self.lower
        return width <= 0.8 * self.stop.gap * self._scale(self.centre, self.centre_costs)

    def _complete(self) -> None:
        """Solve what is not yet known at the centre, so that its value is exact."""
        assert self.centre is not None
        missing = np.flatnonzero(~self.centre_known)
        guessed = self.evaluator.guess(self.centre)
        found, cuts = self.evaluator.evaluate(self.centre, missing)
        self.master.add(cuts)
        if guessed is not None:
            excess = np.maximum(found - guessed[0][missing], 0.0)
            self.error[missing] = excess * self.weights[missing]
        self.centre_costs = self.centre_costs.copy()
        self.centre_costs[missing] = found
        self.centre_known = np.ones(len(self.theta), dtype=bool)
        self.centre_value = float(self.own_cost @ self.centre + self.weights @ self.centre_costs)
        self.priced.append(Known(self.centre, self.centre_costs))
        self._certify()

    def _certify(self) -> None:
        """A centre whose sub-problems were all solved is an upper bound."""
        if self.centre is not None and self.centre_known.all() and self.centre_value < self.upper:
            self.best, self.costs, self.upper = self.centre, self.centre_costs, self.centre_value

    # --- the end ---------------------------------------------------------------------------------

    def _scale(self, point: np.ndarray, costs: np.ndarray) -> float:
        return max(self.stop.scale(point, costs), 1e-12)

    def _gap(self) -> float:
        if not np.isfinite(self.upper):
            return np.inf
        return (self.upper - self.lower) / self._scale(self.best, self.costs)

    def _proved(self) -> bool:
        """Whether the gap is met."""
        return self._gap() <= self.stop.gap

    def _report(self) -> None:
        seconds, solved = time.monotonic() - self.began, int(self.centre_known.sum())
        number = len(self.rounds) + 1
        self.rounds.append(
            Round(
                number, self.lower, self.upper, self._gap(), seconds, len(self.master.cuts), solved
            )
        )
        if self.progress is not None:
            self.progress(self.rounds[-1])


def own_cost(master: Master, theta: np.ndarray) -> np.ndarray:
    """Cost of the master's columns without those that hold the sub-problems' (``theta``)."""
    cost = master.cost.copy()
    cost[theta] = 0.0
    return cost


def value(master: Master, theta: np.ndarray, known: Known) -> float:
    """Objective at a point whose sub-problems cost what is known of them."""
    return float(own_cost(master, theta) @ known.point + master.cost[theta] @ known.costs)


def bound(master: Master, evaluator: Evaluator, tolerance: float) -> float:
    """Lower bound of a master with what its cuts and the pool know, nothing being solved.

    ``tolerance`` is what the pool may still add, relative to the bound.
    """
    return _tightened(master, evaluator, lambda lower: tolerance * abs(lower))[0]


def _tightened(
    master: Master, evaluator: Evaluator, enough: Callable[[float], float]
) -> tuple[float, np.ndarray]:
    """Bound and optimum of the master once the pool has no more to add than is enough."""
    theta, lower = evaluator.columns, -np.inf
    weights = master.cost[theta]
    for _ in range(INNER):
        objective, candidate = master.solve()
        lower = max(lower, objective)
        guessed = evaluator.guess(candidate)
        if guessed is None:
            break
        values, cuts = guessed
        missing = weights * np.maximum(values - candidate[theta], 0.0)
        if missing.sum() <= enough(lower):
            break
        large = missing > 0.02 * missing.sum() / len(missing)
        master.add([c for c, take in zip(cuts, large, strict=True) if take])
    return lower, candidate


def _violation(cuts: Sequence[Cut], point: np.ndarray) -> float:
    """By how much the cuts cut off a point, at most, relative to their size."""
    worst = max((cut.missed_by(point) for cut in cuts), default=0.0)
    return worst if worst > 1e-9 else 0.0
