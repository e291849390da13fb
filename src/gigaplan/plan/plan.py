"""The answer of a solve: what is built, dispatched and paid, with its proof."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.errors import CheckError, Problem
from gigaplan.inputs.check import _problems, expected
from gigaplan.plan import binding, campuses, money, statistics, supply
from gigaplan.plan.declaration import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gigaplan.outcomes.tables import Outcomes
    from gigaplan.plan.why import Why

SHARED = (
    "zone", "year", "owner", "plant", "renewable", "store", "option", "corridor", "region",
    "chip", "chip_step", "equipment", "price_step", "campus", "onsite", "funding",
    "investor", "limit",
)  # fmt: skip


class Plan:
    """A plan: the inputs that it answers, the plan Dataset, and how the answer was proven.

    Attributes
    ----------
    inputs
        the inputs Dataset (``gigaplan.inputs.declaration``).
    data
        the plan Dataset (``gigaplan.plan.declaration``), a unit on every variable.
    meta
        status, aim, bounds, gap, checks, seconds, versions and notes; JSON-able, years as text.
    attachments
        files that are kept with the plan, by their path in its folder: the programme, and what a
        later solve can start from (``proof.npz``).
    """

    def __init__(
        self,
        inputs: xr.Dataset,
        data: xr.Dataset,
        meta: Mapping[str, Any],
        attachments: Mapping[str, bytes] | None = None,
    ):
        """Hold the Dataset against the declaration.

        Raises
        ------
        CheckError
            naming every variable that is missing, unknown, misshapen, not finite or out of bounds.
        """
        self.inputs = inputs
        self.data = checked(inputs, data)
        self.meta: dict[str, Any] = jsonable(meta)
        self.attachments: Mapping[str, bytes] = attachments or {}

    def __repr__(self) -> str:
        years = ", ".join(str(y) for y in self.data["year"].values)
        status = self.meta.get("status", "unknown")
        return f"Plan({self.title!r}, {status}, {self.data.sizes['zone']} zones, years {years})"

    @property
    def title(self) -> str:
        """Title of the programme, or its name."""
        return str(self.meta.get("title") or self.meta.get("programme") or "plan")

    @property
    def near_ties(self) -> dict[str, list[str]]:
        """By year, the zones within 1 % of the best at the margin."""
        return dict(self.meta.get("near_ties") or {})

    def rollout(self) -> pd.DataFrame:
        """IT and facility power and what the programme adds, by zone and year [GW]."""
        return statistics.rollout(self.inputs, self.data)

    def power(self) -> pd.DataFrame:
        """Capacity [GW], generation [TWh] and capacity factor by zone, technology and year."""
        return statistics.power(self.inputs, self.data)

    def dispatch(self, national: bool = False) -> pd.DataFrame:
        """Hourly dispatch of the stored days [GW] and price [USD/MWh]; by zone, or all together."""
        return statistics.dispatch(self.inputs, self.data, national)

    def corridors(self) -> pd.DataFrame:
        """Limits and new capacity [GW], flows [TWh] and share of hours at the limit."""
        return statistics.corridors(self.inputs, self.data)

    def campuses(self, everywhere: bool = False) -> pd.DataFrame:
        """Campuses and near ties by zone and year [GW, BUSD, USD/MWh], or every zone."""
        return campuses.campuses(self.inputs, self.data, self.near_ties, everywhere)

    def money(self) -> pd.DataFrame:
        """Capital drawn by asset class and calendar year, and what was available [BUSD]."""
        return money.money(self.inputs, self.data)

    def money_by_asset(self) -> pd.DataFrame:
        """Capital of what enters service by asset class, zone and year [BUSD]."""
        return money.money_by_asset(self.data)

    def capital(self) -> pd.DataFrame:
        """Sources and uses by class of capital, zone and year [BUSD]."""
        return self._money("tables", "capital")

    def calls(self) -> pd.DataFrame:
        """Capital calls by investor and calendar year [BUSD]."""
        return self._money("tables", "calls")

    def investors(self) -> pd.DataFrame:
        """Commitment, calls, cash, return, exposure and marginal value of every investor."""
        return self._money("people", "investors")

    def stakes(self) -> pd.DataFrame:
        """What each investor holds by class of capital, zone and instrument [BUSD]."""
        return self._money("tables", "stakes")

    def outreach(self) -> pd.DataFrame:
        """Whom to talk to next, and what holds a sum back."""
        return self._money("people", "outreach")

    def clearance(self) -> pd.DataFrame:
        """Filings that the plan's holdings need."""
        return self._money("filings", "clearance")

    def structure(self) -> pd.DataFrame:
        """The chosen structure screened again as a whole, cell by cell."""
        return self._money("filings", "structure")

    def incentives(self) -> pd.DataFrame:
        """Credits, grants and exemptions: what is claimed, what is paused, what does not apply."""
        return self._money("incentives", "incentives")

    def _money(self, module: str, name: str) -> Any:
        return getattr(import_module(f"gigaplan.capital.{module}"), name)(self.inputs, self.data)

    @cached_property
    def outcomes(self) -> Outcomes:
        """What the plan does to others and who gains: ``plan.outcomes.prices()`` and so on."""
        from gigaplan.outcomes.tables import Outcomes

        return Outcomes(self)

    def costs(self) -> pd.DataFrame:
        """Annual cost of the system with the programme by item and year [BUSD/year]."""
        return money.costs(self.data)

    def chips(self) -> pd.DataFrame:
        """Accelerators by generation and year [thousand], their power [GW] and compute."""
        return supply.chips(self.inputs, self.data)

    def fabs(self) -> pd.DataFrame:
        """Steps of the chip chain by year: needed, within reach, and what more is worth."""
        return supply.fabs(self.inputs, self.data)

    def equipment(self) -> pd.DataFrame:
        """Scarce equipment and labour by year: ordered, arrived, in service, within reach."""
        return supply.equipment(self.inputs, self.data)

    def timeline(self) -> pd.DataFrame:
        """Order, construction and ramp of each campus and plant, and what is critical [year]."""
        return supply.timeline(self.inputs, self.data)

    def why(self, state: str, year: int | None = None) -> Why:
        """One more 100 MW of campus in a state against the marginal state, split; and its date."""
        from gigaplan.plan.why import why

        return why(self.inputs, self.data, self.meta, state, year)

    def bottlenecks(self, confirm: int = 10, **options: Any) -> pd.DataFrame:
        """Everything scarce, ranked by what one more unit is worth, the dearest solved again."""
        from gigaplan.solving.bottlenecks import bottlenecks

        return bottlenecks(self, confirm=confirm, **options)

    def binding(self) -> pd.DataFrame:
        """The limits that bind and the worth of one more unit of each."""
        return binding.binding(self.inputs, self.data)

    def sources(self) -> pd.DataFrame:
        """Source, licence, vintage and unit of every column of the atlas."""
        from gigaplan import atlas

        return atlas.sources()

    def summary(self) -> dict[str, Any]:
        """The answer in short, JSON-able; the keys hold their units."""
        return copy.deepcopy(self._facts)

    @cached_property
    def _facts(self) -> dict[str, Any]:
        """The summary, made once: with a roster it reads the rules of clearance."""
        from gigaplan.plan.summary import summary

        return summary(self)

    def summary_text(self) -> str:
        """The summary for people, at most 60 lines."""
        from gigaplan.plan.summary import summary_text

        return summary_text(self)

    def save(self, directory: str | Path) -> Path:
        """Write the plan beside and rename it into place; see :func:`gigaplan.plan.save_plan`."""
        from gigaplan.plan.store import save_plan

        return save_plan(self, directory)


def checked(inputs: xr.Dataset, data: xr.Dataset) -> xr.Dataset:
    """The plan Dataset ordered as declared, unit and meaning on each variable.

    Raises
    ------
    CheckError
        naming every fault.
    """
    problems = [replace(p, file="plan") for p in _problems(data, VARIABLES)]
    problems += _label_problems(inputs, data)
    if ("funding" in inputs.dims) != ("funding_amount" in data):
        message = "belongs to inputs with a roster, and to no others"
        problems.append(Problem("plan", "funding_amount", message))
    for name in VARIABLES:
        if name in data and np.isinf(np.asarray(data[name].values, dtype=float)).any():
            problems.append(Problem("plan", name, "a value is infinite"))
    if problems:
        raise CheckError("\n".join(["the plan is not valid", *(f"  {p}" for p in problems)]))
    ordered = {}
    for name, variable in expected(data, VARIABLES).items():
        array = data[name].reset_coords(drop=True).transpose(*variable.dims).copy(deep=False)
        array.attrs = {"unit": variable.unit, "meaning": variable.meaning}
        ordered[name] = array
    return xr.Dataset(ordered)


def _label_problems(inputs: xr.Dataset, data: xr.Dataset) -> Iterable[Problem]:
    """Dimensions without labels, and labels that differ from those of the inputs."""
    dims = dict.fromkeys(d for v in VARIABLES.values() for d in v.dims if d in data.dims)
    for dim in dims:
        if dim not in data.coords:
            yield Problem("plan", dim, "the dimension has no labels")
        elif dim in SHARED and dim in inputs.coords:
            own, theirs = data[dim].values.tolist(), inputs[dim].values.tolist()
            if own != theirs:
                yield Problem("plan", dim, "the labels differ from those of the inputs")


def jsonable(value: Any) -> Any:
    """Plain JSON values: numpy scalars become numbers, keys text, NaN and infinities ``None``."""
    if isinstance(value, Mapping):
        return {str(k): jsonable(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | np.ndarray):
        items = sorted(value) if isinstance(value, set) else list(value)
        return [jsonable(v) for v in items]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    json.dumps(value)  # raises TypeError and names the type
    return value
