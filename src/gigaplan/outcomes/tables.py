"""All tables of outcomes by name, and a plan's outcomes as one object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from gigaplan.errors import UsageError
from gigaplan.outcomes.emissions import accounting, emissions
from gigaplan.outcomes.fuel import fuel
from gigaplan.outcomes.jobs import jobs
from gigaplan.outcomes.overview import overview
from gigaplan.outcomes.pair import Pair, pair_of, told
from gigaplan.outcomes.partners import partners
from gigaplan.outcomes.position import position
from gigaplan.outcomes.prices import prices, reserve
from gigaplan.outcomes.tax import tax
from gigaplan.outcomes.water import land, water

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan
    from gigaplan.plan.without import Without

TABLES: dict[str, Callable[[Pair], pd.DataFrame]] = {
    "overview": overview,
    "prices": prices,
    "reserve": reserve,
    "emissions": emissions,
    "accounting": accounting,
    "water": water,
    "land": land,
    "fuel": fuel,
    "jobs": jobs,
    "tax": tax,
    "partners": partners,
    "position": position,
}
# these need nothing but the plan itself
ALONE = ("jobs", "tax", "partners", "position")
PLACES = ("zone", "place", "region", "country")


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of a plan: ``plan.outcomes.prices()`` and so on.

    Each table is a DataFrame with ``attrs["units"]`` by column and ``attrs["sources"]``.
    """

    plan: Plan
    kept: Without | None = None  # where the plan itself does not hold it

    @cached_property
    def pair(self) -> Pair:
        """The plan and the same system without the programme."""
        return pair_of(self.plan, self.kept)

    def solved(
        self, workers: int | None = None, progress: Callable[[str], None] | None = None
    ) -> Outcomes:
        """These outcomes with the system without the programme, solved now if the plan lacks it.

        Nothing is written; :func:`gigaplan.plan.without.keep` adds it to a saved plan.

        Parameters
        ----------
        workers : processes side by side; None: one for each core
        progress : called with one line of text at a time

        Raises
        ------
        UsageError, SolverError
        """
        if self.pair.kept is not None:
            return self
        from gigaplan.solving.without import without_of

        return Outcomes(self.plan, without_of(self.plan, workers, progress))

    @cached_property
    def _complete(self) -> Outcomes:
        """These outcomes once the system without the programme has been solved."""
        return self.solved()

    def table(self, name: str, state: str | None = None, year: int | None = None) -> pd.DataFrame:
        """One table, or its rows of a state (zone, region or country) and a year.

        The system without the programme is solved first where the table needs it and the plan does
        not hold it.

        Raises
        ------
        UsageError
            an unknown table, state or year.
        """
        if name not in TABLES:
            raise UsageError(f"{name!r} is no table of outcomes; choose {', '.join(TABLES)}")
        if name not in ALONE and self.pair.kept is None:
            return self._complete.table(name, state, year)
        found = TABLES[name](self.pair)
        units, sources = found.attrs["units"], found.attrs["sources"]
        if state is not None:
            place = next((c for c in PLACES if c in found), None)
            if place is None:
                raise UsageError(f"the table {name} is not by state; leave --state out")
            known = list(dict.fromkeys(map(str, found[place])))
            if state not in known and state not in self.pair.zones:
                raise UsageError(f"{state!r} is not in the table; it has {', '.join(known)}")
            found = found[found[place] == state]
        if year is not None:
            if "year" not in found:
                raise UsageError(f"the table {name} is not by year; leave --year out")
            years = sorted({*map(int, TABLES[name](self.pair)["year"])})
            if year not in years:
                raise UsageError(
                    f"the table has no year {year}; it has {', '.join(map(str, years))}"
                )
            found = found[found["year"] == year]
        found = found.reset_index(drop=True)
        found.attrs = {"units": units, "sources": sources}
        return found

    def sources(self, name: str) -> list[dict[str, str]]:
        """The sources of a table in full, with confidence: ``background`` is a judgement."""
        return told(self.table(name).attrs["sources"])

    def overview(self) -> pd.DataFrame:
        """The main figures by year."""
        return self.table("overview")

    def prices(self) -> pd.DataFrame:
        """Wholesale price and household bill by state and year."""
        return self.table("prices")

    def reserve(self) -> pd.DataFrame:
        """Reserve margin by region and year."""
        return self.table("reserve")

    def emissions(self) -> pd.DataFrame:
        """Greenhouse gases by state, part and year."""
        return self.table("emissions")

    def accounting(self) -> pd.DataFrame:
        """Carbon dioxide of the campuses' power, by the hour and by the year."""
        return self.table("accounting")

    def water(self) -> pd.DataFrame:
        """Water by state, use, user and year."""
        return self.table("water")

    def land(self) -> pd.DataFrame:
        """Land by state, what stands on it and year."""
        return self.table("land")

    def fuel(self) -> pd.DataFrame:
        """Fuel burnt by state, fuel and year."""
        return self.table("fuel")

    def jobs(self) -> pd.DataFrame:
        """Jobs by place, year, phase and effect."""
        return self.table("jobs")

    def tax(self) -> pd.DataFrame:
        """Taxes and incentives by state and year."""
        return self.table("tax")

    def partners(self) -> pd.DataFrame:
        """What each partner country brings and gets."""
        return self.table("partners")

    def position(self) -> pd.DataFrame:
        """Share of the world's AI compute by year."""
        return self.table("position")
