"""Which limits conflict when no plan meets them all, and what it would take, in the user's words.

The conflict is an irreducible infeasible set: the limits of it cannot all be met, and without any
one of them the others can.  It is found from the duals of the elastic problem, whose rows with a
dual are infeasible together, and thinned out by the deletion filter (Chinneck 2008).  It is one of
the smallest in that sense; another may have fewer members.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from gigaplan.errors import InfeasibleError, SolverError
from gigaplan.solving.highs import new_highs
from gigaplan.solving.master import Master
from gigaplan.solving.phrases import AS_ONE, CUMULATED, PHRASES, alone, stated

ASKED, LAST = "it_path", 1e4  # what is asked for gives way last
TINY = 1e-7
MOST_SECONDS = 30.0  # for the conflict of whole units
INFEASIBLE = (
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
)


@dataclass(frozen=True)
class Row:
    """A limit that a user can move: a row of the master, or several that move as one.

    Attributes
    ----------
    rows, moves : rows of the master, and how a unit of relaxation enters each
    value : right-hand side, NaN where several move as one
    size : what an excess is measured by
    """

    name: str
    labels: dict[str, Any]
    rows: tuple[int, ...]
    moves: tuple[float, ...]
    value: float
    size: float


@dataclass(frozen=True)
class Conflict:
    """Limits that cannot all be met, and what would do.

    Attributes
    ----------
    limits : an irreducible set
    alone : by limit of the set, the least by which relaxing it alone makes a plan possible, from
        its year on where it is cumulated; NaN where that is not enough
    together : limits and amounts that do together, each small for its own size
    """

    limits: list[Row]
    alone: list[float]
    together: list[tuple[Row, float]]


def explain(
    master: Master, say: Callable[[str], None] | None = None, whole: bool = False
) -> InfeasibleError:
    """The conflict and the cheapest relaxations, as an error to raise.

    With ``whole`` the units are whole, for a master that is feasible in parts of units.
    """
    if say is not None:
        say("no plan meets every limit; which of them conflict")
    if whole:
        moved = _Elastic(master).in_whole_units()
        return InfeasibleError(
            "no plan in whole units meets every limit, one in parts of units would "
            "(--no-integer, or smaller units: campus.block); it would do to move these together:",
            [alone(r.name, r.labels, amount, only=True) for r, amount in moved],
        )
    found = conflict(master)
    limits = [stated(r.name, r.labels, r.value) for r in found.limits]
    single = [
        alone(r.name, r.labels, amount) for r, amount in zip(found.limits, found.alone, strict=True)
    ]
    if np.isnan(found.alone).all():
        head = "no single one is enough; it would do to move these together:"
        moves = [alone(r.name, r.labels, amount, only=True) for r, amount in found.together]
    else:
        head = "the least that would do, each alone:"
        moves = single
    return InfeasibleError(
        "no plan meets every limit; these conflict, and without any one of them the others could "
        "be met:",
        limits, head, moves,
    )  # fmt: skip


def conflict(master: Master) -> Conflict:
    """An irreducible set of conflicting limits, and what would resolve it.

    Raises
    ------
    SolverError
        the limits can be met, or what conflicts is none of them.
    """
    elastic = _Elastic(master)
    together = elastic.together()
    members = elastic.irreducible()
    return Conflict(members, [elastic.alone(r) for r in members], together)


class _Elastic:
    """The master's own rows, each limit with a column that takes up what exceeds it."""

    def __init__(self, master: Master):
        self._master = master
        self.rows = _rows(master)
        self._first = len(master.cost)
        h: Any = new_highs()
        h.passModel(master.problem)
        nothing = np.zeros(self._first)
        h.changeColsCost(self._first, np.arange(self._first, dtype=np.int32), nothing)
        for r in self.rows:
            price = (LAST if r.name == ASKED else 1.0) / r.size
            index = np.array(r.rows, dtype=np.int32)
            h.addCol(price, 0.0, np.inf, len(index), index, np.array(r.moves))
        self._highs = h

    def _run(self) -> bool:
        """Solve; whether it is feasible."""
        for attempt in ("warm", "cold", "ipm"):
            if attempt != "warm":
                self._highs.clearSolver()
            self._highs.setOptionValue("solver", "ipm" if attempt == "ipm" else "choose")
            self._highs.run()
            self._highs.setOptionValue("solver", "choose")
            status = self._highs.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                return True
            if status in INFEASIBLE:
                return False
        text = self._highs.modelStatusToString(status)
        raise SolverError(f"the limits that conflict were not found: status {text!r}")

    def together(self) -> list[tuple[Row, float]]:
        """Limits and amounts that do together, at a price of each limit's own size."""
        if not self._run():
            raise SolverError(
                "no plan meets every limit, and what conflicts is not a limit that can be moved"
            )
        solution = self._highs.getSolution()
        slack = np.array(solution.col_value)[self._first :]
        if slack.sum() <= TINY:
            raise SolverError("the limits can be met, yet the master was told to be infeasible")
        dual = np.abs(np.array(solution.row_dual))
        self._suspects = [r for r in self.rows if dual[list(r.rows)].max() * r.size > TINY]
        return [(r, float(s)) for r, s in zip(self.rows, slack, strict=True) if s > TINY]

    def in_whole_units(self) -> list[tuple[Row, float]]:
        """The same for a plan in whole units; within the time, any amounts that do."""
        h, whole = self._highs, self._master.whole
        kinds = np.full(len(whole), highspy.HighsVarType.kInteger)
        h.changeColsIntegrality(len(whole), whole.astype(np.int32), kinds)
        h.setOptionValue("time_limit", MOST_SECONDS)
        h.run()
        status = h.getModelStatus()
        late = status == highspy.HighsModelStatus.kTimeLimit
        if status != highspy.HighsModelStatus.kOptimal and not (
            late and h.getSolution().value_valid
        ):
            raise SolverError(
                "no plan in whole units meets every limit, and which conflict was not found"
            )
        slack = np.array(h.getSolution().col_value)[self._first :]
        return [(r, float(s)) for r, s in zip(self.rows, slack, strict=True) if s > TINY]

    def _hold(self, held: Sequence[Row]) -> bool:
        """Whether the given limits can all be met, all others being free."""
        self._fix(held)
        return self._run()

    def _fix(self, held: Sequence[Row]) -> None:
        """The given limits hold as they are, all others are free."""
        n = len(self.rows)
        index = np.arange(self._first, self._first + n, dtype=np.int32)
        self._highs.changeColsBounds(n, index, np.zeros(n), np.zeros(n))
        low = np.array(self._master.problem.row_lower_)
        high = np.array(self._master.problem.row_upper_)
        kept = {i for r in held for i in r.rows}
        free = [i for r in self.rows for i in r.rows if i not in kept]
        low[free], high[free] = -np.inf, np.inf
        count = len(low)
        self._highs.changeRowsBounds(count, np.arange(count, dtype=np.int32), low, high)

    def irreducible(self) -> list[Row]:
        """Limits that cannot all be met, though without any one of them the others can."""
        kept = self._suspects
        if self._hold(kept):
            kept = list(self.rows)  # the duals were too rough: thin out all of them
        # what is asked for is tried last, so that it stays in the set if anything of it does
        for r in sorted(kept, key=lambda r: r.name == ASKED):
            rest = [k for k in kept if k is not r]
            if not self._hold(rest):
                kept = rest
        return kept

    def alone(self, row: Row) -> float:
        """Least by which relaxing one limit, from its year on, makes a plan possible; or NaN."""
        h = self._highs
        self._fix(self.rows)
        entries = _with_later(self.rows, row)
        index = np.array([i for r in entries for i in r.rows], dtype=np.int32)
        moves = np.array([m for r in entries for m in r.moves])
        h.addCol(1.0, 0.0, np.inf, len(index), index, moves)
        last = h.getNumCol() - 1
        try:
            if not self._run():
                return float("nan")
            return float(np.array(h.getSolution().col_value)[last])
        finally:
            h.deleteCols(1, np.array([last], dtype=np.int32))


def _with_later(rows: list[Row], row: Row) -> list[Row]:
    """The limit and, where it is cumulated, the same limit in all later years.

    A larger budget in all is there from the start; more by a year is more in all.
    """
    if row.name == "budget_total":
        return [r for r in rows if r.name in ("budget", "budget_total")]
    time = CUMULATED.get(row.name)
    if time is None:
        return [row]
    other = {k: v for k, v in row.labels.items() if k != time}
    return [
        r for r in rows
        if (r.name == row.name and all(r.labels[k] == v for k, v in other.items())
            and r.labels[time] >= row.labels[time])
        or (row.name == "budget" and r.name == "budget_total")
    ]  # fmt: skip


def _rows(master: Master) -> list[Row]:
    """Limits that a user can move, with their name and labels; commitments move as one."""
    position = {int(label): i for i, label in enumerate(master.row_labels)}
    low, high = np.array(master.problem.row_lower_), np.array(master.problem.row_upper_)
    out: list[Row] = []
    together: list[int] = []
    for name in map(str, master.model.constraints):
        if name not in PHRASES and name not in AS_ONE:
            continue
        labels = master.model.constraints[name].labels
        for index in np.ndindex(labels.shape):
            row = position.get(int(labels.values[index]))
            if row is None:
                continue
            if name in AS_ONE:
                together.append(row)
                continue
            at = {str(d): labels[d].values[i] for d, i in zip(labels.dims, index, strict=True)}
            below = bool(np.isfinite(low[row]))
            value = float(low[row] if below else high[row])
            move = 1.0 if below else -1.0
            out.append(Row(name, at, (row,), (move,), value, max(abs(value), 1.0)))
    if together:
        moves = tuple(-float(high[r]) / 100.0 for r in together)
        out.append(Row("commitments", {}, tuple(together), moves, float("nan"), 100.0))
    return out
