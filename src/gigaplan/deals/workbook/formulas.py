"""The formula of an expression in one column, from the same tree that the engine evaluated.

Only functions that Excel 2007, LibreOffice and independent formula engines share are used.
"""

from __future__ import annotations

import math
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from gigaplan.deals.terms import Cell, Row, Term

FIRST = 4  # column of period 0
_PLAIN = ("+", "-", "*", "/", "^", "<=", "<", ">=", ">", "=")
_CALLS = {"MIN": "MIN", "MAX": "MAX", "IF": "IF", "AND": "AND", "OR": "OR", "ROUND": "ROUND",
          "ROUNDUP": "ROUNDUP"}  # fmt: skip


class Places:
    """Where every line stands: its sheet and row."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, int]] = {}
        self.cells: dict[str, tuple[str, int]] = {}

    def cell(self, cell: Cell) -> str:
        """Absolute reference to a single number (column C)."""
        sheet, row = self.cells[cell.name]
        return f"'{sheet}'!$C${row + 1}"

    def at(self, row: Row, t: int) -> str:
        """Reference to a row in period ``t``."""
        sheet, line = self.rows[row.name]
        return f"'{sheet}'!{xl_col_to_name(FIRST + t)}{line + 1}"

    def span(self, row: Row, start: int = 0, end: int | None = None) -> str:
        """Reference to a row from one period to another (default: its last)."""
        sheet, line = self.rows[row.name]
        assert row.axis is not None
        last = row.axis.last if end is None else end
        first, until = xl_col_to_name(FIRST + start), xl_col_to_name(FIRST + last)
        return f"'{sheet}'!${first}${line + 1}:${until}${line + 1}"


def text(item: Any, t: int, places: Places) -> str:
    """The expression as formula text, without the equals sign."""
    if not isinstance(item, Term):
        return _number(item)
    if isinstance(item, Cell):
        return places.cell(item)
    if isinstance(item, Row):
        return places.at(item, t)
    op, args = item.op, item.args
    if op == "line":
        return text(args[0], t, places)
    if op == "shift":
        row, by, outside = args
        there = t + by
        inside = 0 <= there <= row.axis.last
        return places.at(row, there) if inside else _number(outside)
    if op in _PLAIN:
        return f"({text(args[0], t, places)}{op}{text(args[1], t, places)})"
    if op in _CALLS:
        return f"{_CALLS[op]}({','.join(text(a, t, places) for a in args)})"
    if op == "RATIO":
        top, under = text(args[0], t, places), text(args[1], t, places)
        return f"IF({under}=0,0,{top}/{under})"
    return _over_ranges(op, args, t, places)


def _over_ranges(op: str, args: tuple[Any, ...], t: int, places: Places) -> str:
    row = args[0]
    if op == "SUM":
        return f"SUM({places.span(row, args[1])})"
    if op in ("MINIMUM", "MAXIMUM", "MEAN"):
        name = {"MINIMUM": "MIN", "MAXIMUM": "MAX", "MEAN": "AVERAGE"}[op]
        cells = places.span(row, args[1])
        return f'IF(COUNT({cells})=0,"",{name}({cells}))'
    if op == "SUMPRODUCT":
        return f"SUMPRODUCT({places.span(row)},{places.span(args[1])})"
    if op == "at":
        return places.at(row, args[1])
    if op == "NPV":
        return f"NPV({text(args[0], t, places)},{places.span(args[1], 1)})"
    if op in ("IRR", "XIRR"):
        if args[-1] is None:
            return '""'  # no root, or several: the engine says which, a cell would guess one
        cells = ",".join(places.span(r) for r in args[:-1])
        return f'IFERROR({op}({cells},{_number(round(args[-1], 6))})*100,"")'
    if op == "GATHER":
        return f"SUMIF({places.span(args[1])},{t},{places.span(row)})"
    if op == "SUMIF":
        return f'SUMIF({places.span(row)},"{args[1]}")'
    if op == "NEWTON":
        rate = text(args[2], t, places)
        flows, years = places.span(row), places.span(args[1])
        worth = f"SUMPRODUCT({flows}*(1+{rate})^(0-{years}))"
        slope = f"SUMPRODUCT({flows}*{years}*(1+{rate})^(0-{years}-1))"
        return f"({rate}+{worth}/{slope})"
    if op == "CUMULATIVE":
        return f"SUM({places.span(row, 0, t)})"
    if op == "join":
        length = row.axis.last
        return places.at(row, t) if t <= length else places.at(args[1], t - length)
    raise ValueError(f"no formula for {op}")


def _number(value: Any) -> str:
    number = float(value)
    if math.isnan(number):
        return '""'
    if number == int(number) and abs(number) < 1e15:
        return str(int(number)) if number >= 0 else f"({int(number)})"
    return repr(number) if number >= 0 else f"({number!r})"
