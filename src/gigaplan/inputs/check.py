"""Hold an inputs or plan Dataset against its declaration; every fault at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from gigaplan.errors import InputError, Problem
from gigaplan.inputs.declaration import VARIABLES, Variable

MAY_BE_NAN = {"it_path"}


def finish(dataset: xr.Dataset) -> xr.Dataset:
    """Check against the declaration, order dimensions, and write unit and meaning on each variable.

    Raises
    ------
    InputError
        naming every variable that is missing, unknown, misshapen, NaN or out of bounds.
    """
    problems = list(_problems(dataset, VARIABLES))
    if problems:
        raise InputError(problems)
    ordered = {}
    for name, variable in expected(dataset, VARIABLES).items():
        array = dataset[name].variable.transpose(*variable.dims)
        ordered[name] = array.copy(deep=False)
        ordered[name].attrs = {"unit": variable.unit, "meaning": variable.meaning}
    return dataset.assign(ordered)


def expected(dataset: xr.Dataset, variables: Mapping[str, Variable]) -> dict[str, Variable]:
    """The declared variables that a Dataset must have; layers of which it has nothing are out."""
    layers = {v.layer for n, v in variables.items() if n in dataset} | {""}
    return {n: v for n, v in variables.items() if v.layer in layers}


def _problems(dataset: xr.Dataset, declared: Mapping[str, Variable]) -> list[Problem]:
    """All differences between a Dataset and its declaration."""
    variables = expected(dataset, declared)
    found = [
        Problem("inputs", name, "the Dataset lacks this variable")
        for name in variables
        if name not in dataset
    ]
    found += [
        Problem("inputs", str(name), "this variable is not declared")
        for name in dataset.data_vars
        if name not in variables
    ]
    for dim, index in dataset.indexes.items():
        if not index.is_unique:
            twice = index[index.duplicated()][0]
            found.append(Problem("inputs", str(dim), f"label {twice!r} stands twice"))
    for name, variable in variables.items():
        if name in dataset:
            found += _variable_problems(dataset[name], name, variable)
    return found


def _variable_problems(array: xr.DataArray, name: str, variable: Variable) -> list[Problem]:
    if set(array.dims) != set(variable.dims):
        message = f"dimensions are {tuple(array.dims)}"
        return [Problem("inputs", name, message, expected=f"{variable.dims}")]
    if variable.kind != "number":
        return []
    values = np.asarray(array.values, dtype=float)
    found = []
    if name not in MAY_BE_NAN and np.isnan(values).any():
        found.append(Problem("inputs", name, f"no value at {_place(array, np.isnan(values))}"))
    for bad, bound in (
        (values < (variable.low if variable.low is not None else -np.inf) - 1e-9, variable.low),
        (values > (variable.high if variable.high is not None else np.inf) + 1e-9, variable.high),
    ):
        if bad.any():
            side = "at least" if bound == variable.low else "at most"
            value = float(values[bad].ravel()[0])
            message = f"{value:g} {variable.unit} at {_place(array, bad)}"
            found.append(Problem("inputs", name, message, expected=f"{side} {bound:g}"))
    return found


def _place(array: xr.DataArray, mask: np.ndarray) -> str:
    """The labels of the first entry that a mask holds."""
    if mask.ndim == 0:
        return "its only entry"
    where = np.argwhere(mask)[0]
    labels = [
        f"{dim}={array[dim].values[i] if dim in array.coords else i}"
        for dim, i in zip(array.dims, where, strict=True)
    ]
    return ", ".join(labels)
