"""Solve for an input: the price of a required return, the debt of a coverage, any other.

The measure is looked at over the range first, so that no solution and several solutions are said
instead of one being guessed; then Brent's method closes in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.optimize import brentq

from gigaplan.deals.deal import Deal
from gigaplan.errors import GigaplanError, InfeasibleError, InputError, UsageError

LOOKS = 17
_NUMBER = re.compile(r"[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?")


def value_of(text: str) -> Any:
    """A value of a ``--set``: a number where it is one, else the text."""
    if _NUMBER.fullmatch(text):
        number = float(text.replace("_", ""))
        return int(number) if re.fullmatch(r"[+-]?\d[\d_]*", text) else number
    return text


def changed(deal: Deal, changes: Mapping[str, Any]) -> Deal:
    """The deal with inputs changed; raises InputError for an unknown input."""
    assert deal.rerun is not None
    return deal.rerun({k: value_of(v) if isinstance(v, str) else v for k, v in changes.items()})


def named(deal: Deal, measure: str) -> str:
    """The measure or number of that name; raises UsageError with those that there are."""
    known = [m.name for m in deal.measures]
    if measure in known or measure in deal.numbers:
        return measure
    raise UsageError(f"{measure!r} is not a measure; choose {', '.join(known)}")


def solved(
    deal: Deal, field: str, bounds: tuple[float, float], measure: str, target: float
) -> Deal:
    """The deal with ``field`` set so that ``measure`` is ``target``.

    Raises
    ------
    InfeasibleError
        no value within ``bounds`` gives the target; the message gives the measure at both ends.
    UsageError
        several values do; the message gives their ranges.
    """
    named(deal, measure)

    def gap(value: float) -> float:
        try:
            found = changed(deal, {field: value}).measure(measure)
        except InputError:
            raise
        except GigaplanError:
            return np.nan
        return np.nan if found is None else found - target

    low, high = bounds
    places = np.linspace(low, high, LOOKS)
    gaps = np.array([gap(float(x)) for x in places])
    exact = [float(x) for x, g in zip(places, gaps, strict=True) if g == 0.0]
    signs = np.sign(gaps)
    brackets = [
        (float(places[i]), float(places[i + 1]))
        for i in range(LOOKS - 1)
        if signs[i] * signs[i + 1] < 0
    ]
    if len(brackets) + len(exact) > 1:
        every = ", ".join(f"{a:g} to {b:g}" for a, b in brackets) or str(exact)
        raise UsageError(
            f"{measure} is {target:g} at several values of {field}: {every}; narrow it"
        )
    if not brackets and not exact:
        ends = [f"{field} {x:g}: {measure} "
                + ("has no value" if np.isnan(g) else f"{g + target:.6g}")
                for x, g in ((low, gaps[0]), (high, gaps[-1]))]  # fmt: skip
        raise InfeasibleError(
            f"no value of {field} from {low:g} to {high:g} makes {measure} {target:g}", ends
        )
    found = exact[0] if exact else float(brentq(gap, *brackets[0], xtol=1e-13, rtol=1e-13))
    result = changed(deal, {field: found})
    result.remarks.append(f"solved: {field} = {found:.10g} makes {measure} {target:g}")
    result.numbers[f"solved {field}"] = found
    return result
