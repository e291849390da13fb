"""Two ways of assembling the same layers: master with cuts, or one piece."""

from __future__ import annotations

from collections.abc import Sequence

import linopy
import pandas as pd
import xarray as xr

from gigaplan.model import (
    accelerators,
    aim,
    campus,
    capital,
    cooling,
    equipment,
    fabs,
    money,
    policy,
    power,
    resale,
)
from gigaplan.model.dispatch import COUPLING, add_dispatch, day_data
from gigaplan.model.language import index_of, strict_semantics


def build_master(inputs: xr.Dataset, weights: pd.Series) -> linopy.Model:
    """Everything annual; dispatch enters as one cost variable per year and day.

    Parameters
    ----------
    inputs : checked inputs Dataset
    weights : days of the year that each dispatched day stands for, indexed by day (0 ... 364)

    Variables
    ---------
    dispatch_cost[year, day] [BUSD/year]
        cost of a day's dispatch times the days that it stands for, bounded below by cuts
    """
    with strict_semantics():
        model = _annual_layers(inputs, weights)
        days = pd.Index(weights.index, name="day")
        cost = model.add_variables(
            lower=0, coords=[index_of(inputs, "year"), days], name="dispatch_cost"
        )
        discounted = (inputs["year_weight"] * cost).sum(["year", "day"])
        model.add_objective(aim.objective(model, inputs) + discounted)
    return model


def build_monolith(inputs: xr.Dataset, weights: pd.Series) -> linopy.Model:
    """The same plan as one linear programme: master and the dispatch of every year and day."""
    with strict_semantics():
        model = _annual_layers(inputs, weights)
        total = aim.objective(model, inputs)
        weight = xr.DataArray(
            weights.to_numpy(dtype=float) / 1e3, dims="day", coords={"day": weights.index.values}
        )
        for year in inputs["year"].values.tolist():
            data = day_data(inputs, year, weights.index.tolist())
            daily = add_dispatch(model, data, power.coupling(model, year), suffix=f"_{year}")
            total = total + (weight * daily).sum() * float(inputs["year_weight"].sel(year=year))
        model.add_objective(total)
    return model


def build_dispatch(inputs: xr.Dataset, year: int, days: Sequence[int]) -> linopy.Model:
    """Dispatch alone, the coupling quantities as free columns: the decomposition's template."""
    with strict_semantics():
        model = linopy.Model()
        data = day_data(inputs, year, days)
        columns = {
            name: model.add_variables(lower=0, coords=[index_of(data, dim)], name=name)
            for name, dim in COUPLING.items()
        }
        if has_emission_cap(inputs):
            columns["emission_allowance"] = model.add_variables(
                lower=0, coords=[index_of(data, "day")], name="emission_allowance"
            )
        cost = add_dispatch(model, data, columns)
        model.add_objective(cost.sum())
    return model


def has_emission_cap(inputs: xr.Dataset) -> bool:
    """Whether the carbon dioxide of any year is capped."""
    return bool((inputs["emission_cap"] < float("inf")).any())


def _annual_layers(inputs: xr.Dataset, weights: pd.Series) -> linopy.Model:
    """All layers without dispatch."""
    model = linopy.Model()
    power.add_builds(model, inputs)
    resale.add_resale(model, inputs)
    power.add_capacities(model, inputs)
    power.add_potential(model, inputs)
    power.add_caps(model, inputs)
    fabs.add_fabs(model, inputs)
    campus.add_campuses(model, inputs)
    accelerators.add_accelerators(model, inputs)
    accelerators.add_chip_supply(model, inputs)
    campus.add_it_path(model, inputs)
    cooling.add_water(model, inputs)
    equipment.add_equipment(model, inputs)
    equipment.add_labour(model, inputs)
    power.add_reserve(model, inputs)
    policy.add_additionality(model, inputs)
    policy.add_emission_cap(model, inputs, weights)
    money.add_budget(model, inputs)
    capital.add_capital(model, inputs)
    return model
