"""``plan``, ``init`` and ``check``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigaplan.errors import InputError, Problem, UsageError

if TYPE_CHECKING:
    from gigaplan.programme.schema import Programme


def register(commands: Any) -> None:
    """Add the commands of this module."""
    plan = commands.add_parser("plan", help="solve a programme, save the plan, print the summary")
    plan.add_argument("programme", help="built-in name, or the path of a programme folder or file")
    plan.add_argument("-o", "--out", type=Path, help="folder of the plan (default: plans/NAME)")
    plan.add_argument("--days", type=_days, help="representative days of each year, or all")
    plan.add_argument(
        "--gap", type=_positive, help="certified gap to reach, relative (default 1e-4)"
    )
    plan.add_argument(
        "--workers", type=_count, help="days solved side by side (default: one per core)"
    )
    plan.add_argument(
        "--integer",
        action=argparse.BooleanOptionalAction,
        help="campuses, reactors, fab lines and HVDC lines in whole units (default: the "
        "programme's solver.integer, else where it costs little)",
    )
    plan.add_argument("--time-limit", type=_positive, help="seconds for the search")
    plan.add_argument(
        "--scheduler", metavar="ADDRESS", help="Dask scheduler whose workers solve the days"
    )
    plan.add_argument(
        "--method",
        choices=("decomposition", "monolith", "pdlp", "cupdlpx", "cuopt"),
        default="decomposition",
        help="how it is solved; the monolith is the judge of small cases; pdlp, and cupdlpx or "
        "cuopt on a GPU, give first cuts",
    )
    _settable(plan)
    plan.add_argument("--json", action="store_true", help="print the summary as JSON")
    plan.add_argument("--quiet", action="store_true", help="no progress")
    plan.set_defaults(run=run_plan)
    init = commands.add_parser("init", help="write an editable copy of a built-in programme")
    init.add_argument("folder", type=Path, help="folder to make")
    init.add_argument(
        "--from", dest="source", default="us-first", help="built-in programme (default us-first)"
    )
    init.set_defaults(run=run_init)
    check = commands.add_parser(
        "check", help="every error of a programme at once; nothing is solved"
    )
    check.add_argument("programme", help="built-in name, or the path of a programme folder or file")
    _settable(check)
    check.set_defaults(run=run_check)


def _settable(command: Any) -> None:
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help='change a setting, such as --set "money.budget=150 BUSD"; may be repeated',
    )


def _days(text: str) -> int:
    if text == "all":
        return 365
    days = _count(text)
    if days > 365:
        raise argparse.ArgumentTypeError("at most 365, or all")
    return days


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def run_plan(options: argparse.Namespace) -> int:
    """Solve, save beside and rename, print the summary; 5 when a limit ended the search."""
    programme = _asked(options)
    target = options.out or Path("plans") / programme.name
    from gigaplan.plan.store import PROOF, check_target

    check_target(target)
    from gigaplan.cli.stopping import on_request
    from gigaplan.solving.reuse import keep
    from gigaplan.solving.solve import solve

    checkpoint = target.absolute().with_name(f".{target.name}.search.npz")
    with on_request(not options.quiet) as stop:
        plan = solve(
            programme,
            days=options.days,
            gap=options.gap,
            workers=options.workers,
            time_limit=options.time_limit,
            method=options.method,
            progress=None if options.quiet else _say,
            checkpoint=checkpoint,
            scheduler=options.scheduler,
            integer=options.integer,
            stop=stop,
        )
        stop()  # an interruption that was swallowed: no plan is written
    existed = target.exists()
    plan.save(target)
    if plan.meta["status"] == "optimal":
        checkpoint.unlink(missing_ok=True)
    else:
        keep(plan.attachments[PROOF], checkpoint)
        _say("the gap is still open: the same command goes on from what is proved so far")
    print(json.dumps(plan.summary(), indent=2) if options.json else plan.summary_text())
    print(f"{'replaced' if existed else 'wrote'} {target}", file=sys.stderr)
    return 0 if plan.meta["status"] == "optimal" else 5


def _asked(options: argparse.Namespace) -> Programme:
    """The programme named, with the settings of the command line."""
    from gigaplan.programme import load, with_changes

    programme = load(options.programme)
    if options.set:
        programme = with_changes(programme, dict(_setting(s) for s in options.set))
    return programme


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _setting(text: str) -> tuple[str, str]:
    field, equals, value = text.partition("=")
    if not equals or not field.strip() or not value.strip():
        raise UsageError(f'{text!r}: expected FIELD=VALUE, such as "money.budget=150 BUSD"')
    return field.strip(), value.strip()


def run_init(options: argparse.Namespace) -> int:
    """Write programme.yaml and the JSON Schema that its first line names."""
    from gigaplan.programme.loading import FILE, builtin_names, builtin_text
    from gigaplan.programme.schema import SCHEMA_FILE, json_schema

    if options.source not in builtin_names():
        raise UsageError(f"--from {options.source}: choose {', '.join(builtin_names())}")
    folder: Path = options.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists and is not an empty folder; choose another")
    folder = folder.resolve()
    name = folder.name.lower()
    text = builtin_text(options.source).replace(f"name: {options.source}\n", f"name: {name}\n", 1)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
        written = Path(beside) / "programme"
        written.mkdir()
        schema = json.dumps(json_schema(), indent=2) + "\n"
        (written / SCHEMA_FILE).write_text(schema, encoding="utf-8")
        (written / FILE).write_text(text, encoding="utf-8")
        written.replace(folder)  # there is nothing, or an empty folder
    print(f"wrote {options.folder / FILE}; edit it, then: gigaplan check {options.folder}")
    return 0


def run_check(options: argparse.Namespace) -> int:
    """Read the programme and lay it on the atlas; say what it resolves to."""
    programme = _asked(options)
    from gigaplan.inputs.build import build_inputs

    inputs = build_inputs(programme)
    if not bool(inputs["campus_buildable"].any()):
        message = "no zone may hold a campus in any planning year"
        remedy = "see campus.allowed, campus.excluded, years and policy.moratoria"
        raise InputError(
            [Problem(str(options.programme), "campus", message, "one at least", remedy)]
        )
    years = ", ".join(map(str, programme.years))
    print(
        f"{programme.name} is valid: {len(programme.zones)} zones, years {years}, aim "
        f"{programme.aim.kind}, budget {programme.money.budget:g} BUSD, "
        f"{inputs.sizes['option']} options, {inputs.sizes['corridor']} corridors"
        + (f", {inputs.sizes['investor']} investors" if "investor" in inputs.sizes else "")
    )
    return 0
