"""A master's basis carried over to another model, by what its rows and columns are called.

Where a programme changes, columns come and go: investors, fundings that a rule forbids, sites.  A
basis in which columns are missing is no longer dual feasible, and mending it takes longer than
solving from nothing.  Columns of the basis that are no longer there are therefore added, fixed at
zero: that changes no plan, and the dual simplex only has to drive them out (filings ruled out in
``us-first``: 74 steps instead of 11,700).  The same holds for rows that bound the plan and are gone
(the commitment of an investor who is left out): rows of columns that are all zero are added and
say nothing, others are added until the first optimum and then let go of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
import xarray as xr

from gigaplan.solving.basis import BASIC, LOWER, codes
from gigaplan.solving.master import Master


def stored(master: Master) -> dict[str, np.ndarray]:
    """The basis of a master after a solve, with the columns that are in it.

    Codes of columns, rows of the model and cuts, numbers that stand for names, the coefficients of
    the basic columns in the model's rows, and coefficients and bounds of the rows that are not
    basic; empty where there is no basis.
    """
    basis = master.basis()
    if basis is None:
        return {}
    count, own = len(master.cost), master.matrix.shape[0]
    columns = codes(basis.col_status)[:count]
    rows = codes(basis.row_status)
    basic = np.flatnonzero(columns == BASIC)
    held = master.matrix[:, basic].tocoo()
    binding = np.flatnonzero(rows[:own] != BASIC)
    bound = master.matrix[binding].tocoo()
    return {
        "columns": columns,
        "rows": rows[:own],
        "cuts": master.cut_codes(rows),
        "column_names": column_names(master),
        "row_names": row_names(master),
        "held_row": held.row.astype(np.int32),
        "held_column": basic[held.col].astype(np.int32),
        "held_value": held.data,
        "bound_row": binding[bound.row].astype(np.int32),
        "bound_column": bound.col.astype(np.int32),
        "bound_value": bound.data,
        "row_low": np.asarray(master.problem.row_lower_)[:own],
        "row_high": np.asarray(master.problem.row_upper_)[:own],
    }


def take(master: Master, before: Mapping[str, np.ndarray]) -> int:
    """Start a master from a stored basis; return how many columns were added at zero.

    ``before`` is of :func:`stored`, ``cuts`` in it the codes of this master's own cuts.  New
    columns are at their lower bound, new rows and cuts basic.  Whatever is wrong in it costs time
    only.
    """
    needed = {"columns", "rows", "cuts", "column_names", "row_names"}
    if not needed <= before.keys() or len(before["cuts"]) != len(master.cuts):
        return 0
    own = master.matrix.shape[0]
    to_column = _places(before["column_names"], column_names(master))
    to_row = _places(before["row_names"], row_names(master))
    columns = np.full(len(master.cost), LOWER, dtype=np.uint8)
    columns[to_column[to_column >= 0]] = before["columns"][to_column >= 0]
    rows = np.full(master.own_rows, BASIC, dtype=np.uint8)
    rows[to_row[to_row >= 0]] = before["rows"][to_row >= 0]
    gone = np.flatnonzero((to_column < 0) & (before["columns"] == BASIC))
    place = np.full(len(to_column), -1)
    place[gone] = np.arange(len(gone))
    row, column = to_row[before["held_row"]], place[before["held_column"]]
    still = (row >= 0) & (column >= 0)
    entries = before["held_value"][still], (row[still], column[still])
    master.add_at_zero(sp.csc_matrix(entries, shape=(own, len(gone))))
    columns = np.concatenate([columns, np.full(len(gone), BASIC, dtype=np.uint8)])
    here = np.where(to_column >= 0, to_column, np.where(place >= 0, len(master.cost) + place, -1))
    rows = np.concatenate([rows, _rows_gone(master, before, to_row, here)])
    master.begin_at(columns, rows, before["cuts"])
    return len(gone)


def _rows_gone(
    master: Master, before: Mapping[str, np.ndarray], to_row: np.ndarray, here: np.ndarray
) -> np.ndarray:
    """Add rows that were not basic and are gone; their codes in the basis.

    ``here`` are the columns of this master, of those added at zero too; -1: nowhere, so zero.
    An equation that ties columns that are gone to others says nothing of those, and is left out.
    """
    gone = np.flatnonzero((to_row < 0) & (before["rows"] != BASIC))
    if not len(gone) or "bound_row" not in before:
        return np.zeros(0, dtype=np.uint8)
    entries = before["bound_value"], (before["bound_row"], before["bound_column"])
    rows = sp.csr_matrix(entries, shape=(len(to_row), len(here)))[gone]
    low, high = np.asarray(master.problem.col_lower_), np.asarray(master.problem.col_upper_)
    own = np.flatnonzero((here >= 0) & (here < len(master.cost)))
    left, room = np.ones(len(here)), np.zeros(len(here))
    left[own], room[own] = 0.0, (low[here[own]] != 0.0) | (high[here[own]] != 0.0)
    alive, mixed = abs(rows) @ room > 0, abs(rows) @ left > 0
    bottom, top = before["row_low"][gone], before["row_high"][gone]
    kept = ~(alive & mixed & (bottom == top))
    passing = alive[kept]
    bottom, top = np.where(passing, bottom[kept], 0.0), np.where(passing, top[kept], 0.0)
    some = rows[kept].tocoo()
    known = here[some.col] >= 0
    entries = some.data[known], (some.row[known], here[some.col[known]])
    width = int(max(len(master.cost), here.max() + 1))  # with the columns added at zero
    matrix = sp.csr_matrix(entries, shape=(some.shape[0], width))
    master.add_for_basis(matrix, bottom, top, passing)
    return np.where(passing, before["rows"][gone][kept], LOWER).astype(np.uint8)


def column_names(master: Master) -> np.ndarray:
    """A number for every column, by the name and the labels of its variable."""
    out = np.zeros(len(master.cost), dtype=np.uint64)
    for name in master.model.variables:
        named = _names(str(name), master.model.variables[name].labels)
        out[master.columns(str(name))] = named
    return out


def row_names(master: Master) -> np.ndarray:
    """A number for every row of the model, by the name and the labels of its constraint."""
    out = np.zeros(master.matrix.shape[0], dtype=np.uint64)
    for name in master.model.constraints:
        at = master.rows(str(name))
        out[at[at >= 0]] = _names(str(name), master.model.constraints[name].labels)[at >= 0]
    return out


def _names(name: str, labels: xr.DataArray) -> np.ndarray:
    out = np.full(labels.shape, _numbers([name])[0], dtype=np.uint64)
    for axis, dim in enumerate(labels.dims):
        shape = [-1 if i == axis else 1 for i in range(labels.ndim)]
        # the odd factor keeps labels of two dimensions apart; sums wrap around
        factor = _numbers([f"of {dim}"])[0] | np.uint64(1)
        out += (factor * _numbers(labels.indexes[dim].tolist())).reshape(shape)
    return out.ravel()


def _numbers(texts: list[Any]) -> np.ndarray:
    """The same number for the same text in every run."""
    return pd.util.hash_array(np.array([str(t) for t in texts], dtype=object), categorize=False)


def _places(names: np.ndarray, here: np.ndarray) -> np.ndarray:
    """Where each of the names stands here; -1: nowhere."""
    order = np.argsort(here, kind="stable")
    at = np.minimum(np.searchsorted(here[order], names), len(here) - 1)
    return np.where(here[order[at]] == names, order[at], -1)
