"""The inputs Dataset, declared once: every variable's dimensions, unit and meaning.

The programme and the atlas meet here; the model reads nothing else.  Each planning year stands
for a span of years.  Money is in billion USD (BUSD) of the dollar year, power in GW, energy in GWh.

Dimensions
----------
zone        a US state or a group of states
year        planning year (int)
calendar    calendar year in which money is drawn (int)
hour        hour of the weather year, 0 ... 8759, UTC
owner       "system" (what utilities build anyway) and "programme" (what the coalition funds)
plant       a technology that is dispatched, in one zone, label "ZONE technology"
renewable   a technology with an hourly profile that costs nothing to run, "ZONE technology"
store       a storage technology in one zone, "ZONE technology"
option      something that can be built in one zone, "ZONE technology" or "ZONE technology binN"
corridor    a connection between two zones, "FROM-TO", or "FROM-TO hvdc NAME"
region      planning-reserve region
cap         a limit on what can be built, national or in one zone
place       zones that no mandate or clearance tells apart (capital layer, as all below)
cell        capital of one class in one place for one year, "CLASS | PLACE | YEAR"
investor    an investor of the roster
funding     one way to pay for a cell: "INVESTOR | INSTRUMENT | CELL"
account     a funding and an investor against whose commitment its calls count
limit       an upper limit on the sum of some fundings
membership  a funding and a limit that it counts against
draw_class  campus, accelerators, corridors, equipment, fabs, and each technology that can be built
campus      a zone that may hold a campus, with a bus of its own
onsite      an on-site technology at a campus that is dispatched, "ZONE technology"
onsite_renewable  on-site solar at a campus, "ZONE technology"
onsite_store  an on-site battery at a campus, "ZONE technology"
shifting    a campus part of whose load may move within the day
chip        a generation of accelerators, such as "rubin"
chip_step   a step of the chain that makes accelerators: logic, packaging, memory
equipment   a class of scarce equipment, such as gas_turbine
price_step  listed or premium price of scarce equipment
year_built  planning year for which something was built or bought
day         day of the weather year, 0 ... 364
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """One declared variable: dimensions, unit, meaning, and bounds that values must lie within."""

    dims: tuple[str, ...]
    unit: str
    meaning: str
    low: float | None = 0.0
    high: float | None = None
    kind: str = "number"  # number, text or flag
    layer: str = ""  # all variables of a layer are there, or none


def _v(dims: str, unit: str, meaning: str, **bounds: object) -> Variable:
    return Variable(tuple(dims.split()), unit, meaning, **bounds)  # type: ignore[arg-type]


def _c(dims: str, unit: str, meaning: str, **bounds: object) -> Variable:
    return Variable(tuple(dims.split()), unit, meaning, layer="capital", **bounds)  # type: ignore[arg-type]


CAPITAL: dict[str, Variable] = {
    "reference_charge": _c(
        "draw_class",
        "1/year",
        "yearly charge per capital at the flat rate, interest in construction included",
    ),
    "zone_place": _c("zone", "", "place that a zone belongs to", kind="text"),
    "cell_class": _c("cell", "", "class of capital, as in draw_class", kind="text"),
    "cell_place": _c("cell", "", "place; everywhere for movable assets", kind="text"),
    "cell_year": _c("cell", "year", "year in which the assets enter service"),
    "investor_name": _c("investor", "", "name", kind="text"),
    "investor_country": _c("investor", "", "country of organisation, ISO 3166", kind="text"),
    "investor_kind": _c("investor", "", "kind", kind="text"),
    "investor_governments": _c(
        "investor", "", "governments with percent, owners looked through", kind="text"
    ),
    "investor_government": _c("investor", "1", "share held by governments", high=1.0),
    "investor_within": _c("investor", "", "whose announced sums contain this one's", kind="text"),
    "investor_in_kind": _c("investor", "", "what it brings besides money", kind="text"),
    "investor_stage": _c("investor", "", "stage of its money", kind="text"),
    "investor_likelihood": _c("investor", "1", "likelihood of its money", high=1.0),
    "investor_stated": _c(
        "investor", "BUSD", "sum stated, not weighted, its part of the programme"
    ),
    "investor_available": _c(
        "investor calendar", "BUSD", "commitment that can be called by a year, cumulated"
    ),
    "investor_cleared": _c(
        "investor",
        "1",
        "share of the first year's commitment that clearance leaves in time",
        high=1.0,
    ),
    "investor_held_back": _c("investor", "", "why it can hold no equity, or empty", kind="text"),
    "investor_last_talk": _c(
        "investor", "", "day and person of the last conversation", kind="text"
    ),
    "investor_in_view": _c(
        "investor", "BUSD", "sum in view in the last conversation, 0 where none"
    ),
    "investor_min_ticket": _c("investor", "BUSD", "least sum in one class and year"),
    "funding_investor": _c("funding", "", "investor", kind="text"),
    "funding_instrument": _c("funding", "", "instrument", kind="text"),
    "funding_cell": _c("funding", "", "cell", kind="text"),
    "funding_return": _c("funding", "1/year", "return that the money asks for, real", low=None),
    "funding_years": _c("funding", "year", "years over which it is paid back"),
    "funding_shared": _c(
        "funding", "1", "share of the cash until capital is back; 0 where not shared", high=1.0
    ),
    "funding_shared_after": _c("funding", "1", "share of the cash after that", high=1.0),
    "funding_charge": _c("funding", "1/year", "yearly charge per dollar while the asset stands"),
    "funding_alive": _c(
        "funding year", "1", "share of the year's span in which the asset stands", high=1.0
    ),
    "funding_filing": _c(
        "funding", "", "filing that the whole holding may need, or empty", kind="text"
    ),
    "funding_delay": _c("funding", "day", "review before the money can be called"),
    "funding_delay_most": _c("funding", "day", "longest review that the rules allow"),
    "funding_free": _c(
        "funding", "1", "share of the equity's votes open without a filing", high=1.0
    ),
    "funding_most": _c(
        "funding", "1", "share of the equity's votes open with the filing", high=1.0
    ),
    "funding_mitigation": _c("funding", "", "class of mitigation to be expected", kind="text"),
    "funding_filed": _c("funding", "", "held only after a filing", kind="flag"),
    "account_investor": _c("account", "", "investor whose commitment is used", kind="text"),
    "account_funding": _c("account", "", "funding", kind="text"),
    "limit_kind": _c(
        "limit",
        "",
        "what limits: gearing, instrument, ticket, concentration, holding, unfiled, voting",
        kind="text",
    ),
    "limit_investor": _c("limit", "", "investor, or empty", kind="text"),
    "limit_cell": _c(
        "limit", "", "cell whose capital or equity is the base, or empty", kind="text"
    ),
    "limit_base": _c("limit", "", "amount, capital or equity", kind="text"),
    "limit_value": _c("limit", "BUSD or 1", "most: an amount, or a share of the base"),
    "limit_reason": _c(
        "limit", "", "in words, with the citation where a rule is applied", kind="text"
    ),
    "membership_limit": _c("membership", "", "limit", kind="text"),
    "membership_funding": _c("membership", "", "funding that counts against it", kind="text"),
}

VARIABLES: dict[str, Variable] = {
    # --- time and money
    "year_weight": _v("year", "year", "discounted number of years that a planning year stands for"),
    "year_span": _v("year", "year", "undiscounted number of years that a planning year stands for"),
    "whole_units": _v(
        "", "", "campuses, reactors, fab lines and HVDC lines come in whole units", kind="flag"
    ),
    # --- load
    "load": _v("zone year hour", "GW", "load at the bus without the programme's campuses"),
    "value_of_unserved_energy": _v("", "USD/MWh", "cost of load that is not served"),
    # --- dispatched plants
    "plant_zone": _v("plant", "", "zone", kind="text"),
    "plant_technology": _v("plant", "", "technology", kind="text"),
    "plant_existing": _v("plant year", "GW", "capacity there without new decisions"),
    "plant_availability": _v("plant", "1", "share of capacity free of outages", high=1.0),
    "plant_cost": _v("plant year", "USD/MWh", "fuel, variable O&M and carbon price"),
    "plant_emissions": _v("plant", "t/MWh", "carbon dioxide"),
    "plant_energy_limited": _v("plant", "", "daily energy is bounded (hydro)", kind="flag"),
    "plant_daily_energy": _v(
        "plant day", "GWh/GW", "energy that one GW can give in a day, where limited", high=24.0
    ),
    # --- wind, solar and other profiles
    "renewable_zone": _v("renewable", "", "zone", kind="text"),
    "renewable_technology": _v("renewable", "", "technology", kind="text"),
    "renewable_existing": _v("renewable year", "GW", "capacity there without new decisions"),
    "renewable_profile": _v("renewable hour", "1", "available share of capacity", high=1.0),
    # --- storage ---------------------------------------------------------------------------------
    "store_zone": _v("store", "", "zone", kind="text"),
    "store_technology": _v("store", "", "technology", kind="text"),
    "store_existing": _v("store year", "GW", "power there without new decisions"),
    "store_hours": _v("store", "h", "energy per power"),
    "store_efficiency": _v("store", "1", "round trip", high=1.0),
    "store_availability": _v("store", "1", "share of power free of outages", high=1.0),
    # --- corridors
    "corridor_from": _v("corridor", "", "zone", kind="text"),
    "corridor_to": _v("corridor", "", "zone", kind="text"),
    "corridor_forward": _v("corridor year", "GW", "limit from first to second zone"),
    "corridor_reverse": _v("corridor year", "GW", "limit from second to first zone"),
    "corridor_loss": _v("corridor", "1", "share of the flow that is lost", high=0.5),
    "corridor_buildable": _v("corridor year", "", "new capacity may be in service", kind="flag"),
    "corridor_unit": _v("corridor", "GW", "size of a whole new HVDC line; 0: any size"),
    "corridor_overnight_cost": _v("corridor", "BUSD/GW", "new capacity, both ways"),
    "corridor_annual_charge": _v(
        "corridor owner", "BUSD/GW/year", "capital charge and fixed O&M of new capacity"
    ),
    # --- what can be built
    "option_zone": _v("option", "", "zone", kind="text"),
    "option_technology": _v("option", "", "technology", kind="text"),
    "option_asset": _v(
        "option", "", "label of the plant, renewable or store it adds to", kind="text"
    ),
    "option_kind": _v(
        "option",
        "",
        "plant, renewable, store, onsite, onsite_renewable or onsite_store",
        kind="text",
    ),
    "option_class": _v(
        "option", "", "asset class of the money: generation or storage", kind="text"
    ),
    "option_output": _v("option", "1", "output relative to the asset's profile (resource bins)"),
    "option_buildable": _v("option year owner", "", "new capacity may be in service", kind="flag"),
    "option_unit": _v("option", "GW", "size of a whole unit; 0: any size"),
    "option_potential": _v("option", "GW", "most that can ever be built", high=None),
    "option_site": _v(
        "option", "", "site: options of one site differ in their federal credit alone", kind="text"
    ),
    "option_credit": _v("option", "", "federal credit that it takes: 48E or 45Y", kind="text"),
    "option_production_credit": _v(
        "option year",
        "BUSD/GW/year",
        "production credit (45Y), spread over the life; taken off the annual charge",
    ),
    "option_overnight_cost": _v("option year", "BUSD/GW", "capital, before credits"),
    "option_capital": _v(
        "option year", "BUSD/GW", "capital to be funded, after investment credits"
    ),
    "option_annual_charge": _v(
        "option year owner",
        "BUSD/GW/year",
        "capital charge with interest during construction, and fixed O&M, less a production"
        " credit; with a roster the programme's has no capital charge, and a credit that is more"
        " than O&M leaves it below zero",
        low=None,
    ),
    "option_alive": _v(
        "option year year_built",
        "",
        "capacity built for year_built still stands in year",
        kind="flag",
    ),
    "option_resale_price": _v(
        "option year year_built", "BUSD/GW", "price of a unit built for year_built, sold in year"
    ),
    "option_resale_relief": _v(
        "option year year_built",
        "BUSD/GW/year",
        "yearly charge saved from year on, where a unit built for year_built is sold in year",
    ),
    "option_construction": _v("option", "year", "from the start of construction to service"),
    "option_capacity_credit": _v("option", "1", "share counted as firm", high=1.0),
    "option_energy": _v(
        "option", "GWh/GW/year", "energy that one GW can give in a year", high=8784.0
    ),
    "option_national_cap": _v("option", "", "label of the national cap, or empty", kind="text"),
    "option_zonal_cap": _v("option", "", "label of the zonal cap, or empty", kind="text"),
    "cap_limit": _v(
        "cap year", "GW", "most in service by the year, both owners together", high=None
    ),
    # --- reserve and adequacy --------------------------------------------------------------------
    "zone_region": _v("zone", "", "planning-reserve region", kind="text"),
    "reserve_margin": _v("region year", "1", "planning reserve above peak load"),
    "reserve_peak": _v("region year", "GW", "coincident peak of the load without campuses"),
    "reserve_existing": _v("region year", "GW", "firm capacity there without new decisions"),
    "reserve_shortage_price": _v("", "BUSD/GW/year", "price of firm capacity that is missing"),
    # --- campuses
    "campus_buildable": _v("zone year", "", "a campus may be in service", kind="flag"),
    "campus_unit": _v("", "GW", "IT power of a whole block of a campus; 0: any size"),
    "campus_limit": _v("zone year", "GW", "most facility power that can be energised", high=None),
    "campus_national_limit": _v("year", "GW", "most facility power in all zones", high=None),
    "campus_limit_flexible": _v(
        "zone year",
        "GW",
        "most facility power that can be energised with interruptible connections",
        high=None,
    ),
    "campus_national_limit_flexible": _v("year", "GW", "the same in all zones", high=None),
    "campus_flexible_share": _v(
        "", "1", "share of facility power that may be curtailable", high=1.0
    ),
    "campus_flexible_hours": _v("day", "h", "hours of curtailment on a day, 0 on most", high=24.0),
    "campus_curtailment_cost": _v("year", "USD/MWh", "compute lost per energy not drawn"),
    "campus_construction": _v("", "year", "from land clearing to first power"),
    "campus_ramp": _v("", "year", "from first power to full power"),
    "campus_water": _v("zone", "L/kWh", "water withdrawn per energy of IT"),
    "campus_pue": _v("zone", "1", "facility power per IT power", low=1.0, high=3.0),
    "campus_pue_air": _v(
        "zone", "1", "the same cooled by air, where that may be chosen", low=1.0, high=3.0
    ),
    "campus_air_possible": _v("zone", "", "campuses may choose to be cooled by air", kind="flag"),
    "water_limit": _v(
        "zone year", "million m3/year", "most water of campuses and fab lines", high=None
    ),
    "campus_utilisation": _v("", "1", "average over nameplate IT power", high=1.0),
    "campus_overnight_cost": _v("zone year", "BUSD/GW", "facility, per GW of IT, taxes included"),
    "campus_sales_tax": _v(
        "zone year", "BUSD/GW", "sales tax within it, on the facility and on its IT equipment"
    ),
    "campus_sales_tax_waived": _v(
        "zone year", "BUSD/GW", "sales tax that an exemption for data centers waives"
    ),
    "campus_annual_charge": _v(
        "zone year", "BUSD/GW/year", "capital charge and operation without power, per GW of IT"
    ),
    "campus_tax_capital": _v(
        "zone year", "BUSD/GW", "sales tax on facility and equipment within the overnight cost"
    ),
    "campus_tax_charge": _v(
        "zone year", "BUSD/GW/year", "charge of that tax within the annual charge", low=None
    ),
    "campus_operation": _v("", "BUSD/GW/year", "operation without power, within the annual charge"),
    "value_of_compute": _v("year", "BUSD/GW/year", "value of one GW of IT power in service"),
    "value_of_h100e": _v("year", "BUSD/year", "value of a thousand H100e in use for a year"),
    "it_path": _v("year", "GW", "IT power asked for; NaN where the aim asks for none", low=None),
    # --- on-site supply --------------------------------------------------------------------------
    "onsite_zone": _v("onsite", "", "zone", kind="text"),
    "onsite_technology": _v("onsite", "", "technology", kind="text"),
    "onsite_existing": _v("onsite year", "GW", "capacity there without new decisions"),
    "onsite_availability": _v(
        "onsite", "1", "share of capacity free of outages, spare units off", high=1.0
    ),
    "onsite_cost": _v("onsite year", "USD/MWh", "fuel, variable O&M and carbon price"),
    "onsite_emissions": _v("onsite", "t/MWh", "carbon dioxide"),
    "onsite_renewable_zone": _v("onsite_renewable", "", "zone", kind="text"),
    "onsite_renewable_technology": _v("onsite_renewable", "", "technology", kind="text"),
    "onsite_renewable_existing": _v(
        "onsite_renewable year", "GW", "capacity there without new decisions"
    ),
    "onsite_renewable_profile": _v(
        "onsite_renewable hour", "1", "available share of capacity", high=1.0
    ),
    "onsite_store_zone": _v("onsite_store", "", "zone", kind="text"),
    "onsite_store_technology": _v("onsite_store", "", "technology", kind="text"),
    "onsite_store_existing": _v("onsite_store year", "GW", "power there without new decisions"),
    "onsite_store_hours": _v("onsite_store", "h", "energy per power"),
    "onsite_store_efficiency": _v("onsite_store", "1", "round trip", high=1.0),
    "onsite_store_availability": _v(
        "onsite_store", "1", "share of power free of outages", high=1.0
    ),
    "onsite_store_firm": _v(
        "onsite_store", "1", "share of power that covers nameplate: hours of the day", high=1.0
    ),
    # --- load that moves -------------------------------------------------------------------------
    "campus_training_share": _v("", "1", "share of IT power that trains", high=1.0),
    "campus_shiftable_share": _v(
        "", "1", "share of the training load that may move within the day", high=1.0
    ),
    # --- accelerators ----------------------------------------------------------------------------
    "accelerator_available": _v(
        "chip year", "", "the generation is sold for the year", kind="flag"
    ),
    "accelerator_power": _v(
        "chip", "GW", "IT power of a thousand units, server and network included"
    ),
    "accelerator_h100e": _v("chip", "1", "H100-equivalents of a unit"),
    "accelerator_overnight_cost": _v(
        "chip year", "BUSD", "IT equipment of a thousand units; 0 if tenants bring it"
    ),
    "accelerator_annual_charge": _v(
        "chip year",
        "BUSD/year",
        "capital charge of a thousand units while they live, by year bought",
    ),
    "accelerator_standing": _v(
        "chip year year_built",
        "1",
        "share of the years that the year stands for in which what was bought for year_built lives",
        high=1.0,
    ),
    "refit_from_budget": _v(
        "", "", "refits are paid from the budget, not from revenue", kind="flag"
    ),
    "chip_need": _v(
        "chip chip_step",
        "thousand wafers or PB",
        "need of a thousand units: wafers (logic, packaging) or memory",
    ),
    "chip_supply": _v(
        "chip_step year",
        "thousand wafers or PB",
        "within reach for what enters service since the last planning year",
        high=None,
    ),
    # --- fab lines -------------------------------------------------------------------------------
    "fab_buildable": _v("chip_step zone year", "", "a line may be in service", kind="flag"),
    "fab_unit": _v("chip_step", "kwpm", "size of a whole line; 0: any size"),
    "fab_overnight_cost": _v("chip_step year", "BUSD/kwpm", "capital, before credits and grants"),
    "fab_credit": _v("chip_step year", "1", "share of the capital that 48D pays", high=1.0),
    "fab_capital": _v(
        "chip_step year", "BUSD/kwpm", "capital to be funded, after credits and grants"
    ),
    "fab_annual_charge": _v(
        "chip_step year", "BUSD/kwpm/year", "capital charge, by the year built"
    ),
    "fab_output": _v("chip_step", "thousand wafers or PB", "of one kwpm in a year at full output"),
    "fab_ramp": _v("year year_built", "year", "years of full output since the last planning year"),
    "fab_power": _v("chip_step", "GW/kwpm", "average draw"),
    "fab_water": _v("chip_step", "million m3/kwpm/year", "water, before reuse"),
    # --- scarce equipment and labour -------------------------------------------------------------
    "equipment_need_option": _v(
        "equipment option", "unit/GW", "equipment in a GW of the option; units are GW or GVA"
    ),
    "equipment_need_campus": _v("equipment", "unit/GW", "equipment in a GW of facility power"),
    "equipment_lead": _v("equipment price_step", "year", "from order to arrival"),
    "equipment_install": _v("equipment", "year", "from arrival to service"),
    "equipment_premium": _v("equipment price_step", "BUSD/unit", "paid above the list price"),
    "equipment_charge_rate": _v("", "1/year", "yearly charge per unit of premium paid"),
    "equipment_supply": _v(
        "equipment price_step year",
        "unit",
        "within reach for service by the year, cumulated since the start",
        high=None,
    ),
    "labour_need_option": _v("option", "thousand worker-years/GW", "skilled building labour"),
    "labour_need_campus": _v(
        "", "thousand worker-years/GW", "skilled building labour per GW of facility power"
    ),
    "labour_supply": _v(
        "zone year",
        "thousand worker-years",
        "within reach between the last planning year and this one",
        high=None,
    ),
    # --- money
    "budget_total": _v("", "BUSD", "capital the programme may draw over the horizon", high=None),
    "budget_available": _v(
        "calendar", "BUSD", "capital that may be drawn up to a year, cumulated", high=None
    ),
    "draw": _v(
        "draw_class year calendar", "1", "share of the capital drawn in a calendar year", high=1.0
    ),
    # --- capital: only with a roster -------------------------------------------------------------
    **CAPITAL,
    # --- rules
    "additional_firm_share": _v(
        "", "1", "share of the campuses' firm need that the programme must bring"
    ),
    "additional_energy_share": _v(
        "", "1", "share of the campuses' energy that the programme must bring"
    ),
    "emission_cap": _v(
        "year", "Mt", "carbon dioxide of all zones; inf where there is none", high=None
    ),
    # --- fixed costs -----------------------------------------------------------------------------
    "existing_fixed_cost": _v("year", "BUSD/year", "fixed O&M of the fleet that is there anyway"),
}

ASSET_CLASSES = (
    "campus",
    "accelerators",
    "generation",
    "storage",
    "corridors",
    "equipment",
    "fabs",
)
OWNERS = ("system", "programme")
