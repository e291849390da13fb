"""Expressions of a deal: terms over cells and rows that hold their numbers and how they were made.

A ``Cell`` is one number, a ``Row`` one number for each period of an ``Axis``. An expression over
them is evaluated with numpy as it is written and remembers its parts, so that the workbook shows
it as a live formula.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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


def value_of(item: Any) -> Any:
    """The numbers of a term; plain numbers are their own."""
    return item.value if isinstance(item, Term) else item


def axis_of(items: Sequence[Any]) -> Axis | None:
    """The one axis of all items, None without one; ValueError for two."""
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
    a, b = value_of(left), value_of(right)
    value = None if a is None or b is None else _OPERATIONS[op](a, b)
    return Term(op, (left, right), value, axis_of((left, right)))
