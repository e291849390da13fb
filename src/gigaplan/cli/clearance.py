"""``clear`` and ``rule``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from gigaplan.errors import UsageError

if TYPE_CHECKING:
    from gigaplan.clearance.engine import Review
    from gigaplan.clearance.findings import Finding


def register(commands: Any) -> None:
    """Add the commands of this module."""
    clear = commands.add_parser(
        "clear",
        help="foreign-investment review of cases: findings with citations (not legal advice)",
    )
    clear.add_argument(
        "files", nargs="+", metavar="FILE", help="YAML lists of cases, each with facts"
    )
    clear.add_argument(
        "--json", action="store_true", help="as JSON: id, outcome and findings of every case"
    )
    clear.set_defaults(run=run_clear)
    rule = commands.add_parser("rule", help="print a rule of the clearance engine, or list all")
    rule.add_argument("rule", nargs="?", metavar="ID", help="id of a rule, such as M800-GOV")
    group = rule.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_true", help="as JSON")
    group.add_argument("--csv", action="store_true", help="as CSV")
    rule.set_defaults(run=run_rule)


def run_clear(options: argparse.Namespace) -> int:
    """Review every case of the files."""
    from gigaplan.clearance.casefile import read_cases
    from gigaplan.clearance.engine import review
    from gigaplan.clearance.findings import DISCLAIMER

    cases = read_cases(options.files)
    reviews = [(case.id, review(case.facts)) for case in cases]
    print(DISCLAIMER, file=sys.stderr if options.json else sys.stdout)
    if options.json:
        rows = [
            {
                "id": name,
                "outcome": found.outcome,
                "findings": [f.to_dict() for f in found.findings],
            }
            for name, found in reviews
        ]
        print(json.dumps(rows, indent=1))
        return 0
    for name, found in reviews:
        print("\n" + _text(name, found))
    return 0


def _text(name: str, found: Review) -> str:
    return "\n".join([name, *(_lines(f) for f in found.findings)])


def _lines(finding: Finding) -> str:
    value = finding.to_dict()["value"]
    head = f"  {finding.conclusion.replace('_', ' ')}: {_plain(value)}"
    also = "".join(f", {k.replace('_', ' ')} {_plain(v)}" for k, v in finding.also.items())
    lines = [
        head + also,
        f"    {finding.reason} [{finding.rule}; {finding.citation}; text of {finding.as_of}]",
    ]
    for label, text in (
        ("depends on", "; ".join(finding.depends_on)),
        ("filing", finding.filing),
        ("clock", finding.clock),
        ("due", finding.due),
        ("fee", "" if finding.fee_usd is None else f"{finding.fee_usd:,.0f} USD"),
        ("penalty", finding.penalty),
        ("facts", ", ".join(finding.facts)),
    ):
        if text:
            lines.append(f"    {label}: {text}")
    return "\n".join(lines)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.10g}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{k}: {', '.join(map(str, v))}" for k, v in value.items()) or "none"
    return str(value)


def run_rule(options: argparse.Namespace) -> int:
    """Print one rule, or a list of all rules."""
    from gigaplan import atlas
    from gigaplan.clearance.findings import DISCLAIMER
    from gigaplan.programme.values import near

    rules = atlas.table("clearance_rules").fillna("")
    chosen = rules
    if options.rule is not None:
        chosen = rules[rules["rule_id"].str.casefold() == options.rule.casefold()]
        if chosen.empty:
            hint = near(options.rule, list(rules["rule_id"]))
            raise UsageError(
                f"no rule {options.rule!r}; {hint or '`gigaplan rule` lists them all'}"
            )
    if options.csv:
        chosen.to_csv(sys.stdout, index=False, lineterminator="\n")
    elif options.json:
        print(json.dumps(chosen.to_dict("records"), indent=1))
    elif options.rule is None:
        width = int(rules["rule_id"].str.len().max())
        for row in rules.to_dict("records"):
            print(f"{row['rule_id']:{width}}  {row['title']} [{row['citation']}]")
    else:
        (row,) = chosen.to_dict("records")
        print(f"{row['rule_id']}  {row['title']} ({row['regime']})")
        for column in (
            "condition",
            "consequence",
            "thresholds",
            "citation",
            "note",
            "source",
            "confidence",
            "as_of",
        ):
            if row[column]:
                print(f"  {column.replace('_', ' ')}: {row[column]}")
        print(f"  {DISCLAIMER}")
    return 0
