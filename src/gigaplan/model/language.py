"""Small helpers that keep linopy expressions short, labelled and aligned."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr


@contextmanager
def strict_semantics() -> Iterator[None]:
    """Build with linopy's v1 semantics: labels that do not align are an error, never filled in.

    Set for the building of our models only, since other users of linopy in the same process
    (PyPSA 1.4) rely on its older behaviour.
    """
    with linopy.options as options:
        options.set_value(semantics="v1")
        yield


def grouped_sum(expression: Any, groups: xr.DataArray, index: pd.Index) -> Any:
    """Sum an expression over the members of each group; groups without members give zero.

    Parameters
    ----------
    expression : linopy Variable or LinearExpression with the dimension of ``groups``
    groups : one label per member
    index : all group labels, named as the dimension that results
    """
    name = str(index.name)
    unknown = groups.values[~np.isin(groups.values, index)]
    if len(unknown):
        raise KeyError(f"{unknown[0]!r} is not among the labels of {name}")
    labels = xr.DataArray(
        groups.values.astype(object), dims=groups.dims, coords=groups.coords, name=name
    )
    summed = expression.groupby(labels).sum()
    # a group without members is absent after reindexing; absent would remove the whole row
    return summed.reindex({name: index.values}).fillna(0)


def total(*terms: Any) -> Any:
    """Sum of variables and expressions, put together once; pairwise sums cost more."""
    expressions = [t * 1 if isinstance(t, linopy.Variable) else t for t in terms]
    return linopy.merge(expressions) if len(expressions) > 1 else expressions[0]


def index_of(dataset: xr.Dataset, dim: str) -> pd.Index:
    """The labels of a dimension as a named pandas index."""
    return dataset.indexes[dim]


def with_labels(array: xr.DataArray, **labels: Hashable) -> xr.DataArray:
    """Select labels and drop what they leave behind as scalar coordinates."""
    return array.sel(labels).reset_coords(drop=True)


def plain(array: xr.DataArray) -> np.ndarray:
    """Values as float64, for numpy arithmetic outside the model."""
    return np.asarray(array.values, dtype=float)
