"""``outcomes``: what a plan does to others, and who gains."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigaplan.cli.inspect import _formats
from gigaplan.cli.planning import _count, _say
from gigaplan.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from gigaplan.outcomes.tables import Outcomes

NAMES = (
    "overview", "prices", "reserve", "emissions", "accounting", "water", "land", "fuel", "jobs",
    "tax", "partners", "position",
)  # fmt: skip
PICTURES = ("prices", "jobs")


def register(commands: Any) -> None:
    """Add the command of this module."""
    command = commands.add_parser(
        "outcomes", help="prices, emissions, water, jobs and more, with the programme and without"
    )
    command.add_argument("plan", help="folder of a plan")
    command.add_argument("table", nargs="?", default="overview", help=f"one of {', '.join(NAMES)}")
    command.add_argument("--state", help="only the rows of a state, region or country")
    command.add_argument("--year", type=int, help="only the rows of a year")
    _formats(command)
    command.add_argument(
        "--picture", type=Path, metavar="FILE",
        help=f"draw the table ({' or '.join(PICTURES)}) as .svg or .png instead",
    )  # fmt: skip
    command.add_argument("--workers", type=_count, help="days solved side by side if it solves")
    command.add_argument("--quiet", action="store_true", help="no progress")
    command.set_defaults(run=run_outcomes)


def run_outcomes(options: argparse.Namespace) -> int:
    """Print or draw one table; the system without the programme is solved and kept if need be."""
    if options.table not in NAMES:
        raise UsageError(f"{options.table!r} is no table of outcomes; choose {', '.join(NAMES)}")
    if options.picture is not None and options.table not in PICTURES:
        raise UsageError(f"--picture: there is a picture of {' and of '.join(PICTURES)} only")
    from gigaplan.outcomes.tables import ALONE, Outcomes
    from gigaplan.plan.store import open_plan

    plan = open_plan(options.plan)
    outcomes = Outcomes(plan)
    if options.table not in ALONE and outcomes.pair.kept is None:
        outcomes = _solved(outcomes, options)
    if options.picture is not None:
        from gigaplan.pictures.outcomes import draw

        draw(outcomes, options.table, options.picture, options.year)
        print(f"wrote {options.picture}", file=sys.stderr)
        return 0
    _print(outcomes.table(options.table, options.state, options.year), options)
    return 0


def _solved(outcomes: Outcomes, options: argparse.Namespace) -> Outcomes:
    """Solve the system without the programme and add it to the plan's folder."""
    from gigaplan.plan.without import keep

    solved = outcomes.solved(options.workers, None if options.quiet else _say)
    if solved.kept is None:
        return solved
    try:
        keep(options.plan, solved.kept)
    except UsageError as error:
        print(f"gigaplan: {error}; these outcomes are shown all the same", file=sys.stderr)
    return solved


def _print(table: pd.DataFrame, options: argparse.Namespace) -> None:
    """The table with its units and sources: as text, CSV or JSON."""
    from gigaplan.outcomes.pair import told

    units, sources = table.attrs["units"], table.attrs["sources"]
    named = {c: f"{c} [{units[c]}]" if units.get(c) else str(c) for c in table.columns}
    if options.csv:
        out = table.rename(columns=named).assign(sources="; ".join(sources))
        out.to_csv(sys.stdout, index=False, float_format="%.10g", lineterminator="\n")
    elif options.json:
        rows = json.loads(table.to_json(orient="records", double_precision=10))
        found = {"columns": units, "sources": told(sources), "rows": rows}
        print(json.dumps(found, indent=1))
    else:
        text = table.rename(columns=named)
        print(text.to_string(index=False, float_format=lambda v: f"{v:z,.3f}", na_rep="-"))
        print("\nsources:")
        for row in told(sources):
            marked = " (background)" if row["confidence"] == "background" else ""
            print(f"  {row['name']}{marked}: {row['source']}")
