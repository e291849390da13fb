"""Tables of the programme's capital and of the system's annual costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.plan.frames import KEYS, SMALL, frame, labels


def money(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """The programme's capital drawn by asset class and calendar year [BUSD].

    The rows of class ``all`` sum the classes and hold what may be drawn up to the year
    (``budget_available``, inf where nothing limits it); it is NaN for the single classes.
    """
    drawn = data["capital_draw"]
    total = drawn.sum("asset_class").expand_dims(asset_class=["all"])
    drawn = xr.concat([drawn, total], dim="asset_class").transpose("asset_class", "calendar")
    available = np.full(drawn.shape, np.nan)
    available[-1] = inputs["budget_available"].sel(calendar=data["calendar"]).values
    columns = {
        **labels(drawn.to_dataset(name="draw"), ("asset_class", "calendar"), KEYS),
        "draw": (drawn.values, "BUSD"),
        "cumulative": (drawn.values.cumsum(axis=1), "BUSD"),
        "budget_available": (available, "BUSD"),
    }
    return frame(columns)


def money_by_asset(data: xr.Dataset) -> pd.DataFrame:
    """The programme's capital for what enters service, by asset class, zone and year [BUSD]."""
    values = data["capital"].values
    keys = labels(data, ("asset_class", "zone", "year"), KEYS)
    return frame({**keys, "capital": (values, "BUSD")}, keep=values > SMALL)


def costs(data: xr.Dataset) -> pd.DataFrame:
    """Annual cost of the system with the programme by item and year [BUSD/year]."""
    keys = labels(data, ("cost_item", "year"), KEYS)
    return frame({**keys, "cost": (data["cost"].values, "BUSD/year")})
