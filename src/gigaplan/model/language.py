"""Small helpers that keep linopy expressions short, labelled and aligned."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

TERM = "_term"  # linopy's dimension of the terms of a sum


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

    The same as linopy's ``groupby(groups).sum()`` on all labels of ``index``, put together in one
    step, which is several times quicker.

    Parameters
    ----------
    expression : linopy Variable or LinearExpression with the dimension of ``groups``
    groups : one label per member
    index : all group labels, named as the dimension that results

    Raises
    ------
    KeyError
        a group is not among the labels.
    ValueError
        ``groups`` are labelled otherwise than the expression.
    """
    name, (dim,) = str(index.name), groups.dims
    at = index.get_indexer(pd.Index(groups.values.astype(object)))
    if (at < 0).any():
        raise KeyError(f"{groups.values[at < 0][0]!r} is not among the labels of {name}")
    data = (expression * 1 if isinstance(expression, linopy.Variable) else expression).data
    if not data.indexes[dim].equals(groups.indexes[dim]):
        raise ValueError(f"groups and expression have other labels along {dim}")
    count = np.bincount(at, minlength=len(index))
    order = np.argsort(at, kind="stable")
    place = np.empty(len(at), dtype=int)  # of each member within its group
    place[order] = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    rest = [d for d in data["const"].dims if d != dim]
    width = max(int(count.max(initial=0)), 1)

    def spread(part: str, empty: float) -> np.ndarray:
        values = data[part].transpose(dim, TERM, *rest).values
        out = np.full((len(index), width, *values.shape[1:]), empty, dtype=values.dtype)
        out[at, place] = values
        return out.reshape(len(index), width * values.shape[1], *values.shape[2:])

    constant = data["const"].transpose(dim, *rest).values
    summed = np.zeros((len(index), *constant.shape[1:]))
    np.add.at(summed, at, constant)
    arrays = {
        "coeffs": ((name, TERM, *rest), spread("coeffs", np.nan)),
        "vars": ((name, TERM, *rest), spread("vars", -1)),
        "const": ((name, *rest), summed),
    }
    coords = {d: data.indexes[d] for d in rest if d in data.indexes}
    return linopy.LinearExpression(xr.Dataset(arrays, {name: index, **coords}), expression.model)


Term = Any  # linopy Variable or LinearExpression, or a pair of a coefficient and one of these


def total(*terms: Term) -> Any:
    """Sum of terms, each a variable, an expression or ``(coefficient, variable or expression)``.

    The same as linopy's sums and products, put together in one step, which is several times
    quicker.  Coefficients are numbers or DataArrays; what dimensions a term lacks it is repeated
    along.

    Raises
    ------
    ValueError
        a dimension has other labels, or labels in another order, in two of the terms; a
        coefficient is not a number.
    """
    pairs = [term if isinstance(term, tuple) else (1.0, term) for term in terms]
    model = pairs[0][1].model
    labels: dict[str, pd.Index] = {}
    parts = [_parts(coefficient, of, labels) for coefficient, of in pairs]
    dims = list(labels)
    shape = [len(labels[d]) for d in dims]

    def spread(array: Any) -> np.ndarray:
        tail = [TERM] if TERM in array.dims else []
        whole = array.set_dims([*(d for d in dims if d not in array.dims), *array.dims])
        values = whole.transpose(*dims, *tail).values
        return np.broadcast_to(values, [*shape, *([values.shape[-1]] if tail else [])])

    arrays = {
        "coeffs": ((*dims, TERM), np.concatenate([spread(c) for c, _, _ in parts], axis=-1)),
        "vars": ((*dims, TERM), np.concatenate([spread(v) for _, v, _ in parts], axis=-1)),
        "const": (tuple(dims), np.sum([spread(k) for _, _, k in parts], axis=0)),
    }
    return linopy.LinearExpression(xr.Dataset(arrays, labels), model)


def _parts(coefficient: Any, of: Any, labels: dict[str, pd.Index]) -> tuple[Any, Any, Any]:
    """Coefficients, variables and constant of one term; its labels are added to those known."""
    if isinstance(of, linopy.Variable):
        of = of.labels if not (of.labels.values < 0).any() else of * 1
    if isinstance(of, xr.DataArray):
        known, numbers = of, of.variable.expand_dims(TERM)
        coefficients, constant = xr.Variable((TERM,), [1.0]), xr.Variable((), 0.0)
    else:
        known, numbers = of.data["const"], of.data["vars"].variable
        coefficients, constant = of.data["coeffs"].variable, of.data["const"].variable
    _agree(known, labels)
    if np.isnan(coefficient).any():
        raise ValueError("a coefficient is not a number")
    if isinstance(coefficient, xr.DataArray):
        _agree(coefficient, labels)
        coefficient = coefficient.variable
    return coefficients * coefficient, numbers, constant * coefficient


def _agree(array: xr.DataArray, labels: dict[str, pd.Index]) -> None:
    """Add an array's labels to those known, which must be the same where both have them."""
    for dim in array.dims:
        index = array.indexes[dim]
        if not labels.setdefault(str(dim), index).equals(index):
            raise ValueError(f"{dim} has other labels, or in another order, in two terms of a sum")


def index_of(dataset: xr.Dataset, dim: str) -> pd.Index:
    """The labels of a dimension as a named pandas index."""
    return dataset.indexes[dim]


def with_labels(array: xr.DataArray, **labels: Hashable) -> xr.DataArray:
    """Select labels and drop what they leave behind as scalar coordinates."""
    return array.sel(labels).reset_coords(drop=True)


def plain(array: xr.DataArray) -> np.ndarray:
    """Values as float64, for numpy arithmetic outside the model."""
    return np.asarray(array.values, dtype=float)
