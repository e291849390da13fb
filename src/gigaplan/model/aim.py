"""What is minimised: the discounted cost of the whole system, less the value of compute."""

from __future__ import annotations

from typing import Any

import linopy
import xarray as xr

from gigaplan.model import accelerators, equipment, fabs, resale
from gigaplan.model.capital import capital_charge, first_fit_relief, has_roster
from gigaplan.model.language import total
from gigaplan.model.money import with_owner
from gigaplan.model.power import cumulative, standing


def annual_costs(model: linopy.Model, inputs: xr.Dataset) -> dict[str, Any]:
    """Annual costs without dispatch [BUSD/year], by cost item, each with the dim year.

    Capital enters as an annual charge while the asset stands (annuity at the owner's rate with
    interest during construction, plus fixed O&M), so that assets of different lives compare.
    The charge is that of the year in which an asset was built, for as long as it stands.
    With a roster the programme's own assets are charged with the money that built them instead
    (item ``capital``).
    """
    by_owner = standing(model, inputs, charge=inputs["option_annual_charge"]).sum("option")
    lines = cumulative(model, inputs, "corridor_build") * inputs["corridor_annual_charge"]
    costs = {
        "system_new": with_owner(by_owner, "system"),
        "programme_power": with_owner(by_owner, "programme"),
        "corridors": lines.sum(["owner", "corridor"]),
        "campus": cumulative(model, inputs, "it_build", charge=inputs["campus_annual_charge"]).sum(
            "zone"
        ),
        "accelerators": accelerators.annual_charge(model, inputs),
        "fabs": fabs.fab_charge(model, inputs),
        "reserve_shortage": model.variables["reserve_shortage"].sum("region")
        * float(inputs["reserve_shortage_price"]),
    }
    if "equipment_order" in model.variables:
        costs["equipment"] = equipment.premium_charge(model, inputs)
    if "onsite_sold" in model.variables:
        costs["onsite_resale"] = -1 * resale.relief(model, inputs)
    if has_roster(inputs):
        relief = first_fit_relief(model, inputs)
        costs["accelerators"] = total(costs["accelerators"], (-1, relief))
        costs["capital"] = capital_charge(model, inputs)
    return costs


def objective(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Discounted cost less the value of compute [BUSD], dispatch and constants left out.

    ``sum_y year_weight * (annual costs - value_of_compute * IT power in service
    - value_of_h100e * compute)``, where one of the two values is zero.
    With the aim *compute* the value is stated by the programme and the budget limits the plan;
    with the aim *cost* the value is zero and a path of IT power is asked for.
    """
    weight = inputs["year_weight"]
    parts = [total((weight, c)).sum("year") for c in annual_costs(model, inputs).values()]
    for value, amount in (
        ("value_of_compute", accelerators.installed_power),
        ("value_of_h100e", accelerators.compute),
    ):
        if bool((inputs[value] > 0).any()):
            parts.append(total((-weight * inputs[value], amount(model, inputs))).sum("year"))
    return total(*parts)


def worth_by_year(inputs: xr.Dataset, installed: xr.DataArray) -> xr.DataArray:
    """Value of what is installed by year [BUSD/year]; ``installed`` in thousand units."""
    value = inputs["value_of_compute"] * inputs["accelerator_power"]
    used = inputs["accelerator_h100e"] * float(inputs["campus_utilisation"])
    value = value + inputs["value_of_h100e"] * used
    return (value * installed).sum(["chip", "year_built"])


def constant_cost(inputs: xr.Dataset) -> float:
    """Discounted fixed O&M of the fleet that is there anyway [BUSD]."""
    return float((inputs["year_weight"] * inputs["existing_fixed_cost"]).sum())
