"""Two ways of assembling the same layers: master with cuts, or one piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
from gigaplan.model.layers import Layer, Layered


def _of_inputs(add: Callable[[linopy.Model, xr.Dataset], None]) -> Layer:
    """A layer that the days chosen do not matter to."""
    return lambda model, inputs, weights: add(model, inputs)


# every layer may use the variables of those before it
ANNUAL: list[tuple[str, Layer]] = [
    ("builds", _of_inputs(power.add_builds)),
    ("resale", _of_inputs(resale.add_resale)),
    ("capacities", _of_inputs(power.add_capacities)),
    ("potential", _of_inputs(power.add_potential)),
    ("caps", _of_inputs(power.add_caps)),
    ("fabs", _of_inputs(fabs.add_fabs)),
    ("campuses", _of_inputs(campus.add_campuses)),
    ("accelerators", _of_inputs(accelerators.add_accelerators)),
    ("chip supply", _of_inputs(accelerators.add_chip_supply)),
    ("path of IT power", _of_inputs(campus.add_it_path)),
    ("water", _of_inputs(cooling.add_water)),
    ("equipment", _of_inputs(equipment.add_equipment)),
    ("labour", _of_inputs(equipment.add_labour)),
    ("reserve", _of_inputs(power.add_reserve)),
    ("additionality", _of_inputs(policy.add_additionality)),
    ("emission cap", policy.add_emission_cap),
    ("budget", _of_inputs(money.add_budget)),
    ("fundings", _of_inputs(capital.add_fundings)),
    ("commitments", _of_inputs(capital.add_commitments)),
    ("limits of fundings", _of_inputs(capital.add_limits)),
    ("uses of capital", _of_inputs(capital.add_uses)),
]


def build_master(
    inputs: xr.Dataset, weights: pd.Series, layered: Layered | None = None
) -> linopy.Model:
    """Everything annual; dispatch enters as one cost variable per year and day.

    Parameters
    ----------
    inputs : checked inputs Dataset
    weights : days of the year that each dispatched day stands for, indexed by day (0 ... 364)
    layered : a master that was built before, to be brought up to date

    Variables
    ---------
    dispatch_cost[year, day] [BUSD/year]
        cost of a day's dispatch times the days that it stands for, bounded below by cuts
    """
    with strict_semantics():
        return (layered or layered_master()).model(inputs, weights)


def layered_master() -> Layered:
    """For :func:`build_master`: a model that is built anew only in part for other inputs."""
    return Layered([*ANNUAL, ("dispatch cost", _dispatch_cost), ("objective", _objective)])


def _dispatch_cost(model: linopy.Model, inputs: xr.Dataset, weights: pd.Series) -> None:
    days = pd.Index(weights.index, name="day")
    model.add_variables(lower=0, coords=[index_of(inputs, "year"), days], name="dispatch_cost")


def _objective(model: linopy.Model, inputs: xr.Dataset, weights: pd.Series) -> None:
    cost = model.variables["dispatch_cost"]
    discounted = (inputs["year_weight"] * cost).sum(["year", "day"])
    model.add_objective(aim.objective(model, inputs) + discounted, overwrite=True)


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
    return Layered(ANNUAL).model(inputs, weights)
