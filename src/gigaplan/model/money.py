"""Money layer of the master: the programme's capital, drawn as construction goes."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import xarray as xr

from gigaplan.model import equipment, fabs
from gigaplan.model.accelerators import first_fit_capital
from gigaplan.model.language import with_labels


def programme_capital(model: linopy.Model, inputs: xr.Dataset) -> dict[str, Any]:
    """Programme capital of what enters service in each year [BUSD], by draw class, dim year.

    Accelerators count when they fill a shell for the first time; refits are a running cost (part
    of the annual charge) unless the programme says that the budget pays for them.
    """
    it_build = model.variables["it_build"]
    build = with_owner(model.variables["build"], "programme")
    lines = with_owner(model.variables["corridor_build"], "programme")
    cost = inputs["option_capital"] * build
    technology = inputs["option_technology"].values.astype(str)
    capital = {
        "campus": (inputs["campus_overnight_cost"] * it_build).sum("zone"),
        "accelerators": first_fit_capital(model, inputs),
        "fabs": fabs.fab_capital(model, inputs),
        "corridors": (inputs["corridor_overnight_cost"] * lines).sum("corridor"),
    }
    if "equipment_order" in model.variables:
        capital["equipment"] = equipment.premium(model, inputs)
    for name in sorted(set(technology)):
        chosen = inputs["option"].values[technology == name]
        capital[name] = cost.sel(option=chosen).sum("option")
    return capital


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
    capital = programme_capital(model, inputs)
    until = inputs["draw"].cumsum("calendar").assign_coords(calendar=inputs["calendar"])
    drawn: Any = sum(
        (with_labels(until, draw_class=name) * amount).sum("year")
        for name, amount in capital.items()
    )
    available = inputs["budget_available"]
    finite = np.isfinite(available)
    if bool(finite.any()):
        model.add_constraints(drawn <= available.where(finite, 0.0), name="budget", mask=finite)
    total = float(inputs["budget_total"])
    if np.isfinite(total):
        model.add_constraints(sum(a.sum() for a in capital.values()) <= total, name="budget_total")
