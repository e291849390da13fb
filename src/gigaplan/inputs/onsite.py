"""On-site supply of campuses: dispatched units, solar and batteries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gigaplan.inputs.assets import running_cost
from gigaplan.inputs.context import Context
from gigaplan.inputs.power import profiles

Variables = dict[str, tuple[tuple[str, ...], Any]]
HOURS_OF_DAY = 24.0


def onsite(context: Context, table: pd.DataFrame) -> Variables:
    """On-site units of campuses: availability with spare units, running cost, emissions."""
    rows = table[table["kind"] == "onsite"]
    traits = context.traits.loc[rows["technology"]]
    cost, emissions = running_cost(context, rows)
    spare = traits["spare_share"].to_numpy(dtype=float)
    if context.programme.campus.onsite_spare is not None:
        spare = np.full(len(rows), float(context.programme.campus.onsite_spare))
    return {
        **_named(context, rows, "onsite"),
        "onsite_availability": (
            ("onsite",), traits["availability"].to_numpy(dtype=float) * (1.0 - spare)
        ),
        "onsite_cost": (("onsite", "year"), cost),
        "onsite_emissions": (("onsite",), emissions),
        **_solar(context, table[table["kind"] == "onsite_renewable"]),
        **_batteries(context, table[table["kind"] == "onsite_store"]),
    }  # fmt: skip


def _named(context: Context, rows: pd.DataFrame, kind: str) -> Variables:
    """Labels, zones and technologies of a kind of asset; none stands yet."""
    none = np.zeros((len(rows), len(context.years)))
    return {
        kind: ((kind,), rows["asset"].to_numpy(dtype=object)),
        f"{kind}_zone": ((kind,), rows["zone"].to_numpy(dtype=object)),
        f"{kind}_technology": ((kind,), rows["technology"].to_numpy(dtype=object)),
        f"{kind}_existing": ((kind, "year"), none),
    }


def _solar(context: Context, rows: pd.DataFrame) -> Variables:
    """On-site solar has the hourly profile of new solar in its zone."""
    hourly = solar_profiles(context, rows)
    pairs = zip(rows["zone"], rows["technology"], strict=True)
    profile = np.array([hourly[pair] for pair in pairs]).reshape(len(rows), 8760)
    return {
        **_named(context, rows, "onsite_renewable"),
        "onsite_renewable_profile": (("onsite_renewable", "hour"), profile),
    }


def solar_profiles(context: Context, rows: pd.DataFrame) -> dict[tuple[str, str], np.ndarray]:
    """Hourly available share of on-site solar by (zone, technology)."""
    out = {}
    for technology in sorted(set(rows["technology"])):
        grid = str(context.traits.loc[technology, "profile"])
        hourly = profiles(context, {grid: grid})
        out.update({(zone, technology): values for (zone, _), values in hourly.items()})
    return out


def _batteries(context: Context, rows: pd.DataFrame) -> Variables:
    """On-site batteries; what covers nameplate is their energy spread over the day."""
    traits = context.traits.loc[rows["technology"]]
    hours = traits["hours"].to_numpy(dtype=float)
    available = traits["availability"].to_numpy(dtype=float)
    dims = ("onsite_store",)
    return {
        **_named(context, rows, "onsite_store"),
        "onsite_store_hours": (dims, hours),
        "onsite_store_efficiency": (dims, traits["round_trip_efficiency"].to_numpy(dtype=float)),
        "onsite_store_availability": (dims, available),
        "onsite_store_firm": (dims, available * np.minimum(hours / HOURS_OF_DAY, 1.0)),
    }
