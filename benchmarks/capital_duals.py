"""Marginal values against re-solves: ``python benchmarks/capital_duals.py [--programme NAME]``.

For a programme with the roster, each investor whose money is used or wanted gets a little more, and
with it every sum that contains its own; the gain of the aim is held against the marginal value
that the plan states.  Agreement within 10 % is asked for.  Needs nothing but the package.
"""

from __future__ import annotations

import argparse
import sys

import pandas as pd

import gigaplan as gp
from gigaplan.inputs.build import build_inputs
from gigaplan.solving import days as representative
from gigaplan.solving.search import search
from gigaplan.solving.worths import containing, money_duals

WITHIN = 0.10
NOTHING = 2e-3  # BUSD/BUSD: less is no worth


def main() -> int:
    """Print the table; exit code 1 when an investor is off by more than 10 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programme", default="three-states")
    parser.add_argument("--step", type=float, default=0.02, help="BUSD more")
    parser.add_argument("--most", type=int, default=12, help="investors, the dearest first")
    options = parser.parse_args()
    # in parts of units: a step of money moves a plan in whole units by jumps
    programme = gp.with_changes(
        gp.load(options.programme),
        {"capital.roster": "atlas", "capital.scale": "to_budget", "solver.integer": False},
    )
    inputs = build_inputs(programme)
    weights = representative.choose(inputs, programme.days.count, programme.days.hardest).weights
    base = search(inputs, weights, 1e-8, workers=1, baseline=False)
    base.pool.close()
    worth = money_duals(base)["dual_commitment"].to_series()
    table = []
    for name in worth.sort_values(ascending=False).index[: options.most]:
        more = inputs.copy()
        names = inputs["investor"].values.tolist()
        raised = {name, *containing(inputs)[name]}
        more["investor_available"] = inputs["investor_available"].copy(deep=True)
        for other in raised:
            more["investor_available"][names.index(other)] += options.step
        found = search(more, weights, 1e-8, workers=1, baseline=False)
        found.pool.close()
        gained = (base.result.upper - found.result.upper) / options.step
        off = abs(gained - worth[name]) / max(abs(gained), NOTHING)
        table.append((name, worth[name], gained, off))
    shown = pd.DataFrame(table, columns=["investor", "marginal_value", "re_solve", "off"])
    print(shown.to_string(index=False, float_format=lambda v: f"{v:.5f}"))
    failed = int((shown["off"] > WITHIN).sum())
    print(f"{len(shown) - failed} of {len(shown)} within {WITHIN:.0%}, step {options.step} BUSD")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
