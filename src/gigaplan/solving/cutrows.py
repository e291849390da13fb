"""The cuts of a master, most of which do not bind and need not be rows of its problem.

A cut that is a row makes every step of the simplex longer, bind or not.  HiGHS therefore holds
those that have mattered; after each solve all others are held against the point, and for each
column the one that it misses most becomes a row, until none is missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

MISSED = 1e-9  # relative to the value of a cut, above which a point misses it
SLACK = 1e-7  # relative, above which a cut does not bind


@dataclass(frozen=True)
class Cut:
    """``x[column] >= constant + coefficients @ x[indices]``, made by case ``key``."""

    column: int
    constant: float
    indices: np.ndarray
    coefficients: np.ndarray
    key: Any = None

    def missed_by(self, point: np.ndarray) -> float:
        """By how much a point lies below the cut, relative to its value."""
        needed = self.constant + float(self.coefficients @ point[self.indices])
        return (needed - float(point[self.column])) / (1.0 + abs(needed))


class CutRows:
    """Cuts as rows ``matrix @ x >= lower``.

    Attributes
    ----------
    cuts : in the order in which they were added
    matrix, lower : their rows; columns with a fixed value are in ``lower``
    idle : solves in a row in which each did not bind
    held : positions of the cuts that HiGHS has as rows, in the order of these rows
    """

    def __init__(self, columns: int):
        self.cuts: list[Cut] = []
        self.matrix = sp.csr_matrix((0, columns))
        self.lower = np.zeros(0)
        self.idle = np.zeros(0, dtype=int)
        self.held = np.zeros(0, dtype=int)
        self._column = np.zeros(0, dtype=int)

    def add(self, cuts: Sequence[Cut], fixed: np.ndarray) -> None:
        """Add cuts; ``fixed`` has the value of every column that has but one, NaN for others."""
        if not cuts:
            return
        matrix, lower = _rows(cuts, fixed)
        self.matrix = sp.vstack([self.matrix, matrix], format="csr") if self.cuts else matrix
        self.lower = np.concatenate([self.lower, lower])
        self.idle = np.concatenate([self.idle, np.zeros(len(cuts), dtype=int)])
        self._column = np.concatenate([self._column, [c.column for c in cuts]]).astype(int)
        self.cuts.extend(cuts)

    def drop(self, which: np.ndarray) -> None:
        """Forget cuts, none of which is held."""
        kept = np.ones(len(self.cuts), dtype=bool)
        kept[which] = False
        place = np.cumsum(kept) - 1
        self.cuts = [c for c, k in zip(self.cuts, kept, strict=True) if k]
        self.matrix, self.lower = self.matrix[kept], self.lower[kept]
        self.idle, self._column = self.idle[kept], self._column[kept]
        self.held = place[self.held]

    @property
    def others(self) -> np.ndarray:
        """Positions of the cuts that are not held."""
        out = np.ones(len(self.cuts), dtype=bool)
        out[self.held] = False
        return np.flatnonzero(out)

    def missed(self, point: np.ndarray) -> np.ndarray:
        """Of the cuts that are not held, for each column the one that a point misses most."""
        by = (self.lower - self.matrix @ point) / (1.0 + np.abs(self.lower))
        by[self.held] = 0.0
        order = np.flatnonzero(by > MISSED)
        order = order[np.argsort(-by[order], kind="stable")]
        _, first = np.unique(self._column[order], return_index=True)
        return np.sort(order[first])

    def count_idle(self, point: np.ndarray) -> None:
        """Count a solve for all that do not bind at its optimum."""
        free = self.matrix @ point - self.lower > SLACK * (1.0 + np.abs(self.lower))
        self.idle = np.where(free, self.idle + 1, 0)


def _rows(cuts: Sequence[Cut], fixed: np.ndarray) -> tuple[sp.csr_matrix, np.ndarray]:
    """The rows of cuts and their right-hand sides."""
    lower, counts = np.array([c.constant for c in cuts]), np.zeros(len(cuts), dtype=int)
    together: dict[int, list[int]] = {}  # cuts of a year share their columns
    for i, cut in enumerate(cuts):
        together.setdefault(id(cut.indices), []).append(i)
    parts = []
    for members in together.values():
        index = cuts[members[0]].indices
        moving = ~np.isfinite(fixed[index])
        rows = np.stack([cuts[i].coefficients for i in members])
        lower[members] += rows[:, ~moving] @ fixed[index[~moving]]
        rows = rows[:, moving]
        row, at = np.nonzero(np.abs(rows) > 1e-12)
        counts[members] = np.bincount(row, minlength=len(members))
        before = np.cumsum(counts[members]) - counts[members]
        within = np.arange(len(row)) - before[row]
        parts.append((np.array(members)[row], within, index[moving][at], -rows[row, at]))
    starts = np.concatenate([[0], np.cumsum(counts + 1)])
    indices, values = np.zeros(starts[-1], dtype=np.int32), np.ones(starts[-1])
    indices[starts[:-1]] = [c.column for c in cuts]
    for row, within, columns, numbers in parts:
        place = starts[row] + 1 + within
        indices[place], values[place] = columns, numbers
    return sp.csr_matrix((values, indices, starts), (len(cuts), len(fixed))), lower
