"""Fab lines that the programme may fund: wafers, packaging, memory of its own."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import xarray as xr

from gigaplan.model.language import total
from gigaplan.model.power import cumulative
from gigaplan.model.units import come_whole


def add_fabs(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Fab lines of the programme.

    Variables
    ---------
    fab_build[chip_step, zone, year] [kwpm]
        capacity that enters service in the year; zero where and when no line can stand
    fab_units[chip_step, zone, year] [1]
        whole lines, in plans of whole units

    Constraints
    -----------
    fab_build_definition[chip_step, zone, year] [kwpm]
        fab_build = fab_unit * fab_units
        Dual [BUSD/kwpm]: cost of one kwpm beside the lines held.
    """
    buildable = inputs["fab_buildable"].transpose("chip_step", "zone", "year")
    model.add_variables(
        lower=0, upper=xr.where(buildable, np.inf, 0.0), coords=buildable.coords, name="fab_build"
    )
    come_whole(model, inputs, "fab_build", "fab_units", inputs["fab_unit"])


def fab_power(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """What fab lines draw, by zone and year [GW]: a large load beside the campus of the zone."""
    standing = cumulative(model, inputs, "fab_build")
    return total((inputs["fab_power"], standing)).sum("chip_step")


def fab_output(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """What own lines give between two planning years, by step and year [thousand wafers or PB].

    ``sum_built output * fab_ramp[year, built] * fab_build``, where the ramp counts the years of
    full output that a line in service since ``built`` gives since the last planning year.
    """
    built = model.variables["fab_build"].rename(year="year_built").sum("zone")
    made = total((inputs["fab_ramp"], built)).sum("year_built")
    return total((inputs["fab_output"], made))


def fab_charge(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Capital charge of the lines in service, by year [BUSD/year]."""
    charge = inputs["fab_annual_charge"]
    return cumulative(model, inputs, "fab_build", charge=charge).sum(["chip_step", "zone"])


def fab_capital(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Capital of what enters service, after credits, by year [BUSD]."""
    capital = total((inputs["fab_capital"], model.variables["fab_build"]))
    return capital.sum(["chip_step", "zone"])
