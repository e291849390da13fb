"""Rules of the master: additionality and emission caps."""

from __future__ import annotations

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.model import resale
from gigaplan.model.language import grouped_sum, index_of, total
from gigaplan.model.power import firm_load, option_region, standing


def add_additionality(model: linopy.Model, inputs: xr.Dataset) -> None:
    """The programme brings firm capacity and energy for its own load, region by region.

    Without these rows the cheapest plan leans on the reserves that others pay for.

    Constraints
    -----------
    additional_firm[region, year] [GW]
        sum credit * (programme's standing - sold) >= firm_share * (1 + margin) * firm campus load
        Dual [BUSD/GW]: cost of one GW more of firm capacity that must be brought.
    additional_energy[region, year] [TWh/year]
        sum energy * (programme's standing - sold) >= energy_share * 8.76 * campus_load
        Dual [BUSD/TWh]: cost of one TWh more a year that must be brought.
    """
    regions = index_of(inputs, "region")
    own = with_owner_expression(standing(model, inputs), "programme")
    of_region = option_region(inputs)
    load = grouped_sum(model.variables["campus_load"], inputs["zone_region"], regions)
    firm_share = float(inputs["additional_firm_share"])
    if firm_share > 0:
        firm = grouped_sum(total((inputs["option_capacity_credit"], own)), of_region, regions)
        need = firm_share * (1 + inputs["reserve_margin"])
        credit = inputs["option_capacity_credit"]
        lost = [(-1, p) for p in resale.gone(model, inputs, of_region, regions, credit)]
        row = total(firm, (-need, firm_load(model, inputs)), *lost)
        model.add_constraints(row >= 0, name="additional_firm")
    energy_share = float(inputs["additional_energy_share"])
    if energy_share > 0:
        gives = inputs["option_energy"] / 1e3
        energy = grouped_sum(total((gives, own)), of_region, regions)
        lost = [(-1, p) for p in resale.gone(model, inputs, of_region, regions, gives)]
        row = total(energy, (-energy_share * 8.76, load), *lost)
        model.add_constraints(row >= 0, name="additional_energy")


def with_owner_expression(
    expression: linopy.LinearExpression, owner: str
) -> linopy.LinearExpression:
    """One owner's part of an expression."""
    return expression.sel(owner=owner, drop=True)


def add_emission_cap(model: linopy.Model, inputs: xr.Dataset, weights: pd.Series) -> None:
    """Carbon dioxide of all zones within the cap of each year.

    Days are dispatched apart, so the master shares the cap between them.

    Variables
    ---------
    emission_allowance[day, year] [Mt/day]
        what may be emitted on a day

    Constraints
    -----------
    emission_cap[year] [Mt]
        sum_day weight * emission_allowance <= emission_cap
        Dual [BUSD/Mt]: carbon price that the cap stands for.
    """
    cap = inputs["emission_cap"]
    finite = np.isfinite(cap)
    if not bool(finite.any()):
        return
    days = pd.Index(weights.index, name="day")
    upper = xr.where(finite, np.inf, 1e5).expand_dims(day=days)
    allowance = model.add_variables(
        lower=0, upper=upper, coords=upper.coords, name="emission_allowance"
    )
    weight = xr.DataArray(weights.values, dims="day", coords={"day": days.values})
    model.add_constraints(
        (weight * allowance).sum("day") <= cap.where(finite, 0.0), name="emission_cap", mask=finite
    )
