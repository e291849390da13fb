"""The lines of a deal in the order in which they were written.

A deal is written once, as expressions over cells and rows (:mod:`gigaplan.deals.terms`).
Recurrences (balances, tiers, pools of losses) are written once as a step from one period to the
next, run with plain numbers and rendered as the formula of a column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gigaplan.deals.terms import Array, Axis, Cell, Row, Term, axis_of, value_of

Number = float | int


class Here:
    """A column as a step sees it: attributes are the lines, with numbers or as symbols."""

    def __init__(self, values: dict[str, Any]):
        self.__dict__.update(values)


@dataclass(frozen=True)
class Line:
    """A line that a step fills: its name, label, unit and value in period 0."""

    name: str
    label: str
    unit: str
    first: Any = 0.0


@dataclass
class Ledger:
    """All cells and rows of one deal, in the order in which they were written."""

    cells: dict[str, Cell] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    order: list[Cell | Row] = field(default_factory=list)

    def _keep(self, line: Cell | Row) -> None:
        if line.name in self.cells or line.name in self.rows:
            raise ValueError(f"line {line.name} is written twice")
        if isinstance(line, Cell):
            self.cells[line.name] = line
        else:
            self.rows[line.name] = line
        self.order.append(line)

    def assume(
        self,
        name: str,
        value: Number,
        label: str,
        unit: str = "",
        note: str = "",
        sheet: str = "Assumptions",
    ) -> Cell:
        """An assumption: an input cell of the workbook."""
        cell = Cell(sheet, name, float(value), label, unit, None, note)
        self._keep(cell)
        return cell

    def schedule(
        self,
        name: str,
        values: Sequence[float] | Array,
        axis: Axis,
        label: str,
        unit: str = "",
        note: str = "",
        sheet: str = "Timing",
    ) -> Row:
        """Given values for each period: an input row of the workbook."""
        array = np.zeros(axis.size)
        count = min(len(values), axis.size)
        array[:count] = np.asarray(values, dtype=float)[:count]
        row = Row(sheet, name, array, axis, label, unit, None, 0, 0.0, note)
        self._keep(row)
        return row

    def cell(self, sheet: str, name: str, term: Any, label: str, unit: str = "$") -> Cell:
        """A result: one number with its formula."""
        value = float(value_of(term))
        cell = Cell(sheet, name, value, label, unit, term)
        self._keep(cell)
        return cell

    def row(
        self,
        sheet: str,
        name: str,
        term: Any,
        label: str,
        unit: str = "$",
        *,
        axis: Axis | None = None,
        start: int = 1,
        first: Any = 0.0,
    ) -> Row:
        """A result for each period: ``term`` from ``start`` on, ``first`` before."""
        on = axis or axis_of((term,))
        if on is None:
            raise ValueError(f"line {name} has no axis")
        value = value_of(term)
        array = np.empty(on.size)
        array[:] = value if not isinstance(value, np.ndarray) else value.astype(float)
        array[:start] = value_of(first)
        row = Row(sheet, name, array, on, label, unit, term, start, first)
        self._keep(row)
        return row

    def scan(
        self,
        sheet: str,
        axis: Axis,
        lines: Sequence[Line],
        step: Callable[[Here, Here, Mapping[str, Any]], dict[str, Any]],
        uses: Mapping[str, Any],
        start: int = 1,
    ) -> list[Row]:
        """Rows that depend on their own past.

        ``step(previous, now, uses)`` returns the lines of one period in the order of ``lines``;
        ``previous`` holds their last values, ``now`` those already set in this period, ``uses``
        the outer rows at this period and the outer cells. It runs once with symbols for the
        formulas and once for each period with numbers.
        """
        size = axis.size
        columns: dict[str, list[float]] = {
            line.name: [float(value_of(line.first))] * start for line in lines
        }
        given = {k: value_of(v) for k, v in uses.items()}
        moving = [(k, v.tolist()) for k, v in given.items() if isinstance(v, np.ndarray)]
        past: dict[str, Any] = {n: column[-1] for n, column in columns.items()}
        nothing = Here({})
        for t in range(start, size):
            for k, values in moving:
                given[k] = values[t]
            past = step(Here(past), nothing, given)
            for n, column in columns.items():
                column.append(past[n])
        out = {n: np.array(column, dtype=float) for n, column in columns.items()}
        rows = [
            Row(sheet, x.name, out[x.name], axis, x.label, x.unit, None, start, x.first)
            for x in lines
        ]
        before = Here({r.name: Term("shift", (r, -1, 0.0), None, axis) for r in rows})
        symbols = {k: _symbol(v) for k, v in uses.items()}
        result = step(before, Here({}), symbols)
        named: dict[int, Row] = {}
        for row in rows:
            term = result[row.name]
            row.formula = _replace(term, named)
            if isinstance(term, Term):
                named[id(term)] = row
            self._keep(row)
        return rows


def _symbol(item: Any) -> Any:
    """An outer row or cell inside a step: the same line, without its numbers."""
    if isinstance(item, Row | Cell):
        return Term("line", (item,), None, item.axis)
    return item


def _replace(term: Any, named: Mapping[int, Row]) -> Any:
    """``term`` with every part that is already a line of its own replaced by that line."""
    if not isinstance(term, Term):
        return term
    if id(term) in named:
        return named[id(term)]
    if isinstance(term, Row | Cell) or term.op in ("line", "shift"):
        return term
    args = tuple(_replace(a, named) for a in term.args)
    return Term(term.op, args, None, term.axis)
