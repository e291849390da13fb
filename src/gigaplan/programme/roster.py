"""The roster: who may bring money, how much by when, on what terms, and what overlaps.

Announced sums contain one another: a framework its funds, a vehicle its members.  ``within`` says
so; what an investor pays then counts against its own sum and against that of each one that it is
within, and the sums are never added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gigaplan.errors import InputError
from gigaplan.programme.values import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    import pandas as pd

KINDS = (
    "sovereign_fund", "government", "corporate", "pension", "infrastructure_fund",
    "venture_capital", "debt_market", "company",
)  # fmt: skip
EQUITY = ("common", "preferred", "fund")
BORROWED = ("debt", "vendor")
IN_KIND = ("accelerators", "land", "power_purchase", "offtake")
SECTORS = (
    "dc", "chips", "power", "turbines", "fuel_cells", "clean", "nuclear", "storage",
    "transmission", "corporate_equity",
)  # fmt: skip
GRANT = "grant"
INSTRUMENTS = (*EQUITY, *BORROWED, GRANT)
COMPANY = "company"
FIRM = ("committed", "signed")
CLASSES = ("campus", "accelerators", "power", "corridors")
Table = tuple[Any, str]  # DataFrame and the file it came from


@dataclass(frozen=True)
class Commitment:
    """A sum [BUSD] that can be called from a year on, and how likely it is."""

    year: int
    busd: float
    stage: str
    likelihood: float


@dataclass(frozen=True)
class Talk:
    """One conversation."""

    date: str
    contact: str
    stage: str
    busd: float
    likelihood: float
    note: str


@dataclass(frozen=True)
class Investor:
    """One investor: who it is, its mandate and its terms.

    ``governments`` and ``owned_by`` map to shares of 1; ``returns`` holds the required return by
    class (nominal, 1/year) where it differs from ``base_return`` (None: market rate of the debt).
    ``commitments`` are as the last conversation has them, ``announced`` as they were before.  One
    who is left out pays nothing, but its sum still limits those that it contains.  ``in_service``
    holds the first and last year in which an asset that it pays for may enter service.
    """

    id: str
    name: str
    country: str
    kind: str
    governments: Mapping[str, float]
    owned_by: Mapping[str, float]
    within: tuple[str, ...]
    sectors: tuple[str, ...]
    places: tuple[str, ...]
    instruments: tuple[str, ...]
    base_return: float | None
    returns: Mapping[str, float]
    min_ticket: float
    max_ticket: float
    concentration: float
    largest_share: float
    sharing: tuple[float, float] | None
    in_kind: tuple[str, ...]
    note: str
    commitments: tuple[Commitment, ...] = ()
    talks: tuple[Talk, ...] = ()
    announced: tuple[Commitment, ...] = ()
    left_out: bool = False
    in_service: tuple[int, int] = (FIRST_YEAR, LAST_YEAR)

    @property
    def grants_only(self) -> bool:
        """Whether it gives and asks for nothing back: its sum is no part of what others bring."""
        return self.instruments == (GRANT,)


@dataclass
class Roster:
    """The investors in order, by id."""

    investors: dict[str, Investor] = field(default_factory=dict)

    def governments(self, name: str) -> dict[str, float]:
        """Government shares of an investor, through the chain of its owners (product rule)."""
        investor = self.investors[name]
        out = dict(investor.governments)
        if out:
            return out
        for owner, share in investor.owned_by.items():
            for country, held in self.governments(owner).items():
                out[country] = out.get(country, 0.0) + share * held
        return out

    def containing(self, name: str) -> set[str]:
        """Everyone whose announced sum contains that of an investor."""
        found: set[str] = set()
        queue = list(self.investors[name].within)
        while queue:
            at = queue.pop()
            if at not in found and at in self.investors:
                found.add(at)
                queue += self.investors[at].within
        return found


def roster_of(programme: Any) -> Roster | None:
    """The roster of a checked programme, or None where one purse pays.

    Raises
    ------
    InputError
        naming every fault.
    """
    from gigaplan.programme.rosterfile import read_roster

    tables: dict[str, pd.DataFrame] = programme.tables
    own: dict[str, Table] = {
        n: (tables[n], n) for n in ("investors", "commitments", "outreach") if n in tables
    }
    alone = programme.capital.roster == "none" and "investors" not in own
    if alone and programme.capital.corporate_round is None:
        return None
    roster, problems = read_roster(own, programme.capital, programme.zones)
    if problems:
        raise InputError(problems)
    return roster
