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
from pathlib import Path
from typing import Any

import xlsxwriter

from gigaplan.deals.deal import Deal
from gigaplan.deals.ledger import Axis, Cell, Row
from gigaplan.deals.workbook.case import case_rows
from gigaplan.deals.workbook.formulas import FIRST, Places, text
from gigaplan.errors import UsageError

ORDER = (
    "Assumptions", "Timing", "Sources and uses", "Construction", "Funding passes",
    "Funding passes months", "Funding passes service", "Operation", "Incentives",
    "Reserves", "Debt", "Tax", "Cash flow",
    "Lessee", "Lessor", "Waterfall", "Investors calls", "Investors", "Investors flows", "Returns",
    "Checks",
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
    "good": {"font_color": "#0B6E4F"},
    "bad": {"font_color": "#B00020", "bold": True},
}


def write_workbook(deal: Deal, out: Path) -> None:
    """Write ``deal`` to ``out``; the file appears whole or not at all.

    Raises
    ------
    UsageError
        the folder of ``out`` does not exist.
    """
    if not out.parent.is_dir():
        raise UsageError(f"{out}: the folder {out.parent} does not exist")
    handle, name = tempfile.mkstemp(suffix=".xlsx", dir=out.parent)
    os.close(handle)
    try:
        _Writer(deal, name).write()
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

    def __init__(self, deal: Deal, path: str):
        self.deal = deal
        self.book = xlsxwriter.Workbook(path, {"nan_inf_to_errors": False})
        self.formats = {k: self.book.add_format(v) for k, v in FORMATS.items()}
        self.places = Places()
        self.layout: dict[str, list[Axis | Cell | Row]] = {}

    def write(self) -> None:
        """All sheets."""
        self._place()
        self._cover()
        for sheet in self.layout:
            self._sheet(sheet)
        self._case()
        self.book.close()

    def _place(self) -> None:
        """Give every line its sheet and row; a header stands above rows of another axis."""
        named = {line.sheet for line in self.deal.ledger.order}
        for sheet in [*[s for s in ORDER if s in named], *sorted(named - set(ORDER))]:
            self.layout[sheet] = []
        axes: dict[str, Axis | None] = dict.fromkeys(self.layout)
        for line in self.deal.ledger.order:
            lines = self.layout[line.sheet]
            if isinstance(line, Row):
                if line.axis is not axes[line.sheet]:
                    axes[line.sheet] = line.axis
                    assert line.axis is not None
                    lines.append(line.axis)
                self.places.rows[line.name] = (line.sheet, len(lines) + 2)
            else:
                self.places.cells[line.name] = (line.sheet, len(lines) + 2)
            lines.append(line)

    def _cover(self) -> None:
        deal, sheet = self.deal, self.book.add_worksheet("Cover")
        f = self.formats
        sheet.set_column(0, 0, 58)
        sheet.set_column(1, 1, 22)
        sheet.set_column(2, 2, 16)
        sheet.set_column(3, 3, 70)
        sheet.write(0, 0, deal.name, f["title"])
        sheet.write(1, 0, f"Conventions: {deal.convention}")
        sheet.write(2, 0, "Written by gigaplan; every number is a formula of the assumptions.")
        sheet.write(3, 0, "Input", f["input"])
        sheet.write(3, 1, "Input that shapes the model", f["structure"])
        sheet.write(3, 3, "Change inputs on Assumptions and Timing; after a change of shape run "
                          "gigaplan deal on this file.")  # fmt: skip
        sheet.write_row(5, 0, ["Result", "Value", "Unit", "Remark"], f["head"])
        line = 6
        for m in deal.measures:
            sheet.write(line, 0, m.label)
            cell = deal.ledger.cells.get(m.name)
            if cell is not None:
                self._formula(sheet, line, 1, self.places.cell(cell), cell.value, "number")
            else:
                sheet.write(line, 1, "" if m.value is None else m.value, f["number"])
            sheet.write(line, 2, m.unit, f["unit"])
            sheet.write(line, 3, m.remark)
            line += 1
        for remark in deal.remarks:
            sheet.write(line + 1, 0, remark, f["wrap"])
            line += 1
        line += 2
        sheet.write_row(line, 0, ["Sheet", "Lines"], f["head"])
        for name, lines in self.layout.items():
            line += 1
            sheet.write_url(line, 0, f"internal:'{name}'!A1", string=name)
            sheet.write(line, 1, sum(not isinstance(x, Axis) for x in lines))

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
        for i, line in enumerate(self.layout[name]):
            row = i + 2
            if isinstance(line, Axis):
                sheet.write(row, 0, line.name, f["head"])
                sheet.write_row(row, FIRST, line.labels, f["head"])
                continue
            sheet.write(row, 0, line.label)
            sheet.write(row, 1, line.unit, f["unit"])
            sheet.write(row, 3, line.name, f["unit"])
            if isinstance(line, Cell):
                self._cell(sheet, row, line)
            else:
                self._row(sheet, row, line)

    def _cell(self, sheet: Any, row: int, cell: Cell) -> None:
        if cell.formula is None:
            kind = "structure" if cell.note == "structure" else "input"
            sheet.write_number(row, 2, cell.value, self.formats[kind])
            sheet.write(row, FIRST, cell.note, self.formats["unit"])
            return
        kind = "fine" if cell.unit in ("", "x", "%") else "number"
        self._formula(sheet, row, 2, text(cell.formula, 0, self.places), cell.value, kind)

    def _row(self, sheet: Any, row: int, line: Row) -> None:
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
            self._formula(sheet, row, FIRST + t, text(term, t, self.places), value, kind)
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
        for i, (name, value) in enumerate(case_rows(self.deal), start=1):
            sheet.write_string(i, 0, name)
            sheet.write_string(i, 1, json.dumps(value))
