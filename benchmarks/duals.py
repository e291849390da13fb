"""The ten dearest limits, each confirmed by a re-solve: ``benchmarks/duals.py [NAME [KEY=VALUE]]``.

For each limit the inputs are given a hundredth of a unit more of it and the
plan is solved again to a gap of 1e-8 on the same days.  ``worth`` is what a plan states
(:mod:`gigaplan.solving.onesided`), ``dual`` the solver's dual that it was read from, ``re-solved``
the fall of the objective per unit; ``one unit`` is the fall for one whole unit more, which may
leave the range in which the slope holds.  Equipment is cumulated over years: one unit more is one
more from that year on.  Exit code 1 when a worth is off by more than 10 %.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd
import xarray as xr

import gigaplan as gp
from gigaplan.inputs.build import build_inputs
from gigaplan.plan.binding import worth_name
from gigaplan.solving import days
from gigaplan.solving.onesided import one_sided
from gigaplan.solving.prepared import Search
from gigaplan.solving.search import search
from gigaplan.solving.worths import worths

# dual: inputs variable that is moved
LIMITS = {
    "dual_cap": "cap_limit",
    "dual_campus_limit": "campus_limit",
    "dual_campus_national_limit": "campus_national_limit",
    "dual_equipment": "equipment_supply",
    "dual_labour": "labour_supply",
    "dual_chip_supply": "chip_supply",
    "dual_reserve": "reserve_existing",
    "dual_water": "water_limit",
}
GAP, LITTLE = 1e-8, 0.01  # relative to the cost of the system; unit


def solve(inputs: xr.Dataset, weights: pd.Series, saved: bytes | None = None) -> Search:
    """The plan on the given days, without the system beside it; cuts proved before serve again."""
    return search(inputs, weights, GAP, workers=2, baseline=False, saved=saved)


def dearest(found: Search) -> list[tuple[float, float, str, dict[str, object]]]:
    """(worth, dual, name of the dual, labels) of every limit that binds, dearest first."""
    duals = worths(found)
    stated = one_sided(found, duals)
    out: list[tuple[float, float, str, dict[str, object]]] = []
    for name in LIMITS:
        array = stated[worth_name(name)]
        for index in np.ndindex(array.shape):
            worth = float(array.values[index])
            if worth > 1e-4:
                at = {str(d): array[d].values[i] for d, i in zip(array.dims, index, strict=True)}
                out.append((worth, float(duals[name].values[index]), name, at))
    whole = float(duals["dual_budget"].sum() + duals["dual_budget_total"])
    if whole > 1e-4:
        out.append((whole, whole, "budget", {}))
    return sorted(out, key=lambda r: -r[0])


def with_more(inputs: xr.Dataset, variable: str, at: dict[str, object], step: float) -> xr.Dataset:
    """The inputs with a little more of one limit."""
    changed = inputs.copy(deep=True)
    if variable == "budget":
        changed["budget_total"] += step
        changed["budget_available"] += step
        return changed
    if variable == "equipment_supply":
        at = at | {"year": slice(at["year"], None)}
    where = {("zone" if d == "campus" else d): v for d, v in at.items()}
    changed[variable].loc[where] = changed[variable].loc[where] + step
    return changed


def main() -> int:
    """Print the table; 1 when a dual is not confirmed."""
    name = sys.argv[1] if len(sys.argv) > 1 else "three-states"
    # in parts of units: a little more of a limit moves a plan in whole units by jumps
    changes = {"solver.integer": "false"} | dict(a.split("=", 1) for a in sys.argv[2:])
    inputs = build_inputs(gp.with_changes(gp.load(name), changes))
    weights = days.choose(inputs, 2 if name == "three-states" else 4, 1).weights
    began = time.monotonic()
    base = solve(inputs, weights)
    proof = base.proof()
    print(f"{name}: solved in {time.monotonic() - began:.1f} s, gap {GAP:g}")
    head = f"{'worth':>10}{'dual':>10}{'re-solved':>10}{'one unit':>10}"
    print(f"{'limit':52}{'size':>10}{head}  off")
    wrong = 0
    for worth, dual, limit, at in dearest(base)[:10]:
        variable = LIMITS.get(limit, limit)
        where = {("zone" if d == "campus" else d): v for d, v in at.items()}
        size = float(inputs["budget_total" if limit == "budget" else variable].loc[where])
        falls = []
        for step in (LITTLE, 1.0):
            again = solve(with_more(inputs, variable, at, step), weights, proof)
            again.pool.close()
            falls.append((base.result.upper - again.result.upper) / step)
        off = abs(falls[0] - worth) / worth
        wrong += off > 0.10
        label = " ".join([limit.removeprefix("dual_"), *map(str, at.values())])
        figures = f"{worth:10.4f}{dual:10.4f}{falls[0]:10.4f}{falls[1]:10.4f}"
        print(f"{label:52}{size:10.3f}{figures}  {off:.1%}", flush=True)
    print("all confirmed within 10 %" if not wrong else f"{wrong} NOT confirmed")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
