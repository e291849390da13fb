"""One more unit of a limit: the right-hand sides that it moves, and the plan solved again with it.

Everything is made once: inputs, master and dispatch problems, with the cuts that the plan has
proved.  A limit is relaxed in place, solved to bounds, and put back; cuts found on the way hold
for all.  What a unit is worth is then known between two bounds,

    (L(0) - U(1)) / step  <=  worth  <=  (U(0) - L(1)) / step

with L and U the certified lower and upper bounds on the objective without (0) and with (1) it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from gigaplan.errors import SolverError
from gigaplan.plan.scarce import KINDS, Scarce
from gigaplan.solving import engine
from gigaplan.solving.engine import Known, Result, Stop
from gigaplan.solving.inner import Priced
from gigaplan.solving.limit import Limit
from gigaplan.solving.prepared import Search
from gigaplan.solving.worths import containing

Say = Callable[[str], None]
GAP = 2e-5  # of the system's cost: to what a re-solve is proved at least
SHARP = 0.1  # width of the certified interval, relative to the worth, that is asked for
CLEAR = 0.2  # ... and that still counts as resolved
SMALL = 1e-3  # unit: step of the one-sided slope


@dataclass(frozen=True)
class Relaxed:
    """What a re-solve found: worth of one more unit of a limit [BUSD per unit].

    Attributes
    ----------
    dual : of the cut model at the time
    slope : one-sided slope of the cut model for a little more
    low, high : certified bounds on the worth of a whole step, per unit
    step : units
    """

    dual: float
    slope: float
    low: float
    high: float
    step: float

    @property
    def worth(self) -> float:
        """The middle of the certified interval, NaN where the bounds do not resolve it."""
        middle = (self.low + self.high) / 2
        return middle if self.high - self.low <= CLEAR * middle else float("nan")


def changes(found: Search, item: Scarce) -> dict[int, float]:
    """Rows of the master whose right-hand side one more unit moves, and by how much.

    Raises
    ------
    SolverError
        the limit has no row in the master.
    """
    inputs, kind = found.inputs, KINDS[item.kind]
    labels = dict(item.labels)
    if item.kind == "investor's commitment":
        out = _investor(found, str(labels["investor"]))
    elif item.kind == "mandate or clearance":
        out = {r: 1.0 for n in kind.rows for r in rows_at(found, n, labels)}
    else:
        time = next((d for d in ("year", "calendar") if d in labels), None)
        span = dict(labels)
        if kind.from_on and time is not None:
            span[time] = inputs[time].values[inputs[time].values >= labels[time]]
        sign = -1.0 if item.kind == "planning reserve" else 1.0
        out = {r: sign for n in kind.rows for r in rows_at(found, n, span)}
    if not out:
        raise SolverError(f"{item.kind} {item.where}: the limit has no row in the master")
    return out


def rows_at(found: Search, name: str, labels: dict[str, object]) -> list[int]:
    """Rows of a constraint at labels, those that are there; a label may be several."""
    if name not in found.model.constraints:
        return []
    array = found.model.constraints[name].labels
    rows = xr.DataArray(
        found.master.rows(name).reshape(array.shape), dims=array.dims, coords=array.coords
    )
    for dim, value in labels.items():
        if dim not in rows.dims:
            continue
        wanted = np.atleast_1d(np.asarray(value, dtype=rows[dim].dtype))
        rows = rows.isel({dim: np.flatnonzero(np.isin(rows[dim].values, wanted))})
    return [int(r) for r in rows.values.ravel() if r >= 0]


def _investor(found: Search, name: str) -> dict[int, float]:
    """One more BUSD from the start: its own sum, those that contain it, clearance, mandate."""
    inputs = found.inputs
    out: dict[int, float] = {}
    for other in sorted({name, *containing(inputs)[name]}):
        out |= {r: 1.0 for r in rows_at(found, "commitment", {"investor": other})}
        cleared = float(inputs["investor_cleared"].sel(investor=other))
        out |= {r: cleared for r in rows_at(found, "cleared", {"investor": other})}
    last = float(inputs["investor_available"].sel(investor=name).isel(calendar=-1))
    part = (inputs["limit_kind"].values == "concentration") & (
        inputs["limit_investor"].values == name
    )
    for label, value in zip(
        inputs["limit"].values[part], inputs["limit_value"].values[part], strict=True
    ):
        if last > 0:
            share = float(value) / last
            out |= {r: share for r in rows_at(found, "limit_amount", {"limit": label})}
    return out


class Relaxer:
    """The base case solved sharply, and limits relaxed one after the other."""

    def __init__(
        self, found: Search, gap: float, limit: Limit, say: Say, priced: Priced | None = None
    ):
        """``found`` is prepared, with whatever cuts are valid; it is solved to ``gap`` here.

        With ``priced`` no day is solved: a case is proved as far as the cuts and the mixtures of
        those points do it.
        """
        self.found, self.gap, self.limit, self._say = found, gap, limit, say
        self._priced = priced
        known = None if priced is None else found.mixture(priced)
        if known is not None:
            lower, _ = found.master.solve()
            self.base = self._between(lower, known)
            return
        self._priced = None
        stop = Stop(gap, found.scale, limit)
        start = found.result.point if len(found.result.point) else None
        self.base = engine.run(found.master, found.evaluator, stop, start, self._told)
        found.result = self.base
        found.settle()
        found.master.drop_idle()
        self.refresh()

    def _between(self, lower: float, known: Known) -> Result:
        """A case as the cuts and a known plan bound it."""
        upper = engine.value(self.found.master, self.found.evaluator.columns, known)
        return Result("optimal", lower, upper, known.point, known.costs)

    def _told(self, r: engine.Round) -> None:
        self._say(f"  round {r.number}: gap {r.gap:.1e}, {r.seconds:.0f} s")

    @property
    def width(self) -> float:
        """Distance of the bounds of the base case [BUSD]."""
        return self.base.upper - self.base.lower

    def refresh(self) -> None:
        """The base case again with the cuts known by now: its duals, and perhaps a higher bound."""
        lower, _ = self.found.master.solve()
        self.base.lower = max(self.base.lower, lower)

    def relax(self, item: Scarce, step: float = 1.0) -> Relaxed:
        """Solve with ``step`` units more of a limit; the limit is put back whatever happens.

        The master's duals afterwards are those of the relaxed case: see :meth:`refresh`.
        """
        master, found = self.found.master, self.found
        moved = changes(found, item)
        base, _ = master.solve()
        little = SMALL * step
        with master.relaxed({r: d * little for r, d in moved.items()}):
            less, _ = master.solve()
        slope = max((base - less) / little, 0.0)
        whole = {r: d * step for r, d in moved.items()}
        with master.relaxed(whole):
            if self._priced is None:
                result = engine.run(
                    master, found.evaluator, Stop(self.gap, self._scale, self.limit),
                    self.base.point, self._told,
                )  # fmt: skip
            else:
                lower = engine.bound(master, found.evaluator, self.gap)
                known = found.mixture(self._priced, whole)
                # the plan as it is remains one, if the limit only gives way
                result = self._between(lower, known or Known(self.base.point, self.base.costs))
        low = max((self.base.lower - result.upper) / step, 0.0)
        high = max((self.base.upper - result.lower) / step, low)
        return Relaxed(item.dual, slope, low, high, step)

    def _scale(self, point: np.ndarray, costs: np.ndarray) -> float:
        """What the gap of a relaxed case is relative to, so that its worth is resolved.

        The case is proved as far as the base case, or as far as its worth asks for.
        """
        known = Known(point, costs)
        upper = engine.value(self.found.master, self.found.evaluator.columns, known)
        wanted = SHARP * (self.base.upper - upper) - self.width
        return max(wanted, self.width, 1e-9) / self.gap
