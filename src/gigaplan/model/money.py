"""Money layer of the master: the programme's capital, drawn as construction goes."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import xarray as xr

from gigaplan.model import equipment, fabs
from gigaplan.model.accelerators import first_fit_capital
from gigaplan.model.language import total, with_labels


def programme_capital(
    model: linopy.Model, inputs: xr.Dataset, share: xr.DataArray | None = None
) -> Any:
    """Programme capital of what enters service in each year [BUSD], dims as left by ``share``.

    Accelerators count when they fill a shell for the first time; refits are a running cost (part
    of the annual charge) unless the programme says that the budget pays for them.

    Parameters
    ----------
    share : part of the capital that counts, by draw class and year (and more dims, which stay);
        default: all of it
    """
    if share is None:
        share = xr.ones_like(inputs["draw"].isel(calendar=0, drop=True))
    build = with_owner(model.variables["build"], "programme")
    lines = with_owner(model.variables["corridor_build"], "programme")
    of_option = share.sel(draw_class=inputs["option_technology"]).drop_vars("draw_class")

    def of(name: str) -> xr.DataArray:
        return with_labels(share, draw_class=name)

    shells = total((of("campus") * inputs["campus_overnight_cost"], model.variables["it_build"]))
    paid = total((of("corridors") * inputs["corridor_overnight_cost"], lines))
    parts = [
        total((of_option * inputs["option_capital"], build)).sum(["option", "year"]),
        shells.sum(["zone", "year"]),
        paid.sum(["corridor", "year"]),
        total((of("accelerators"), first_fit_capital(model, inputs))).sum("year"),
        total((of("fabs"), fabs.fab_capital(model, inputs))).sum("year"),
    ]
    if "equipment_order" in model.variables:
        parts.append(total((of("equipment"), equipment.premium(model, inputs))).sum("year"))
    return total(*parts)


def with_owner(variable: linopy.Variable, owner: str) -> Any:
    """One owner's part of a variable."""
    return variable.sel(owner=owner, drop=True)


def add_budget(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Capital drawn up to each calendar year stays within what is available by then.

    Constraints
    -----------
    budget[calendar] [BUSD]
        sum_class,year,c<=calendar draw[class, year, c] * capital[class, year] <= budget_available
        Dual [BUSD/BUSD]: worth of one BUSD more by then.
    budget_total [BUSD]
        sum_class,year capital <= budget_total
        Dual [BUSD/BUSD]: worth of one BUSD more over the horizon.
    """
    available = inputs["budget_available"]
    finite = np.isfinite(available)
    if bool(finite.any()):
        until = inputs["draw"].cumsum("calendar").assign_coords(calendar=inputs["calendar"])
        drawn = programme_capital(model, inputs, until)
        model.add_constraints(drawn <= available.where(finite, 0.0), name="budget", mask=finite)
    most = float(inputs["budget_total"])
    if np.isfinite(most):
        model.add_constraints(programme_capital(model, inputs) <= most, name="budget_total")
