"""The tables of outcomes: what each holds, its columns with units, and its sources."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

from docs_maker.markdown import code, table
from docs_maker.reference import with_investors
from gigaplan.outcomes.pair import told
from gigaplan.outcomes.tables import TABLES

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

START, END = "<!-- tables: made by tools/make_docs.py -->", "<!-- end of the tables -->"


def make(text: str, plan: Plan) -> str:
    """The page with its part on tables made anew."""
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    return f"{before}{START}\n\n{_tables(plan)}\n\n{END}{after}"


def _tables(plan: Plan) -> str:
    parts = []
    for name, function in TABLES.items():
        of = plan if name != "partners" or "funding" in plan.inputs.dims else with_investors()
        found = of.outcomes.table(name)
        doc = inspect.cleandoc(function.__doc__ or "").partition("\n\nRaises\n")[0]
        units = found.attrs["units"]
        rows = [(code(str(c)), units.get(c, "")) for c in found.columns]
        parts += [f"### {name}\n\n" + re.sub(r"``", "`", doc), table(("column", "unit"), rows)]
        if name != "overview":
            parts.append(_sources(found.attrs["sources"]))
    return "\n\n".join(p.strip() for p in parts)


def _sources(names: list[str]) -> str:
    lines = []
    for row in told(names):
        if row["name"] in ("plan", "method"):
            lines.append(f"{row['name']}: {re.sub(NUMBERS, '…', row['source'])}")
        else:
            mark = " (background)" if row["confidence"] == "background" else ""
            lines.append(f"{code(row['name'])}{mark}")
    return "Sources: " + "; ".join(lines) + "."


NUMBERS = r"\d+\.\d{3,}"  # figures of one plan
