"""Bases of HiGHS in a form that can be stored.

Of a dispatch problem only which columns and rows are basic is kept, one bit each: a non-basic
column goes to the bound that its reduced cost points to, which the dual simplex finds by itself.
"""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np

_NAMES = ("kLower", "kBasic", "kUpper", "kZero", "kNonbasic")
STATUS = np.array([getattr(highspy.HighsBasisStatus, name) for name in _NAMES], dtype=object)
LOWER, BASIC = 0, 1


def basic_bits(highs: Any, columns: int, rows: int) -> np.ndarray:
    """Which columns, then rows, are basic after a solve, packed eight to a byte."""
    _, basic = highs.getBasicVariables()
    mask = np.zeros(columns + rows, dtype=bool)
    mask[np.where(basic >= 0, basic, columns - 1 - basic)] = True
    return np.packbits(mask)


def from_bits(bits: np.ndarray, columns: int, rows: int) -> highspy.HighsBasis:
    """The basis that ``basic_bits`` describes."""
    return from_codes(
        np.unpackbits(bits, count=columns + rows)[:columns],
        np.unpackbits(bits, count=columns + rows)[columns:],
    )


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
