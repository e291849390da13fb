"""Bases of HiGHS in a form that can be stored."""

from __future__ import annotations

import hashlib
from typing import Any

import highspy
import numpy as np
import xarray as xr

_NAMES = ("kLower", "kBasic", "kUpper", "kZero", "kNonbasic")
STATUS = np.array([getattr(highspy.HighsBasisStatus, name) for name in _NAMES], dtype=object)
LOWER, BASIC, UPPER = 0, 1, 2
AT = 1e-9  # a column this near its upper bound is at it


def packed(
    highs: Any, primal: np.ndarray, upper: np.ndarray, reduced: np.ndarray, rows: int
) -> np.ndarray:
    """The basis after a solve, two bits for each column and row (2 x bytes).

    Read off the solution: HiGHS's own list of statuses takes ten times as long to come by.  Columns
    without room are at the bound that their reduced cost points to; with the other one HiGHS
    takes a basis for less than optimal and starts anew from perturbed costs.
    """
    n = len(upper)
    _, basic = highs.getBasicVariables()
    bits = np.zeros((2, n + rows), dtype=bool)
    bits[0, np.where(basic >= 0, basic, n - 1 - basic)] = True
    at_upper = np.where(upper > AT, primal >= upper - AT, reduced < 0)
    bits[1, :n] = at_upper & ~bits[0, :n]
    return np.packbits(bits, axis=1)


def unpacked(bits: np.ndarray, columns: int, rows: int) -> highspy.HighsBasis:
    """The basis that ``packed`` describes."""
    basic, upper = np.unpackbits(bits, axis=1, count=columns + rows)
    found = BASIC * basic + UPPER * upper
    return from_codes(found[:columns], found[columns:])


def size(columns: int, rows: int) -> tuple[int, int]:
    """Shape of a packed basis."""
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


def names(labelled: xr.DataArray) -> np.ndarray:
    """A number for every entry of an array that depends on its labels alone, not on its place."""
    out = np.zeros(labelled.shape, dtype=np.uint64)
    for axis, dim in enumerate(labelled.dims):
        of_label = [_number(f"{dim}={label}") for label in labelled.indexes[dim]]
        shape = [-1 if i == axis else 1 for i in range(labelled.ndim)]
        out += np.array(of_label, dtype=np.uint64).reshape(shape)
    return out.ravel()


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def by_name(
    stored: np.ndarray | None, stored_names: np.ndarray | None, here: np.ndarray, default: int
) -> np.ndarray:
    """Stored codes at the entries named ``here``; ``default`` where an entry was not there."""
    out = np.full(len(here), default, dtype=np.uint8)
    if stored is None or stored_names is None or len(stored) != len(stored_names):
        return out
    if np.array_equal(stored_names, here):
        return stored
    order = np.argsort(stored_names)
    at = np.searchsorted(stored_names[order], here)
    found = at < len(order)
    found[found] = stored_names[order[at[found]]] == here[found]
    out[found] = stored[order[at[found]]]
    return out
