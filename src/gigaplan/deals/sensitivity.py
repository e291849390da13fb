"""Sensitivities: how far inputs move a measure, one at a time and two together."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from gigaplan.deals.deal import Deal
from gigaplan.deals.solve_for import changed, named
from gigaplan.errors import GigaplanError, UsageError

SPREAD = 0.1


def _at(deal: Deal, measure: str, changes: Mapping[str, Any]) -> float | None:
    """The measure after changes, None where the deal has none there."""
    try:
        return changed(deal, changes).measure(measure)
    except GigaplanError as error:
        if len(changes) == 1:
            raise
        raise UsageError(f"{dict(changes)}: {error}") from error


def watched(items: Iterable[Any], count: int, word: str) -> Iterator[Any]:
    """The items; what takes longer than two seconds says on stderr how far it is."""
    said = time.monotonic()
    for i, item in enumerate(items):
        if time.monotonic() - said > 2:
            said = time.monotonic()
            print(f"{i} of {count} {word}", file=sys.stderr)
        yield item


def tornado(
    deal: Deal, measure: str, ranges: Mapping[str, tuple[float, float]] | None = None
) -> list[dict[str, Any]]:
    """The measure at the low and high end of each input, largest swing first.

    Without ranges every assumption that is not zero moves by 10 % both ways; those that shape the
    model (years, periods, shares that must add to one) are left out.
    """
    named(deal, measure)
    base = deal.measure(measure)
    chosen = dict(ranges or {})
    given = bool(chosen)
    if not given:
        for cell in deal.ledger.cells.values():
            if cell.formula is None and cell.value and cell.note != "structure":
                ends = (cell.value * (1 - SPREAD), cell.value * (1 + SPREAD))
                chosen[cell.name] = (min(ends), max(ends))
    rows: list[dict[str, Any]] = []
    for field, (low, high) in watched(chosen.items(), len(chosen), "inputs varied"):
        try:
            at_low, at_high = (_at(deal, measure, {field: x}) for x in (low, high))
        except GigaplanError:
            if given:
                raise
            continue
        swing = None if at_low is None or at_high is None else abs(at_high - at_low)
        rows.append(
            {"input": field, "low": low, "high": high, f"{measure} at low": at_low,
             f"{measure} at base": base, f"{measure} at high": at_high, "swing": swing}
        )  # fmt: skip
    return sorted(rows, key=lambda r: -(r["swing"] or 0.0))


def two_way(
    deal: Deal, measure: str, ranges: Mapping[str, tuple[float, float]], steps: int = 5
) -> list[dict[str, Any]]:
    """The measure over a grid of two inputs; one row for each value of the first."""
    named(deal, measure)
    if len(ranges) != 2 or steps < 2:
        raise UsageError("a two-way table needs two inputs with LOW:HIGH and 2 steps or more")
    (down, first), (across, second) = ranges.items()
    rows: list[dict[str, Any]] = []
    for x in watched(np.linspace(*first, steps), steps, "rows of the table"):
        row: dict[str, Any] = {down: float(x)}
        for y in np.linspace(*second, steps):
            row[f"{across} = {y:g}"] = _at(deal, measure, {down: float(x), across: float(y)})
        rows.append(row)
    return rows
