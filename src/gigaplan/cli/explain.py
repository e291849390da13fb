"""``why``, ``why-not`` and ``bottlenecks``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigaplan.cli.inspect import _formats, _print
from gigaplan.cli.planning import _count, _positive, _say
from gigaplan.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from gigaplan.plan.why import Why

SHOWN = 20


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
    scarce = commands.add_parser(
        "bottlenecks", help="everything scarce, ranked by what one more unit is worth"
    )
    scarce.add_argument("plan", help="folder of a plan")
    again = scarce.add_mutually_exclusive_group()
    again.add_argument(
        "--confirm", type=_count, default=10, metavar="N",
        help="how many of the dearest are solved again with one unit more (default 10)",
    )  # fmt: skip
    again.add_argument(
        "--no-confirm", action="store_true", help="duals alone; nothing is solved again"
    )
    scarce.add_argument(
        "--gap", type=_positive, default=2e-5, help="gap of the re-solves, relative (default 2e-5)"
    )
    scarce.add_argument("--workers", type=_count, help="days solved side by side")
    scarce.add_argument("--time-limit", type=_positive, help="seconds for the re-solves")
    scarce.add_argument("--year", type=int, help="only what acts in, or from, this year")
    scarce.add_argument(
        "--picture", type=Path, metavar="FILE", help="also draw them, as .svg or .png"
    )
    scarce.add_argument("--quiet", action="store_true", help="no progress")
    _formats(scarce)
    scarce.set_defaults(run=run_bottlenecks)


def run_bottlenecks(options: argparse.Namespace) -> int:
    """Print what is scarce; with ``--picture`` draw it."""
    from gigaplan.plan.store import open_plan

    if options.picture is not None:
        from gigaplan.pictures.writing import check_picture

        check_picture(options.picture, "the bottlenecks are")
    plan = open_plan(options.plan)
    years = {int(y) for y in plan.data["year"].values} | {
        int(y) for y in plan.data["calendar"].values
    }
    if options.year is not None and options.year not in years:
        listed = ", ".join(map(str, sorted(years)))
        raise UsageError(f"the plan has no year {options.year}; it has {listed}")
    table = plan.bottlenecks(
        confirm=0 if options.no_confirm else options.confirm,
        gap=options.gap,
        workers=options.workers,
        time_limit=options.time_limit,
        progress=None if options.quiet else _say,
    )
    if options.year is not None:
        units = table.attrs["units"]
        table = table[table["year"] == options.year].reset_index(drop=True)
        table.attrs["units"] = units
    if options.csv or options.json:
        _print(table, options)
    else:
        print(_ranked(plan.title, table))
    if options.picture is not None:
        from gigaplan.pictures.bottlenecks import draw_bottlenecks

        draw_bottlenecks(plan.title, table, options.picture)
        print(f"wrote {options.picture}", file=sys.stderr)
    return 0


def _ranked(title: str, table: pd.DataFrame) -> str:
    """The dearest limits for people."""
    if table.empty:
        return f"{title}: nothing is scarce"
    lines = [
        f"{title}: what one more unit is worth [BUSD per unit]",
        f"{'limit':62}{'acts':>17}{'dual':>9}{'slope':>9}{'worth':>9}  {'certified':17}"
        f"{'kH100e-yr':>10}  unit",
    ]
    rows = table.head(SHOWN).to_dict("records")
    for r in rows:
        solved = r["worth_low"] == r["worth_low"]
        proved = f"{r['worth_low']:.3f} to {r['worth_high']:.3f}" if solved else ""
        name = f"{r['limit']}: {r['where']}" if r["where"] else r["limit"]
        lines.append(
            f"{name[:61]:62}{r['acts']:>17}{r['dual']:9.3f}{_number(r['slope'])}"
            f"{_number(r['worth'])}  {proved:17}"
            f"{_number(r['worth_h100e'] if solved else r['dual_h100e'], 10, 1)}  {r['unit']}"
        )
    if len(table) > SHOWN:
        lines.append(f"and {len(table) - SHOWN} more (--csv)")
    again = table[table["worth_low"].notna() & (table["note"] != "")]
    lines += [
        f"note: {r['limit']} {r['where']} {r['acts']}, dual {r['dual']:.3f}: {r['note']}"
        for r in again.to_dict("records")
    ]
    sources = {r["limit"]: r["source"] for r in rows}
    lines += ["sources (gigaplan source FIGURE):", *(f"  {k}: {v}" for k, v in sources.items())]
    if table["worth_low"].isna().any():
        lines.append("Without a certified interval a row shows its dual alone, which may overstate "
                     "a whole unit.")  # fmt: skip
    return "\n".join(lines)


def _number(value: float, width: int = 9, digits: int = 3) -> str:
    return f"{value:z{width},.{digits}f}" if value == value else " " * (width - 1) + "-"


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
