"""A plan: the answer to one inputs Dataset, with its proof and what it says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from gigaplan.errors import CheckError
from gigaplan.plan import campuses, meta as metadata, money, statistics, summary, validate


@dataclass(frozen=True, eq=False)
class Plan:
    """The answer as one Dataset, beside the inputs that it answers.

    Parameters
    ----------
    inputs : inputs Dataset (``gigaplan.inputs.declaration``)
    data : plan Dataset (``gigaplan.plan.declaration``); units are set as attributes, hourly
        variables are kept in single precision
    meta : JSON-able mapping; its keys are declared in ``gigaplan.plan.meta``

    Every table is a DataFrame with ``.attrs["units"]``, a mapping of column to unit.

    Raises
    ------
    CheckError
        the data or the meta do not fit their declaration, or a check of the meta failed.
    """

    inputs: xr.Dataset
    data: xr.Dataset
    meta: dict[str, Any]

    def __init__(self, inputs: xr.Dataset, data: xr.Dataset, meta: Mapping[str, Any]):
        clean = metadata.plain(dict(meta))
        faults = validate.faults_of(data, inputs) + metadata.faults_of(clean)
        if faults:
            raise CheckError("\n".join(["this is not a valid plan:", *(f"  {f}" for f in faults)]))
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "data", validate.conform(data))
        object.__setattr__(self, "meta", clean)

    @property
    def name(self) -> str:
        """Name of the programme."""
        return str(self.meta["programme"])

    @property
    def title(self) -> str:
        """Title of the programme, or its name."""
        return str(self.meta.get("title") or self.name)

    @property
    def years(self) -> list[int]:
        """Planning years."""
        return [int(y) for y in self.data["year"].values]

    @property
    def zones(self) -> list[str]:
        """Zones: states or groups of states."""
        return [str(z) for z in self.data["zone"].values]

    def rollout(self, all_zones: bool = False) -> pd.DataFrame:
        """What the programme brings into service, by zone and year [GW]."""
        return statistics.rollout(self, all_zones)

    def power(self) -> pd.DataFrame:
        """Capacity [GW], generation [TWh/year] and capacity factor by zone, technology, year."""
        return statistics.power(self)

    def dispatch(self, national: bool = False) -> pd.DataFrame:
        """Hourly dispatch on the stored days [GW], by zone or summed over all zones."""
        return statistics.dispatch(self, national)

    def corridors(self) -> pd.DataFrame:
        """Limits [GW], flows [TWh/year], hours at limit and congestion rent of corridors."""
        return statistics.corridors(self)

    def campuses(self, all_zones: bool = False) -> pd.DataFrame:
        """Campuses and their near ties by zone and year, with what limits them."""
        return campuses.campuses(self, all_zones)

    def binding(self) -> pd.DataFrame:
        """Limits that bind, the most valuable first, with what one more unit is worth."""
        return campuses.binding(self)

    def money(self) -> pd.DataFrame:
        """Programme capital drawn by calendar year, against what is available [BUSD]."""
        return money.money(self)

    def money_by_asset(self) -> pd.DataFrame:
        """Programme capital by asset class, zone and year in service [BUSD]."""
        return money.money_by_asset(self)

    def costs(self) -> pd.DataFrame:
        """Annual cost of the system with the programme, by item and year [BUSD/year]."""
        return money.costs(self)

    def sources(self) -> pd.DataFrame:
        """Sources of the figures that went in."""
        return statistics.sources(self)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table that ``save`` writes as CSV, by name."""
        return {
            "rollout": self.rollout(),
            "power": self.power(),
            "dispatch_national": self.dispatch(national=True),
            "corridors": self.corridors(),
            "campuses": self.campuses(),
            "binding": self.binding(),
            "money": self.money(),
            "money_by_asset": self.money_by_asset(),
            "costs": self.costs(),
            "sources": self.sources(),
        }

    def summary(self) -> dict[str, Any]:
        """The plan in short as JSON-able data; years are text keys, units are in the names."""
        return summary.summary(self)

    def summary_text(self) -> str:
        """The plan in short for people, 60 lines at most."""
        return summary.summary_text(self)

    def save(self, directory: str | Path) -> Path:
        """Write the plan to a folder: written beside and renamed into place."""
        from gigaplan.plan.store import save

        return save(self, directory)
