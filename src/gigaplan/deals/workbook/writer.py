"""Write a deal as a workbook: every line a formula, every cached value from the engine.

Blue on yellow are inputs, blue on grey the inputs that shape the model (changing the number of
periods needs a new workbook), black are formulas. The sheet ``Case`` keeps the case itself, so
that ``gigaplan deal out.xlsx`` can read the workbook back with edited assumptions.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from gigaplan.deals.deal import Deal
from gigaplan.deals.sensitivity import watched
from gigaplan.deals.terms import Axis, Cell, Row
from gigaplan.deals.workbook.case import SECTION, case_rows
from gigaplan.deals.workbook.formulas import FIRST, Places, text
from gigaplan.errors import UsageError

CELL = 32_000  # characters; a cell of a workbook holds 32,767
ORDER = (
    "Assumptions", "Timing", "Sources and uses", "Construction", "Funding passes",
    "Funding passes months", "Funding passes service", "Operation", "Incentives",
    "Reserves", "Debt", "Tax", "Cash flow",
    "Lessee", "Lessor", "Tax equity", "Waterfall", "Investors calls", "Investors",
    "Investors flows", "Returns by year", "Rates", "Returns", "Checks",
)  # fmt: skip
FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "head": {"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF"},
    "text": {},
    "wrap": {"text_wrap": True, "valign": "top"},
    "unit": {"font_color": "#666666"},
    "number": {"num_format": "#,##0.00;[Red]-#,##0.00"},
    "fine": {"num_format": "0.000000"},
    "input": {"num_format": "#,##0.######", "font_color": "#0000FF", "bg_color": "#FFF9DB"},
    "structure": {"num_format": "#,##0.######", "font_color": "#0000FF", "bg_color": "#E6E6E6"},
    "date": {"num_format": "yyyy-mm-dd", "font_color": "#0000FF", "bg_color": "#E6E6E6"},
    "section": {"bold": True, "bg_color": "#C9D6E8"},
}


def write_workbook(deals: Deal | Sequence[Deal], out: Path) -> None:
    """Write one deal, or several as sections of the same sheets; whole or not at all.

    Raises
    ------
    UsageError
        the folder of ``out`` does not exist, or two deals have the same name.
    """
    every = [deals] if isinstance(deals, Deal) else list(deals)
    if len({d.name for d in every}) < len(every):
        raise UsageError("two companies have the same name")
    if not out.parent.is_dir():
        raise UsageError(f"{out}: the folder {out.parent} does not exist")
    handle, name = tempfile.mkstemp(suffix=".xlsx", dir=out.parent)
    os.close(handle)
    try:
        _Writer(every, name).write()
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class _Writer:
    """One workbook."""

    def __init__(self, deals: list[Deal], path: str):
        self.deals = deals
        self.book = xlsxwriter.Workbook(path, {"nan_inf_to_errors": False})
        self.formats = {k: self.book.add_format(v) for k, v in FORMATS.items()}
        self.places = {d.name: Places() for d in deals}
        self.layout: dict[str, list[tuple[Deal, Axis | Cell | Row | None]]] = {}

    def write(self) -> None:
        """All sheets."""
        named = {line.sheet for d in self.deals for line in d.ledger.order}
        for sheet in [*[s for s in ORDER if s in named], *sorted(named - set(ORDER))]:
            self.layout[sheet] = []
        for deal in self.deals:
            self._place(deal)
        self._cover()
        for sheet in watched(self.layout, len(self.layout), "sheets"):
            self._sheet(sheet)
        self._case()
        self.book.close()

    def _place(self, deal: Deal) -> None:
        """Give every line its sheet and row; a header stands above rows of another axis."""
        axes: dict[str, Axis | None] = dict.fromkeys(self.layout)
        places = self.places[deal.name]
        started: set[str] = set()
        for line in deal.ledger.order:
            lines = self.layout[line.sheet]
            if len(self.deals) > 1 and line.sheet not in started:
                lines.append((deal, None))
                started.add(line.sheet)
            if isinstance(line, Row):
                if line.axis is not axes[line.sheet]:
                    axes[line.sheet] = line.axis
                    lines.append((deal, line.axis))
                places.rows[line.name] = (line.sheet, len(lines) + 2)
            else:
                places.cells[line.name] = (line.sheet, len(lines) + 2)
            lines.append((deal, line))

    def _cover(self) -> None:
        sheet, f = self.book.add_worksheet("Cover"), self.formats
        sheet.set_column(0, 0, 58)
        sheet.set_column(1, 1, 22)
        sheet.set_column(2, 2, 16)
        sheet.set_column(3, 3, 70)
        one = len(self.deals) == 1
        title = self.deals[0].name if one else f"{len(self.deals)} companies"
        sheet.write(0, 0, title, f["title"])
        sheet.write(1, 0, f"Conventions: {', '.join(sorted({d.convention for d in self.deals}))}")
        sheet.write(2, 0, "Written by gigaplan; every number is a formula of the assumptions.")
        sheet.write(3, 0, "Input", f["input"])
        sheet.write(3, 1, "Input that shapes the model", f["structure"])
        sheet.write(3, 3, "Change inputs on Assumptions and Timing; after a change of shape run "
                          "gigaplan deal on this file.")  # fmt: skip
        line = 5
        for deal in self.deals:
            line = self._results(sheet, deal, line)
        sheet.write_row(line, 0, ["Sheet", "Lines"], f["head"])
        for name, lines in self.layout.items():
            line += 1
            sheet.write_url(line, 0, f"internal:'{name}'!A1", string=name)
            sheet.write(line, 1, sum(isinstance(x, Cell | Row) for _, x in lines))

    def _results(self, sheet: Any, deal: Deal, line: int) -> int:
        """The measures and remarks of a deal from a line on; the line after them."""
        f, places = self.formats, self.places[deal.name]
        sheet.write_row(line, 0, [deal.name, "Value", "Unit", "Remark"], f["head"])
        for m in deal.measures:
            line += 1
            sheet.write(line, 0, m.label)
            cell = deal.ledger.cells.get(m.name)
            if cell is not None:
                self._formula(sheet, line, 1, places.cell(cell), cell.value, "number")
            else:
                sheet.write(line, 1, "" if m.value is None else m.value, f["number"])
            sheet.write(line, 2, m.unit, f["unit"])
            sheet.write(line, 3, m.remark)
        if deal.remarks:
            line += 1
            sheet.write(line, 0, "Remarks, as of writing", f["unit"])
        for remark in deal.remarks:
            line += 1
            sheet.write(line, 0, remark)
        return line + 2

    def _sheet(self, name: str) -> None:
        sheet, f = self.book.add_worksheet(name), self.formats
        sheet.set_column(0, 0, 52)
        sheet.set_column(1, 1, 14)
        sheet.set_column(2, 2, 18)
        sheet.set_column(3, 3, 34)
        sheet.set_column(FIRST, FIRST + 600, 15)
        sheet.freeze_panes(2, FIRST)
        sheet.write(0, 0, name, f["title"])
        last = "Name" if name not in ("Assumptions", "Timing") else "Name and source"
        sheet.write_row(1, 0, ["Line", "Unit", "Value", last], f["head"])
        for i, (deal, line) in enumerate(self.layout[name]):
            row, places = i + 2, self.places[deal.name]
            if line is None:
                sheet.write_row(row, 0, [deal.name, "", "", SECTION], f["section"])
                continue
            if isinstance(line, Axis):
                sheet.write(row, 0, line.name, f["head"])
                sheet.write_row(row, FIRST, line.labels, f["head"])
                continue
            sheet.write(row, 0, line.label)
            sheet.write(row, 1, line.unit, f["unit"])
            sheet.write(row, 3, line.name, f["unit"])
            if isinstance(line, Cell):
                self._cell(sheet, row, line, places)
            else:
                self._row(sheet, row, line, places)

    def _cell(self, sheet: Any, row: int, cell: Cell, places: Places) -> None:
        if cell.formula is None:
            kind = "structure" if cell.note == "structure" else "input"
            sheet.write_number(row, 2, cell.value, self.formats[kind])
            sheet.write(row, FIRST, cell.note, self.formats["unit"])
            return
        kind = "fine" if cell.unit in ("", "x", "%") else "number"
        self._formula(sheet, row, 2, text(cell.formula, 0, places), cell.value, kind)

    def _row(self, sheet: Any, row: int, line: Row, places: Places) -> None:
        assert line.axis is not None
        kind = "fine" if line.unit in ("", "x") else "number"
        for t in range(line.axis.size):
            value = float(line.value[t])
            if line.formula is None:
                given = "date" if line.unit == "date" else (
                    "structure" if line.note == "calendar" else "input"
                )  # fmt: skip
                sheet.write_number(row, FIRST + t, value, self.formats[given])
                continue
            term = line.first if t < line.start else line.formula
            self._formula(sheet, row, FIRST + t, text(term, t, places), value, kind)
        if line.formula is None and line.note:
            sheet.write(row, 2, line.note, self.formats["unit"])

    def _formula(self, sheet: Any, row: int, col: int, body: str, value: Any, kind: str) -> None:
        shown: Any = float(value)
        if math.isnan(shown):
            shown = ""
        if body in ('""',):
            sheet.write_formula(row, col, '=""', self.formats[kind], "")
        else:
            sheet.write_formula(row, col, f"={body}", self.formats[kind], shown)

    def _case(self) -> None:
        """The case itself, one field a line, as JSON; read back with edited assumptions."""
        sheet, f = self.book.add_worksheet("Case"), self.formats
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, 1, 90)
        sheet.write_row(0, 0, ["Field", "Value (JSON); edit the assumptions instead"], f["head"])
        row = 0
        for deal in self.deals:
            head = [(SECTION, deal.name)] if len(self.deals) > 1 else []
            for name, value in [*head, *case_rows(deal)]:
                row += 1
                sheet.write_string(row, 0, name)
                text = json.dumps(value)
                for k in range(0, len(text), CELL):
                    sheet.write_string(row, 1 + k // CELL, text[k : k + CELL])
