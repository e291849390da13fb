"""Functions of a deal's expressions; with plain numbers they return plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigaplan.deals.returns import rate_of
from gigaplan.deals.returns import roots as _roots
from gigaplan.deals.terms import Array, Axis, Row, Term, axis_of, value_of


def _made(op: str, args: tuple[Any, ...], value: Any) -> Term:
    return Term(op, args, value, axis_of(args))


def low(a: Any, b: Any) -> Any:
    """The smaller of two."""
    if a.__class__ is float and b.__class__ is float:
        return a if a < b else b
    if not isinstance(a, Term) and not isinstance(b, Term):
        return a if a < b else b
    x, y = value_of(a), value_of(b)
    return _made("MIN", (a, b), None if x is None or y is None else np.minimum(x, y))


def high(a: Any, b: Any) -> Any:
    """The larger of two."""
    if a.__class__ is float and b.__class__ is float:
        return a if a > b else b
    if not isinstance(a, Term) and not isinstance(b, Term):
        return a if a > b else b
    x, y = value_of(a), value_of(b)
    return _made("MAX", (a, b), None if x is None or y is None else np.maximum(x, y))


def where(condition: Any, then: Any, otherwise: Any) -> Any:
    """``then`` where the condition holds, else ``otherwise``; NaN is an empty cell."""
    if not isinstance(condition, Term):
        return then if condition else otherwise
    c, x, y = value_of(condition), value_of(then), value_of(otherwise)
    if c is None or x is None or y is None:
        value = None
    elif isinstance(c, np.ndarray) or isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        value = np.where(c, x, y)
    else:
        value = x if c else y
    return _made("IF", (condition, then, otherwise), value)


def both(a: Any, b: Any) -> Any:
    """Both conditions hold."""
    if not isinstance(a, Term) and not isinstance(b, Term):
        return bool(a) and bool(b)
    x, y = value_of(a), value_of(b)
    return _made("AND", (a, b), None if x is None or y is None else np.logical_and(x, y))


def same(a: Any, b: Any) -> Any:
    """Equality as a condition."""
    if isinstance(a, Term):
        return a.equals(b)
    return b.equals(a) if isinstance(b, Term) else a == b


def either(a: Any, b: Any) -> Any:
    """One of the conditions holds."""
    if not isinstance(a, Term) and not isinstance(b, Term):
        return bool(a) or bool(b)
    x, y = value_of(a), value_of(b)
    return _made("OR", (a, b), None if x is None or y is None else np.logical_or(x, y))


def ratio(a: Any, b: Any) -> Any:
    """``a / b``, and 0 where ``b`` is 0."""
    if not isinstance(a, Term) and not isinstance(b, Term):
        return a / b if b else 0.0
    x, y = value_of(a), value_of(b)
    value: Any = None
    if x is not None and y is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(np.asarray(y) == 0, 0.0, np.true_divide(x, y))
        if not isinstance(x, np.ndarray) and not isinstance(y, np.ndarray):
            value = float(value)
    return _made("RATIO", (a, b), value)


def rounded(a: Any) -> Any:
    """Rounded to the nearest whole number, halves away from zero (as Excel rounds)."""
    x = value_of(a)
    value = None if x is None else np.sign(x) * np.floor(np.abs(x) + 0.5)
    return _made("ROUND", (a, 0), value) if isinstance(a, Term) else float(value)  # type: ignore[arg-type]


def shifted(row: Row, by: int, outside: float = 0.0) -> Term:
    """The row ``by`` periods later (negative: earlier); ``outside`` beyond its ends."""
    array: Array = np.full(len(row.value), float(outside))
    if by < 0:
        array[-by:] = row.value[:by]
    else:
        array[: len(array) - by] = row.value[by:]
    return Term("shift", (row, by, outside), array, row.axis)


def previous(row: Row) -> Term:
    """The row one period earlier; 0 before period 0."""
    return shifted(row, -1)


def ahead(row: Row) -> Term:
    """The row one period later; 0 after the last."""
    return shifted(row, 1)


def total(row: Row, start: int = 0) -> Term:
    """Sum over all periods from ``start``."""
    return Term("SUM", (row, start), float(np.nansum(row.value[start:])), None)


def smallest(row: Row, start: int = 0) -> Term:
    """The smallest entry; empty cells do not count; empty when all are."""
    part = row.value[start:]
    part = part[~np.isnan(part)]
    return Term("MINIMUM", (row, start), float(part.min()) if len(part) else np.nan, None)


def largest(row: Row, start: int = 0) -> Term:
    """The largest entry; empty cells do not count; empty when all are."""
    part = row.value[start:]
    part = part[~np.isnan(part)]
    return Term("MAXIMUM", (row, start), float(part.max()) if len(part) else np.nan, None)


def mean(row: Row, start: int = 0) -> Term:
    """The mean of the entries that are not empty; empty when all are."""
    part = row.value[start:]
    part = part[~np.isnan(part)]
    return Term("MEAN", (row, start), float(part.mean()) if len(part) else np.nan, None)


def dot(a: Row, b: Row) -> Term:
    """Sum of products over all periods."""
    return Term("SUMPRODUCT", (a, b), float(np.dot(a.value, b.value)), None)


def at(row: Row, period: int) -> Term:
    """The row in one period."""
    return Term("at", (row, period), float(row.value[period]), None)


def present(rate: Any, row: Row) -> Term:
    """Present value of periods 1 to last at ``rate``, period 0 left out (Excel's NPV)."""
    flows = row.value[1:]
    r = value_of(rate)
    powers = (1.0 + r) ** -np.arange(1.0, len(flows) + 1)
    return Term("NPV", (rate, row), float(np.dot(flows, powers)), None)


def internal(row: Row, near: float | None = None) -> Term:
    """Internal rate of return over all periods in percent; NaN (empty) without one.

    With several roots it is empty too, unless ``near`` says which root is meant.
    """
    rate = rate_of(row.value.tolist()).rate
    if rate is None and near is not None and not np.isnan(near):
        found = _roots(np.arange(float(len(row.value))).tolist(), row.value.tolist())
        rate = min(found, key=lambda r: abs(r - near)) if found else None
    value = np.nan if rate is None else rate * 100
    return Term("IRR", (row, rate), value, None)


def raised(a: Any) -> Any:
    """Rounded up to the next whole number."""
    x = value_of(a)
    value = None if x is None else np.ceil(np.asarray(x) - 1e-9)
    return _made("ROUNDUP", (a, 0), value)


def joined(first: Row, then: Row, axis: Any) -> Term:
    """A row of the joint axis: ``first`` from its period 0, ``then`` from its period 1 on."""
    value = np.concatenate([first.value, then.value[1:]])
    return Term("join", (first, then), value, axis)


def summed_before(row: Row) -> Term:
    """Sum of the row up to and including each period."""
    return Term("CUMULATIVE", (row,), np.cumsum(row.value), row.axis)


def gathered(row: Row, group: Row, axis: Axis) -> Term:
    """Sums of the row over its periods by group: the sum of group ``k`` in period ``k``."""
    at_group = group.value.astype(int)
    value = np.bincount(at_group, weights=row.value, minlength=axis.size)
    return Term("GATHER", (row, group), value, axis)


def sum_above(row: Row) -> Term:
    """Sum of what is above zero."""
    return Term("SUMIF", (row, ">0"), float(row.value[row.value > 0].sum()), None)


def sum_below(row: Row) -> Term:
    """Sum of what is below zero."""
    return Term("SUMIF", (row, "<0"), float(row.value[row.value < 0].sum()), None)


def periodic_rate(row: Row, rate: float | None) -> Term:
    """IRR of yearly flows in percent: the one root ``rate``, NaN (empty) without exactly one."""
    return Term("IRR", (row, rate), np.nan if rate is None else rate * 100, None)


def dated_rate(dates: Row, flows: Row, rate: float | None) -> Term:
    """XIRR of dated flows in percent: the one root ``rate``, NaN (empty) without exactly one."""
    return Term("XIRR", (flows, dates, rate), np.nan if rate is None else rate * 100, None)


def newton_step(flows: Row, years: Row, rate: Any) -> Term:
    """One Newton step towards the rate at which dated flows have no worth.

    For rates below zero, where the function XIRR of most programs does not converge.
    """
    r = float(value_of(rate))
    powers = (1.0 + r) ** -years.value
    worth = float(np.dot(flows.value, powers))
    slope = float(np.dot(flows.value * years.value, powers)) / (1.0 + r)
    return Term("NEWTON", (flows, years, rate), r + worth / slope, None)
