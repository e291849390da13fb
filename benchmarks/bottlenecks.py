"""Explanations of a saved plan against re-solves: ``benchmarks/bottlenecks.py PLAN [STATE ...]``.

1. ``gigaplan why`` from a cold start: seconds of the processor and on the clock (asked: under 2).
2. ``gigaplan bottlenecks`` with its ten re-solves: the same (asked: under 60 on two cores).
3. For each state (default: OH, VA and the marginal one) 100 MW of IT are forced into the plan in
   its earliest year and the plan is solved again; the rise of the objective is known between
   certified bounds, and held against the reduced cost that the parts add up to.

A whole step costs at least what the slope says, and more where it leaves the range of the slope or
meets days that the plan's cuts have not tried.  Exit code 1 when a reduced cost lies above the
bounds, or below them by more than 10 % and more than the plan's certified gap, which is what
``gigaplan why`` says is proved.  Make the plan with
``gigaplan plan us-first --days 4 -o PLAN``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np

import gigaplan as gp
from gigaplan.plan.why import MUSD, SIZE
from gigaplan.solving import engine
from gigaplan.solving.bottlenecks import _prepare
from gigaplan.solving.engine import Stop
from gigaplan.solving.ledger import Ledger
from gigaplan.solving.parts import it_cost
from gigaplan.solving.relax import GAP, Relaxer

WITHIN = 0.10


def timed(*arguments: str) -> tuple[float, float]:
    """Seconds of the processor and on the clock of a command."""
    before, began = os.times(), time.monotonic()
    command = [sys.executable, "-m", "gigaplan.cli.main", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user + after.children_system
    return used - before.children_user - before.children_system, time.monotonic() - began


def forced(relaxer: Relaxer, column: int, gw: float) -> tuple[float, float]:
    """Certified bounds on the rise of the objective with so much in a column [BUSD]."""
    found, master = relaxer.found, relaxer.found.master
    with master.at_least(column, gw):
        stop = Stop(relaxer.gap, found.scale, np.inf)
        result = engine.run(master, found.evaluator, stop)
    relaxer.refresh()
    return result.lower - relaxer.base.upper, result.upper - relaxer.base.lower


def main() -> int:
    """Print the three tables."""
    folder, *states = sys.argv[1:]
    for arguments in (("why", folder, "TX"), ("bottlenecks", folder, "--quiet")):
        cpu, wall = timed(*arguments)
        print(f"gigaplan {' '.join(arguments)}: {cpu:.1f} s of the processor, {wall:.1f} s in all")
    plan = gp.open(folder)
    found = _prepare(plan, 1, lambda _: None)
    relaxer = Relaxer(found, GAP, np.inf, lambda _: None)
    _, point = found.master.solve()
    cost = it_cost(Ledger(found.inputs, found.master, point)).sum("it_part")
    states = states or ["OH", "VA", plan.why("OH").marginal]
    print(f"{'state':8}{'year':>6}{'reduced cost':>14}{'re-solved':>22}  MUSD per 100 MW")
    wrong = 0
    for state in states:
        year = plan.why(state).year
        column = int(found.master.columns("it_build", zone=state, year=year)[0])
        reduced = float(cost.sel(zone=state, year=year)) * MUSD
        low, high = (1e3 * v for v in forced(relaxer, column, point[column] + SIZE))
        there = point[column] > 1e-6
        below = low * (1 - WITHIN) - reduced
        mark = ""
        if reduced > high + 1e-3 or (below > plan.meta["gap_busd"] * 1e3 and not there):
            mark, wrong = "  OUTSIDE", wrong + 1
        elif below > 0:
            # the plan stands at a kink where it builds
            mark = "  the plan has it there" if there else "  within the plan's certified gap"
        print(f"{state:8}{year:>6}{reduced:14.1f}{low:10.1f} to {high:8.1f}{mark}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
