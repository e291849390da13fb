"""Prices of what is stored where nothing can be: duals of rows that form a circle.

A store's rows close a circle over the day: each hour's level follows from the one before and from
what flows in and out.  Where there is no store its rows bind nothing, any duals prove the cut, and
a solver's own promise any gain from the first GW.  The best ones, those that a little of the
store would give, minimise ::

    sum_t sum_j u_j max(0, a_j p_t - r_j) + sum_t v max(0, p_t - p_(t+1))

over the prices p of the circle, with reduced costs r of the flows (their cost less what they are
paid elsewhere), their coefficients a, and room u of flows and v of levels for each unit of store.
The second sum counts changes of p alone, so the problem splits by thresholds (Chambolle 2005): for
every interval between neighbouring r_j / a_j, whether p_t is above it is a shortest path with two
states, and p_t is the level up to which the answer is yes.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from gigaplan.solving.template import Template

FLOWS = 2  # in and out


class Circles:
    """The circles of a template: where their flows and levels stand."""

    def __init__(self, template: Template):
        """Read the circles off the matrix.

        Raises
        ------
        ValueError
            the rows named as circles have another structure.
        """
        self.rows = template.circles  # circles x steps
        count, steps = self.rows.shape
        A = template.A.tocsc()
        entries = A[self.rows.ravel()].tocoo()
        touched = np.bincount(entries.col, minlength=A.shape[1])
        levels = np.flatnonzero(touched == 2)
        flow = touched[entries.col] == 1
        order = np.argsort(entries.row[flow], kind="stable")
        if len(levels) != count * steps or len(order) != FLOWS * count * steps:
            raise ValueError("a circle needs one level and two flows in every row")
        shape = (count, steps, FLOWS)
        self._flows = entries.col[flow][order].reshape(shape)
        self._a = entries.data[flow][order].reshape(shape)
        here = ~flow & (entries.data > 0)
        if not np.array_equal(np.sort(entries.row[here]), np.arange(count * steps)):
            raise ValueError("the levels of a circle do not follow one another")
        self._levels = entries.col[here][np.argsort(entries.row[here])].reshape(count, steps)
        after = ~flow & (entries.data < 0)
        follows = np.empty(count * steps, dtype=int)
        follows[entries.row[after]] = entries.col[after]
        before = np.roll(self._levels, 1, axis=1)
        if not np.array_equal(follows.reshape(count, steps), before):
            raise ValueError("the levels of a circle do not follow one another")
        self._columns = np.concatenate([self._flows.reshape(count, -1), self._levels], axis=1)
        self._room, self._full = _room(template, self._flows, self._levels)
        others = np.ones(A.shape[0])
        others[self.rows] = 0.0
        self._rest = sp.csr_matrix((sp.diags(others) @ A[:, self._flows.ravel()]).T)
        self._rest.eliminate_zeros()

    def priced(self, cost: np.ndarray, dual: np.ndarray, room: np.ndarray) -> np.ndarray:
        """A dual vector with the best prices for the circles that have no room.

        Parameters
        ----------
        cost : c, n
        dual : m
        room : n, whether a column has any
        """
        if not len(self.rows):
            return dual
        empty = np.flatnonzero(~room[self._columns].any(axis=1))
        if not len(empty):
            return dual
        r = cost[self._flows] - (self._rest @ dual).reshape(self._flows.shape)
        out = dual.copy()
        out[self.rows[empty]] = best_prices(
            r[empty], self._a[empty], self._room[empty], self._full[empty]
        )
        return out


def _room(
    template: Template, flows: np.ndarray, levels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Room of each flow, and of each circle's level, for one unit of what gives them room."""
    total = np.asarray(template.U.sum(axis=1)).ravel()
    full = total[levels]
    if np.any(np.abs(full - full[:, :1]) > 1e-9) or np.any(total < 0):
        raise ValueError("the levels of a circle need the same room in every row")
    return total[flows], full[:, 0] if len(full) else np.zeros(0)


def best_prices(r: np.ndarray, a: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The prices that minimise the sum above, for each of n circles of T steps.

    Parameters
    ----------
    r, a, u : n x T x 2, one flow with a > 0, one with a < 0
    v : n
    """
    level = r / a
    low = np.where(a < 0, level, -np.inf).max(axis=(1, 2))  # below it a flow in would pay
    high = np.where(a > 0, level, np.inf).min(axis=(1, 2))  # above it a flow out would
    out = np.repeat(low[:, None], r.shape[1], axis=1)
    left = np.flatnonzero(low > high)
    if len(left):
        bounds = high[left], low[left]
        out[left] = _by_threshold(level[left], (u * a)[left], v[left], bounds)
    return out


def _by_threshold(
    level: np.ndarray, weight: np.ndarray, v: np.ndarray, bounds: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """The same for circles where no one price will do; all are between the bounds of their circle.

    A price is the lower bound and the intervals below it.
    """
    n = len(level)
    marks = np.sort(np.clip(level, *(b[:, None, None] for b in bounds)).reshape(n, -1), axis=1)
    width = np.diff(marks, axis=1)
    circle, place = np.nonzero(width)
    middle, fall = marks[circle, place] + width[circle, place] / 2, v[circle]
    # of the first sum, by interval and step: flows in (a < 0) are paid below their levels
    over = middle[:, None, None] > level[circle]
    paid = np.where(over == (weight > 0)[circle], weight[circle], 0.0)
    slope = np.ascontiguousarray((paid[:, :, 0] + paid[:, :, 1]).T)
    above = _above(slope, fall)
    starts = np.searchsorted(circle, np.arange(n))
    return bounds[0][:, None] + np.add.reduceat(above * width[circle, place], starts, axis=1).T


def _above(slope: np.ndarray, fall: np.ndarray) -> np.ndarray:
    """At which steps the price is above each interval (steps x intervals): the shortest paths.

    A step above costs its slope, a step down from above costs ``fall``.
    """
    steps, count = slope.shape
    below = np.empty((steps, 2, count))  # cost of the cheapest path, by the state at the first step
    above = np.empty_like(below)
    below[0, 0], below[0, 1], above[0, 0], above[0, 1] = 0.0, np.inf, np.inf, slope[0]
    for t in range(1, steps):
        np.add(above[t - 1], fall, out=below[t])
        np.minimum(below[t - 1], below[t], out=below[t])
        np.minimum(below[t - 1], above[t - 1], out=above[t])
        above[t] += slope[t]
    closed = (
        np.minimum(below[-1, 0], above[-1, 0] + fall),
        np.minimum(below[-1, 1], above[-1, 1]),
    )
    first = closed[1] < closed[0]  # whether above at the first step
    below = np.where(first, below[:, 1], below[:, 0])
    above = np.where(first, above[:, 1], above[:, 0])
    fell, stayed = above + fall < below, above <= below
    states = np.empty((steps, count), dtype=bool)
    states[-1] = above[-1] + np.where(first, 0.0, fall) < below[-1]
    for t in range(steps - 1, 0, -1):
        states[t - 1] = np.where(states[t], stayed[t - 1], fell[t - 1])
    return states
