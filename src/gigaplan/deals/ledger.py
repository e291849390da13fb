"""Lines of a financial model that hold their numbers and the formula that made them.

A deal is written once, as expressions over cells and rows. Each expression is evaluated with
numpy as it is written and remembers how it was made, so that the workbook shows the same model as
live formulas. Two kinds of line exist: a ``Cell`` is one number, a ``Row`` is one number for each
period of an ``Axis``. Recurrences (balances, tiers, pools of losses) are written once as a step
from one period to the next, run with plain numbers and rendered as the formula of a column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Number = float | int


@dataclass(frozen=True)
class Axis:
    """Periods ``0 .. last`` of a group of rows; ``labels`` head the columns of the workbook."""

    name: str
    last: int
    labels: tuple[str, ...]
    unit: str = "year"

    @property
    def size(self) -> int:
        """Number of periods, period 0 included."""
        return self.last + 1


class Term:
    """An expression: its value (a float, or an array over an axis) and how it was made."""

    __slots__ = ("args", "axis", "op", "value")
    __array_ufunc__ = None

    def __init__(self, op: str, args: tuple[Any, ...], value: Any, axis: Axis | None):
        self.op, self.args, self.value, self.axis = op, args, value, axis

    def __add__(self, other: Any) -> Term:
        return binary("+", self, other)

    def __radd__(self, other: Any) -> Term:
        return binary("+", other, self)

    def __sub__(self, other: Any) -> Term:
        return binary("-", self, other)

    def __rsub__(self, other: Any) -> Term:
        return binary("-", other, self)

    def __mul__(self, other: Any) -> Term:
        return binary("*", self, other)

    def __rmul__(self, other: Any) -> Term:
        return binary("*", other, self)

    def __truediv__(self, other: Any) -> Term:
        return binary("/", self, other)

    def __rtruediv__(self, other: Any) -> Term:
        return binary("/", other, self)

    def __pow__(self, other: Any) -> Term:
        return binary("^", self, other)

    def __rpow__(self, other: Any) -> Term:
        return binary("^", other, self)

    def __neg__(self) -> Term:
        return binary("-", 0.0, self)

    def __le__(self, other: Any) -> Term:
        return binary("<=", self, other)

    def __lt__(self, other: Any) -> Term:
        return binary("<", self, other)

    def __ge__(self, other: Any) -> Term:
        return binary(">=", self, other)

    def __gt__(self, other: Any) -> Term:
        return binary(">", self, other)

    def equals(self, other: Any) -> Term:
        """Equality as a condition (``==`` itself stays identity, terms are dictionary keys)."""
        return binary("=", self, other)


class Cell(Term):
    """One named number: an assumption, or a result with its formula."""

    __slots__ = ("formula", "label", "name", "note", "sheet", "unit")

    def __init__(
        self,
        sheet: str,
        name: str,
        value: Any,
        label: str,
        unit: str,
        formula: Any = None,
        note: str = "",
    ):
        super().__init__("cell", (), value, None)
        self.sheet, self.name, self.label, self.unit = sheet, name, label, unit
        self.formula, self.note = formula, note


class Row(Term):
    """One named number for each period; before ``start`` it holds ``first``."""

    __slots__ = ("first", "formula", "label", "name", "note", "sheet", "start", "unit")

    def __init__(
        self,
        sheet: str,
        name: str,
        value: Any,
        axis: Axis,
        label: str,
        unit: str,
        formula: Any = None,
        start: int = 0,
        first: Any = 0.0,
        note: str = "",
    ):
        super().__init__("row", (), value, axis)
        self.sheet, self.name, self.label, self.unit = sheet, name, label, unit
        self.formula, self.start, self.first, self.note = formula, start, first, note


def _value(item: Any) -> Any:
    return item.value if isinstance(item, Term) else item


def _axis(items: Sequence[Any]) -> Axis | None:
    found: Axis | None = None
    for item in items:
        axis = item.axis if isinstance(item, Term) else None
        if axis is not None:
            if found is not None and found is not axis:
                raise ValueError(f"rows of {found.name} and {axis.name} in one expression")
            found = axis
    return found


def _power(a: Any, b: Any) -> Any:
    return np.power(a, b) if isinstance(a, np.ndarray) or isinstance(b, np.ndarray) else a**b


def _quotient(a: Any, b: Any) -> Any:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.true_divide(a, b)
    return a / b if b else float("nan")


_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _quotient,
    "^": _power,
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "=": lambda a, b: a == b,
}


def binary(op: str, left: Any, right: Any) -> Term:
    """``left op right`` as a term; the value is None where a part is a symbol of a step."""
    a, b = _value(left), _value(right)
    value = None if a is None or b is None else _OPERATIONS[op](a, b)
    return Term(op, (left, right), value, _axis((left, right)))


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
        value = float(_value(term))
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
        on = axis or _axis((term,))
        if on is None:
            raise ValueError(f"line {name} has no axis")
        value = _value(term)
        array = np.empty(on.size)
        array[:] = value if not isinstance(value, np.ndarray) else value.astype(float)
        array[:start] = _value(first)
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
            line.name: [float(_value(line.first))] * start for line in lines
        }
        given = {k: _value(v) for k, v in uses.items()}
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
