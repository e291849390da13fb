"""The same system without the programme, kept with a plan as ``without.nc``.

It holds what stands, is dispatched and costs there, in the plan's own variables, on the same days
and over all hours; ``price_moved`` and ``emissions_moved`` say how far
these moved on the stored days while its search closed.  A plan of
many days is saved without it: it is solved when it is first asked for and added then.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import netCDF4
import numpy as np
import xarray as xr

from gigaplan.errors import UsageError
from gigaplan.inputs.check import _problems
from gigaplan.inputs.declaration import Variable, _v
from gigaplan.plan.declaration import VARIABLES
from gigaplan.plan.store import AGAIN, WITHOUT, _record, _write_json, decoded, encoded

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

NAMES = (
    "build", "corridor_build", "plant_capacity", "renewable_capacity", "store_power",
    "onsite_capacity", "corridor_forward_capacity", "corridor_reverse_capacity",
    "reserve_shortage", "day_weight", "generation", "renewable_available", "curtailment",
    "flow_forward", "flow_reverse", "charge", "discharge", "unserved", "demand",
    "onsite_generation", "price", "cost", "year_dispatch_cost", "year_unserved",
    "year_generation", "year_price", "year_price_others",
    "year_price_scarcity", "year_emissions",
)  # fmt: skip
DECLARED: dict[str, Variable] = {n: VARIABLES[n] for n in NAMES} | {
    "price_moved": _v(
        "zone year", "USD/MWh", "by how much the price moved between two points within the gap"
    ),
    "emissions_moved": _v(
        "zone year", "Mt", "by how much carbon dioxide moved between the two points", low=None
    ),
}
FACTS = ("lower_bound_busd", "upper_bound_busd", "gap_busd", "gap", "seconds")


@dataclass(frozen=True)
class Without:
    """The system without the programme: variables as :data:`DECLARED`, and its proof.

    ``facts``: certified bounds of its discounted cost and their gap [BUSD], the gap relative to
    the system's cost, and the seconds that it took.
    """

    data: xr.Dataset
    facts: dict[str, float]


def pack(without: Without) -> bytes:
    """NetCDF 4 as bytes; hourly arrays in single precision.

    Raises
    ------
    UsageError
        a variable is missing, misshapen, not finite or out of its bounds.
    """
    flat, encoding = encoded(_checked(without.data, WITHOUT))
    flat.attrs = {"facts": json.dumps(without.facts)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / WITHOUT
        flat.to_netcdf(path, engine="netcdf4", format="NETCDF4", encoding=encoding)
        return path.read_bytes()


def unpack(content: bytes, plan_inputs: xr.Dataset) -> Without:
    """What :func:`pack` wrote, held against its declaration and the labels of the inputs.

    Raises
    ------
    UsageError
        it cannot be read, is not whole, or belongs to another plan.
    """
    try:
        file = netCDF4.Dataset(WITHOUT, memory=content)
        with xr.open_dataset(xr.backends.NetCDF4DataStore(file)) as stored:  # closes the file
            loaded = decoded(stored.load())
        facts = {n: float(v) for n, v in json.loads(loaded.attrs.pop("facts")).items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{WITHOUT} of the plan cannot be read ({error}); {AGAIN}") from error
    if set(facts) != set(FACTS) or not np.isfinite(list(facts.values())).all():
        raise UsageError(f"{WITHOUT} of the plan does not state its proof; {AGAIN}")
    for dim in ("zone", "year", "option", "plant", "renewable", "store", "corridor", "region"):
        if loaded[dim].values.tolist() != plan_inputs[dim].values.tolist():
            raise UsageError(f"{WITHOUT}: {dim}: the labels are not those of the plan; {AGAIN}")
    return Without(_checked(loaded, WITHOUT), facts)


def _checked(data: xr.Dataset, file: str) -> xr.Dataset:
    """The Dataset in declared order, unit and meaning on each variable."""
    problems = [replace(p, file=file) for p in _problems(data, DECLARED)]
    if problems:
        raise UsageError(
            "\n".join([f"{file} is not valid; {AGAIN}", *(f"  {p}" for p in problems)])
        )
    ordered = {}
    for name, variable in DECLARED.items():
        ordered[name] = (
            data[name].reset_coords(drop=True).transpose(*variable.dims).copy(deep=False)
        )
        ordered[name].attrs = {"unit": variable.unit, "meaning": variable.meaning}
    return xr.Dataset(ordered)


def of_plan(plan: Plan) -> Without | None:
    """The system without the programme that a plan holds, read when it is asked for; or None.

    Raises
    ------
    UsageError
        the file is damaged.
    """
    if WITHOUT not in plan.attachments:
        return None
    return unpack(plan.attachments[WITHOUT], plan.inputs)


def keep(folder: str | Path, without: Without) -> None:
    """Add it to a saved plan: the file first, then the record that vouches for it.

    Whoever is interrupted between the two leaves the plan as it was.

    Raises
    ------
    UsageError
        not a plan, or the folder cannot be written.
    """
    place = Path(folder).expanduser()
    record = _record(place)
    content = pack(without)
    files: Mapping[str, Any] = record["files"]
    record["files"] = {**files, WITHOUT: hashlib.sha256(content).hexdigest()}
    beside = {n: place / f".{n}.partial-{os.getpid()}" for n in (WITHOUT, "meta.json")}
    try:
        beside[WITHOUT].write_bytes(content)
        _write_json(beside["meta.json"], record)
        for name in (WITHOUT, "meta.json"):
            beside[name].replace(place / name)
    except OSError as error:
        raise UsageError(
            f"cannot write {place / WITHOUT}: {error.strerror or error}; "
            "copy the plan to a folder of your own"
        ) from error
    finally:
        for path in beside.values():
            path.unlink(missing_ok=True)
