"""What a little more of the dearest limits is worth: one-sided slopes of the cut model.

Where more limits bind than decide, duals are not unique: each set of them is right for some mixture
of changes, and the dual of one limit, or their sum over the years from which a unit stands, is only
a bound from above on what a little more of that limit alone brings.  So the dearest limits are
moved a little, one after the other, and the master is solved again.

Where the plan has nothing of a kind no cut was made that knows what it would do, and the cuts made
elsewhere promise too much.  So the dispatch is looked at where the master would go, from the best
point on, and the master solved again with what that shows, until the slope stays.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from gigaplan.plan.binding import BINDING, worth_name
from gigaplan.solving.master import Cut
from gigaplan.solving.prepared import MANY, Search
from gigaplan.solving.relax import SMALL, rows_at
from gigaplan.solving.worths import LIMITS

DEAREST = 10  # limits whose slope is solved for
LOOKS, STAYS = 6, 0.98  # at the dispatch for one limit at most; of a slope, where it stays
NOTHING = 1e-6  # BUSD per unit
MISSED = 1e-7  # relative, by which a cut must cut off the point that it was made for


def one_sided(found: Search, duals: xr.Dataset) -> xr.Dataset:
    """Worth of one more unit of each limit that can bind [BUSD per unit].

    The slope of the dearest ten, the dual of the others, which bounds theirs from above.

    Parameters
    ----------
    found : with its master as the duals were read from it, and its workers; rows are put back, cuts
        that are found stay
    duals : of :func:`gigaplan.solving.worths.worths`

    Raises
    ------
    SolverError
        the master or a day ends otherwise than optimal.
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
    slopes = _Slopes(found)
    kept = 0
    while queue and kept < DEAREST:
        bound, name, index, known = heapq.heappop(queue)
        if known:
            kept += 1
            continue
        array = out[worth_name(name)]
        labels = {str(d): array[d].values[i] for d, i in zip(array.dims, index, strict=True)}
        slope = min(slopes.of(_moved(found, name, labels)), -bound)
        array.values[index] = slope
        heapq.heappush(queue, (-slope, name, index, True))
    return xr.Dataset(out)


class _Slopes:
    """The master's optimum, and that with a little more of a limit."""

    def __init__(self, found: Search):
        self._found = found
        self._best = (found.relaxed or found.result).point
        self._base, self._here = found.master.solve()

    def of(self, moved: Mapping[int, float]) -> float:
        """Fall of the objective per unit [BUSD]; cuts are added until it stays."""
        master, last = self._found.master, np.inf
        for _ in range(LOOKS):
            with master.relaxed({r: d * SMALL for r, d in moved.items()}):
                value, there = master.solve()
            slope = max((self._base - value) / SMALL, 0.0)
            if slope <= NOTHING or slope >= STAYS * last:
                break
            last = slope
            cuts = self._cuts(np.maximum(self._best + there - self._here, 0.0))
            cuts = [c for c in cuts if c.missed_by(there) > MISSED]
            if not cuts:
                break
            master.add(cuts)
            self._base, self._here = master.solve()
        return slope

    def _cuts(self, point: np.ndarray) -> list[Cut]:
        """What the dispatch says at a point; of many days what is known of it already."""
        evaluator = self._found.evaluator
        if len(self._found.weights) >= MANY:
            guessed = evaluator.guess(point)
            return [] if guessed is None else guessed[1]
        return evaluator.evaluate(point)[1]


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
