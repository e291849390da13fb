"""What one company of a plan costs and earns, in dollars of the plan's year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

SMALL = 1e-3  # GW: smaller builds are no company
HOURS = 8760.0
BILLION = 1e9
POWER = "Power"  # the sale whose volume earns production credits


@dataclass(frozen=True)
class CostItem:
    """An item of cost [USD of the plan's year] and the class of capital that pays for it.

    ``credit`` is the investment credit that the plan takes off the cost when it is built; ``part``
    the share of the class's capital in the zone and year that is this company's.
    """

    name: str
    amount: float
    asset_class: str
    credit: float
    source: str
    part: float = 1.0


@dataclass(frozen=True)
class Sale:
    """A revenue by planning year: volume and price of the plan's year, from the first of service.

    ``costs`` are USD per unit of the volume by name.
    """

    name: str
    kind: str
    volume: tuple[float, ...]
    price: tuple[float, ...]
    source: str
    costs: dict[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Refit:
    """Equipment replaced every few years [USD]."""

    name: str
    amount: float
    every: int
    asset_class: str


@dataclass
class Built:
    """One asset of the programme; ``spans`` are the first operating year and years of each sale.

    ``resale`` is what it sells for at the end of ``life`` [USD of the plan's year]; ``produced``
    the production credit on its power [USD of the plan's year per MWh] and for how many years.
    """

    name: str
    zone: str
    year: int
    life: int
    real_return: float
    costs: list[CostItem]
    revenue: list[Sale]
    yearly: dict[str, float]
    spans: list[tuple[int, int]]
    refits: list[Refit] = field(default_factory=list)
    resale: float = 0.0
    produced: tuple[float, int] | None = None


class View:
    """A plan with what is read from it often."""

    def __init__(self, plan: Plan):
        from gigaplan import atlas
        from gigaplan.units import quantity

        self.plan, self.data, self.inputs = plan, plan.data, plan.inputs
        table = atlas.table("constants").set_index("id")["value"].astype(float)
        self.constants = {str(name): float(value) for name, value in table.items()}
        self.document: dict[str, Any] = plan.meta.get("programme_document") or {}
        given = (self.document.get("money") or {}).get("capital_charge_rates") or {}

        def share(name: str, default: float) -> float:
            return default if given.get(name) is None else quantity(given[name], "1")

        self.campus_rate = share("campus", self.constants["capital_rate_campus"])
        self.power_rate = share("programme_power", self.campus_rate)
        self.dollar_year = int(plan.meta.get("dollar_year", 2025))
        self.years = [int(y) for y in self.data["year"].values]
        self.zones: list[str] = self.data["zone"].values.tolist()

    def from_service(self, values: Any, year: int) -> tuple[float, ...]:
        """Values of the planning years from the first of service on."""
        keep = [k for k, y in enumerate(self.years) if y >= year]
        return tuple(float(np.asarray(values)[k]) for k in keep)

    def spans(self, year: int, life: int) -> list[tuple[int, int]]:
        """First operating year and number of years within its life of each planning year."""
        starts = [y - year + 1 for y in self.years if y >= year]
        ends = [*starts[1:], life + 1]
        return [(a, max(min(b, life + 1) - a, 0)) for a, b in zip(starts, ends, strict=True)]

    def draws(self, asset_class: str, year: int) -> dict[int, float]:
        """Shares of the capital of a class by the calendar year in which the plan draws them."""
        shares = self.inputs["draw"].sel(draw_class=asset_class, year=year)
        return {
            int(c): float(s)
            for c, s in zip(self.inputs["calendar"].values, shares.values, strict=True)
            if s > 0
        }

    def per_year(self, dual: Any) -> np.ndarray:
        """A dual by year as money of a year: the objective counts each year by its weight."""
        return np.asarray(dual, dtype=float) / self.inputs["year_weight"].values

    def dual(self, name: str, at: dict[str, Any]) -> np.ndarray:
        """A dual by year as money of a year, zero in plans that were saved without it."""
        if name not in self.data:
            return np.zeros(len(self.years))
        return self.per_year(self.data[name].sel(at).values)

    def region(self, zone: str) -> str:
        """The reserve region of a zone."""
        return str(self.inputs["zone_region"].values[self.zones.index(zone)])

    @property
    def additional(self) -> bool:
        """Whether the plan says what firm capacity and energy of its own are worth."""
        return "dual_additional_firm" in self.data

    @property
    def day_weight(self) -> np.ndarray:
        """Days of the year that each stored day stands for, axes year, day, hour."""
        return np.asarray(self.data["day_weight"].values)[None, :, None]


def merged(values: Sequence[tuple[float, ...]], spans: list[tuple[int, int]]) -> Iterator[Any]:
    """Spans of years with equal values put together: (first year, years, position)."""
    first, years, position = spans[0][0], spans[0][1], 0
    for k, (_, more) in enumerate(spans[1:], start=1):
        if all(v[k] == v[position] for v in values):
            years += more
            continue
        yield first, years, position
        first, years, position = spans[k][0], more, k
    yield first, years, position
