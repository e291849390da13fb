"""Things that come in whole units: blocks of campuses, reactors, fab lines, HVDC lines."""

from __future__ import annotations

import linopy
import numpy as np
import xarray as xr

from gigaplan.model.language import total

# the dimension along which units of one kind stand for one another
PLACES = {
    "campus_units": "zone",
    "fab_units": "zone",
    "option_units": "option",
    "corridor_units": "corridor",
}


def come_whole(
    model: linopy.Model, inputs: xr.Dataset, name: str, units: str, size: xr.DataArray
) -> None:
    """Tie a variable of capacity to whole units of it, where units have a size.

    The row ``NAME_definition`` says ``capacity = size x units``; nothing is added where the inputs
    do not ask for whole units, or no unit has a size.

    Parameters
    ----------
    name, units : the variable of capacity, and that of whole numbers to be made
    size : size of a unit, with dimensions of the capacity, in its unit; 0 for any size
    """
    if not bool(inputs["whole_units"]):
        return
    capacity = model.variables[name]
    chosen = {str(d): size[d].values[size.values > 0] for d in size.dims}
    if not bool((size > 0).any()):
        return
    part = capacity.sel(chosen) if chosen else capacity
    upper = capacity.upper.sel(chosen) if chosen else capacity.upper
    whole = model.add_variables(lower=0, upper=upper, coords=part.coords, name=units, integer=True)
    held = size.sel(chosen) if chosen else float(size)
    row = total(part, (-held, whole))
    model.add_constraints(row == 0, name=f"{name}_definition")


def sums(model: linopy.Model, inputs: xr.Dataset) -> list[np.ndarray]:
    """Labels of the units of one kind, year and owner in all places, one array for each.

    What a year holds of a kind in all is what money and supply decide; where it stands matters
    little.  So these sums are branched on before their parts.
    """
    out = []
    for units, place in PLACES.items():
        if units not in model.variables:
            continue
        labels = model.variables[units].labels
        rows = labels.stack(kind=[d for d in labels.dims if d != place]).transpose("kind", place)
        parts = [np.ones(rows.sizes[place], dtype=bool)]
        if place == "option":
            technology = inputs["option_technology"].sel(option=labels["option"]).values.astype(str)
            parts = [technology == t for t in sorted(set(technology))]
        out += [row[part] for part in parts for row in rows.values if part.sum() > 1]
    return out
