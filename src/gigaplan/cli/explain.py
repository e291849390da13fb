"""``why``, ``why-not`` and ``bottlenecks``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigaplan.cli.inspect import _formats, _print

if TYPE_CHECKING:
    from gigaplan.plan.why import Why


def register(commands: Any) -> None:
    """Add the commands of this module."""
    for name, said in (
        ("why", "why a state: one more 100 MW of campus there, split, and from when it could run"),
        ("why-not", "why not a state: the same, led by what speaks against it"),
    ):
        why = commands.add_parser(name, help=said)
        why.add_argument("plan", help="folder of a plan")
        why.add_argument("state", help="state, or zone of the plan")
        why.add_argument(
            "--year", type=int, help="planning year from which it stands (default: the earliest)"
        )
        _formats(why)
        why.set_defaults(run=run_why, against=name == "why-not")


def run_why(options: argparse.Namespace) -> int:
    """Print the explanation of one state."""
    from gigaplan.plan.store import open_part
    from gigaplan.plan.why import INPUT_NAMES, PLAN_NAMES, why, why_text

    inputs, data, meta = open_part(Path(options.plan), PLAN_NAMES, INPUT_NAMES)
    found = why(inputs, data, meta, options.state, options.year)
    if options.csv:
        _print(found.table, options)
    elif options.json:
        print(json.dumps(_as_data(found), indent=1, allow_nan=False))
    else:
        print(why_text(found, options.against))
    return 0


def _as_data(found: Why) -> dict[str, Any]:
    """An explanation as plain data, with units."""
    dates = found.dates
    return {
        "state": found.state,
        "year": found.year,
        "marginal": found.marginal,
        "marginal_year": found.marginal_year,
        "built_gw": found.built,
        "resolution_musd": found.resolution,
        "columns": found.table.attrs["units"],
        "rows": json.loads(found.table.to_json(orient="records", double_precision=15)),
        "facts": json.loads(found.facts.to_json(orient="records", double_precision=10)),
        "dates": {
            "earliest": dates.earliest,
            "first_power": dates.first_power,
            "full_power": dates.full_power,
            "room_gw": dates.room if dates.room != float("inf") else None,
            "how": dates.how,
            "not_before": {str(y): reason for y, reason in dates.reasons.items()},
        },
    }
