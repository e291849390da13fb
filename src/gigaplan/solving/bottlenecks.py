"""Everything scarce in a plan, ranked by what one more unit is worth, the dearest solved again."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.errors import UsageError
from gigaplan.inputs.build import build_inputs
from gigaplan.plan.binding import h100e_years
from gigaplan.plan.scarce import Scarce, as_table, scarce
from gigaplan.plan.store import PROGRAMME, PROOF
from gigaplan.solving import days as representative
from gigaplan.solving.facts import fingerprint
from gigaplan.solving.inner import Priced
from gigaplan.solving.limit import Limit
from gigaplan.solving.prepared import MANY, Search, prepared
from gigaplan.solving.relax import GAP, Relaxed, Relaxer
from gigaplan.solving.whatif import programme_of
from gigaplan.solving.worths import row_duals

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

Say = Callable[[str], None]
CONFIRMED = 10
LARGE = 3000  # plants, years and days above which two processes share the work
RESOLVED = ("slope", "worth", "worth_low", "worth_high", "worth_h100e")


def bottlenecks(
    plan: Plan,
    *,
    confirm: int = CONFIRMED,
    gap: float = GAP,
    workers: int | None = None,
    time_limit: float | None = None,
    progress: Say | None = None,
) -> pd.DataFrame:
    """Everything scarce, by limit and year, ranked by what one more unit is worth.

    Columns: limit, where, year, acts (in the year, or from it on), unit, dual [BUSD per unit] and
    in thousand H100e-years, source; of the dearest that were solved again with one unit more:
    ``slope`` of the cut model for a little more, ``worth`` of the whole unit (NaN where the bounds
    do not resolve it), the certified interval ``worth_low`` to ``worth_high``, and the worth in
    thousand H100e-years; ``note`` in words.

    Parameters
    ----------
    plan : from :func:`gigaplan.solve` or :func:`gigaplan.open`
    confirm : how many of the dearest are solved again; 0 for none
    gap : to what each is proved, relative to the whole system's cost
    workers, time_limit, progress : as in :func:`gigaplan.solve`

    Raises
    ------
    UsageError
        the plan holds no programme, or the built-in data have changed since it was made.
    """
    if confirm <= 0:
        return _finished(scarce(plan.inputs, plan.data), {}, plan, plan.inputs)
    say = progress or (lambda _: None)
    limit = Limit.after(time_limit)
    found, priced = _prepare(plan, workers, say)
    try:
        if priced is None:
            say(f"the plan itself, to a gap of {gap:.0e}")
        relaxer = Relaxer(found, gap, limit, say, priced)
        results: dict[tuple[str, tuple[tuple[str, object], ...]], Relaxed] = {}
        items: list[Scarce] = []
        while True:
            items = scarce(found.inputs, row_duals(found))
            left = [s for s in items if (s.kind, s.labels) not in results]
            if len(results) >= confirm or not left or limit.over():
                break
            item = left[0]
            say(f"one more unit: {item.kind} {item.where} {item.acts}")
            results[item.kind, item.labels] = relaxer.relax(item)
            relaxer.refresh()
    finally:
        found.pool.close()
    # one that was solved again may have lost its dual to the cuts found on the way
    known = {(s.kind, s.labels) for s in items}
    items += [Scarce(*key, 0.0) for key in results if key not in known]
    return _finished(items, results, plan, found.inputs)


def _prepare(plan: Plan, workers: int | None, say: Say) -> tuple[Search, Priced | None]:
    """Inputs, master and dispatch problems, with what the plan has proved.

    Of many days the points that were priced take the place of days solved again.
    """
    inputs = plan.inputs
    if fingerprint(inputs) != plan.meta["inputs_sha256"]:
        # on disk the hourly numbers are rounded; the programme gives them exactly
        if not any(n.startswith(f"{PROGRAMME}/") for n in plan.attachments):
            raise UsageError("the plan holds no programme; make it again with gigaplan plan")
        say("reading the programme")
        inputs = build_inputs(programme_of(plan))
        if fingerprint(inputs) != plan.meta["inputs_sha256"]:
            raise UsageError(
                "the built-in data or the inputs differ from those that the plan was made with; "
                "make it again with gigaplan plan"
            )
    count, hardest = int(plan.meta["days_asked"]), int(plan.meta["hardest_asked"])
    chosen = representative.choose(inputs, count, hardest)
    if workers is None:
        # few days, solved some hundred times: a second process is worth its start, more are not
        hours = inputs.sizes["plant"] * inputs.sizes["year"] * len(chosen.weights)
        workers = min(2, os.cpu_count() or 1) if hours > LARGE else 1
    found = prepared(
        inputs, chosen.weights, workers, None, False, lambda: plan.attachments.get(PROOF)
    )
    kept = found.go_on()
    if kept is not None:
        say(str(kept))
        if len(chosen.weights) >= MANY:
            return found, kept.priced
    return found, None


def _finished(
    items: list[Scarce],
    results: dict[tuple[str, tuple[tuple[str, object], ...]], Relaxed],
    plan: Plan,
    inputs: xr.Dataset,
) -> pd.DataFrame:
    """The table, ranked: by the worth where it is resolved, by the interval, else by the dual."""
    table = as_table(items, inputs, plan.meta)
    units = dict(table.attrs["units"])
    again = [results.get((s.kind, s.labels)) for s in items]
    per_busd = [h100e_years(inputs, s.year) / 1e3 for s in items]
    columns: dict[str, list[float]] = {name: [] for name in RESOLVED}
    rank, notes = [], []
    for item, r, rate in zip(items, again, per_busd, strict=True):
        own = (np.nan,) * 5 if r is None else (r.slope, r.worth, r.low, r.high, r.worth * rate)
        for name, value in zip(RESOLVED, own, strict=True):
            columns[name].append(value)
        rank.append(item.dual if r is None else (r.low + r.high) / 2)
        notes.append(_note(r))
    if results:
        for k, r in enumerate(again):
            if r is not None:
                # the dual that it was chosen by, before the cuts found on the way
                table.loc[k, "dual"] = r.dual
                table.loc[k, "dual_h100e"] = r.dual * per_busd[k]
    for name, values in columns.items():
        table[name] = np.array(values, dtype=float)
        units[name] = "thousand H100e-years per unit" if "h100e" in name else "BUSD per unit"
    table["note"] = notes
    order = np.argsort(-np.array(rank, dtype=float), kind="stable")
    table = table.iloc[order].reset_index(drop=True)
    table.attrs["units"] = {**units, "note": ""}
    return table


def _note(r: Relaxed | None) -> str:
    """What a reader should know of a row."""
    if r is None:
        return "not solved again: the dual may overstate a whole unit"
    if np.isnan(r.worth):
        return f"not resolved: the bounds prove {r.low:.3f} to {r.high:.3f} BUSD for one unit"
    if r.slope < 0.8 * r.dual:
        return "its dual is not unique: even a little more is worth less"
    if r.worth < 0.8 * r.slope:
        return "the first part of a unit is worth more than the rest"
    return ""
