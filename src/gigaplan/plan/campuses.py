"""The table of campuses by zone and year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.inputs.cooling import water_of_campuses
from gigaplan.plan.frames import KEYS, SMALL, frame, grouped, labels


def campuses(
    inputs: xr.Dataset,
    data: xr.Dataset,
    ties: Mapping[str, Iterable[str]],
    everywhere: bool = False,
) -> pd.DataFrame:
    """Campuses by zone and year: rows with IT power and the near ties, or ``everywhere``.

    ``blocks`` is the IT power over the size of a block: whole in plans of whole units.
    ``onsite`` is dispatched on-site capacity; ``onsite_sold`` was sold at the start of the year;
    ``shiftable`` is average load that may be put off within a day.
    ``capital_*`` is the programme's capital for what enters service in the year [BUSD]; ``price``
    is the zone's load-weighted average price of power; ``marginal_it_value`` is what one more GW
    of IT there would gain (negative: lose) [BUSD/GW].
    """
    near = near_tie(data, ties)
    shape = (data.sizes["zone"], data.sizes["year"])
    columns: dict[str, tuple[Any, str]] = {
        **labels(data, ("zone", "year"), KEYS),
        "it_power": (data["it_power"].values, "GW"),
        "blocks": (_counted(data["it_power"].values, float(inputs["campus_unit"])), "1"),
        "facility_power": (data["facility_power"].values, "GW"),
        "pue": (_pue(inputs, data), "1"),
        "connection": (_at_zone(data, "campus_connection"), "GW"),
        "interruptible": (_at_zone(data, "campus_flexible"), "GW"),
        "onsite": (_onsite(inputs, data, "onsite", "capacity"), "GW"),
        "onsite_solar": (_onsite(inputs, data, "onsite_renewable", "capacity"), "GW"),
        "onsite_storage": (_onsite(inputs, data, "onsite_store", "power"), "GW"),
        "onsite_sold": (_sold(inputs, data), "GW"),
        "shiftable": (_shiftable(data), "GW"),
        "water": (water_of_campuses(inputs, data), "million m3/year"),
        "utilisation": (np.full(shape, float(inputs["campus_utilisation"])), "1"),
    }
    for part in ("campus", "accelerators"):
        columns[f"capital_{part}"] = (data["capital"].sel(asset_class=part).values, "BUSD")
    columns |= {
        "price": (data["year_price"].values, "USD/MWh"),
        "campus_limit": (inputs["campus_limit"].transpose("zone", "year").values, "GW"),
        "near_tie": (near, ""),
        "marginal_it_value": (data["marginal_it_value"].values, "BUSD/GW"),
    }
    keep = np.ones(shape, dtype=bool) if everywhere else (data["it_power"].values > SMALL) | near
    return frame(columns, keep=keep)


def _counted(capacity: np.ndarray, size: float) -> np.ndarray:
    """How many units capacity is, NaN where a unit has no size."""
    return capacity / size if size > 0 else np.full_like(capacity, np.nan)


def _at_zone(data: xr.Dataset, name: str) -> np.ndarray:
    """A quantity of campuses by zone and year, 0 where a zone holds none."""
    values = data[name].transpose("campus", "year").values
    return grouped(values, data["campus"].values, data["zone"].values)


def _onsite(inputs: xr.Dataset, data: xr.Dataset, kind: str, what: str) -> np.ndarray:
    """Capacity of a kind of on-site asset by zone and year [GW]."""
    values = data[f"{kind}_{what}"].transpose(kind, "year").values
    return grouped(values, inputs[f"{kind}_zone"].values, data["zone"].values)


def _sold(inputs: xr.Dataset, data: xr.Dataset) -> np.ndarray:
    """On-site capacity sold at the start of the year, by zone and year [GW]."""
    values = data["onsite_sold"].sum("year_built").transpose("option", "year").values
    return grouped(values, inputs["option_zone"].values, data["zone"].values)


def _shiftable(data: xr.Dataset) -> np.ndarray:
    """Average load that may be put off within a day, by zone and year [GW]."""
    values = data["campus_shiftable"].transpose("shifting", "year").values
    return grouped(values, data["shifting"].values, data["zone"].values)


def _pue(inputs: xr.Dataset, data: xr.Dataset) -> np.ndarray:
    """Facility power per IT power by zone and year, that of the usual cooling where none stands."""
    power, facility = data["it_power"].values, data["facility_power"].values
    usual = np.broadcast_to(inputs["campus_pue"].values[:, None], power.shape)
    return np.divide(facility, power, out=usual.copy(), where=power > SMALL)


def near_tie(data: xr.Dataset, ties: Mapping[str, Iterable[str]]) -> np.ndarray:
    """Whether a zone is within the near ties of a year, axes zone, year."""
    known = [set(ties.get(str(y), ())) for y in data["year"].values.tolist()]
    return np.array([[z in k for k in known] for z in data["zone"].values.tolist()], dtype=bool)
