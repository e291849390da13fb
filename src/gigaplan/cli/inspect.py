"""``show``, ``source``, ``compare`` and ``map``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigaplan.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

VIEWS = (
    "summary", "rollout", "power", "dispatch", "corridors", "campuses", "chips", "fabs",
    "equipment",
    "timeline", "money", "capital", "calls", "investors", "stakes", "outreach", "clearance",
    "structure", "incentives", "binding", "sources",
)  # fmt: skip


def register(commands: Any) -> None:
    """Add the commands of this module."""
    show = commands.add_parser(
        "show", help="tables of a plan, or of the built-in data (show atlas)"
    )
    show.add_argument("plan", help="folder of a plan, or the word atlas")
    show.add_argument("view", nargs="?", help=f"one of {', '.join(VIEWS)}; for atlas a table")
    _formats(show)
    show.set_defaults(run=run_show)
    source = commands.add_parser("source", help="where a figure of the built-in data comes from")
    source.add_argument("figure", help="a table, a column, table.column or the id of a constant")
    _formats(source)
    source.set_defaults(run=run_source)
    compare = commands.add_parser("compare", help="what differs between two plans")
    compare.add_argument("first", help="folder of a plan")
    compare.add_argument("second", help="folder of another")
    _formats(compare)
    compare.set_defaults(run=run_compare)
    draw = commands.add_parser("map", help="a map of states, campuses and corridor flows")
    draw.add_argument("plan", help="folder of a plan")
    draw.add_argument(
        "out", type=Path, help="a file that ends in .svg or .png, or .json for its data"
    )
    draw.add_argument("--year", type=int, help="planning year (default: the last)")
    draw.set_defaults(run=run_map)
    gantt = commands.add_parser(
        "gantt", help="a picture of the timeline: order, construction, ramp"
    )
    gantt.add_argument("plan")
    gantt.add_argument("out", type=Path, help="a file that ends in .svg or .png")
    gantt.set_defaults(run=run_gantt)


def _formats(command: Any) -> None:
    group = command.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_true", help="as JSON")
    group.add_argument("--csv", action="store_true", help="as CSV")


def run_show(options: argparse.Namespace) -> int:
    """Print one view of a plan, or one table of the atlas."""
    if options.plan == "atlas":
        return _atlas(options)
    view = options.view or "summary"
    if view not in VIEWS:
        raise UsageError(f"{view!r} is not a view of a plan; choose {', '.join(VIEWS)}")
    from gigaplan.plan.store import open_plan

    plan = open_plan(options.plan)
    if view == "summary":
        if options.csv:
            _print(_flat(plan.summary()), options)
        else:
            print(json.dumps(plan.summary(), indent=2) if options.json else plan.summary_text())
        return 0
    if view == "sources":
        _sources(plan.sources(), options)
    else:
        _print(getattr(plan, view)(), options)
    return 0


def _flat(summary: dict[str, Any]) -> pd.DataFrame:
    """The summary as one row for each figure."""
    import pandas as pd

    rows: list[tuple[str, Any]] = []

    def walk(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                walk(f"{name}.{key}" if name else str(key), item)
        else:
            rows.append((name, json.dumps(value) if isinstance(value, list) else value))

    walk("", summary)
    return pd.DataFrame(rows, columns=["figure", "value"])


def _atlas(options: argparse.Namespace) -> int:
    from gigaplan import atlas

    if options.view is None:
        import pandas as pd

        rows = [(name, len(atlas.table(name))) for name in atlas.tables()]
        rows += [(name, 8760) for name in atlas.hourly_tables()]
        _print(pd.DataFrame(rows, columns=["table", "rows"]), options)
        return 0
    if options.view in atlas.hourly_tables():
        table = atlas.hourly(options.view).rename_axis("hour").reset_index()
    else:
        table = atlas.table(options.view)
    known = atlas.sources()
    known = known[known["table"] == options.view]
    table.attrs["units"] = dict(zip(known["column"], known["unit"], strict=True))
    _print(table, options)
    return 0


def run_source(options: argparse.Namespace) -> int:
    """Print the sources of a figure."""
    from gigaplan import atlas

    _sources(atlas.source(options.figure), options)
    return 0


def _sources(rows: pd.DataFrame, options: argparse.Namespace) -> None:
    """Sources as paragraphs, for they are too wide for a table, or as data."""
    if options.json or options.csv:
        _print(rows, options)
        return
    for row in rows.to_dict("records"):
        print(f"{row['table']}.{row['column']}" + (f" [{row['unit']}]" if row["unit"] else ""))
        for name in ("source", "licence", "vintage", "dollar_year", "confidence", "note"):
            if row[name]:
                print(f"  {name}: {row[name]}")


def run_compare(options: argparse.Namespace) -> int:
    """Print what differs between two plans, the largest differences first."""
    from gigaplan.plan.compare import compare, compare_text
    from gigaplan.plan.store import open_plan

    first, second = open_plan(options.first), open_plan(options.second)
    if options.json or options.csv:
        _print(compare(first, second), options)
    else:
        print(compare_text(first, second))
    return 0


def run_map(options: argparse.Namespace) -> int:
    """Draw the map of a plan."""
    from gigaplan.pictures.maps import draw_map
    from gigaplan.plan.store import open_plan

    draw_map(open_plan(options.plan), options.out, options.year)
    print(f"wrote {options.out}", file=sys.stderr)
    return 0


def run_gantt(options: argparse.Namespace) -> int:
    """Draw the timeline of a plan."""
    from gigaplan.pictures.gantt import draw_gantt
    from gigaplan.plan.store import open_plan

    draw_gantt(open_plan(options.plan), options.out)
    print(f"wrote {options.out}", file=sys.stderr)
    return 0


def _print(table: pd.DataFrame, options: argparse.Namespace) -> None:
    """A table as text with units, as CSV, or as JSON."""
    units = table.attrs.get("units", {})
    if options.csv:
        table.to_csv(sys.stdout, index=False, float_format="%.10g", lineterminator="\n")
    elif options.json:
        columns = {str(c): str(units.get(c, "")) for c in table.columns}
        rows = json.loads(table.to_json(orient="records", double_precision=10))
        print(json.dumps({"columns": columns, "rows": rows}, indent=1))
    else:
        named = {c: f"{c} [{units[c]}]" if units.get(c) else str(c) for c in table.columns}
        text = table.rename(columns=named)
        print(text.to_string(index=False, float_format=lambda v: f"{v:z,.3f}", na_rep="-"))
