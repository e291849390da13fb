"""``deal`` and ``workbook``: project companies, their cash flows and returns."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigaplan.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from gigaplan.deals.deal import Deal


def register(commands: Any) -> None:
    """Add the commands of this module."""
    deal = commands.add_parser(
        "deal", help="cash flow and returns of a company: from a case file, a workbook or a plan"
    )
    deal.add_argument("source", help="case.yaml, case.json, out.xlsx, or the folder of a plan")
    deal.add_argument(
        "--asset", action="append", default=[], help="only this company of a plan or workbook"
    )
    deal.add_argument(
        "--set", action="append", default=[], metavar="INPUT=VALUE",
        help="change an input of the case; may be repeated",
    )  # fmt: skip
    deal.add_argument(
        "--solve", metavar="INPUT=LOW:HIGH", help="the input to solve for, within these bounds"
    )
    deal.add_argument("--for", dest="goal", metavar="MEASURE=VALUE", help="what it must give")
    deal.add_argument(
        "--tornado", metavar="MEASURE", help="how far each input of --vary moves this measure"
    )
    deal.add_argument(
        "--vary", action="append", default=[], metavar="INPUT=LOW:HIGH",
        help="range of an input for --tornado; two of them with a step count for --table",
    )  # fmt: skip
    deal.add_argument("--table", metavar="MEASURE", help="two-way table over two --vary")
    deal.add_argument("--steps", type=int, default=5, help="values of each input in the table")
    shown = deal.add_mutually_exclusive_group()
    shown.add_argument(
        "--investors", action="store_true",
        help="what each investor pays and gets, by company and over all companies of a plan",
    )  # fmt: skip
    shown.add_argument(
        "--calls", action="store_true",
        help="of a plan: calls by investor and year, the plan's and the companies'; of a case or a "
        "workbook: what each investor pays and gets by date",
    )  # fmt: skip
    formats = deal.add_mutually_exclusive_group()
    formats.add_argument("--json", action="store_true", help="everything as JSON")
    formats.add_argument("--csv", action="store_true", help="lines by period as CSV")
    deal.set_defaults(run=run_deal)
    book = commands.add_parser("workbook", help="a deal as a workbook with live formulas")
    book.add_argument("source", help="case.yaml, case.json, or the folder of a plan")
    book.add_argument("out", type=Path, help="a file that ends in .xlsx")
    book.add_argument("--asset", help="only this company of a plan")
    book.set_defaults(run=run_workbook)


def _deals(source: str, assets: list[str]) -> list[Deal]:
    path = Path(source)
    if path.is_dir():
        from gigaplan.deals.from_plan import deals_of_plan

        return deals_of_plan(path, assets)
    from gigaplan.deals.casefile import open_deals

    found = open_deals(path)
    if assets:
        chosen = [d for d in found if d.name in assets]
        if len(chosen) < len(set(assets)):
            names = ", ".join(d.name for d in found)
            raise UsageError(f"--asset {assets[0]!r}: choose {names}")
        return chosen
    return found


def run_deal(options: argparse.Namespace) -> int:
    """Print a deal, or what solving and sensitivities give."""
    if options.investors or options.calls:
        return _tables(options)
    deals = _deals(options.source, options.asset)
    if options.set or options.solve or options.tornado or options.table:
        return _studies(deals, options)
    _print_deals(deals, options)
    return 0


def _whole(options: argparse.Namespace) -> str:
    """What the sum over the companies of a plan is called."""
    return "companies chosen" if options.asset else "all companies"


def _tables(options: argparse.Namespace) -> int:
    """Print the investors' or the calls' table."""
    from gigaplan.deals.planned import portfolio

    if Path(options.source).is_dir():
        table = _of_plan(options)
    else:
        deals = _deals(options.source, options.asset)
        if any(d.convention != "company" for d in deals):
            raise UsageError("investors by name are of companies; a case in SAM's conventions has "
                             "their lines in --csv")  # fmt: skip
        if options.set:
            deals = [_changed(d, options.set) for d in deals]
        whole = _whole(options) if len(deals) > 1 else ""
        table = portfolio.by_date(deals) if options.calls else portfolio.investors(deals, whole)
    records = table.to_dict("records")
    rows = [{str(k): None if v != v else v for k, v in row.items()} for row in records]
    if options.json:
        print(json.dumps({"units": table.attrs["units"], "rows": rows}, indent=1))
    elif options.csv:
        _write_csv(rows)
    else:
        units = table.attrs["units"]
        heads = {c: f"{c} [{units[c]}]" for c in table.columns if units[c]}
        text = table.rename(columns=heads)
        print(text.to_string(index=False, na_rep="", float_format=lambda v: f"{v:,.2f}"))
    return 0


def _of_plan(options: argparse.Namespace) -> pd.DataFrame:
    from gigaplan.deals.from_plan import companies_of_plan
    from gigaplan.deals.planned import portfolio
    from gigaplan.plan.store import open_plan

    if options.calls and options.asset:
        raise UsageError("--calls is of all companies; leave --asset out")
    found = companies_of_plan(open_plan(options.source), options.source, options.asset)
    if options.investors:
        return portfolio.investors(found.deals, _whole(options))
    return portfolio.calls(found.deals, found.plan_calls, found.left_out, found.dollar_year)


def _changed(deal: Deal, changes: list[str]) -> Deal:
    from gigaplan.deals import solve_for

    return solve_for.changed(deal, dict(_pair(s, "--set") for s in changes))


def _studies(deals: list[Deal], options: argparse.Namespace) -> int:
    from gigaplan.deals import sensitivity, solve_for

    if len(deals) != 1:
        raise UsageError("choose one company with --asset first")
    deal = deals[0]
    if options.set:
        deal = _changed(deal, options.set)
    if options.solve:
        if not options.goal:
            raise UsageError("--solve needs --for MEASURE=VALUE")
        field, bounds = _pair(options.solve, "--solve")
        measure, value = _pair(options.goal, "--for")
        deal = solve_for.solved(deal, field, _range(bounds), measure, _float(value, "--for"))
    if options.tornado or options.table:
        ranges = {f: _range(b) for f, b in (_pair(s, "--vary") for s in options.vary)}
        if options.tornado:
            table = sensitivity.tornado(deal, options.tornado, ranges)
        else:
            table = sensitivity.two_way(deal, options.table, ranges, options.steps)
        _print_table(table, options)
        return 0
    _print_deals([deal], options)
    return 0


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise UsageError(f"{option} {text!r}: expected NAME=VALUE")
    return name.strip(), value.strip()


def _float(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r} is not a number") from None


def _range(text: str) -> tuple[float, float]:
    low, colon, high = text.partition(":")
    if not colon:
        raise UsageError(f"{text!r}: expected LOW:HIGH")
    first, last = _float(low, "LOW"), _float(high, "HIGH")
    if not first < last:
        raise UsageError(f"{text!r}: LOW must be below HIGH")
    return first, last


def _print_deals(deals: list[Deal], options: argparse.Namespace) -> None:
    if options.json:
        data = [d.data() for d in deals]
        print(json.dumps(data[0] if len(data) == 1 else {"deals": data}, indent=1))
        return
    if options.csv:
        rows = [{"deal": d.name, **row} for d in deals for row in d.table()]
        _write_csv(rows)
        return
    plan = Path(options.source).is_dir()
    for deal in deals:
        print(deal_text(deal, parties=not plan))
    if plan:
        from gigaplan.deals.planned import portfolio

        table = portfolio.investors(deals, _whole(options))
        columns = {
            "investor": "Investor", "company": "Company", "stake": "Stake", "paid": "Paid in, USD",
            "got": "Got, USD", "moic": "Multiple", "return": "Return, %", "asked": "Asked, %",
            "remark": "Remark",
        }  # fmt: skip
        print(table.rename(columns=columns).to_string(
            index=False, na_rep="", float_format=lambda v: f"{v:,.2f}"
        ))  # fmt: skip


def deal_text(deal: Deal, parties: bool = True) -> str:
    """The measures, checks and remarks of a deal as text; ``parties`` shows each investor too."""
    lines = [f"{deal.name} ({deal.convention})"]
    measures = [
        m for m in deal.measures if parties or not m.name.startswith(("investor_", "loan_"))
    ]
    width = max((len(m.label) for m in measures), default=0)
    for m in measures:
        value = "none" if m.value is None else f"{m.value:,.4f}".rstrip("0").rstrip(".")
        note = f"  ({m.remark})" if m.remark else ""
        lines.append(f"  {m.label:<{width}}  {value} {m.unit}".rstrip() + note)
    failed = [c for c in deal.checks if not c.holds]
    lines.append(f"  {len(deal.checks) - len(failed)} of {len(deal.checks)} checks hold")
    lines += [f"  fails: {c.name}, residual {c.value:g}" for c in failed]
    lines += [f"  note: {r}" for r in deal.remarks]
    return "\n".join(lines)


def _print_table(rows: list[dict[str, Any]], options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(rows, indent=1))
    elif options.csv:
        _write_csv(rows)
    else:
        import pandas as pd

        print(pd.DataFrame(rows).to_string(index=False, float_format=lambda v: f"{v:,.4f}"))


def _write_csv(rows: list[dict[str, Any]]) -> None:
    if rows:
        writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def run_workbook(options: argparse.Namespace) -> int:
    """Write one workbook for each company."""
    if options.out.suffix.lower() != ".xlsx":
        raise UsageError(f"{options.out}: expected a file that ends in .xlsx")
    from gigaplan.deals.workbook.writer import write_workbook

    deals = _deals(options.source, [options.asset] if options.asset else [])
    write_workbook(deals, options.out)
    print(f"wrote {options.out}, {len(deals)} companies" if len(deals) > 1
          else f"wrote {options.out}", file=sys.stderr)  # fmt: skip
    return 0
