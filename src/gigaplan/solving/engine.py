"""Benders decomposition with in-out stabilisation: a small general engine.

It knows a master, sub-problems that give their cost and a cut at a point, and two bounds.
Lower bound: the master. Upper bound: a feasible point of the master with the exact cost of every
sub-problem. The next point lies between the master's and the best one known (in-out separation:
Ben-Ameur and Neto 2007), which saves two thirds of the rounds on dispatch problems.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from gigaplan.solving.master import Cut, Master
from gigaplan.solving.subproblem import Answer

IN_OUT = 0.3


class Evaluator(Protocol):
    """Solves all sub-problems at a point of the master."""

    @property
    def columns(self) -> np.ndarray:
        """Master columns that hold the sub-problems' cost."""
        ...

    def evaluate(self, point: np.ndarray) -> tuple[np.ndarray, list[Cut]]:
        """Exact cost of each sub-problem, in the units of its column, and one cut for each."""
        ...


@dataclass(frozen=True)
class Round:
    """What one round found, for progress."""

    number: int
    lower: float
    upper: float
    gap: float
    seconds: float
    cuts: int


@dataclass
class Result:
    """Bounds and the best point. ``status`` is optimal, time_limit, round_limit or cancelled."""

    status: str
    lower: float
    upper: float
    point: np.ndarray
    costs: np.ndarray
    rounds: list[Round] = field(default_factory=list)


@dataclass(frozen=True)
class Stop:
    """When to stop: certified gap, time and rounds.

    ``scale`` turns a point into the cost that the gap is relative to (the system's cost).
    """

    gap: float
    scale: Callable[[np.ndarray, np.ndarray], float]
    deadline: float = np.inf
    rounds: int = 500


def run(
    master: Master,
    evaluator: Evaluator,
    stop: Stop,
    start: np.ndarray | None = None,
    progress: Callable[[Round], None] | None = None,
    stabilise: str = "in-out",
) -> Result:
    """Alternate master and sub-problems until the bounds meet.

    Parameters
    ----------
    master : with whatever cuts are valid already
    evaluator : the sub-problems
    stop : when to end
    start : a feasible point of the master to stabilise around (full column vector)
    stabilise : "in-out" or "none" (Kelley's cutting planes)

    Raises
    ------
    InfeasibleError, SolverError
        from the master or a sub-problem; nothing is returned then.
    """
    began = time.monotonic()
    theta = evaluator.columns
    weights = master.cost[theta]
    own_cost = master.cost.copy()
    own_cost[theta] = 0.0
    best, costs, upper, lower = start, np.zeros(len(theta)), np.inf, -np.inf
    rounds: list[Round] = []
    result = Result("round_limit", lower, upper, np.zeros(0), costs, rounds)
    alternate = False
    for number in range(1, stop.rounds + 1):
        objective, candidate = master.solve()
        lower = max(lower, objective)
        point = candidate
        if stabilise == "in-out" and best is not None and not alternate:
            point = IN_OUT * candidate + (1 - IN_OUT) * best
        found, cuts = evaluator.evaluate(point)
        value = float(own_cost @ point + weights @ found)
        moved = value < upper - 1e-9 * abs(upper) if np.isfinite(upper) else True
        if value < upper:
            best, costs, upper = point, found, value
        cut_off = _violation(cuts, candidate) > 0
        # a round that neither improved nor cut off the master's point: separate that point itself
        alternate = not moved and not cut_off and not alternate
        master.add(cuts)
        assert best is not None
        gap = (upper - lower) / max(stop.scale(best, costs), 1e-12)
        rounds.append(
            Round(number, lower, upper, gap, time.monotonic() - began, len(master.cuts))
        )
        if progress is not None:
            progress(rounds[-1])
        result = Result("round_limit", lower, upper, best, costs, rounds)
        if gap <= stop.gap:
            result.status = "optimal"
            break
        if time.monotonic() >= stop.deadline:
            result.status = "time_limit"
            break
    return result


def _violation(cuts: Sequence[Cut], point: np.ndarray) -> float:
    """By how much the cuts cut off a point, at most, relative to their size."""
    worst = 0.0
    for cut in cuts:
        needed = cut.constant + float(cut.coefficients @ point[cut.indices])
        worst = max(worst, (needed - point[cut.column]) / (1.0 + abs(needed)))
    return worst if worst > 1e-9 else 0.0


def cuts_from(
    answers: Sequence[Answer],
    columns: Sequence[int],
    indices: Sequence[np.ndarray],
    scale: Sequence[float],
    keys: Sequence[object],
) -> list[Cut]:
    """Answers of sub-problems as cuts in the units of the master's columns."""
    return [
        Cut(column, a.constant * s, index, a.slope * s, key)
        for a, column, index, s, key in zip(answers, columns, indices, scale, keys, strict=True)
    ]
