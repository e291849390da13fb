"""Cooling of campuses as inputs, and what a plan's cooling comes to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.inputs.context import Context

Variables = dict[str, tuple[tuple[str, ...], Any]]
CHOICE = ("water", "air")


def cooling(context: Context) -> Variables:
    """PUE and water by zone for the cooling asked for; with ``choice`` also those of air."""
    wanted = context.programme.campus.cooling
    chosen = wanted == "choice"
    base = _rows(context, CHOICE[0] if chosen else wanted)
    pue = context.by_zone(base["pue"])
    air = context.by_zone(_rows(context, CHOICE[1])["pue"]) if chosen else pue
    limit = np.full((len(context.zones), len(context.years)), np.inf)
    for zone, amount in context.programme.campus.water_limits.items():
        limit[context.zones.index(zone)] = amount
    return {
        "campus_pue": (("zone",), pue),
        "campus_pue_air": (("zone",), np.maximum(air, pue)),
        "campus_air_possible": (("zone",), np.full(len(context.zones), chosen)),
        "campus_water": (("zone",), context.by_zone(base["water_withdrawal_l_per_kwh_it"])),
        "water_limit": (("zone", "year"), limit),
    }


def _rows(context: Context, wanted: str) -> pd.DataFrame:
    """The table of cooling for one kind, indexed by state."""
    table = context.table("cooling")
    usual = table[table["default"].astype(bool)]
    rows = usual if wanted == "default" else table[table["cooling"] == wanted]
    missing = sorted(set(context.states) - set(rows["state"]))
    if missing:
        kinds = ", ".join(sorted(table["cooling"].unique()))
        message = f"{wanted!r} is not known for {missing[0]}"
        context.fail("campus.cooling", message, str(kinds), "choose another")
        rows = usual
    return rows.set_index("state")


def facility_built(inputs: xr.Dataset, plan: xr.Dataset) -> np.ndarray:
    """Facility power of what enters service; axes zone, year [GW]."""
    return _facility(inputs, plan["it_build"], plan["air_build"])


def facility_in_service(inputs: xr.Dataset, plan: xr.Dataset) -> np.ndarray:
    """Facility power in service; axes zone, year [GW]."""
    return _facility(inputs, plan["it_power"], plan["air_build"].cumsum("year"))


def _facility(inputs: xr.Dataset, power: xr.DataArray, air: xr.DataArray) -> np.ndarray:
    more = inputs["campus_pue_air"] - inputs["campus_pue"]
    return np.asarray((power * inputs["campus_pue"] + air * more).transpose("zone", "year").values)


def water_of_campuses(inputs: xr.Dataset, plan: xr.Dataset) -> np.ndarray:
    """Water that campuses withdraw; axes zone, year [million m3/year].

    GW x 8.76 thousand hours are TWh, and TWh x L/kWh are million m3.
    """
    wet = plan["it_power"] - plan["air_build"].cumsum("year")
    used = wet * (8.76 * float(inputs["campus_utilisation"])) * inputs["campus_water"]
    return np.asarray(used.transpose("zone", "year").values)
