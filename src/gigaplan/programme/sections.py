"""The sections of a programme, each declared once: description, unit, default and bounds.

The checks, the JSON Schema for editors and the reference pages are all made from these models.
Values are held in base units: GW, BUSD, BUSD/GW/year, USD/MWh, USD/t, Mt.  ``None`` means that the
atlas gives the value.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gigaplan.programme.section import Section
from gigaplan.programme.values import (
    GW,
    BlockGW,
    BUSDPerGWYear,
    CarbonPrice,
    DayCount,
    Mt,
    Names,
    Number,
    Positive,
    Rate,
    Share,
    USDPerMWh,
    Whole,
    Year,
    Years,
    ZoneName,
)


class Aim(Section):
    """What the plan is best at."""

    kind: Literal["compute", "cost"] = Field(
        "compute",
        description="compute: greatest compute for the budget, running costs counted against the "
        "value of compute. cost: least cost for a path of IT power.",
    )
    value_of_compute: BUSDPerGWYear | None = Field(
        None,
        description="Value of one GW of IT power in use for a year, such as 12 BUSD/GW/year. "
        "Default: the atlas.",
    )
    measure: Literal["h100e", "it_power"] | None = Field(
        None,
        description="h100e: compute counts in H100-equivalent-years in use; it_power: in GW of IT "
        "power in service. Default: h100e where the programme pays for the IT equipment, else "
        "it_power. With h100e the value of compute is that of a GW of the contract's own "
        "generation, and the price of an H100e-year falls from year to year.",
    )
    value_decline: Rate | None = Field(
        None,
        description="Fall of the price of an H100e-year from one year to the next, such as 22 %. "
        "Default: the atlas.",
    )
    it_path: dict[Year, GW] | None = Field(
        None,
        description="IT power in service in each planning year. Aim cost needs it, aim compute "
        "has none.",
    )


class Campus(Section):
    """AI campuses: where they may stand, how large, at what cost."""

    accelerators: bool = Field(
        False, description="true: the programme pays for the IT equipment; false: tenants bring it."
    )
    utilisation: Share | None = Field(
        None, description="Average over nameplate IT power. Default: the atlas."
    )
    block: BlockGW | None = Field(
        None,
        description="IT power of one block of a campus, where the plan is in whole units "
        "(solver.integer). Default: the atlas.",
    )
    allowed: Names = Field("all", description="Zones where campuses may stand.")
    excluded: tuple[str, ...] = Field((), description="Zones where campuses may not stand.")
    cost_index: Literal["damped", "raw", "uniform"] = Field(
        "damped",
        description="How the construction cost index of a state counts: damped by the factor "
        "below, raw, or the same cost everywhere.",
    )
    cost_index_factor: Share = Field(
        0.6, description="Share of the cost index's distance from 1 that counts when it is damped."
    )
    limits: dict[ZoneName, GW] = Field(
        default_factory=dict,
        description="Most grid connection of campuses in a zone, all years; what is supplied on "
        "site comes on top.",
    )
    national_limit: dict[Year, GW] = Field(
        default_factory=dict,
        description="Most grid connection of campuses in all zones together. A year that is not "
        "given takes the value of the last given year before it; no limit before the first.",
    )
    onsite: bool = Field(
        True,
        description="Campuses may have their own supply: see onsite_technologies.",
    )
    onsite_technologies: Names | None = Field(
        None,
        description="On-site technologies that may be built, or all. Default: those that "
        "power.technologies lists; where that is all, onsite_turbine (aeroderivatives), "
        "onsite_engine and onsite_fuel_cell. Each more costs solve time.",
    )
    onsite_spare: Share | None = Field(
        None,
        description="Share of on-site capacity that stands by (N+1), the same for all units. "
        "Default: the atlas, by technology.",
    )
    flexible_share: Share | None = Field(
        None,
        description="Share of facility power that may be connected as interruptible. "
        "Default: the atlas.",
    )
    flexible_hours: Number = Field(
        45.0, description="Most hours a year in which interruptible load is curtailed [h]."
    )
    training_share: Share | None = Field(
        None, description="Share of IT power that trains. Default: the atlas."
    )
    shiftable_share: Share = Field(
        0.0,
        description="Share of the training load that may move to other hours of the same day. "
        "0: none, and nothing is added to the model.",
    )
    cooling: Literal["default", "water", "air", "choice"] = Field(
        "default",
        description="Cooling, which gives PUE and water use; default: as usual in the state; "
        "choice: water or air, whichever is better, campus by campus.",
    )
    water_limits: dict[ZoneName, Number] = Field(
        default_factory=dict,
        description="Most water that campuses and fab lines withdraw in a zone "
        "[million m3/year], all years.",
    )


class Chips(Section):
    """Accelerators: which, how long they live, and what of the world's output is within reach."""

    supply_limits: bool = Field(
        True,
        description="Accelerators that the programme pays for are limited by wafers, packaging and "
        "memory within reach. false: by money alone.",
    )
    share_within_reach: Share | None = Field(
        None,
        description="Share of the vendor's output that the programme can get. Default: the atlas.",
    )
    effective_factor_scale: Positive = Field(
        1.0, description="Factor on the effective factors of packaging and memory."
    )
    generations: Names = Field("all", description="Generations of accelerators that may be bought.")
    life: Years | None = Field(None, description="Life of IT equipment. Default: the atlas.")
    fabs: bool = Field(
        True, description="The programme may fund fab lines, where it pays for the IT equipment."
    )
    fab_grant_share: Share = Field(
        0.0,
        description="Share of a fab line's capital that grants pay, after the investment credit.",
    )
    refits: Literal["revenue", "budget"] = Field(
        "revenue",
        description="Who pays when a shell is filled again: revenue (a running cost), or the "
        "budget.",
    )


class Equipment(Section):
    """Scarce equipment and skilled labour: what the programme can get."""

    limits: bool = Field(
        True,
        description="Turbines, engines, fuel cells, transformers, switchgear and nuclear services "
        "are limited to what is made, unsold and within reach, by lead time.",
    )
    labour: bool = Field(True, description="Skilled building labour of each state is limited.")
    reach_scale: Positive = Field(
        1.0, description="Factor on what is within the programme's reach."
    )


class Reserve(Section):
    """Planning reserve by region."""

    margin_scale: Number = Field(
        1.0, description="Factor on the regions' planning reserve margins."
    )
    shortage_price: BUSDPerGWYear | None = Field(
        None, description="Price of firm capacity that is missing, per year. Default: the atlas."
    )
    enforce: bool = Field(True, description="false: plans need no planning reserve.")


class Corridors(Section):
    """Connections between zones."""

    expand: bool = Field(True, description="New corridor capacity may be built.")
    capacity_scale: Number = Field(1.0, description="Factor on the capacity of existing corridors.")


class Power(Section):
    """The power system."""

    technologies: Names = Field("all", description="Technologies that may be built.")
    prices: Literal["market", "atb"] = Field(
        "market", description="market: today's gas turbine prices; atb: plain NREL ATB costs."
    )
    fuel_case: Literal["baseline", "high_supply", "low_supply"] = Field(
        "baseline", description="Case of the fuel prices."
    )
    load_case: Literal["baseline", "high", "low"] = Field(
        "baseline", description="Case of the load's growth without the programme's campuses."
    )
    load_scale: Positive = Field(1.0, description="Factor on the load without the campuses.")
    weather_year: Literal[2012] = Field(2012, description="Year of the hourly load, wind and sun.")
    existing_data_centers: Literal["within", "additional"] = Field(
        "within",
        description="within: the load already holds the data centers that are there or under "
        "construction; additional: they are added to it.",
    )
    value_of_unserved_energy: USDPerMWh | None = Field(
        None, description="Cost of load that is not served. Default: the atlas."
    )
    reserve: Reserve = Field(default_factory=Reserve, description="Planning reserve by region.")
    corridors: Corridors = Field(
        default_factory=Corridors, description="Connections between zones."
    )
    build_limits: bool = Field(True, description="National limits on what can be built by a year.")
    interconnection_limits: bool = Field(
        True, description="Limits on what a zone can interconnect."
    )
    lead_times: bool = Field(
        True, description="Nothing is in service before its lead time is over."
    )


class Additionality(Section):
    """What the programme must bring for the load of its campuses."""

    firm: Number = Field(
        1.0, description="Share of the campuses' firm capacity need; 0 asks for none."
    )
    energy: Number = Field(
        1.0, description="Share of the campuses' yearly energy; 0 asks for none."
    )


class TechnologyBan(Section):
    """A technology that may not be built in a zone."""

    zone: str = Field(description="Zone, or all.")
    technology: str = Field(description="Technology.")


class Policy(Section):
    """Rules and incentives."""

    co2_price: CarbonPrice = Field(
        0.0,
        validate_default=False,
        description="Price of carbon dioxide: one value, or one by year. A year that is not given "
        "takes the value of the last given year before it, 0 before the first.",
    )
    co2_cap: dict[Year, Mt] = Field(
        default_factory=dict,
        description="Most carbon dioxide of all zones in a year. A year that is not given takes "
        "the value of the last given year before it; no cap before the first.",
    )
    tax_credits: bool = Field(
        True, description="Federal credits: 48E or 45Y for clean power, 48D for fab lines."
    )
    begun_by_july_2026: bool = Field(
        False,
        description="Wind and solar stand on sites whose construction began by 4 July 2026: they "
        "take 48E or 45Y to the end of 2030. Without, only what is in service by 2027 does.",
    )
    state_incentives: bool = Field(True, description="The states' sales tax exemptions.")
    moratoria: bool = Field(True, description="No campuses where the law of a state forbids them.")
    technology_bans: tuple[TechnologyBan, ...] = Field(
        (), description="Technologies that may not be built in a zone."
    )


class Days(Section):
    """The representative days on which dispatch is decided."""

    count: DayCount = Field(
        4, description="Representative days of each planning year; all for every day of the year."
    )
    hardest: Whole = Field(
        1, ge=0, le=365, description="How many of them are the system's hardest days, forced in."
    )


class Solver(Section):
    """When the search ends."""

    gap: Positive = Field(
        1e-4, description="Gap between the bounds, relative to the whole system's cost."
    )
    time_limit_s: Positive | None = Field(
        None, description="Seconds after which the best plan so far is given. Default: none."
    )
    integer: bool | None = Field(
        None,
        description="Campuses, reactors, fab lines and HVDC lines come in whole units; "
        "false: in any size. Default: whole where it costs little, in plans of 20 zones or more "
        "that are decided on fewer than 100 days.",
    )
    workers: Whole | None = Field(
        None, ge=1, le=1024, description="Days solved side by side. Default: one per core."
    )
