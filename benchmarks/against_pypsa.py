"""gigaplan and PyPSA on the same national system: ``python benchmarks/against_pypsa.py``.

The 48 states with their fleet, corridors and options for least cost, no programme and no limits
that PyPSA cannot state; stated for PyPSA by independent code (tests/pypsa_mirror.py), one component
for each vintage as PyPSA has them.  Each way runs in a process of its own, in turn; objective,
wall time and most memory of each (all its processes, shared pages once), and the ratios.
Ends with 1 where objectives differ or a stated ratio is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).parent))
from end_to_end import watch

LIMITS = {"simplex": 1 / 20, "fastest": 1 / 5, "memory": 1 / 4}
METHODS = ("gigaplan", "simplex", "ipm", "pdlp")


def system(years: list[int], growth: float) -> xr.Dataset:
    """The national system with everything left out that PyPSA cannot state."""
    import gigaplan as gp
    from gigaplan.inputs.build import build_inputs

    programme = gp.with_changes(
        gp.load("us-first"),
        {
            "years": years,
            "money.available": None,
            "power.reserve.enforce": False,
            "power.build_limits": False,
            "power.interconnection_limits": False,
            "solver.integer": False,
        },
    )
    inputs = build_inputs(programme).copy(deep=True)
    inputs["campus_buildable"][:] = False
    inputs["option_buildable"].loc[{"owner": "programme"}] = False
    inputs["value_of_compute"][:] = 0.0
    inputs["it_path"][:] = np.nan
    inputs["plant_energy_limited"][:] = False
    inputs["load"] = inputs["load"] * growth
    # one set of corridor limits: PyPSA has no limits that change from year to year
    for way in ("forward", "reverse"):
        first = inputs[f"corridor_{way}"].isel(year=0).drop_vars("year")
        inputs[f"corridor_{way}"] = first.expand_dims(year=inputs["year"].values).transpose(
            "corridor", "year"
        )
    return inputs


def run(method: str, years: list[int], days: int, growth: float, gap: float, limit: float) -> dict:
    """One way of solving, in this process."""
    from gigaplan.solving import days as representative

    inputs = system(years, growth)
    weights = pd.Series(representative.choose(inputs, days, 1).weights)
    began = time.monotonic()
    if method == "gigaplan":
        from gigaplan.solving.search import search

        found = search(inputs, weights, gap, baseline=False, check_hours=False)
        found.pool.close()
        objective, low = found.result.upper, found.result.lower
    else:
        import pypsa_mirror as mirror

        none = xr.zeros_like(inputs["campus_overnight_cost"])
        n = mirror.network(inputs, weights, none)
        mirror.prepare(n, inputs, weights)
        options = {"solver": method, "time_limit": limit}
        if method == "ipm":
            options["run_crossover"] = "off"
        _, condition = n.optimize.solve_model(solver_name="highs", output_flag=False, **options)
        done = condition == "optimal"
        objective = float(n.model.objective.value) / mirror.BUSD if done else float("nan")
        low = objective
    wall = time.monotonic() - began
    return {"method": method, "objective": objective, "lower": low, "wall": wall}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", default="2030", help="planning years, such as 2030,2035")
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--growth", type=float, default=1.05, help="factor on the load")
    parser.add_argument("--gap", type=float, default=1e-4, help="certified gap of gigaplan")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds for each solve")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    years = [int(y) for y in options.years.split(",")]
    if options.one:
        found = run(options.one, years, options.days, options.growth, options.gap, options.limit)
        print(json.dumps(found))
        return 0
    rows = []
    for method in options.methods.split(","):
        command = [sys.executable, __file__, "--one", method, *sys.argv[1:]]
        # as gigaplan's command has it, for each way
        about = {"ARROW_DEFAULT_MEMORY_POOL": "system", **os.environ}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=about
        ) as process:
            most = [0.0]
            watch(process, most)
            out = process.stdout.read() if process.stdout else ""
        if process.returncode:
            raise SystemExit(f"{method} failed")
        rows.append({**json.loads(out.splitlines()[-1]), "memory": most[0]})
        r = rows[-1]
        print(
            f"{method:10} objective {r['objective']:12.4f} BUSD  {r['wall']:8.1f} s  "
            f"{r['memory']:6.2f} GB",
            flush=True,
        )
    own = next(r for r in rows if r["method"] == "gigaplan")
    others = [r for r in rows if r["method"] != "gigaplan" and np.isfinite(r["objective"])]
    failed = False
    for r in others:
        apart = abs(own["objective"] - r["objective"]) / abs(r["objective"])
        agree = apart <= 2 * options.gap + 1e-4
        failed |= not agree
        print(
            f"against {r['method']}: time 1/{r['wall'] / own['wall']:.1f}, memory "
            f"1/{r['memory'] / own['memory']:.1f}, objectives {apart:.1e} apart"
        )
    for r in rows:
        if r not in others and r is not own:
            print(
                f"against {r['method']}: not solved in {options.limit:g} s "
                f"(ours {own['wall']:.1f} s)"
            )
    default = next((r for r in others if r["method"] == "simplex"), None)
    if default is not None:
        failed |= own["wall"] > LIMITS["simplex"] * default["wall"]
        failed |= own["memory"] > LIMITS["memory"] * default["memory"]
    if others:
        failed |= own["wall"] > LIMITS["fastest"] * min(r["wall"] for r in others)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
