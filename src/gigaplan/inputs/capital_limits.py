"""Upper limits on sums of fundings: gearing, instruments, mandates, clearance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gigaplan.inputs.capital_terms import CONTROLLED, VOTING, CapitalTerms, sector_of
from gigaplan.programme.roster import BORROWED, EQUITY, Investor, Roster


def records(table: pd.DataFrame) -> Iterator[Any]:
    """Rows with a name for each column."""
    return iter(table.itertuples())


def _state_of(roster: Roster, name: str) -> str:
    """The foreign state that has 49 % or more of an investor, or nothing."""
    held = {c: s for c, s in roster.governments(name).items() if c != "US" and s >= CONTROLLED}
    return next(iter(held), "")


class _Limits:
    """Limits and memberships as they are found."""

    def __init__(self) -> None:
        self.limits: list[tuple[str, str, str, str, str, float, str]] = []
        self.members: list[tuple[str, str]] = []

    def add(
        self, kind: str, investor: str, tag: str, base: str, value: float, reason: str,
        rows: Iterable[Any], cell: str = "",
    ) -> None:  # fmt: skip
        """A limit on the sum of some fundings; none where there are no fundings."""
        found = [row.funding for row in rows]
        if found:
            label = " | ".join(p for p in (kind, investor, tag or cell) if p)
            self.limits.append((label, kind, investor, cell, base, float(value), reason))
            self.members.extend((label, f) for f in found)


def _grouped(rows: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """Rows by key, in the order in which keys are met."""
    out: dict[Any, list[Any]] = {}
    for row in rows:
        out.setdefault(key(row), []).append(row)
    return out


def limits_of(
    table: pd.DataFrame, cells: pd.DataFrame, terms: CapitalTerms, available: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Upper limits on sums of fundings, and which funding counts against which."""
    found = _Limits()
    fundings = list(records(table))
    of_cell = _grouped(fundings, lambda row: row.cell)
    states = {n: _state_of(terms.roster, n) for n in terms.roster.investors}
    for cell in records(cells):
        _of_cell(found, cell, of_cell.get(cell.cell, []), terms, states)
    of_investor = _grouped(fundings, lambda row: row.investor)
    for position, investor in enumerate(terms.roster.investors.values()):
        _of_mandate(found, investor, of_investor.get(investor.id, []), available[position, -1])
    names = ["limit", "kind", "investor", "cell", "base", "value", "reason"]
    return (
        pd.DataFrame(found.limits, columns=names),
        pd.DataFrame(found.members, columns=["limit", "funding"]),
    )


def _of_cell(
    found: _Limits, cell: Any, rows: list[Any], terms: CapitalTerms, states: Mapping[str, str]
) -> None:
    """Gearing, instruments, and what one holder may have of the equity of a cell."""
    name = cell.cell
    gearing = terms.classes[cell.asset_class].gearing
    reason = f"debt at most {gearing:.0%} of the capital"
    borrowed = [r for r in rows if r.instrument in BORROWED]
    found.add("gearing", "", "", "capital", gearing, reason, borrowed, name)
    for instrument, own in terms.instruments.items():
        if own.largest_share < 1:
            reason = f"{instrument} at most {own.largest_share:.0%} of the capital"
            mine = [r for r in rows if r.instrument == instrument]
            tag = f"{instrument} | {name}"
            found.add("instrument", "", tag, "capital", own.largest_share, reason, mine, name)
    owned = [r for r in rows if r.instrument in EQUITY]
    for holder, held in _grouped(owned, lambda row: row.investor).items():
        most, screen = terms.roster.investors[holder].largest_share, held[0].screen
        share = min(most, screen.equity_share)
        if share < 1:
            mandate = f"mandate: at most {most:.0%} of the equity"
            why = screen.reason if screen.equity_share < most else mandate
            found.add("holding", holder, "", "equity", share, why, held, name)
    votes = [r for r in owned if r.instrument in VOTING]
    # investors of one foreign state count as one holder
    together = _grouped(
        votes,
        lambda row: f"state {states[row.investor]}" if states[row.investor] else row.investor,
    )
    for holder, held in together.items():
        # the strictest of a state's investors
        screen = min((r.screen for r in held), key=lambda s: (s.free_share, s.voting_share))
        unfiled = [r for r in held if not r.filed]
        for kind, share, counted in (
            ("unfiled", screen.free_share, unfiled), ("voting", screen.voting_share, held),
        ):  # fmt: skip
            if share < 1:
                found.add(kind, holder, "", "equity", share, screen.reason, counted, name)


def _of_mandate(found: _Limits, investor: Investor, rows: list[Any], commitment: float) -> None:
    """Largest ticket in a class and year, and concentration in a sector."""
    if np.isfinite(investor.max_ticket):
        reason = f"mandate: at most {investor.max_ticket:g} BUSD in one class and year"
        for (asset_class, year), mine in _grouped(
            rows, lambda row: (row.asset_class, row.year)
        ).items():
            tag = f"{asset_class} {year}"
            found.add("ticket", investor.id, tag, "amount", investor.max_ticket, reason, mine)
    if investor.concentration < 1:
        most = investor.concentration * commitment
        for sector, mine in _grouped(rows, lambda row: sector_of(row.asset_class)).items():
            reason = f"mandate: at most {investor.concentration:.0%} of its commitment in {sector}"
            found.add("concentration", investor.id, str(sector), "amount", most, reason, mine)
