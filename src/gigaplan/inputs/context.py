"""What every part of the inputs needs: programme, zones, years, tables, own rows first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.errors import InputError, Problem
from gigaplan.incremental import Viewed
from gigaplan.programme.schema import Programme


@dataclass
class Context(Viewed):
    """The programme with its zones and the atlas tables restricted to them."""

    OUTLETS: ClassVar[tuple[str, ...]] = ("problems",)

    programme: Programme
    problems: list[Problem] = field(default_factory=list)
    kept_assets: set[tuple[str, str]] = field(default_factory=set)  # zone, technology
    kept_campuses: set[str] = field(default_factory=set)

    @cached_property
    def zones(self) -> list[str]:
        """Zone labels in the programme's order."""
        return list(self.programme.zones)

    @cached_property
    def years(self) -> list[int]:
        """Planning years."""
        return [int(y) for y in self.programme.years]

    @cached_property
    def zone_of(self) -> dict[str, str]:
        """State -> zone."""
        return {s: z for z, states in self.programme.zones.items() for s in states}

    @cached_property
    def states(self) -> list[str]:
        """States that the programme covers."""
        return list(self.zone_of)

    @cached_property
    def constants(self) -> dict[str, float]:
        """Constants of the atlas by id."""
        table = atlas.table("constants")
        return {str(k): float(v) for k, v in zip(table["id"], table["value"], strict=True)}

    @cached_property
    def state_load(self) -> pd.Series:
        """Energy of each state in 2024 [TWh], the weight when states are grouped."""
        table = atlas.table("load_energy").set_index("zone")
        return table["energy_2024_twh"].reindex(self.states).astype(float)

    @cached_property
    def load_share(self) -> float:
        """Share of the country's load that the programme's zones have."""
        return float(self.state_load.sum() / atlas.table("load_energy")["energy_2024_twh"].sum())

    @cached_property
    def traits(self) -> pd.DataFrame:
        """Traits by technology."""
        return atlas.table("technology_traits").set_index("technology")

    def table(self, name: str) -> pd.DataFrame:
        """Rows of an atlas table for the programme's states, with the zone they belong to.

        The atlas names states ``zone``; here that column becomes ``state`` and ``zone`` is the
        programme's.
        """
        table = atlas.table(name).rename(columns={"zone": "state"})
        table = table[table["state"].isin(self.states)].copy()
        table["zone"] = table["state"].map(self.zone_of)
        return table

    def own(self, name: str) -> pd.DataFrame | None:
        """A table that the programme brings, or None."""
        table = self.programme.tables.get(name)
        return None if table is None else table.copy()

    def by_zone(self, values: pd.Series) -> np.ndarray:
        """Load-weighted mean over the states of each zone; ``values`` is indexed by state."""
        weights = self.state_load.to_numpy(dtype=float)
        of_state = values.reindex(self.states).to_numpy(dtype=float)
        at = [self.zones.index(self.zone_of[s]) for s in self.states]
        total, weighted = np.zeros(len(self.zones)), np.zeros(len(self.zones))
        np.add.at(total, at, weights)
        np.add.at(weighted, at, weights * of_state)
        return np.asarray(weighted / total)

    def sum_by_zone(self, values: pd.Series) -> np.ndarray:
        """Sum over the states of each zone; ``values`` is indexed by state."""
        summed = values.reindex(self.states).fillna(0.0).astype(float)
        summed = summed.groupby(pd.Series(self.zone_of)).sum()
        return summed.reindex(self.zones).to_numpy(dtype=float)

    def fail(self, field_name: str, message: str, expected: str = "", remedy: str = "") -> None:
        """Note a problem; all are raised together by :meth:`raise_problems`."""
        name = self.programme.name
        self.problems.append(Problem(name, field_name, message, expected, remedy))

    def raise_problems(self) -> None:
        """Raise what was noted."""
        if self.problems:
            raise InputError(self.problems)


def annuity(rate: float, life: float) -> float:
    """Yearly charge per unit of capital over a life [1/year]; a rate of zero spreads it evenly."""
    return 1.0 / life if rate == 0 else rate / (1.0 - (1.0 + rate) ** -life)


def schedule(text: str) -> np.ndarray:
    """Shares per calendar year, written like ``30/50/20``, the last in the year of service."""
    shares = np.array([float(part) for part in str(text).split("/")])
    return shares / shares.sum()


def interest_during_construction(shares: Iterable[float], rate: float) -> float:
    """Value of the draws at the middle of the last year of construction, per unit drawn.

    Each share is drawn in the middle of its year and bears interest until then.
    """
    shares = list(shares)
    last = len(shares) - 1
    return float(sum(s * (1 + rate) ** (last - k) for k, s in enumerate(shares)))
