"""Upper limits on sums of fundings: gearing, instruments, mandates, clearance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from gigaplan.inputs.capital_terms import CONTROLLED, VOTING, CapitalTerms, sector_of
from gigaplan.programme.roster import BORROWED, EQUITY, Roster


def records(table: pd.DataFrame) -> Iterator[Any]:
    """Rows with a name for each column."""
    return iter(table.itertuples())


def _state_of(roster: Roster, name: str) -> str:
    """The foreign state that has 49 % or more of an investor, or nothing."""
    held = {c: s for c, s in roster.governments(name).items() if c != "US" and s >= CONTROLLED}
    return next(iter(held), "")


def limits_of(
    table: pd.DataFrame, cells: pd.DataFrame, terms: CapitalTerms, available: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Upper limits on sums of fundings, and which funding counts against which."""
    limits: list[tuple[str, str, str, str, str, float, str]] = []
    members: list[tuple[str, str]] = []

    def add(
        kind: str,
        investor: str,
        cell: str,
        base: str,
        value: float,
        reason: str,
        rows: pd.DataFrame,
        tag: str,
    ) -> None:
        if len(rows):
            label = " | ".join(p for p in (kind, investor, tag or cell) if p)
            limits.append((label, kind, investor, cell, base, float(value), reason))
            members.extend((label, f) for f in rows["funding"])

    states = {n: _state_of(terms.roster, n) for n in terms.roster.investors}

    def group_of(name: str) -> str:
        # investors of one foreign state count as one holder
        return f"state {states[name]}" if states[name] else name

    for cell in records(cells):
        here = table[table["cell"] == cell.cell]
        gearing = terms.classes[cell.asset_class].gearing
        borrowed = here[here["instrument"].isin(BORROWED)]
        add(
            "gearing",
            "",
            cell.cell,
            "capital",
            gearing,
            f"debt at most {gearing:.0%} of the capital",
            borrowed,
            "",
        )
        for name, own in terms.instruments.items():
            if own.largest_share < 1:
                reason = f"{name} at most {own.largest_share:.0%} of the capital"
                add("instrument", "", cell.cell, "capital", own.largest_share, reason,
                    here[here["instrument"] == name], f"{name} | {cell.cell}")  # fmt: skip
        owned = here[here["instrument"].isin(EQUITY)]
        for name, rows in owned.groupby("investor", sort=False):
            investor, screen = terms.roster.investors[str(name)], rows["screen"].iloc[0]
            own_most, cleared = investor.largest_share, screen.equity_share
            if min(own_most, cleared) < 1:
                why = (
                    screen.reason
                    if cleared < own_most
                    else f"mandate: at most {own_most:.0%} of the equity"
                )
                add(
                    "holding",
                    investor.id,
                    cell.cell,
                    "equity",
                    min(own_most, cleared),
                    why,
                    rows,
                    "",
                )
        votes = owned[owned["instrument"].isin(VOTING)]
        for name, rows in votes.groupby(votes["investor"].map(group_of), sort=False):
            # the strictest of a state's investors
            screen = min(rows["screen"], key=lambda s: (s.free_share, s.voting_share))
            unfiled = rows[~rows["filed"]]
            if screen.free_share < 1:
                add(
                    "unfiled",
                    str(name),
                    cell.cell,
                    "equity",
                    screen.free_share,
                    screen.reason,
                    unfiled,
                    "",
                )
            if screen.voting_share < 1:
                add(
                    "voting",
                    str(name),
                    cell.cell,
                    "equity",
                    screen.voting_share,
                    screen.reason,
                    rows,
                    "",
                )
    for position, investor in enumerate(terms.roster.investors.values()):
        mine = table[table["investor"] == investor.id]
        if np.isfinite(investor.max_ticket):
            for (asset_class, year), rows in mine.groupby(["asset_class", "year"], sort=False):
                add("ticket", investor.id, "", "amount", investor.max_ticket,
                    f"mandate: at most {investor.max_ticket:g} BUSD in one class and year",
                    rows, f"{asset_class} {year}")  # fmt: skip
        if investor.concentration < 1:
            most = investor.concentration * available[position, -1]
            for sector, rows in mine.groupby(mine["asset_class"].map(sector_of), sort=False):
                add("concentration", investor.id, "", "amount", most,
                    f"mandate: at most {investor.concentration:.0%} of its commitment in {sector}",
                    rows, str(sector))  # fmt: skip
    names = ["limit", "kind", "investor", "cell", "base", "value", "reason"]
    return pd.DataFrame(limits, columns=names), pd.DataFrame(members, columns=["limit", "funding"])
