"""Small helpers that the tables share: units on columns, sums over groups, energy of a year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from pandas.api.types import is_numeric_dtype

KEY_UNITS = {
    "year": "year",
    "calendar": "year",
    "day": "day of the weather year, 0 is 1 January",
    "hour_of_day": "h UTC",
}


def with_units(frame: pd.DataFrame, units: dict[str, str]) -> pd.DataFrame:
    """The frame with ``.attrs["units"]``; every numeric column must have a unit."""
    known = KEY_UNITS | units
    numeric = [c for c in frame.columns if is_numeric_dtype(frame[c])]
    missing = [c for c in numeric if c not in known]
    if missing:
        raise ValueError(f"columns without unit: {missing}")
    frame = frame.reset_index(drop=True)
    frame.attrs["units"] = {c: known[c] for c in frame.columns if c in known}
    return frame


def texts(array: xr.DataArray) -> np.ndarray:
    """Labels as an object array of plain str."""
    return np.array([str(x) for x in array.values], dtype=object)


def group_sum(
    array: xr.DataArray, dim: str, labels: Sequence[Any], groups: Sequence[Any], name: str
) -> xr.DataArray:
    """Sum over a dimension by group, in double precision.

    Parameters
    ----------
    labels : group of each element along ``dim``
    groups : groups of the result, along its first dimension ``name``; others are left out
    """
    rest = [d for d in array.dims if d != dim]
    values = array.transpose(dim, *rest).values
    out = np.zeros((len(groups), *values.shape[1:]))
    position = {g: i for i, g in enumerate(groups)}
    for i, label in enumerate(labels):
        if label in position:
            out[position[label]] += values[i]
    coords = {d: array[d].values for d in rest if d in array.coords}
    result = xr.DataArray(out, dims=[name, *rest], coords=coords)
    if groups and isinstance(groups[0], tuple):
        return result  # tuples would become a MultiIndex
    return result.assign_coords({name: list(groups)})


def energy_of_year(array: xr.DataArray, day_weight: xr.DataArray) -> xr.DataArray:
    """Energy of a year [TWh] of an hourly array [GW]: hours and days summed, days weighted."""
    daily = array.sum("hour_of_day", dtype=np.float64)
    return (daily * day_weight).sum("day") / 1e3


def standing(inputs: xr.Dataset, build: xr.DataArray) -> xr.DataArray:
    """New capacity that stands in each year [GW]: ``sum_built alive[y, built] * build[built]``."""
    alive = inputs["option_alive"].astype(float)
    return (alive * build.rename(year="year_built")).sum("year_built")


def cumulative(build: xr.DataArray) -> xr.DataArray:
    """What was built up to and in each year [GW]."""
    return build.cumsum("year").assign_coords(year=build["year"])


def long_columns(arrays: dict[str, xr.DataArray], dims: Sequence[str]) -> pd.DataFrame:
    """Arrays of the same dims as the columns of a long table, keyed by the dims' labels."""
    first = next(iter(arrays.values()))
    index = pd.MultiIndex.from_product([first[d].values.tolist() for d in dims], names=list(dims))
    frame = pd.DataFrame(
        {n: a.transpose(*dims).values.ravel().astype(np.float64) for n, a in arrays.items()},
        index=index,
    )
    return frame.reset_index()
