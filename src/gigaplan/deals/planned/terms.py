"""Terms of a plan's companies: the atlas, as the plan's programme changes it, each with source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gigaplan import atlas
from gigaplan.deals.planned.assets import View
from gigaplan.programme.dealterms import Deals


@dataclass(frozen=True)
class Figure:
    """A figure and where it comes from."""

    value: float
    source: str


class Terms:
    """Terms by class of capital, and those of every company."""

    def __init__(self, v: View):
        self.view = v
        self.given = Deals.model_validate(v.document.get("deals") or {})
        self.capital: dict[str, Any] = v.document.get("capital") or {}
        self._constants = atlas.table("constants").set_index("id")
        self._classes = atlas.table("capital_classes").set_index("asset_class")
        self._deals = atlas.table("deal_terms").set_index("asset_class")
        self._tax = atlas.table("tax_classes").set_index("asset_class")
        self._withheld = atlas.table("withholding").set_index("country")
        self._traits = atlas.table("technology_traits").set_index("technology")
        self._state = atlas.table("state_policy").set_index("zone")["corporate_tax_pct"]
        self._load = atlas.table("load_energy").set_index("zone")["energy_2024_twh"]

    def constant(self, name: str, own: float | None = None, field: str = "") -> Figure:
        """A constant of the atlas, or the programme's figure in its place."""
        if own is not None:
            return Figure(float(own), f"programme: {field}")
        row: Any = self._constants.loc[name]
        return Figure(float(row["value"]), f"atlas: {name}; {row['source']} ({row['confidence']})")

    @property
    def inflation(self) -> Figure:
        """Growth of prices a year."""
        from gigaplan.units import quantity

        own = self.capital.get("inflation")
        given = None if own is None else quantity(own, "1")
        return self.constant("inflation", given, "capital.inflation")

    @property
    def reserve_months(self) -> Figure:
        """Months of debt service held."""
        return self.constant("deal_reserve_months", self.given.reserve_months,
                             "deals.reserve_months")  # fmt: skip

    @property
    def lockup(self) -> Figure:
        """Coverage below which nothing is distributed."""
        return self.constant("deal_lockup_dscr", self.given.lockup_dscr, "deals.lockup_dscr")

    @property
    def reserve_rate(self) -> Figure:
        """Interest on reserves."""
        return self.constant("deal_reserve_rate", self.given.reserve_rate, "deals.reserve_rate")

    @property
    def transfer_price(self) -> Figure:
        """What a dollar of credit sells for."""
        return self.constant("credit_transfer_price", self.given.credit_transfer_price,
                             "deals.credit_transfer_price")  # fmt: skip

    @property
    def federal_rate(self) -> Figure:
        """Federal income tax."""
        return self.constant("federal_tax_rate", self.given.federal_tax_rate,
                             "deals.federal_tax_rate")  # fmt: skip

    def state_rate(self, zone: str) -> Figure:
        """State income tax of a zone, its states by load."""
        groups = self.view.document.get("zones")
        named = groups.get(zone, ()) if isinstance(groups, dict) else ()
        own = [zone] if zone in self._state.index else list(named)
        known = self._state.reindex(own).astype(float)
        weights = self._load.reindex(own).astype(float)
        rate = float((known * weights).sum() / weights.sum()) if len(own) else 0.0
        return Figure(rate / 100, "atlas: state_policy, corporate_tax_pct (background)")

    def group(self, name: str) -> str:
        """The row of the atlas tables that a class of capital belongs to."""
        if name in self._classes.index:
            return name
        if name == "equipment":
            return "campus"
        if name.startswith("nuclear"):
            return "nuclear"
        if str(self._traits.at[name, "kind"]) in ("store", "onsite_store"):
            return "storage"
        return "gas" if str(self._traits.at[name, "fuel"]) == "gas" else "generation"

    def of_class(self, name: str, table: str, column: str) -> Figure:
        """A figure of a class of capital from ``capital_classes`` or ``deal_terms``."""
        group = self.group(name)
        frame = self._classes if table == "capital_classes" else self._deals
        source = f"atlas: {table} of {group}, {column} (background)"
        value = float(frame.at[group, column])  # type: ignore[arg-type]
        return Figure(value / 100 if column.endswith("_pct") else value, source)

    def _own(self, field: str, name: str, figure: Figure) -> Figure:
        own: dict[str, float] = getattr(self.given, field)
        for key in (name, self.group(name)):
            if key in own:
                return Figure(own[key], f"programme: deals.{field}.{key}")
        return figure

    def dscr(self, name: str) -> Figure:
        """Coverage that lenders ask for."""
        return self._own("dscr", name, self.of_class(name, "deal_terms", "dscr"))

    def upfront_fee(self, name: str) -> Figure:
        """Fee at closing, share of the loan."""
        return self._own("upfront_fee", name, self.of_class(name, "deal_terms", "upfront_fee_pct"))

    def commitment_fee(self, name: str) -> Figure:
        """Yearly fee on the undrawn loan."""
        return self._own("commitment_fee", name,
                         self.of_class(name, "deal_terms", "commitment_fee_pct"))  # fmt: skip

    def gearing(self, name: str) -> Figure:
        """Largest share of debt."""
        from gigaplan.units import quantity

        own = self.capital.get("gearing") or {}
        for key in (name, self.group(name)):
            if key in own:
                return Figure(quantity(own[key], "1"), f"programme: capital.gearing.{key}")
        return self.of_class(name, "capital_classes", "gearing")

    def tax_class(self, name: str) -> tuple[str, Figure]:
        """Class of depreciation, and the bonus of the first year."""
        row: Any = self._tax.loc[name]
        source = f"atlas: tax_classes, {row['source']}"
        return str(row["depreciation"]), Figure(float(row["bonus"]), source)

    @property
    def fund_fee(self) -> Figure:
        """Yearly fee of a fund on the capital paid in."""
        table = atlas.table("instruments").set_index("instrument")
        value = float(table.at["fund", "return_adder_pct"]) / 100  # type: ignore[arg-type]
        return Figure(value, "atlas: instruments, return_adder_pct of fund (background)")

    def withholding(self, investor: str, country: str) -> Figure:
        """Share of dividends withheld."""
        for key in (investor, country):
            if key in self.given.withholding:
                return Figure(self.given.withholding[key], f"programme: deals.withholding.{key}")
        at = country if country in self._withheld.index else "other"
        value = float(self._withheld.at[at, "dividends"])  # type: ignore[arg-type]
        note = str(self._withheld.at[at, "note"])
        return Figure(value, f"atlas: withholding of {at}, {note} (background)")
