"""Rates of return: every root is found and counted, none is guessed.

``pyxirr`` gives the rate of a flow with one root. A flow may have no root or several (Descartes'
rule of signs: at most as many as there are changes of sign); then the result says so and lists
them. ``sam_irr`` repeats the iteration of the System Advisor Model, whose flip of a partnership
depends on where it does not converge.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyxirr
from scipy.optimize import brentq

DAYS = 365.0
_VISIBLE = 1e-6
_GRID = np.concatenate([np.linspace(math.log(1e-6), -0.7, 240), np.linspace(-0.69, 2.5, 1200),
                        np.linspace(2.51, math.log(1e6), 240)])  # fmt: skip


@dataclass(frozen=True)
class Rate:
    """A rate of return as a fraction a year; ``rate`` is None unless exactly one root exists."""

    rate: float | None
    status: str
    roots: tuple[float, ...]

    def said(self) -> dict[str, object]:
        """As plain data."""
        return {"rate": self.rate, "status": self.status, "roots": list(self.roots)}


def roots(times: Sequence[float], amounts: Sequence[float]) -> list[float]:
    """Every rate in (-0.999999, 1e6) at which the flows have no net present value.

    ``times`` in years from the first flow, ``amounts`` in money. Roots are bracketed on a grid of
    log(1 + rate) and refined by Brent's method. A root counts when the worth of the flows at the
    first date can be computed to a millionth of their sum; at rates near -100 % late flows grow so
    large that double precision cannot tell (pyxirr and its samples leave such rates out too).
    """
    t = np.asarray(times, dtype=float)
    a = np.asarray(amounts, dtype=float)
    keep = a != 0.0
    t, a = t[keep], a[keep]
    if len(a) < 2 or (a > 0).all() or (a < 0).all():
        return []
    t = t - t.min()
    a = a / np.abs(a).sum()

    def value(log_growth: float | np.ndarray) -> np.ndarray:
        g = np.atleast_1d(log_growth)[:, None]
        # scaled by the larger end so that neither end overflows; the sign is kept
        scale = np.where(g < 0, t.max(), 0.0)
        return np.asarray((a * np.exp(-g * (t - scale))).sum(axis=1))

    values = value(_GRID)
    found = [float(_GRID[i]) for i in np.flatnonzero(values == 0.0)]
    for i in np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0):
        found.append(
            brentq(lambda g: float(value(g)[0]), _GRID[i], _GRID[i + 1], xtol=1e-14, rtol=1e-14)
        )
    rates = [math.expm1(g) for g in sorted(found)]
    return [r for r in rates if abs(float((a * (1.0 + r) ** -t).sum())) <= _VISIBLE]


def _judged(found: list[float]) -> Rate:
    if not found:
        return Rate(None, "no root", ())
    if len(found) > 1:
        return Rate(None, "several roots", tuple(found))
    return Rate(found[0], "one root", (found[0],))


def _changes(flows: Sequence[float]) -> int:
    """Changes of sign of the flows in order of time."""
    array = np.asarray(flows, dtype=float)
    signs = np.sign(array[array != 0.0])
    return int(np.count_nonzero(signs[1:] != signs[:-1]))


def rate_of(flows: Sequence[float]) -> Rate:
    """Internal rate of return of evenly spaced flows, per period.

    Flows with one change of sign have exactly one root (Descartes), which pyxirr gives; for
    others every root is looked for.
    """
    if _changes(flows) == 1:
        rate = pyxirr.irr(list(flows), silent=True)
        if rate is not None and rate > -1.0:
            return _judged([float(rate)])
    return _judged(roots(range(len(flows)), flows))


def dated_rate_of(dates: Sequence[dt.date], flows: Sequence[float]) -> Rate:
    """XIRR on an actual/365 count of days.

    Flows in order with one change of sign have exactly one root (Descartes), which pyxirr gives;
    for others every root is looked for.
    """
    start = min(dates)
    if list(dates) == sorted(dates) and _changes(flows) == 1:
        rate = pyxirr.xirr(list(dates), list(flows), silent=True)
        if rate is not None and rate > -1.0 and _zero(dates, flows, rate):
            return _judged([float(rate)])
    found = roots([(d - start).days / DAYS for d in dates], flows)
    if len(found) == 1:
        exact = pyxirr.xirr(list(dates), list(flows), guess=found[0], silent=True)
        if exact is not None and abs(exact - found[0]) < 1e-6 * (1.0 + abs(found[0])):
            found = [float(exact)]
    return _judged(found)


def _zero(dates: Sequence[dt.date], flows: Sequence[float], rate: float) -> bool:
    """Whether the worth at a rate is zero beside the sizes of its parts."""
    days = np.array([(d - dates[0]).days for d in dates], dtype=float)
    parts = np.asarray(flows) * (1.0 + rate) ** (-days / DAYS)
    return bool(abs(parts.sum()) <= 1e-9 * np.abs(parts).sum())


def sam_irr(flows: Sequence[float], last: int) -> float:
    """The rate (fraction) that SAM's iteration finds over periods 0 to ``last``, NaN when it fails.

    Chord iterations with the slope of the starting guess: the quadratic estimate, then 0.1, -0.1
    and 0, tolerance 1e-6 of the largest flow, 100 steps (ssc, lib_financial, BSD-3-Clause).
    """
    if last < 1 or flows[0] > 0:
        return math.nan
    cf = np.asarray(flows[: last + 1], dtype=float)
    guess = -2.0
    if cf[0] != 0.0:
        if last > 1:
            b = 2.0 + cf[1] / cf[0]
            c = 1.0 + cf[1] / cf[0] + cf[2] / cf[0]
            inside = b * b - 4.0 * c
            root = math.sqrt(inside) if inside >= 0 else math.nan
            guess = -0.5 * b - 0.5 * root
            if guess <= 0 or guess >= 1:
                guess = -0.5 * b + 0.5 * root
        else:
            guess = -(1.0 + cf[1] / cf[0])
    flows_list = cf.tolist()
    scale = max(abs(v) for v in flows_list) or 1.0
    backwards = flows_list[::-1]

    def npv(rate: float) -> float:
        if rate == -1.0 or not abs(rate) < 2147483647:
            return 0.0
        x = 1.0 / (1.0 + rate)
        worth = 0.0
        for value in backwards:  # Horner's rule
            worth = worth * x + value
        return worth

    for start in (float(guess), 0.1, -0.1, 0.0):  # numpy would warn where rates run off
        if math.isnan(start) or start == -1.0:
            continue
        x, slope = 1.0 / (1.0 + start), 0.0
        for i in range(last, 0, -1):
            slope = slope * x + flows_list[i] * i
        slope *= -x * x
        if slope == 0.0:
            continue
        rate = start - npv(start) / slope
        count, residual = 1, npv(rate) / scale
        while not abs(residual) <= 1e-6 and count < 100:
            rate -= npv(rate) / slope
            count += 1
            residual = npv(rate) / scale
        if count < 100 and abs(residual) < 1e-6 and npv(rate) > npv(rate + 0.001):
            return rate
    return math.nan
