"""A plan beside the same system without the programme, and what every table of outcomes needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan import atlas
from gigaplan.errors import UsageError
from gigaplan.plan.frames import Columns, frame
from gigaplan.plan.without import of_plan

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan
    from gigaplan.plan.without import Without

RANGE = ("low", "central", "high")
HOURS_OF_YEAR = 8760.0
COUNTRY = "US"  # label of the row that sums all zones


@dataclass(frozen=True)
class Pair:
    """Inputs, the plan with the programme, the same system without it, and their proofs.

    ``states`` are the members of each zone, ``gap_with`` the plan's certified gap [BUSD,
    discounted].
    """

    inputs: xr.Dataset
    with_: xr.Dataset
    states: Mapping[str, Sequence[str]]
    gap_with: float
    kept: Without | None = None

    @property
    def without(self) -> xr.Dataset:
        """The system without the programme.

        Raises
        ------
        UsageError
            the plan does not hold it yet.
        """
        if self.kept is None:
            raise UsageError(
                "this plan does not hold the same system without the programme yet; solve and keep "
                "it with gigaplan outcomes PLAN prices"
            )
        return self.kept.data

    @property
    def gap_without(self) -> float:
        """Certified gap of the system without the programme [BUSD, discounted]."""
        return float("nan") if self.kept is None else float(self.kept.facts["gap_busd"])

    @property
    def zones(self) -> list[str]:
        """Zone labels."""
        return [str(z) for z in self.inputs["zone"].values]

    @property
    def years(self) -> list[int]:
        """Planning years."""
        return [int(y) for y in self.inputs["year"].values]

    @cached_property
    def traits(self) -> pd.DataFrame:
        """Traits of the atlas by technology; every technology of the plan is there.

        Raises
        ------
        UsageError
            naming the technologies that the atlas does not know.
        """
        table = atlas.table("technology_traits").set_index("technology")
        used = {
            str(t)
            for kind in ("plant", "renewable", "store", "onsite", "option")
            for t in self.inputs[f"{kind}_technology"].values
        }
        unknown = sorted(used - set(table.index))
        if unknown:
            raise UsageError(
                f"the atlas knows nothing of {', '.join(unknown)}: what they burn and draw is not "
                "known; expected technologies of gigaplan show atlas technology_traits"
            )
        return table

    @cached_property
    def burnt(self) -> dict[str, np.ndarray]:
        """Fuel burnt [million MMBtu] without and with; axes zone, technology, year."""
        from gigaplan.outcomes.fuel import burnt

        return burnt(self)

    def mean_of_states(self, values: pd.Series, weights: pd.Series | None = None) -> np.ndarray:
        """Weighted mean over the states of each zone, by zone; NaN where no state is known."""
        out = []
        for zone in self.zones:
            known = [s for s in self.states.get(zone, ()) if s in values.index]
            weight = np.ones(len(known)) if weights is None else weights[known].to_numpy(float)
            mean = np.average(values[known].to_numpy(float), weights=weight) if known else np.nan
            out.append(float(mean))
        return np.array(out)


def pair_of(plan: Plan, kept: Without | None = None) -> Pair:
    """The two systems of a plan; ``kept`` is read from the plan where it is not given.

    Raises
    ------
    UsageError
        what is kept is damaged, or the plan is of an earlier version.
    """
    if "campus_sales_tax" not in plan.inputs:
        raise UsageError("the plan was made by an earlier gigaplan; make it again")
    zones = [str(z) for z in plan.inputs["zone"].values]
    groups = (plan.meta.get("programme_document") or {}).get("zones")
    states = groups if isinstance(groups, dict) else {z: [z] for z in zones}
    gap = float(plan.meta["gap_busd"])
    return Pair(plan.inputs, plan.data, states, gap, of_plan(plan) if kept is None else kept)


def table(columns: Columns, sources: Sequence[str], keep: Any = None) -> pd.DataFrame:
    """A DataFrame with ``attrs["units"]`` by column and ``attrs["sources"]``.

    Sources are names of the atlas (``table.column`` or a constant, for ``gigaplan source``) or a
    text that begins with ``plan:`` or ``method:``.

    Raises
    ------
    UsageError
        a source that the atlas does not know.
    """
    for name in sources:
        if not name.startswith(("plan:", "method:")):
            atlas.source(name)
    out = frame(columns, keep)
    out.attrs["sources"] = list(dict.fromkeys(sources))
    return out


@cache
def constant(name: str) -> Mapping[str, float]:
    """A constant of the atlas: low, central and high."""
    rows = atlas.table("constants")
    row = rows[rows["id"] == name].to_dict("records")[0]
    return {"low": float(row["low"]), "central": float(row["value"]), "high": float(row["high"])}


def told(sources: Sequence[str]) -> list[dict[str, str]]:
    """Each source in full: name, source, vintage, confidence and note."""
    rows = []
    for name in sources:
        if name.startswith(("plan:", "method:")):
            kind, text = name.split(":", 1)
            rows.append(
                {"name": kind, "source": text.strip(), "vintage": "", "confidence": "", "note": ""}
            )
            continue
        for row in atlas.source(name).to_dict("records"):
            rows.append(
                {"name": f"{row['table']}.{row['column']}"}
                | {k: row[k] for k in ("source", "vintage", "confidence", "note")}
            )
    return rows
