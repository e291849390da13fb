"""``what-if``: a plan's programme with some settings changed."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigaplan.cli.planning import _count, _positive, _say, _setting
from gigaplan.cli.questions import asked_in_turn
from gigaplan.errors import UsageError

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan
    from gigaplan.solving.whatif import WhatIf

SEEN = 5e-4  # what the text shows of a difference, in its unit


def register(commands: Any) -> None:
    """Add the command of this module."""
    what = commands.add_parser(
        "what-if", help="solve a plan's programme again with settings changed; differences first"
    )
    what.add_argument("plan", help="folder of a plan")
    what.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE",
        help='a setting to change, such as --set "budget=150 BUSD"; may be repeated; without it, '
        "questions are read from standard input, a line of settings each",
    )  # fmt: skip
    what.add_argument("--gap", type=_positive, help="certified gap, relative (default: the plan's)")
    what.add_argument("--workers", type=_count, help="days solved side by side")
    what.add_argument("--time-limit", type=_positive, help="seconds for the search")
    what.add_argument(
        "-o", "--out", type=Path, help="also write the changed plan, whole and checked, here"
    )
    what.add_argument("--quiet", action="store_true", help="no progress")
    formats = what.add_mutually_exclusive_group()
    formats.add_argument("--json", action="store_true", help="as JSON")
    formats.add_argument("--csv", action="store_true", help="as CSV")
    what.set_defaults(run=run_what_if)


def run_what_if(options: argparse.Namespace) -> int:
    """Print what changes; with ``--out`` write the whole plan; 5 when a limit ended the search."""
    from gigaplan.plan.store import check_target, open_plan

    if options.out is not None and not options.set:
        raise UsageError("--out is for one question: give its settings with --set")
    plan = open_plan(options.plan)
    changes = dict(_setting(s) for s in options.set)
    if not changes:
        ask = partial(_asked, plan, options=options)
        return asked_in_turn(plan, ask, options.quiet, options.json)
    if options.out is not None:
        check_target(options.out)
        if options.out.resolve() == Path(options.plan).resolve():
            raise UsageError("--out is the plan itself; name another folder")
    code = _asked(plan, changes, options)
    if options.out is not None:
        _write(plan, changes, options)
    return code


def _asked(plan: Plan, changes: dict[str, Any], options: argparse.Namespace) -> int:
    """Answer one question; 5 when a limit ended the search."""
    from gigaplan.solving.whatif import what_if

    answer = what_if(
        plan,
        changes,
        gap=options.gap,
        workers=options.workers,
        time_limit=options.time_limit,
        progress=None if options.quiet else _say,
    )
    _print(answer, plan, options)
    sys.stdout.flush()
    return 0 if answer.status == "optimal" else 5


def _write(plan: Plan, changes: dict[str, Any], options: argparse.Namespace) -> None:
    """The changed programme's plan, solved and checked in full."""
    from gigaplan.plan.store import PROOF
    from gigaplan.programme import with_changes
    from gigaplan.solving.solve import solve
    from gigaplan.solving.whatif import programme_of

    whole = solve(
        with_changes(programme_of(plan), changes),
        days=int(plan.meta["days_asked"]),
        gap=options.gap,
        workers=options.workers,
        progress=None if options.quiet else _say,
        saved=plan.attachments.get(PROOF),
    )
    whole.save(options.out)
    print(f"wrote {options.out}", file=sys.stderr)


def _print(answer: WhatIf, plan: Plan, options: argparse.Namespace) -> None:
    table = answer.table
    if options.csv:
        table.to_csv(sys.stdout, index=False, float_format="%.10g", lineterminator="\n")
        return
    if options.json:
        facts = {
            "changes": answer.changes,
            "status": answer.status,
            "objective": answer.objective,
            "lower_bound": answer.lower_bound,
            "gap": answer.gap,
            "kept": answer.kept,
            "mixture_of": answer.mixture_of,
            "seconds": answer.seconds,
            "differences": json.loads(table.to_json(orient="records", double_precision=10)),
        }
        # of several questions one line each
        print(json.dumps(facts, indent=2 if options.set else None))
        return
    asked = ", ".join(f"{field} = {value}" for field, value in answer.changes.items())
    print(f"{plan.title}: what if {asked}")
    seen = table[table["difference"].abs() >= SEEN]
    if seen.empty:
        print("nothing changes" if table.empty else f"nothing changes by {SEEN:g} or more (--csv)")
    else:
        print(
            f"{'quantity':26}{'where':20}{'year':>6}{'before':>12}{'after':>12}{'change':>12}  unit"
        )
        shown = seen.groupby("quantity", sort=False).head(6)
        for r in shown.itertuples(index=False):
            print(
                f"{r.quantity:26}{r.where:20}{r.year:>6}{r.before:z12.3f}{r.after:z12.3f}"
                f"{r.difference:+z12.3f}  {r.unit}"
            )
        if len(table) > len(shown):
            print(f"and {len(table) - len(shown)} more (--csv)")
    print(
        f"{answer.status}: certified gap {answer.gap:.1e} of the system's cost; "
        f"{answer.kept or 'nothing was kept of the earlier proof'}"
    )
    if answer.mixture_of:
        print(
            f"no day was solved: a mixture of {answer.mixture_of} plans priced before, "
            "whose dispatch costs no more than counted here"
        )
    print("seconds: " + ", ".join(f"{k} {v:.1f}" for k, v in answer.seconds.items()))
