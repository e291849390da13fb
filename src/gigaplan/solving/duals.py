"""A pool of dual vectors that prices every sub-problem of a family, solved or not.

Cases differ in a few numbers, so a dual vector found for one case bounds all others in closed
form: for every ``y`` of the right sign and every coupling vector ``xi``::

    cost(xi) >= y (b - B xi) + sum_j min(0, c_j - A_j y) (u_j + U_j xi)

The best vector of the pool gives each case a lower bound and a cut at the price of two matrix
products, where solving the case takes a hundred times as long (cut sharing: Infanger and Morton
1996).  Nothing here knows what the rows and columns stand for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from gigaplan.errors import SolverError
from gigaplan.solving.subproblem import FAR, Answer, clipped
from gigaplan.solving.template import Case, Template

MOST = 900  # vectors kept for each cost vector


@dataclass
class _Class:
    """Cases with one cost vector, and the dual vectors known for it."""

    cost: np.ndarray
    keys: list[Any]
    active: np.ndarray  # rows that any case has a number or a coupling coefficient in
    rhs: np.ndarray  # active rows x cases
    B: list[sp.csr_matrix]  # active rows x coupling, by case
    Y: np.ndarray  # vectors x active rows
    fixed: np.ndarray  # vectors: sum_j r_j u_j
    slope: np.ndarray  # vectors x coupling: U' r
    used: np.ndarray  # vectors: when each was last the best for some case


class DualPool:
    """Dual vectors by cost vector, priced for every case at a point."""

    def __init__(self, template: Template, cases: Mapping[Any, Case]):
        self._template = template
        self._AT, self._UT = template.A.T.tocsr(), template.U.T.tocsr()
        self._unbounded = ~np.isfinite(template.upper)
        self._upper = np.where(self._unbounded, FAR, template.upper)
        self._clock = 0
        self._classes: list[_Class] = []
        self.latest: dict[Any, np.ndarray] = {}  # the last vector found for each case
        self._waiting: list[Mapping[Any, np.ndarray]] = []
        by_cost: dict[int, list[Any]] = {}
        for key, case in cases.items():
            by_cost.setdefault(id(case.cost), []).append(key)
        coupling = {id(c.B): c.B for c in cases.values()}  # years share those of a day
        active = self._active(cases, coupling.values())
        sliced = {i: B[active] for i, B in coupling.items()}
        k = self._template.U.shape[1]
        for keys in by_cost.values():
            own = [cases[key] for key in keys]
            self._classes.append(
                _Class(
                    cost=own[0].cost,
                    keys=keys,
                    active=active,
                    rhs=np.stack([c.rhs[active] for c in own], axis=1),
                    B=[sliced[id(c.B)] for c in own],
                    Y=np.zeros((0, len(active))),
                    fixed=np.zeros(0),
                    slope=np.zeros((0, k)),
                    used=np.zeros(0),
                )
            )

    def _active(self, cases: Mapping[Any, Case], coupling: Iterable[sp.csr_matrix]) -> np.ndarray:
        """Rows that any case has a number or a coupling coefficient in."""
        rows = np.zeros(self._template.A.shape[0], dtype=bool)
        for case in cases.values():
            rows |= case.rhs != 0
        for B in coupling:
            rows |= np.diff(B.indptr) > 0
        return np.flatnonzero(rows)

    def add(self, duals: Mapping[Any, np.ndarray]) -> None:
        """Keep the dual vector of each case; those that were never the best give way first.

        They are worked on when they are next asked for.
        """
        self.latest |= duals
        self._waiting.append(duals)

    def _take_in(self) -> None:
        """What was added since the last time, made to prove cuts."""
        waiting, self._waiting = self._waiting, []
        for duals in waiting:
            self._clock += 1
            self._take(duals)

    def _take(self, duals: Mapping[Any, np.ndarray]) -> None:
        for own in self._classes:
            found = [duals[k] for k in own.keys if k in duals]
            if not found:
                continue
            Y, fixed, slope = [], [], []
            for dual in found:
                try:
                    y, reduced = clipped(
                        self._template, self._AT, self._unbounded, own.cost, np.asarray(dual, float)
                    )
                except SolverError:
                    continue  # proves nothing at these costs
                Y.append(y[own.active])
                fixed.append(np.einsum("i,i", reduced, self._upper))
                slope.append(self._UT @ reduced)
            if not Y:
                continue
            own.Y = np.concatenate([own.Y, Y])
            own.fixed = np.concatenate([own.fixed, fixed])
            own.slope = np.concatenate([own.slope, slope])
            own.used = np.concatenate([own.used, np.full(len(Y), self._clock)])
            if len(own.fixed) > MOST:
                kept = np.sort(np.argsort(-own.used, kind="stable")[:MOST])
                own.Y, own.fixed = own.Y[kept], own.fixed[kept]
                own.slope, own.used = own.slope[kept], own.used[kept]

    @property
    def empty(self) -> bool:
        """Whether some cost vector has no dual vector yet."""
        self._take_in()
        return any(len(own.fixed) == 0 for own in self._classes)

    def price(self, points: Mapping[Any, np.ndarray]) -> dict[Any, Answer]:
        """The best lower bound that the pool gives each case at its coupling vector, as a cut."""
        self._take_in()
        self._clock += 1
        out: dict[Any, Answer] = {}
        for own in self._classes:
            at = [(i, k) for i, k in enumerate(own.keys) if k in points]
            if not at:
                continue
            xi = np.stack([points[k] for _, k in at], axis=1)
            needed = own.rhs[:, [i for i, _ in at]] - np.stack(
                [own.B[i] @ points[k] for i, k in at], axis=1
            )
            value = own.Y @ needed + own.fixed[:, None] + own.slope @ xi
            best = value.argmax(axis=0)
            own.used[np.unique(best)] = self._clock
            for j, (i, key) in enumerate(at):
                k = int(best[j])
                constant = float(own.fixed[k] + np.einsum("i,i", own.Y[k], own.rhs[:, i]))
                slope = own.slope[k] - own.B[i].T @ own.Y[k]
                out[key] = Answer(float(value[k, j]), constant, slope, "priced")
        return out
