"""Bases of HiGHS in a form that can be stored."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np

_NAMES = ("kLower", "kBasic", "kUpper", "kZero", "kNonbasic")
STATUS = np.array([getattr(highspy.HighsBasisStatus, name) for name in _NAMES], dtype=object)
LOWER, BASIC, UPPER = 0, 1, 2
AT = 1e-9  # a column this near its upper bound is at it


def bits(
    highs: Any, primal: np.ndarray, upper: np.ndarray, paid: np.ndarray, rows: int
) -> np.ndarray:
    """The basis after a solve: 2 x (columns and rows), whether basic, and whether at upper bound.

    Read off the solution: HiGHS's own list of statuses takes ten times as long to come by.  Columns
    without room are at the bound that their reduced cost points to, the upper one if they are
    ``paid`` (below zero); with the other one HiGHS takes a basis for less than optimal and starts
    anew from perturbed costs.
    """
    n = len(upper)
    _, basic = highs.getBasicVariables()
    found = np.zeros((2, n + rows), dtype=bool)
    found[0, np.where(basic >= 0, basic, n - 1 - basic)] = True
    at_upper = np.where(upper > AT, primal >= upper - AT, paid)
    found[1, :n] = at_upper & ~found[0, :n]
    return found


def size(columns: int, rows: int) -> tuple[int, int]:
    """Shape of a basis in bytes, two bits for each column and row."""
    return 2, -(-(columns + rows) // 8)


def from_codes(columns: np.ndarray, rows: np.ndarray, alien: bool = False) -> highspy.HighsBasis:
    """A basis from the codes of its columns and rows (positions in ``STATUS``).

    An alien one may have too many or too few basic members; HiGHS mends it.
    """
    basis = highspy.HighsBasis()
    basis.col_status, basis.row_status = STATUS[columns].tolist(), STATUS[rows].tolist()
    basis.valid, basis.alien = True, alien
    return basis


def codes(statuses: list[Any]) -> np.ndarray:
    """The codes of HiGHS's statuses."""
    return np.fromiter(map(int, statuses), np.uint8, len(statuses))
