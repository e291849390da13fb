"""The plan Dataset, declared once: every variable's dimensions, unit and meaning.

It holds the answer; the inputs Dataset that it answers is kept beside it.  ``day`` labels the
days of the weather year (0 ... 364) whose dispatch is stored, ``hour_of_day`` is 0 ... 23 (UTC).
"""

from __future__ import annotations

from gigaplan.inputs.declaration import Variable, _v


def _p(dims: str, unit: str, meaning: str) -> Variable:
    return Variable(tuple(dims.split()), unit, meaning, layer="capital")


def _w(dims: str, unit: str, meaning: str) -> Variable:
    """What deals are paid by: all of it is there, or none in a plan that an older version saved."""
    return Variable(tuple(dims.split()), unit, meaning, layer="worth")


VARIABLES: dict[str, Variable] = {
    # --- what is built ----------------------------------------------------------------------------
    "build": _v(
        "owner option year", "GW", "new capacity in service by the year, since the last one"
    ),
    "corridor_build": _v("owner corridor year", "GW", "new corridor capacity, both ways"),
    "it_build": _v("zone year", "GW", "new IT power of the programme's campuses"),
    "it_power": _v("zone year", "GW", "IT power of the programme's campuses"),
    "air_build": _v("zone year", "GW", "new IT power that is cooled by air, by choice"),
    "facility_power": _v("zone year", "GW", "facility power at nameplate: IT power x PUE"),
    "accelerator_build": _v(
        "chip year", "thousand", "accelerators bought since the last planning year"
    ),
    "accelerator_first": _v(
        "chip year", "thousand", "those of them that fill a shell for the first time"
    ),
    "accelerators": _v(
        "chip year year_built", "thousand", "accelerators installed, by year bought"
    ),
    "idle_it_power": _v("year", "GW", "IT power whose shells are empty"),
    "compute": _v(
        "chip year", "thousand H100e", "compute in use: installed x performance x utilisation"
    ),
    "fab_build": _v("chip_step zone year", "kwpm", "fab lines of the programme that enter service"),
    "equipment_order": _v(
        "equipment price_step year",
        "unit",
        "equipment that enters service, by price step (GW or GVA)",
    ),
    "campus_load": _v(
        "zone year", "GW", "average draw of the campuses: facility power x utilisation"
    ),
    "onsite_capacity": _v("onsite year", "GW", "on-site capacity at campuses"),
    "onsite_renewable_capacity": _v("onsite_renewable year", "GW", "on-site solar at campuses"),
    "onsite_store_power": _v("onsite_store year", "GW", "power of on-site batteries at campuses"),
    "onsite_sold": _v(
        "option year year_built",
        "GW",
        "on-site capacity built for year_built that is sold at the start of the year",
    ),
    "campus_shiftable": _v(
        "shifting year", "GW", "average campus load that may be put off within a day"
    ),
    "campus_connection": _v("campus year", "GW", "energised grid connection, of facility power"),
    "campus_flexible": _v("campus year", "GW", "the part of it that may be interrupted"),
    "plant_capacity": _v("plant year", "GW", "dispatched capacity"),
    "renewable_capacity": _v("renewable year", "GW", "capacity in units of the asset's profile"),
    "store_power": _v("store year", "GW", "storage power"),
    "corridor_forward_capacity": _v("corridor year", "GW", "limit from first to second zone"),
    "corridor_reverse_capacity": _v("corridor year", "GW", "limit from second to first zone"),
    "reserve_shortage": _v("region year", "GW", "firm capacity that is missing"),
    # --- dispatch on the stored days --------------------------------------------------------------
    "day_weight": _v("day", "day", "days of the year that a stored day stands for"),
    "generation": _v("plant year day hour_of_day", "GW", "output of dispatched plants"),
    "renewable_available": _v(
        "zone year day hour_of_day", "GW", "wind, solar and other profiles, before curtailment"
    ),
    "curtailment": _v("zone year day hour_of_day", "GW", "available output that is not used"),
    "flow_forward": _v("corridor year day hour_of_day", "GW", "sent from the first zone"),
    "flow_reverse": _v("corridor year day hour_of_day", "GW", "sent from the second zone"),
    "charge": _v("store year day hour_of_day", "GW", "taken from the bus"),
    "discharge": _v("store year day hour_of_day", "GW", "given to the bus"),
    "state_of_charge": _v("store year day hour_of_day", "GWh", "at the end of the hour"),
    "unserved": _v("zone year day hour_of_day", "GW", "load that is not served"),
    "demand": _v("zone year day hour_of_day", "GW", "load with the campuses"),
    "campus_curtailed": _v(
        "campus year day hour_of_day", "GW", "campus load that is shed by agreement"
    ),
    "campus_unserved": _v("campus year day hour_of_day", "GW", "campus load that nothing serves"),
    "onsite_generation": _v("onsite year day hour_of_day", "GW", "output of on-site units"),
    "onsite_spilled": _v(
        "onsite_renewable year day hour_of_day", "GW", "output of on-site solar that is not used"
    ),
    "onsite_charge": _v(
        "onsite_store year day hour_of_day", "GW", "taken from the bus of the campus"
    ),
    "onsite_discharge": _v(
        "onsite_store year day hour_of_day", "GW", "given to the bus of the campus"
    ),
    "onsite_state_of_charge": _v(
        "onsite_store year day hour_of_day", "GWh", "at the end of the hour"
    ),
    "campus_deferred": _v("shifting year day hour_of_day", "GW", "campus load put off"),
    "campus_made_up": _v(
        "shifting year day hour_of_day", "GW", "campus load put off in other hours and made up"
    ),
    "price": _v(
        "zone year day hour_of_day", "USD/MWh", "marginal cost of load (dual of the balance)"
    ),
    "campus_price": _w(
        "campus year day hour_of_day",
        "USD/MWh",
        "marginal cost of campus load (price and the dual of what the connection carries)",
    ),
    # --- money
    "capital": _v(
        "asset_class zone year",
        "BUSD",
        "programme capital of what enters service; corridors at their first zone",
    ),
    "capital_draw": _v(
        "asset_class calendar", "BUSD", "programme capital drawn in a calendar year"
    ),
    "cost": _v(
        "cost_item year", "BUSD/year", "annual cost of the system with the programme", low=None
    ),
    # --- adequacy: all 8,760 hours at the plan's capacities
    "year_dispatch_cost": _v("year", "BUSD/year", "dispatch cost over all 8,760 hours"),
    "year_unserved": _v("zone year", "GWh", "unserved energy over all 8,760 hours"),
    "year_unserved_worst": _v("year", "GW", "unserved load of all zones in the worst hour"),
    "year_unserved_hour": _v("year", "h", "the worst hour of the year", low=-1.0),
    "year_generation": _v(
        "zone technology year", "GWh", "generation over all 8,760 hours, curtailed output left out"
    ),
    "year_curtailed": _v(
        "campus year", "GWh", "campus load shed by agreement over all 8,760 hours"
    ),
    "year_price": _v("zone year", "USD/MWh", "load-weighted average price over all 8,760 hours"),
    "year_price_others": _v(
        "zone year", "USD/MWh", "the same, weighted by the load without the campuses"
    ),
    "year_price_scarcity": _v(
        "zone year",
        "USD/MWh",
        "the part of that paid in hours above half the value of unserved energy",
    ),
    "year_emissions": _v("zone year", "Mt", "carbon dioxide over all 8,760 hours"),
    # --- capital: only with a roster --------------------------------------------------------------
    "funding_amount": _p("funding", "BUSD", "money of an investor in one instrument for a cell"),
    "dual_commitment": _p(
        "investor",
        "BUSD/BUSD",
        "fall of the objective per BUSD more from an investor from the start",
    ),
    "dual_limit": _p("limit", "BUSD/BUSD", "fall of the objective per BUSD more of a limit"),
    # --- duals: what one more unit is worth -------------------------------------------------------
    "dual_budget": _v("calendar", "BUSD/BUSD", "fall of the objective per BUSD more by that year"),
    "dual_cap": _v("cap year", "BUSD/GW", "fall of the objective per GW more"),
    "dual_campus_limit": _v(
        "campus year", "BUSD/GW", "fall of the objective per GW of facility power more"
    ),
    "dual_campus_national_limit": _v(
        "year", "BUSD/GW", "fall of the objective per GW of facility power more"
    ),
    "dual_budget_total": _v("", "BUSD/BUSD", "fall of the objective per BUSD more in all"),
    "dual_campus_limit_flexible": _v(
        "campus year", "BUSD/GW", "fall of the objective per GW of interruptible connection more"
    ),
    "dual_campus_national_limit_flexible": _v(
        "year", "BUSD/GW", "fall of the objective per GW of interruptible connection more"
    ),
    "dual_potential": _v("option", "BUSD/GW", "fall of the objective per GW more of the resource"),
    "dual_emission_cap": _v("year", "BUSD/Mt", "fall of the objective per Mt more"),
    "dual_reserve": _v(
        "region year", "BUSD/GW", "rise of the objective per GW more of firm capacity asked for"
    ),
    "dual_additional_firm": _w(
        "region year", "BUSD/GW", "rise of the objective per GW more of firm capacity to be brought"
    ),
    "dual_additional_energy": _w(
        "region year", "BUSD/TWh", "rise of the objective per TWh a year more to be brought"
    ),
    "dual_campus_supply": _w(
        "campus year", "BUSD/GW", "rise of the objective per GW more to be supplied at nameplate"
    ),
    "dual_equipment": _v(
        "equipment price_step year",
        "BUSD per unit",
        "fall of the objective per unit more within reach",
    ),
    "dual_labour": _v(
        "zone year", "BUSD per unit", "fall of the objective per thousand worker-years more"
    ),
    "dual_water": _v("zone year", "BUSD per unit", "fall of the objective per million m3 more"),
    "dual_chip_supply": _v(
        "chip_step year", "BUSD per unit", "fall of the objective per thousand wafers or PB more"
    ),
    "marginal_it_value": _v(
        "zone year",
        "BUSD/GW",
        "gain (positive) or loss (negative) of the objective per GW of IT more in a zone",
        low=None,
    ),
    "marginal_it_cost": _v(
        "it_part zone year",
        "BUSD/GW",
        "rise of the objective per GW of IT more in a zone from the year on, by part",
        low=None,
    ),
}

# what a little more of each is worth: the dual, one-sided for the dearest (solving/onesided.py)
LIMITED = (
    "dual_budget", "dual_cap", "dual_campus_limit", "dual_campus_national_limit", "dual_equipment",
    "dual_water", "dual_labour", "dual_chip_supply", "dual_reserve",
)  # fmt: skip
VARIABLES |= {
    f"worth_{name.removeprefix('dual_')}": Variable(
        VARIABLES[name].dims,
        VARIABLES[name].unit,
        f"{VARIABLES[name].meaning}: one-sided for the ten dearest of all limits",
        layer="slope",
    )
    for name in LIMITED
}

COST_ITEMS = (
    "dispatch",
    "existing_fixed",
    "system_new",
    "programme_power",
    "corridors",
    "campus",
    "accelerators",
    "fabs",
    "equipment",
    "reserve_shortage",
    "onsite_resale",
    "capital",
)

# part of the cost of one more GW of IT: group, and what is counted in it
IT_PARTS: dict[str, tuple[str, str]] = {
    "compute": ("what it earns", "value of the compute, or cost of the IT path that it serves"),
    "energy": ("power", "energy for the IT at the price of the whole system"),
    "interruption": ("power", "what may be interrupted spares on the hardest days"),
    "firm capacity": ("power", "planning reserve of the region"),
    "additionality": ("power", "firm capacity and energy that the programme must bring"),
    "on-site supply": ("power", "units at the campus, where they are cheaper than the grid"),
    "network": ("network and losses", "price of the state above that of the whole system"),
    "connection": ("connection and delay", "scarce large-load connection, and what it carries"),
    "shell": ("capital", "facility at the flat charge, tax left out"),
    "accelerators": ("capital", "accelerators and their refits at the flat charge"),
    "money": ("capital", "what the investors' money costs above the flat charge (below: negative)"),
    "operation": ("capital", "operation without power"),
    "tax": ("tax and incentives", "sales tax on facility and equipment, exemptions counted"),
    "cooling": ("PUE and water", "power and network for what the facility draws beyond its IT"),
    "chips": ("supply caps", "scarce wafers, packaging and memory"),
    "equipment": ("supply caps", "scarce equipment: slots and premium"),
    "labour": ("supply caps", "scarce building labour"),
    "build limits": ("supply caps", "build limits and resources that on-site units use up"),
    "budget": ("budget", "what the budget could do elsewhere"),
    "commitments": ("budget", "what the investors' money could do elsewhere"),
}
