"""The plan Dataset against its declaration: a plan that does not fit is never handed out."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gigaplan.inputs.declaration import Variable
from gigaplan.plan.declaration import VARIABLES

OF_INPUTS = (
    "zone", "year", "calendar", "owner", "plant", "renewable", "store", "option",
    "corridor", "region", "cap", "asset_class",
)  # fmt: skip
TOLERANCE = 1e-6  # below a lower bound, relative to 1 + the variable's greatest value


def is_hourly(variable: Variable) -> bool:
    """Whether a variable is kept for every hour of the stored days (in single precision)."""
    return "hour_of_day" in variable.dims


def faults_of(data: xr.Dataset, inputs: xr.Dataset) -> list[str]:
    """Every fault of a plan Dataset, in plain words; empty when there is none."""
    faults = [f"{name} is missing" for name in VARIABLES if name not in data.data_vars]
    faults += [f"{name} is not declared" for name in data.data_vars if name not in VARIABLES]
    for dim in OF_INPUTS:
        if dim in data.dims:
            faults += _label_faults(dim, data, inputs)
    for dim in ("day", "technology", "cost_item"):
        if dim in data.dims and dim not in data.coords:
            faults.append(f"dimension {dim} has no labels")
    if "hour_of_day" in data.dims and data.sizes["hour_of_day"] != 24:
        faults.append(f"hour_of_day has {data.sizes['hour_of_day']} labels, expected 24")
    for name, variable in VARIABLES.items():
        if name in data.data_vars:
            faults += _variable_faults(name, variable, data[name])
    return faults


def conform(data: xr.Dataset) -> xr.Dataset:
    """Copy with declared dimension order, unit and meaning as attributes.

    Annual variables are double precision; hourly ones single precision, as they are stored, so
    that a plan reads the same before it is saved and after it is opened.
    """
    out = {}
    for name, variable in VARIABLES.items():
        kind = np.float32 if is_hourly(variable) else np.float64
        array = data[name].transpose(*variable.dims).astype(kind)
        array.attrs = {"units": variable.unit, "long_name": variable.meaning}
        out[name] = array.reset_coords(drop=True)
    return xr.Dataset(out)


def _label_faults(dim: str, data: xr.Dataset, inputs: xr.Dataset) -> list[str]:
    """Labels of a dimension that plan and inputs share must agree, in order."""
    if dim not in data.coords:
        return [f"dimension {dim} has no labels"]
    if dim not in inputs.coords:
        return [] if data.sizes[dim] == 0 else [f"dimension {dim} is not in the inputs"]
    mine, theirs = data[dim].values.tolist(), inputs[dim].values.tolist()
    if mine != theirs:
        odd = sorted({str(x) for x in mine} ^ {str(x) for x in theirs})[:5]
        return [f"labels of {dim} differ from the inputs: {', '.join(odd) or 'another order'}"]
    return []


def _variable_faults(name: str, variable: Variable, array: xr.DataArray) -> list[str]:
    """Dimensions, values that are no number, and values below or above the declared bounds."""
    if set(array.dims) != set(variable.dims):
        return [f"{name} has dimensions {array.dims}, expected {variable.dims}"]
    if not np.issubdtype(array.dtype, np.number) and array.dtype != bool:
        return [f"{name} holds {array.dtype}, expected numbers"]
    values = array.values
    wrong = ~np.isfinite(values)
    if wrong.any():
        return [f"{name} holds {int(wrong.sum())} values that are not finite ({_first(array, wrong)})"]
    if not values.size:
        return []
    slack = TOLERANCE * (1.0 + float(np.abs(values).max()))
    if variable.low is not None and float(values.min()) < variable.low - slack:
        at = _first(array, values == values.min())
        return [f"{name} falls to {float(values.min()):.6g} {variable.unit} ({at}), "
                f"expected at least {variable.low:g}"]  # fmt: skip
    if variable.high is not None and float(values.max()) > variable.high + slack:
        at = _first(array, values == values.max())
        return [f"{name} rises to {float(values.max()):.6g} {variable.unit} ({at}), "
                f"expected at most {variable.high:g}"]  # fmt: skip
    return []


def _first(array: xr.DataArray, mask: np.ndarray) -> str:
    """Labels of the first place where a mask holds."""
    place = np.unravel_index(int(np.argmax(mask)), mask.shape) if mask.ndim else ()
    labels = [
        f"{d}={array[d].values[i] if d in array.coords else i}"
        for d, i in zip(array.dims, place, strict=True)
    ]
    return ", ".join(labels)
