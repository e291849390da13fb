"""The ten highest duals, each confirmed by a re-solve: ``benchmarks/duals.py [NAME [KEY=VALUE]]``.

For each limit the inputs are given a little more of it (1 % of the limit, at most one unit) and the
plan is solved again to a gap of 1e-8 on the same days.  ``re-solved`` is the fall of the objective
per unit; ``one unit`` is the fall for one whole unit more, which may leave the range in which the
dual holds.  Budget and equipment are cumulated over years: one unit more is one more from that
year on, and its worth the sum of the duals from there on.  A dual at a limit of zero is a one-sided
slope and may overstate what the first unit brings; such rows are marked.  Exit code 1 when a dual
is off by more than 10 %.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import xarray as xr

import gigaplan as gp
from gigaplan.inputs.build import build_inputs
from gigaplan.solving import days
from gigaplan.solving.search import Search, search

# constraint of the master: inputs variable
LIMITS = {
    "national_cap": "cap_limit",
    "zonal_cap": "cap_limit",
    "campus_limit": "campus_limit",
    "campus_national_limit": "campus_national_limit",
    "equipment_supply": "equipment_supply",
    "labour": "labour_supply",
    "chip_supply": "chip_supply",
}
GAP = 1e-8


def solve(inputs: xr.Dataset, weights: object) -> Search:
    """The plan on the given days, without the system beside it."""
    found = search(inputs, weights, GAP, workers=1, baseline=False)  # type: ignore[arg-type]
    found.pool.close()
    return found


def duals(found: Search) -> list[tuple[float, str, str, dict[str, object]]]:
    """(worth, constraint, inputs variable, labels) of every limit that binds, highest first."""
    found.master.solve()
    budget = [r for n in ("budget", "budget_total") if n in found.model.constraints
              for r in found.master.rows(n) if r >= 0]  # fmt: skip
    whole = sum(abs(float(found.master.row_dual[r])) for r in budget)
    out: list[tuple[float, str, str, dict[str, object]]] = [(whole, "budget", "budget_total", {})]
    for name, variable in LIMITS.items():
        if name not in found.model.constraints:
            continue
        labels = found.model.constraints[name].labels
        rows = found.master.rows(name).reshape(labels.shape)
        dual = np.where(rows >= 0, np.abs(found.master.row_dual[rows]), 0.0)
        if name == "equipment_supply":
            dual = dual[..., ::-1].cumsum(axis=-1)[..., ::-1]
        for index in np.ndindex(labels.shape):
            worth = float(dual[index])
            if worth > 1e-4:
                at = {str(d): labels[d].values[i] for d, i in zip(labels.dims, index, strict=True)}
                out.append((worth, name, variable, at))
    return sorted(out, key=lambda r: -r[0])


def with_more(inputs: xr.Dataset, variable: str, at: dict[str, object], step: float) -> xr.Dataset:
    """The inputs with a little more of one limit."""
    changed = inputs.copy(deep=True)
    if variable == "budget_total":
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
    print(f"{name}: solved in {time.monotonic() - began:.1f} s, gap {GAP:g}")
    print(f"{'limit':52}{'size':>10}{'dual':>10}{'re-solved':>10}{'one unit':>10}  off")
    wrong = 0
    for worth, constraint, variable, at in duals(base)[:10]:
        where = {("zone" if d == "campus" else d): v for d, v in at.items()}
        size = float(inputs[variable].loc[where])
        falls = []
        for step in (min(max(0.01 * size, 1e-3), 1.0), 1.0):
            again = solve(with_more(inputs, variable, at, step), weights)
            falls.append((base.result.upper - again.result.upper) / step)
        off = abs(falls[0] - worth) / worth
        mark = " (limit is zero)" if size == 0 else ""
        wrong += off > 0.10 and size > 0
        label = " ".join([constraint, *map(str, at.values())])
        print(
            f"{label:52}{size:10.3f}{worth:10.4f}{falls[0]:10.4f}{falls[1]:10.4f}  {off:.1%}{mark}"
        )
    print("all confirmed within 10 %" if not wrong else f"{wrong} NOT confirmed")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
