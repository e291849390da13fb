"""On-site units that are sold when the bridge to a grid connection is over.

A unit that is sold leaves the campus, the planning reserve and additionality, and its charge falls
by what its price pays back over the years that were left, and by its fixed operation.  The money
does not return to the budget, and units once built still count against what can be built.
"""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.model.language import grouped_sum, index_of, total


def add_resale(model: linopy.Model, inputs: xr.Dataset) -> None:
    """What may be sold: units that can be moved, after the year they were built for.

    Variables
    ---------
    onsite_sold[option, year, year_built] [GW]
        on-site capacity built for year_built that leaves at the start of the year

    Constraints
    -----------
    onsite_sale[option, year_built] [GW]
        sum_year onsite_sold <= build of the programme
        Dual [BUSD/GW]: worth of one GW more that could be sold.
    """
    options = sellable(inputs)
    if not len(options):
        return
    years = inputs["year"]
    later = years > inputs["year_built"]
    open_ = (inputs["option_alive"].sel(option=options) & later).transpose(
        "option", "year", "year_built"
    )
    sold = model.add_variables(
        lower=0, upper=xr.where(open_, np.inf, 0.0), coords=open_.coords, name="onsite_sold"
    )
    build = model.variables["build"].sel(owner="programme", option=options, drop=True)
    left = total(sold.sum("year"), (-1, build.rename(year="year_built")))
    model.add_constraints(left <= 0, name="onsite_sale")


def sellable(inputs: xr.Dataset) -> pd.Index:
    """Options whose units have a price when sold, where a year follows in which to sell them."""
    price = inputs["option_resale_price"].transpose("option", ...).values
    later = inputs["year"].values[:, None] > inputs["year_built"].values[None, :]
    kept = np.flatnonzero(((price > 0) & later).any(axis=(1, 2)))
    return index_of(inputs, "option")[kept]


def gone(
    model: linopy.Model,
    inputs: xr.Dataset,
    groups: xr.DataArray,
    index: pd.Index,
    share: xr.DataArray | None = None,
) -> list[Any]:
    """What has been sold by each year and would still stand [GW], summed over groups of options.

    Parameters
    ----------
    groups : the group of every option; ``index`` : the labels of all groups
    share : by option, what of a GW counts; default all

    Returns
    -------
    one expression with the dimensions of ``index`` and year, or nothing where nothing can be sold
    """
    if "onsite_sold" not in model.variables:
        return []
    sold = model.variables["onsite_sold"]
    options = index_of(inputs, "option")[np.isin(inputs["option"], sold.indexes["option"])]
    factor = 1.0 if share is None else share.sel(option=options)
    parts = total((_since(inputs, options) * factor, sold.rename(year="year_sold")))
    return [grouped_sum(parts.sum(["year_sold", "year_built"]), groups.sel(option=options), index)]


def relief(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Yearly charge that what has been sold no longer costs [BUSD/year], dim year."""
    sold = model.variables["onsite_sold"]
    options = index_of(inputs, "option")[np.isin(inputs["option"], sold.indexes["option"])]
    saved = inputs["option_resale_relief"].sel(option=options).rename(year="year_sold")
    parts = total((_since(inputs, options) * saved, sold.rename(year="year_sold")))
    return parts.sum(["option", "year_sold", "year_built"])


def _since(inputs: xr.Dataset, options: pd.Index) -> xr.DataArray:
    """1 where a unit has been sold by the year and would still stand, dims with year_sold."""
    years = inputs["year"].values
    by_now = xr.DataArray(
        (years[:, None] >= years[None, :]).astype(float),
        coords={"year": years, "year_sold": years},
        dims=["year", "year_sold"],
    )
    return by_now * inputs["option_alive"].sel(option=options).astype(float)
