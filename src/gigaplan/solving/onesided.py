"""What a little more of the dearest limits is worth: one-sided slopes of the cut model.

Where more limits bind than decide, duals are not unique: each set of them is right for some mixture
of changes, and the dual of one limit, or their sum over the years from which a unit stands, is only
a bound from above on what a little more of that limit alone brings.  So the dearest limits are
moved a little, one after the other, and the master is solved again with the cuts that it has.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
import xarray as xr

from gigaplan.plan.binding import BINDING, worth_name
from gigaplan.solving.relax import SMALL, rows_at
from gigaplan.solving.search import Search
from gigaplan.solving.worths import LIMITS

DEAREST = 10  # limits whose slope is solved for
NOTHING = 1e-6  # BUSD per unit


def one_sided(found: Search, duals: xr.Dataset) -> xr.Dataset:
    """Worth of one more unit of each limit that can bind [BUSD per unit].

    The slope of the dearest ten, the dual of the others, which bounds theirs from above.

    Parameters
    ----------
    found : with its master as the duals were read from it; its rows are put back
    duals : of :func:`gigaplan.solving.worths.worths`

    Raises
    ------
    SolverError
        the master ends otherwise than optimal.
    """
    out = {worth_name(name): duals[name].copy(deep=True) for name in BINDING}
    if found.inputs.sizes["calendar"]:
        # a BUSD more by the last year is one more in all
        out["worth_budget"][-1] += float(duals["dual_budget_total"])
    queue: list[tuple[float, str, tuple[int, ...], bool]] = []
    for name in BINDING:
        array = out[worth_name(name)]
        queue += [
            (-float(array.values[index]), name, index, False)
            for index in np.ndindex(array.shape)
            if array.values[index] > NOTHING
        ]
    heapq.heapify(queue)
    base, _ = found.master.solve()
    kept = 0
    while queue and kept < DEAREST:
        bound, name, index, known = heapq.heappop(queue)
        if known:
            kept += 1
            continue
        array = out[worth_name(name)]
        labels = {str(d): array[d].values[i] for d, i in zip(array.dims, index, strict=True)}
        with found.master.relaxed({r: d * SMALL for r, d in _moved(found, name, labels).items()}):
            less, _ = found.master.solve()
        slope = min(max((base - less) / SMALL, 0.0), -bound)
        array.values[index] = slope
        heapq.heappush(queue, (-slope, name, index, True))
    return xr.Dataset(out)


def _moved(found: Search, name: str, labels: dict[str, Any]) -> dict[int, float]:
    """Rows that one more unit moves, and by how much."""
    constraint, _ = LIMITS.get(name, ("", ()))
    span = dict(labels)
    if name == "dual_equipment":
        # what arrives by a year is there in all later ones
        years = found.inputs["year"].values
        span["year"] = years[years >= labels["year"]]
    names = ["national_cap", "zonal_cap"] if name == "dual_cap" else [constraint]
    rows = [r for n in names for r in rows_at(found, n, span)]
    if name == "dual_budget" and labels["calendar"] == found.inputs["calendar"].values[-1]:
        rows += rows_at(found, "budget_total", {})
    return dict.fromkeys(rows, -1.0 if name == "dual_reserve" else 1.0)
