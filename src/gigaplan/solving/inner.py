"""An upper bound without solving a single day: the hull of points whose days were all solved.

The cost of a dispatch problem is convex in its coupling vector, and never rises along quantities
that only relax it (capacity, mostly).  So with points ``xi_k`` of a year that were priced
exactly, every coupling vector that is at least as good as ``sum_k l_k xi_k`` costs at most
``sum_k l_k cost_k``.  The master with that in place of its cuts is an inner approximation of the
plan (Dantzig and Wolfe 1960 seen from the right-hand side): its optimum is a plan, and its value is
certified, though the plan's dispatch is only known to be no dearer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from gigaplan.solving.cases import DispatchEvaluator, Key
from gigaplan.solving.engine import Known
from gigaplan.solving.highs import new_highs
from gigaplan.solving.master import Master
from gigaplan.solving.template import Case, Template

OFF = 1e-7  # of a row at the optimum, in its own units


@dataclass(frozen=True)
class Priced:
    """Coupling vectors that were priced exactly: by year, and the cost of each of its days."""

    coupling: Mapping[int, np.ndarray]  # year -> points x quantities
    costs: Mapping[Key, np.ndarray]  # (year, day) -> cost at each point [MUSD a day]

    @property
    def count(self) -> int:
        """Number of points."""
        return len(next(iter(self.coupling.values())))


def relaxing(template: Template, cases: Sequence[Case]) -> tuple[np.ndarray, np.ndarray]:
    """Which coupling quantities never raise the cost of these cases when they rise, when they fall.

    Read off the signs of their coefficients in bounds (``U >= 0``) and rows.
    """
    up = np.ones(template.U.shape[1], dtype=bool)
    down = np.asarray((template.U != 0).sum(axis=0)).ravel() == 0
    for B in {id(c.B): c.B for c in cases}.values():
        entries = B.tocoo()
        sense = template.sense[entries.row]
        # the row reads  A x (<=, =, >=) b - B xi
        eases = sense * entries.data > 0
        hurts = sense * entries.data < 0
        tied = (sense == 0) & (entries.data != 0)
        up[entries.col[hurts | tied]] = False
        down[entries.col[eases | tied]] = False
    return up, down


def inner(
    master: Master,
    evaluator: DispatchEvaluator,
    template: Template,
    cases: Mapping[Key, Case],
    priced: Priced,
    moved: Mapping[int, float] | None = None,
) -> Known | None:
    """The best plan that the priced points prove and the most that each of its days costs.

    None where no mixture of them is a plan.

    ``moved`` are rows of the master whose right-hand sides are others, and by how much.
    """
    theta, weights = evaluator.columns, master.cost[evaluator.columns]
    scale, columns = evaluator.scale_of, evaluator.columns_of
    h: Any = new_highs()
    for option in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        h.setOptionValue(option, 1e-9)
    h.passModel(master.problem)
    for row, change in (moved or {}).items():
        low, high = master.problem.row_lower_[row], master.problem.row_upper_[row]
        h.changeRowBounds(int(row), low + change, high + change)
    n, none = len(theta), np.zeros(len(theta))
    h.changeColsCost(n, theta.astype(np.int32), none)
    h.changeColsBounds(n, theta.astype(np.int32), none, none)
    first: dict[int, int] = {}
    at_year: dict[int, list[int]] = {}
    for i, (year, _) in enumerate(evaluator.keys):
        at_year.setdefault(year, []).append(i)
    for year, members in at_year.items():
        points = priced.coupling[year]
        count = len(points)
        first[year] = h.getNumCol()
        cost = sum(
            weights[i] * scale[evaluator.keys[i]] * priced.costs[evaluator.keys[i]] for i in members
        )
        for k in range(count):
            h.addCol(float(np.asarray(cost)[k]), 0.0, np.inf, 0, [], [])
        own = first[year] + np.arange(count)
        h.addRow(1.0, 1.0, count, own.astype(np.int32), np.ones(count))
        up, down = relaxing(template, [cases[evaluator.keys[i]] for i in members])
        _add_hull(h, columns[evaluator.keys[members[0]]][1], points, own, up, down)
    h.run()
    if h.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    values = np.array(h.getSolution().col_value)
    point = values[: len(master.cost)]
    if master.off_rows(point, moved) > OFF:
        return None
    costs = np.zeros(n)
    for year, members in at_year.items():
        share = np.maximum(values[first[year] : first[year] + len(priced.coupling[year])], 0.0)
        share = share / share.sum()
        for i in members:
            key = evaluator.keys[i]
            costs[i] = scale[key] * float(share @ priced.costs[key])
    return Known(point, costs)


def _add_hull(
    h: Any, index: np.ndarray, points: np.ndarray, own: np.ndarray, up: np.ndarray, down: np.ndarray
) -> None:
    """``x_j`` at least, at most or equal to the mixture of the points, whichever is no dearer."""
    lower = np.where(up & ~down, 0.0, np.where(down & ~up, -np.inf, 0.0))
    upper = np.where(up & ~down, np.inf, 0.0)
    rows = np.flatnonzero(~(up & down))  # what stands in no row and no bound is free
    starts, indices, values = [0], [], []
    for j in rows:
        moving = points[:, j] != 0
        indices.append(np.concatenate([[index[j]], own[moving]]))
        values.append(np.concatenate([[1.0], -points[moving, j]]))
        starts.append(starts[-1] + len(indices[-1]))
    h.addRows(
        len(rows),
        lower[rows],
        upper[rows],
        starts[-1],
        np.array(starts[:-1], dtype=np.int32),
        np.concatenate(indices).astype(np.int32),
        np.concatenate(values),
    )
