"""The part of a family that can be anything but zero: what has room, and the rows that it needs.

At any one plan a third to a half of the columns have no room (plants, stores and units that are
not built).  Left out they save a quarter to a half of a solve.  Nothing here knows what the rows
and columns stand for.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp

from gigaplan.solving.basis import BASIC, UPPER, from_codes, size
from gigaplan.solving.template import Template

ROOM = 1e-9  # an upper bound up to here leaves none (GW in dispatch)


@dataclass(frozen=True)
class Active:
    """Some columns and rows of a template."""

    columns: np.ndarray  # whether, of the template's n
    rows: np.ndarray  # whether, of its m
    at: np.ndarray  # positions of the columns
    rows_at: np.ndarray
    A: sp.csc_matrix  # rows x columns

    @classmethod
    def of(cls, template: Template, columns: np.ndarray, rows: np.ndarray) -> Active:
        """What holds these columns (n), the rows that they stand in, and those asked for (m)."""
        at = np.flatnonzero(columns)
        part = template.A[:, at].tocsr()
        rows = rows | (np.diff(part.indptr) > 0)
        rows_at = np.flatnonzero(rows)
        return cls(columns.copy(), rows, at, rows_at, sp.csc_matrix(part[rows_at]))

    def holds(self, columns: np.ndarray, rows: np.ndarray) -> bool:
        """Whether these columns and rows are all among its own."""
        return not (np.any(columns & ~self.columns) or np.any(rows & ~self.rows))

    def spread(self, values: np.ndarray, rows: bool = False) -> np.ndarray:
        """Values of its columns, or rows, among zeros for the template's others."""
        out = np.zeros(len(self.rows if rows else self.columns))
        out[self.rows_at if rows else self.at] = values
        return out

    def packed(self, own: np.ndarray, paid: np.ndarray) -> np.ndarray:
        """A basis of its own as one of the template, both packed.

        Columns left out have no room and are at that one of their bounds that their reduced cost
        points to, the upper one where ``paid`` (n, packed) says so; rows left out are basic.
        """
        n, m = len(self.columns), len(self.rows)
        bits = np.unpackbits(own, axis=1, count=len(self.at) + len(self.rows_at))
        whole = np.zeros((2, n + m), dtype=bool)
        whole[0, n:] = ~self.rows
        whole[1, :n] = np.unpackbits(paid, count=n)
        whole[:, np.concatenate([self.at, n + self.rows_at])] = bits
        return np.packbits(whole, axis=1)

    def basis(self, packed: np.ndarray) -> highspy.HighsBasis:
        """The part of a template's basis; what it leaves out must not be basic there."""
        n, m = len(self.columns), len(self.rows)
        basic, upper = np.unpackbits(packed, axis=1, count=n + m)
        codes = BASIC * basic + UPPER * upper
        return from_codes(codes[:n][self.at], codes[n:][self.rows_at])


def unmet(sense: np.ndarray, rhs: np.ndarray) -> np.ndarray:
    """Which rows do not hold where all their columns are zero."""
    return ((sense >= 0) & (rhs > 0)) | ((sense <= 0) & (rhs < 0))


def basic_columns(packed: np.ndarray, columns: int) -> np.ndarray:
    """Which columns are basic in a template's basis."""
    return np.unpackbits(packed[0], count=columns).astype(bool)


def fits(packed: np.ndarray, template: Template) -> bool:
    """Whether a stored basis has the template's shape."""
    m, n = template.A.shape
    return bool(packed.shape == size(n, m))
