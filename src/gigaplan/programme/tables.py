"""The tables that a programme may bring, each declared once: columns, units, keys and bounds.

The checks, the JSON Schema and the reference pages are made from ``TABLES``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from gigaplan.programme.values import FieldError, near

Kind = Literal[
    "number", "year", "planning_year", "hour", "zone", "technology", "fuel", "cap", "step",
    "equipment", "text",
]  # fmt: skip

HOURS = 8760


@dataclass(frozen=True)
class Column:
    """One column: what it holds, its unit, and the bounds of its numbers."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    low: float | None = 0.0
    high: float | None = None
    above: float | None = None
    optional: bool = False


@dataclass(frozen=True)
class Table:
    """One table.  ``key`` columns name a row; ``series`` is each zone's column in an hourly one."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    series: Column | None = None
    every_zone: bool = False

    @property
    def units(self) -> dict[str, str]:
        return {column.name: column.unit for column in self.columns}


_HOUR = Column("hour", "hour", "h", "hour of the weather year, 0 ... 8759, UTC")
_ZONE = Column("zone", "zone", "", "zone of the programme")
_YEAR = Column("year", "year", "", "calendar year")
_PLANNED = Column("year", "planning_year", "", "planning year of the programme")


def _text(name: str, meaning: str) -> Column:
    return Column(name, "text", "", meaning, optional=True)


def _maybe(name: str, unit: str, meaning: str, high: float | None = None) -> Column:
    return Column(name, "number", unit, meaning, high=high, optional=True)


def _profile(what: str) -> Table:
    return Table(
        f"profiles_{what}",
        f"Hourly share of capacity that {what} can give; zones without a column keep the atlas.",
        (_HOUR,),
        ("hour",),
        series=Column("ZONE", "number", "1", f"available share of {what} capacity", high=1.0),
    )


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "load",
            "Hourly load in the start year without the programme's campuses, one column per zone.",
            (_HOUR,),
            ("hour",),
            series=Column("ZONE", "number", "MW", "load at the bus", high=2e6),
            every_zone=True,
        ),
        Table(
            "campus_costs",
            "Cost of a campus by zone, before IT equipment; other zones keep the atlas.",
            (
                _ZONE,
                Column(
                    "facility_musd_per_mw_it", "number", "MUSD/MW", "facility, per MW of IT",
                    low=None, above=0.0,
                ),
            ),
            ("zone",),
        ),
        Table(
            "cap_limits",
            "Most new capacity in service by a year: national build limits, interconnections.",
            (
                Column("cap", "cap", "", "limit, such as US gas; see `show PLAN summary`"),
                _PLANNED,
                Column("gw", "number", "GW", "most in service by the year"),
            ),
            ("cap", "year"),
        ),
        Table(
            "fuel_prices",
            "Fuel price by zone and year; others keep the atlas.",
            (
                Column("fuel", "fuel", "", "fuel"),
                _ZONE,
                _YEAR,
                Column("usd_mmbtu", "number", "USD/MMBtu", "price at the plant"),
            ),
            ("fuel", "zone", "year"),
        ),
        Table(
            "chip_supply",
            "What is within the programme's reach of a step of the chip chain for what enters "
            "service "
            "since the last planning year; replaces the atlas for that year.",
            (
                Column("step", "step", "", "logic, packaging or memory"),
                _PLANNED,
                Column("supply", "number", "thousand wafers or PB", "within reach"),
            ),
            ("step", "year"),
        ),
        Table(
            "equipment_supply",
            "Equipment at list price within the programme's reach for service by a planning year, "
            "cumulated since the start; replaces the atlas for that year.",
            (
                Column("equipment", "equipment", "", "class of equipment"),
                _PLANNED,
                Column("units", "number", "GW or GVA", "within reach"),
            ),
            ("equipment", "year"),
        ),
        _profile("wind"),
        _profile("solar"),
        Table(
            "technologies",
            "Cost and heat rate of a technology for a year; others keep the atlas.",
            (
                Column("technology", "technology", "", "technology"),
                _PLANNED,
                Column("overnight_usd_kw", "number", "USD/kW", "capital, overnight"),
                Column("fixed_om_usd_kw_year", "number", "USD/kW/year", "fixed O&M"),
                Column("variable_om_usd_mwh", "number", "USD/MWh", "variable O&M"),
                Column("heat_rate_mmbtu_mwh", "number", "MMBtu/MWh", "fuel per energy; 0: none"),
            ),
            ("technology", "year"),
        ),
        Table(
            "corridors",
            "Existing capacity between two zones; replaces the corridor of that name or adds one.",
            (
                Column("corridor", "text", "", "name: FROM-TO, and a suffix where needed"),
                Column("from_zone", "zone", "", "first zone"),
                Column("to_zone", "zone", "", "second zone"),
                Column("forward_mw", "number", "MW", "limit from first to second zone"),
                Column("reverse_mw", "number", "MW", "limit from second to first zone"),
            ),
            ("corridor",),
        ),
        Table(
            "investors",
            "Investors of the roster; a row replaces the atlas's investor of that id or adds one. "
            "Lists are separated by semicolons, shares are in percent: `AE 60; SA 40`.",
            (
                Column("investor", "text", "", "id, used in the other tables"),
                _text("name", "name"),
                _text("country", "country of organisation, ISO 3166 code"),
                _text("kind", "kind of investor"),
                _text("governments", "governments that hold it, with percent"),
                _text("owned_by", "investors that own it, with percent"),
                _text("within", "investors whose announced sum contains this one's: never added"),
                _text("sectors", "what it invests in"),
                _text("places", "zones or states it invests in; all"),
                _text("instruments", "instruments it uses"),
                _maybe(
                    "return_pct", "%/year", "required return, nominal; empty for market debt", 60.0
                ),
                _maybe("return_campus_pct", "%/year", "for campuses, where it differs", 60.0),
                _maybe("return_accelerators_pct", "%/year", "for accelerators", 60.0),
                _maybe("return_power_pct", "%/year", "for generation and storage", 60.0),
                _maybe("return_corridors_pct", "%/year", "for corridors", 60.0),
                _maybe("min_ticket_busd", "BUSD", "least sum in one asset class and year"),
                _maybe("max_ticket_busd", "BUSD", "largest sum in one asset class and year"),
                _maybe("concentration", "1", "largest share of its commitment in one sector", 1.0),
                _maybe("largest_share", "1", "largest share of the equity of an asset class", 1.0),
                _maybe("in_service_from", "year", "first year in which what it pays for may start"),
                _maybe("in_service_to", "year", "last year in which what it pays for may start"),
                _text("sharing", "percent of cash until capital is back / after: 50/10"),
                _text("in_kind", "what it brings besides money"),
                _text("note", "note"),
            ),
            ("investor",),
        ),
        Table(
            "commitments",
            "Sums by investor and the year from which they can be called; the rows of an investor "
            "replace the atlas's.",
            (
                Column("investor", "text", "", "id of the roster"),
                _YEAR,
                Column("amount", "number", "billion", "sum, in billions of the currency"),
                Column("currency", "text", "", "currency of the sum, such as USD"),
                Column("stage", "text", "", "how firm it is"),
                _maybe("likelihood", "1", "chance that it comes; empty: that of its stage", 1.0),
            ),
            ("investor", "year"),
        ),
        Table(
            "outreach",
            "Log of conversations; the last one of an investor says how likely its money is.",
            (
                Column("date", "text", "", "day of the conversation, 2026-11-25"),
                Column("investor", "text", "", "id of the roster"),
                _text("contact", "who was spoken to"),
                Column("stage", "text", "", "how far it is"),
                _maybe("sum_busd", "BUSD", "sum in view"),
                _maybe("likelihood", "1", "chance that it comes; empty: that of its stage", 1.0),
                _text("note", "note"),
            ),
            ("date", "investor"),
        ),
    )
}  # fmt: skip


def _known_table(name: str) -> str:
    if name not in TABLES:
        remedy = near(name, TABLES)
        raise FieldError(f"unknown table '{name}'", "one of " + ", ".join(TABLES), remedy)
    return name


TableName = Annotated[str, AfterValidator(_known_table)]


def files_schema() -> dict[str, Any]:
    """JSON Schema of the mapping from table to file."""
    return {
        "properties": {
            name: {"type": "string", "description": table.meaning} for name, table in TABLES.items()
        },
        "additionalProperties": False,
    }
