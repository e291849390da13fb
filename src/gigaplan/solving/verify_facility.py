"""Facility power of campuses from what was built, told apart by cooling."""

from __future__ import annotations

import numpy as np
import xarray as xr


def _by_cooling(inputs: xr.Dataset, plan: xr.Dataset, standing: bool) -> np.ndarray:
    """Facility power, what is cooled by water and what by air; axes zone, year [GW]."""
    whole = plan["it_build"].transpose("zone", "year").values
    air = plan["air_build"].transpose("zone", "year").values
    if standing:
        whole, air = whole.cumsum(axis=1), air.cumsum(axis=1)
    by_air = inputs["campus_pue_air"].values[:, None]
    return np.asarray((whole - air) * inputs["campus_pue"].values[:, None] + air * by_air)


def facility_drawn(inputs: xr.Dataset, plan: xr.Dataset) -> np.ndarray:
    """Facility power in service; axes zone, year [GW]."""
    return _by_cooling(inputs, plan, standing=True)


def facility_built(inputs: xr.Dataset, plan: xr.Dataset) -> np.ndarray:
    """Facility power that enters service; axes zone, year [GW]."""
    return _by_cooling(inputs, plan, standing=False)
