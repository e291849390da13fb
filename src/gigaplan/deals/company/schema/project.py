"""What is built and operated: dates, cost, contracts, operating cost, major works."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from gigaplan.deals.company.schema.values import Amount, Class, Money, Months, Part, Rate, sam
from gigaplan.programme.values import In, Share


class Timeline(Part):
    """When the company closes, builds and operates."""

    closing: dt.date = Field(description="financial close: day from which interest runs")
    construction_months: int = Field(ge=1, le=180, description="months from closing to operation")
    operation: dt.date | None = Field(
        None, description="first day of operation; checked against closing and months"
    )
    delay_months: int = Field(0, ge=0, le=60, description="months that operation comes late")
    operation_years: int = sam("analysis_period", "years of operation", ge=1, le=60)
    periods_per_year: Literal[1, 2, 4, 12] = Field(1, description="periods of an operating year")


class Cost(Part):
    """One item of construction cost."""

    name: str = Field(description="name of the item")
    amount: Amount = sam("total_installed_cost", "cost in money of the day")
    spend: Literal["even", "front", "back", "s-curve"] | tuple[Share, ...] = Field(
        "even", description="how it is spent over construction: a shape, or monthly shares"
    )
    depreciation: Class = sam("depr_alloc_*_percent", "depreciation class")
    bonus: Share = sam(
        "depr_bonus_fed", "bonus depreciation in year 1, share of the basis", default=0.0
    )
    credit: Share = Field(1.0, description="share that qualifies for investment credits")


class Construction(Part):
    """Uses of funds before operation."""

    costs: tuple[Cost, ...] = Field(min_length=1, description="items of cost")
    delay_cost: Amount = Field(
        Money(amount=0.0, currency="USD"), description="cost of each month of delay"
    )
    other: Amount = sam(
        "cost_other_financing", "fees and other cost at closing, depreciated with the first item",
        default=Money(amount=0.0, currency="USD"),
    )  # fmt: skip
    funding: Literal["equity_first", "pro_rata", "at_closing", "by_item"] = Field(
        "pro_rata",
        description="equity before debt, both in step, all at closing with cash held undrawn, or "
        "each item of cost by its own loans and owners as it is spent, interest and fees of "
        "construction added to the loans",
    )
    cash_rate: Rate = Field(0.0, description="interest on undrawn cash (funding at_closing)")


class Revenue(Part):
    """One contract or market."""

    name: str = Field(description="name of the contract")
    kind: Literal["power_purchase", "capacity_lease", "compute", "wafers", "merchant"] = Field(
        description="power in MWh, capacity in kW for a monthly rent, H100-hours, wafers, or power "
        "at market prices"
    )
    volume: Annotated[float, In("1", high=1e15)] = sam(
        "annual_energy", "MWh a year, kW leased, H100-equivalents or wafers a year"
    )
    price: Annotated[float, In("1", low=-1e9, high=1e9)] = sam(
        "ppa_price_input", "USD per MWh, per kW and month, per H100-hour or per wafer"
    )
    escalator: Rate = sam("ppa_escalation", "growth of the price a year, from year 2", default=0.0)
    degradation: Rate = sam("degradation", "fall of the volume a year, from year 2", default=0.0)
    curtailment: Share = Field(0.0, description="share of the volume that is not sold")
    utilisation: Share = Field(1.0, description="share of hours sold (compute)")
    first_year: int = Field(1, ge=1, description="first year of the contract")
    years: int | None = Field(None, ge=1, description="years of the contract (default: to the end)")


class OperatingCost(Part):
    """One operating cost."""

    name: str = Field(description="name of the cost")
    fixed: Amount = sam("om_fixed", "amount a year", default=Money(amount=0.0, currency="USD"))
    per_unit: Annotated[float, In("1", high=1e9)] = sam(
        "om_production", "USD per unit of the volume of the contract `of`", default=0.0
    )
    of: str | None = Field(None, description="contract whose volume counts")
    escalator: Rate = sam("om_fixed_escal", "growth a year above inflation", default=0.0)


class Maintenance(Part):
    """Major maintenance or a refit of accelerators, saved for in a reserve."""

    name: str = Field(description="name of the works")
    cost: Amount = sam("equip1_reserve_cost", "cost at prices of closing")
    every_years: int = sam("equip1_reserve_freq", "years between works", ge=1, le=60)
    escalator: Rate = Field(0.0, description="growth of the cost a year above inflation")
    depreciation: Class = sam("equip_reserve_depr_fed", "depreciation class")


class Operation(Part):
    """Costs and reserves of operation."""

    costs: tuple[OperatingCost, ...] = Field((), description="operating costs")
    inflation: Rate = sam("inflation_rate", "growth of costs a year", default=0.025)
    inflation_from: Literal["year_2", "closing"] = Field(
        "year_2", description="year_2: first year at given prices (SAM); closing: prices of closing"
    )
    insurance: Share = sam("insurance_rate", "share of construction cost a year", default=0.0)
    property_tax: Share = sam(
        "property_tax_rate", "share of the assessed value a year", default=0.0
    )
    assessed: Share = sam(
        "prop_tax_cost_assessed_percent", "assessed share of construction cost", default=1.0
    )
    assessed_decline: Share = sam(
        "prop_tax_assessed_decline", "yearly fall, share of the first value", default=0.0
    )
    maintenance: tuple[Maintenance, ...] = Field((), description="major works")
    working_capital_months: Months = sam(
        "months_working_reserve", "months of operating cost held", default=0.0
    )
    reserve_rate: Rate = sam("reserves_interest", "interest on reserves", default=0.0)
    salvage: Share = sam("salvage_percentage", "share of cost got at the end", default=0.0)
