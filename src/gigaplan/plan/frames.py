"""How tables of a plan are put together: DataFrames with a unit for each column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

SMALL = 1e-6  # GW, BUSD or GWh: below this, nothing is there
Columns = Mapping[str, tuple[Any, str]]


def frame(columns: Columns, keep: np.ndarray | None = None) -> pd.DataFrame:
    """A DataFrame from ``{column: (values, unit)}``, with only the rows of ``keep``."""
    table = pd.DataFrame(
        {name: np.asarray(values).ravel() for name, (values, _) in columns.items()}
    )
    if keep is not None:
        table = table[np.asarray(keep).ravel()].reset_index(drop=True)
    table.attrs["units"] = {name: unit for name, (_, unit) in columns.items()}
    return table


def labels(data: xr.Dataset, dims: Iterable[str], units: Mapping[str, str]) -> dict[str, Any]:
    """One key column for each dimension, in the order of the flattened array."""
    names = list(dims)
    values = [data[d].values for d in names]
    grid = np.meshgrid(*[np.arange(len(v)) for v in values], indexing="ij")
    return {
        d: (v[g.ravel()], units.get(d, "")) for d, v, g in zip(names, values, grid, strict=True)
    }


KEYS = {"year": "year", "day": "day", "hour_of_day": "h", "calendar": "year"}


def grouped(values: np.ndarray, group: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Sum the first axis over the groups in ``index``; labels that are not there are left out."""
    position = {g: i for i, g in enumerate(index.tolist())}
    rows = np.array([position.get(g, -1) for g in group.tolist()], dtype=int)
    out = np.zeros((len(index), *values.shape[1:]))
    if (rows >= 0).any():
        np.add.at(out, rows[rows >= 0], values[rows >= 0])
    return out
