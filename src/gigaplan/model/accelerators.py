"""Accelerators: generations, life and refit, compute, and the chain that makes them.

Accelerators are counted for all zones together [thousand units]: they are bought on one market
and moved freely, so that a zone is chosen by what its power and its shell cost.
"""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import xarray as xr

from gigaplan.model.fabs import fab_output
from gigaplan.model.language import index_of, total
from gigaplan.model.power import cumulative


def add_accelerators(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Purchases, what is installed, and what of the campuses' IT power stays empty.

    Equipment lives for some five years, and can be taken out early when a newer generation earns
    its price in the same shell.  What fills a shell for the first time is paid from the
    programme's capital, refits from revenue, or all of it from the budget.

    Variables
    ---------
    accelerator_build[chip, year] [thousand]
        accelerators bought since the last planning year
    accelerator_first[chip, year] [thousand]
        those of them that fill a shell for the first time
    accelerators[chip, year, year_built] [thousand]
        accelerators installed, by year bought
    idle_it_power[year] [GW]
        IT power whose shells are empty

    Constraints
    -----------
    accelerators_standing[chip, year, year_built] [thousand]
        accelerators <= share of the year in which they live * accelerator_build
        Dual [BUSD/thousand]: worth of a thousand accelerators more of that year.
    accelerators_first[chip, year] [thousand]
        accelerator_first <= accelerator_build; equal where the budget pays refits
        Dual [BUSD/thousand]: what paying for a first fit is worth.
    accelerators_fill[year] [GW]
        sum_chip,built power * accelerators + idle_it_power = sum_zone it_power
        Dual [BUSD/GW]: worth of one GW of shells more.
    accelerators_paid[year] [GW]
        sum_built<=year power * accelerator_first >= sum_chip,built power * accelerators
        Dual [BUSD/GW]: cost of one GW more that is filled for the first time.
    """
    chips, years = index_of(inputs, "chip"), index_of(inputs, "year")
    sold = inputs["accelerator_available"].transpose("chip", "year")
    upper = xr.where(sold, np.inf, 0.0)
    build = model.add_variables(lower=0, upper=upper, coords=sold.coords, name="accelerator_build")
    first = model.add_variables(lower=0, upper=upper, coords=sold.coords, name="accelerator_first")
    standing = inputs["accelerator_standing"].transpose("chip", "year", "year_built")
    alive = (standing > 0) & sold.rename(year="year_built")
    installed = model.add_variables(
        lower=0,
        upper=xr.where(alive, np.inf, 0.0).transpose("chip", "year", "year_built"),
        coords=[chips, years, index_of(inputs, "year_built")],
        name="accelerators",
    )
    idle = model.add_variables(lower=0, coords=[years], name="idle_it_power")
    bought = build.rename(year="year_built")
    row = total(installed, (-standing, bought))
    model.add_constraints(row <= 0, name="accelerators_standing")
    refits = total(first, (-1, build))
    rows = refits == 0 if bool(inputs["refit_from_budget"]) else refits <= 0
    model.add_constraints(rows, name="accelerators_first")
    filled = installed_power(model, inputs)
    shells = model.variables["it_power"].sum("zone")
    room = total(filled, idle, (-1, shells))
    model.add_constraints(room == 0, name="accelerators_fill")
    fitted = total((inputs["accelerator_power"], cumulative(model, inputs, "accelerator_first")))
    row = total(fitted.sum("chip"), (-1, filled))
    model.add_constraints(row >= 0, name="accelerators_paid")


def installed_power(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """IT power of the installed accelerators by year [GW]."""
    installed = model.variables["accelerators"]
    return total((inputs["accelerator_power"], installed)).sum(["chip", "year_built"])


def compute(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Compute in use by year [thousand H100e]: installed x performance x utilisation."""
    factor = inputs["accelerator_h100e"] * float(inputs["campus_utilisation"])
    return total((factor, model.variables["accelerators"])).sum(["chip", "year_built"])


def annual_charge(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Capital charge of what was bought while it lives, installed or not [BUSD/year]."""
    bought = model.variables["accelerator_build"].rename(year="year_built")
    charge = inputs["accelerator_annual_charge"].rename(year="year_built")
    return total((charge * inputs["accelerator_standing"], bought)).sum(["chip", "year_built"])


def first_fit_capital(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Capital of what fills shells for the first time, by year [BUSD]."""
    first = model.variables["accelerator_first"]
    return total((inputs["accelerator_overnight_cost"], first)).sum("chip")


def add_chip_supply(model: linopy.Model, inputs: xr.Dataset) -> None:
    """What is bought stays within wafers, packaging and memory within reach, own lines included.

    Constraints
    -----------
    chip_supply[chip_step, year] [thousand wafers or PB]
        sum_chip chip_need * accelerator_build - own lines' output <= chip_supply
        Dual [BUSD per unit]: worth of a thousand wafers or a PB more.
    """
    supply = inputs["chip_supply"].transpose("chip_step", "year")
    finite = np.isfinite(supply)
    if not bool(finite.any()):
        return
    used = total((inputs["chip_need"], model.variables["accelerator_build"])).sum("chip")
    used = total(used, (-1, fab_output(model, inputs)))
    model.add_constraints(used <= supply.where(finite, 0.0), name="chip_supply", mask=finite)
