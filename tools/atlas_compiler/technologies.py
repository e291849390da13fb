"""Technologies: cost and performance by year, traits, tax credits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from atlas_compiler.common import Atlas, to_2025

ATB = "NREL ATB 2024 moderate, via ReEDS inputs, github.com/jdseng/ReEDS@35ba118b"
FACTS = "facts: power_equipment"
BSD = "BSD-3-Clause (data CC BY 4.0)"
YEARS = range(2025, 2051)
# today's prices: see power_equipment ccgt_capex_2025, ct_capex_2025, recip_capex,
# fuel_cell_capex; nuclear between ATB and Vogtle 3-4; SMR from Darlington at 0.72 USD/CAD
MARKET = {
    "gas_cc_new": 2400.0, "gas_ct_new": 1136.0, "gas_ice_new": 1700.0, "fuel_cell": 4000.0,
    "nuclear_new": 10000.0, "nuclear_smr": 12500.0, "onsite_turbine": 1544.0, "onsite_engine": 1700.0,
    "onsite_fuel_cell": 4000.0, "onsite_frame": 1136.0, "onsite_smr": 12500.0,
}  # fmt: skip
# technology: kind, fuel, existing, buildable, life, forced, scheduled, credit, construction,
# earliest, efficiency, hours, CO2 t/MMBtu, adder, limited, schedule, profile
TRAITS: dict[str, tuple[object, ...]] = {
    "gas_cc": ("plant", "gas", 1, 0, 55, .05, .06, .95, 3, 0, 0, 0, .0531, 0, 0, "50/40/10", ""),
    "gas_ct": ("plant", "gas", 1, 0, 55, .05, .04, .95, 2, 0, 0, 0, .0531, 0, 0, "80/20", ""),
    "gas_steam": ("plant", "gas", 1, 0, 55, .05, .10, .90, 2, 0, 0, 0, .0531, 0, 0, "80/20", ""),
    "gas_ice": ("plant", "gas", 1, 0, 30, .05, .04, .95, 2, 0, 0, 0, .0531, 0, 0, "60/40", ""),
    "coal": ("plant", "coal", 1, 0, 70, .08, .10, .92, 4, 0, 0, 0, .0955, 6.0, 0, "50/40/10", ""),
    "nuclear": ("plant", "uranium", 1, 0, 80, .03, .05, .97, 6, 0, 0, 0, 0, 0, 0, "100", ""),
    "oil": ("plant", "oil", 1, 0, 55, .10, .05, .90, 2, 0, 0, 0, .0731, 0, 0, "100", ""),
    "biomass": ("plant", "biomass", 1, 0, 45, .09, .08, .85, 3, 0, 0, 0, 0, 0, 0, "100", ""),
    "geothermal": ("plant", "none", 1, 0, 30, .129, .03, .80, 3, 0, 0, 0, 0, 0, 0, "100", ""),
    "hydro": ("plant", "none", 1, 0, 100, .0, .0, .70, 4, 0, 0, 0, 0, 0, 1, "100", "hydro"),
    "pumped_hydro": ("store", "none", 1, 0, 100, .04, .0, .95, 5, 0, .80, 10, 0, 0, 0, "100", ""),
    "battery": ("store", "none", 1, 0, 15, .02, .0, .75, 1, 0, .85, 4, 0, 0, 0, "100", ""),
    "wind": ("renewable", "none", 1, 0, 30, 0, 0, .16, 3, 0, 0, 0, 0, 0, 0, "100", "wind"),
    "solar": ("renewable", "none", 1, 0, 30, 0, 0, .25, 1, 0, 0, 0, 0, 0, 0, "100", "solar"),
    "gas_cc_new": ("plant", "gas", 0, 1, 55, .05, .06, .95, 3, 2031, 0, 0, .0531, 0, 0, "50/40/10", ""),
    "gas_ct_new": ("plant", "gas", 0, 1, 55, .05, .04, .95, 3, 2029, 0, 0, .0531, 0, 0, "80/10/10", ""),
    "gas_ice_new": ("plant", "gas", 0, 1, 30, .05, .04, .95, 2, 2029, 0, 0, .0531, 0, 0, "60/40", ""),
    "fuel_cell": ("plant", "gas", 0, 1, 20, .07, .02, .93, 1, 2027, 0, 0, .0531, 0, 0, "100", ""),
    "nuclear_new": ("plant", "uranium", 0, 1, 80, .03, .05, .97, 6, 2036, 0, 0, 0, 0, 0, "10/20/20/20/20/10", ""),
    "nuclear_smr": ("plant", "uranium", 0, 1, 80, .03, .05, .97, 5, 2031, 0, 0, 0, 0, 0, "20/20/20/20/20", ""),
    "wind_new": ("renewable", "none", 0, 1, 30, 0, 0, .16, 3, 2029, 0, 0, 0, 0, 0, "80/10/10", "wind_new"),
    "solar_new": ("renewable", "none", 0, 1, 30, 0, 0, .20, 1, 2028, 0, 0, 0, 0, 0, "50/50", "solar_new"),
    "battery_4h": ("store", "none", 0, 1, 15, .02, .0, .75, 1, 2028, .85, 4, 0, 0, 0, "100", ""),
    "battery_8h": ("store", "none", 0, 1, 15, .02, .0, .90, 1, 2028, .85, 8, 0, 0, 0, "100", ""),
    "onsite_turbine": ("onsite", "gas", 0, 1, 30, .05, .04, .95, 2, 2028, 0, 0, .0531, 0, 0, "60/40", ""),
    "onsite_engine": ("onsite", "gas", 0, 1, 30, .05, .04, .95, 2, 2029, 0, 0, .0531, 0, 0, "60/40", ""),
    "onsite_fuel_cell": ("onsite", "gas", 0, 1, 20, .07, .02, .93, 1, 2027, 0, 0, .0531, 0, 0, "100", ""),
    "onsite_frame": ("onsite", "gas", 0, 1, 30, .05, .04, .95, 3, 2031, 0, 0, .0531, 0, 0, "80/10/10", ""),
    "onsite_smr": ("onsite", "uranium", 0, 1, 80, .03, .05, .97, 5, 2031, 0, 0, 0, 0, 0, "20/20/20/20/20", ""),
    "onsite_solar": ("onsite_renewable", "none", 0, 1, 30, 0, 0, .20, 1, 2027, 0, 0, 0, 0, 0, "50/50", "solar_new"),
    "onsite_battery": ("onsite_store", "none", 0, 1, 15, .02, .0, .75, 1, 2027, .85, 4, 0, 0, 0, "100", ""),
}  # fmt: skip
# on-site units cost and burn what their grid twins do; aeroderivatives (onsite_turbine) cost the high
# end of ct_capex_2025, frames its middle
TWINS = {
    "onsite_turbine": "gas_ct_new",
    "onsite_engine": "gas_ice_new",
    "onsite_fuel_cell": "fuel_cell",
    "onsite_frame": "gas_ct_new",
    "onsite_smr": "nuclear_smr",
    "onsite_solar": "solar_new",
    "onsite_battery": "battery_4h",
}
# aeroderivative, EIA AEO 2023 assumptions (recalled); ATB has one simple-cycle turbine, a frame
AERODERIVATIVE_HEAT = 9.124
# of on-site units, what stands by: N+1, one unit of so many as a plant of some 400 MW has
SPARE = {
    "onsite_turbine": 0.125, "onsite_frame": 0.25, "onsite_engine": 0.05, "onsite_fuel_cell": 0.05,
    "onsite_smr": 0.25,
}  # fmt: skip
# what is built in whole units, by its name in ReEDS
WHOLE = {"nuclear_new": "nuclear", "nuclear_smr": "nuclear-smr", "onsite_smr": "nuclear-smr"}
CREDITED = (
    "onsite_fuel_cell",
    "onsite_smr",
    "onsite_battery",
    "nuclear_new",
    "nuclear_smr",
    "battery_4h",
    "battery_8h",
    "fuel_cell",
)


def compile(atlas: Atlas) -> None:
    """Add every table of this module."""
    _technologies(atlas)
    _traits(atlas)
    _credits(atlas)


def _atb(atlas: Atlas) -> dict[str, pd.DataFrame]:
    """ATB values by technology, indexed by year: overnight, fixed, variable, heat rate (USD 2022)."""
    folder = "data/reeds/plant_characteristics/"
    columns = {"capcost": "overnight", "fom": "fixed", "vom": "variable", "heatrate": "heat"}
    out = {}
    named = {
        "gas_cc_new": ("gas", "Gas-CC"), "gas_ct_new": ("gas", "Gas-CT"),
        "nuclear_new": ("nuclear", "Nuclear"), "nuclear_smr": ("nuclear-smr", "Nuclear-SMR"),
        "fuel_cell": ("fuelcell", "ng-fuel-cell"),
    }  # fmt: skip
    for technology, (file, label) in named.items():
        raw = atlas.read(f"{folder}{file}_ATB_2024_moderate.csv")
        out[technology] = raw[raw["i"] == label].set_index("t").rename(columns=columns)
    wind = atlas.read(f"{folder}ons-wind_ATB_2024_moderate.csv")
    wind = wind[wind["Turbine"] == "115hh_170rd"].set_index("Year")
    wind.columns = ["turbine", "cf", "overnight", "fixed", "variable"]
    out["wind_new"] = wind
    out["solar_new"] = (
        atlas.read(f"{folder}upv_ATB_2024_moderate.csv").set_index("t").rename(columns=columns)
    )
    battery = atlas.read(f"{folder}battery_ATB_2024_moderate.csv").set_index("t")
    for hours in (4, 8):
        out[f"battery_{hours}h"] = pd.DataFrame(
            {
                "overnight": battery["capcost"] + hours * battery["capcost_energy"],
                "fixed": battery["fom"] + hours * battery["fom_energy"],
                "variable": battery["vom"],
            }
        )
    engine = out["gas_ct_new"][["overnight", "fixed", "variable", "heat"]].copy()
    engine["overnight"], engine["fixed"], engine["variable"], engine["heat"] = (
        1700.0,
        18.4,
        6.0,
        8.3,
    )
    out["gas_ice_new"] = engine
    # 9,999 stands for "not yet" in the fuel cell's early years
    cell = out["fuel_cell"]
    cell["overnight"] = cell["overnight"].where(cell["overnight"] < 9000).bfill().fillna(4000.0)
    for technology, twin in TWINS.items():
        out[technology] = out[twin].copy()
    out["onsite_turbine"]["heat"] = AERODERIVATIVE_HEAT
    return out


def _technologies(atlas: Atlas) -> None:
    money = to_2025(atlas, 2022)
    rows = []
    for technology, values in _atb(atlas).items():
        for year in YEARS:
            at = values.loc[year]
            overnight = float(at["overnight"]) * money
            rest = (
                float(at["fixed"]) * money,
                float(at["variable"]) * money,
                float(at.get("heat", 0.0)),
            )
            rows.append((technology, year, "atb", overnight, *rest))
            market = overnight
            if technology in MARKET:
                # flat to 2035, then back to ATB by 2045
                back = float(np.clip((year - 2035) / 10, 0.0, 1.0))
                market = MARKET[technology] * (1 - back) + overnight * back
            rows.append((technology, year, "market", market, *rest))
    columns = [
        "technology", "year", "price_case", "overnight_usd_kw", "fixed_om_usd_kw_year",
        "variable_om_usd_mwh", "heat_rate_mmbtu_mwh",
    ]  # fmt: skip
    atlas.add("technologies", pd.DataFrame(rows, columns=columns))
    atlas.cite(
        "technologies",
        "technology year price_case",
        "",
        ATB,
        BSD,
        "2024",
        note="atb: plain ATB; market: dated overlay of 2025-26 for what the turbine shortage and "
        "recent nuclear projects changed, flat to 2035, back to ATB by 2045 (background)",
    )
    atlas.cite(
        "technologies",
        "overnight_usd_kw",
        "USD/kW",
        f"{ATB}; {FACTS}",
        BSD,
        "2024-2026",
        dollar_year="2025",
        note="market: gas_cc 2400, gas_ct 1136 (stored-source); engine 1700, "
        "fuel cell 4000, on-site aeroderivative 1544 (high end of ct_capex_2025), nuclear 10000 (ATB to Vogtle), SMR 12500 (Darlington) background",
    )
    atlas.cite(
        "technologies", "fixed_om_usd_kw_year", "USD/kW/year", ATB, BSD, "2024", dollar_year="2025"
    )
    atlas.cite(
        "technologies", "variable_om_usd_mwh", "USD/MWh", ATB, BSD, "2024", dollar_year="2025"
    )
    atlas.cite(
        "technologies",
        "heat_rate_mmbtu_mwh",
        "MMBtu/MWh",
        ATB,
        BSD,
        "2024",
        note="engine 8.3 (HHV) is a judgement: 6.8 LHV is quoted for a Texas plant; aeroderivative "
        "9.124 (HHV) is EIA's of AEO 2023, recalled (background)",
    )


def _traits(atlas: Atlas) -> None:
    columns = [
        "kind", "fuel", "existing", "buildable", "life_years", "forced", "scheduled",
        "capacity_credit", "construction_years", "earliest_year", "round_trip_efficiency", "hours",
        "co2_t_per_mmbtu", "variable_adder_usd_mwh", "energy_limited", "draw_schedule", "profile",
    ]  # fmt: skip
    table = pd.DataFrame.from_dict(TRAITS, orient="index", columns=columns)
    table["availability"] = (1 - table.pop("forced")) * (1 - table.pop("scheduled"))
    for flag in ("existing", "buildable", "energy_limited"):
        table[flag] = table[flag].astype(bool)
    table = table.rename_axis("technology").reset_index()
    table["profile"] = table["profile"].replace("", "none")
    sizes = atlas.read("data/reeds/plant_characteristics/unitsize_atb.csv").set_index("tech")["MW"]
    whole = {name: float(sizes[reeds]) for name, reeds in WHOLE.items()}
    table["unit_mw"] = table["technology"].map(whole).fillna(0.0)
    table["spare_share"] = table["technology"].map(SPARE).fillna(0.0)
    atlas.add("technology_traits", table)
    reeds = "ReEDS inputs: outage, maxage, emitrate tables"
    atlas.cite(
        "technology_traits",
        "technology kind fuel existing buildable energy_limited profile",
        "",
        "gigaplan",
        "MIT",
        "2026",
    )
    atlas.cite("technology_traits", "life_years", "year", reeds, BSD, "2026")
    atlas.cite(
        "technology_traits",
        "unit_mw",
        "MW",
        "NREL ATB 2024 nuclear, via ReEDS unitsize_atb, github.com/jdseng/ReEDS@35ba118b",
        BSD,
        "2024",
        note="size of a unit where only whole units are built; 0: any size",
    )
    atlas.cite(
        "technology_traits",
        "spare_share",
        "1",
        "gigaplan; facts dc_backup_ratio (N+1 practice), recip_order_to_cod (429 MW of engines)",
        "MIT",
        "2026",
        confidence="background",
        note="N+1, one unit of: aeroderivatives 8 (50 MW), frames 4 (200 MW and more), engines 20 (19 "
        "MW), fuel cells 20 groups of modules, small reactors 4; on-site only, 0 elsewhere",
    )
    atlas.cite(
        "technology_traits",
        "availability",
        "1",
        reeds,
        BSD,
        "2026",
        note="(1 - forced) (1 - scheduled); scheduled outage rates rounded (background)",
    )
    atlas.cite(
        "technology_traits",
        "capacity_credit",
        "1",
        "1 - forced outage; EPA 2023 tables 4-20, 4-26, 4-31",
        "US public domain",
        "2023",
        confidence="background",
        note="wind 0.16, solar 0.20-0.25, 4 h battery 0.75, hydro 0.70: rounded national values",
    )
    atlas.cite(
        "technology_traits", "construction_years", "year", "ReEDS construction tables", BSD, "2026"
    )
    atlas.cite(
        "technology_traits",
        "earliest_year",
        "",
        FACTS,
        "compiled facts",
        "2026",
        note="from 2026: combined cycle 5 years (ccgt_project_time), turbine 3 (between aeroderivative "
        "24 months and frame 36-84), engine 34 months (recip_order_to_cod), fuel cell 1, battery "
        "and solar 2 (on-site 1: no queue), wind 3, on-site aeroderivative 2 (gt_leadtime_aero), on-site frame 5 "
        "(gt_leadtime_frame), SMR 2031 (smr_first_year), large nuclear 10 (background)",
    )
    atlas.cite("technology_traits", "round_trip_efficiency hours", "1; h", ATB, BSD, "2024")
    atlas.cite("technology_traits", "co2_t_per_mmbtu", "t/MMBtu", reeds, BSD, "2026")
    atlas.cite(
        "technology_traits",
        "variable_adder_usd_mwh",
        "USD/MWh",
        "calibration to the real mix",
        "MIT",
        "2026",
        dollar_year="2025",
        confidence="background",
        note="coal 6: starts, contracts and RGGI; without it coal runs too much",
    )
    atlas.cite(
        "technology_traits",
        "draw_schedule",
        "% by calendar year",
        "facts: finance_assumptions cons_*",
        "compiled facts",
        "2024",
        note="solar, engines, SMR: judgement (background)",
    )


# sell to others what they make without emissions; fuel cells have 48E by 48E(i) alone
ZERO_EMISSION = ("wind_new", "solar_new", "nuclear_new", "nuclear_smr")
PRODUCTION_USD_MWH = 30.0  # 45Y with wage rules, USD of 2025; indexed, so real


def _credits(atlas: Atlas) -> None:
    rows: list[tuple[str, int, float, float, float, bool]] = []
    for technology in CREDITED:
        paid = PRODUCTION_USD_MWH if technology in ZERO_EMISSION else 0.0
        build = int(TRAITS[technology][8])  # type: ignore[call-overload]
        for year in range(2026, 2051):
            start = year - build
            share = {2034: 0.75, 2035: 0.5}.get(start, 1.0 if start <= 2033 else 0.0)
            if share > 0:
                rows.append((technology, year, 0.30 * share, paid * share, 10.0, False))
    rows += [
        (t, y, 0.30, PRODUCTION_USD_MWH if t in ZERO_EMISSION else 0.0, 10.0, y > 2027)
        for t in ("wind_new", "solar_new", "onsite_solar")
        for y in range(2026, 2031)
    ]
    columns = [
        "technology",
        "year_in_service",
        "investment_credit",
        "production_credit_usd_mwh",
        "production_credit_years",
        "begun_by_july_2026",
    ]
    atlas.add("tax_credits", pd.DataFrame(rows, columns=columns))
    source = "facts: incentives (IRC 48E as amended by P.L. 119-21)"
    atlas.cite("tax_credits", "technology year_in_service", "", source, "US public domain", "2025")
    atlas.cite(
        "tax_credits",
        "investment_credit",
        "share of capital",
        source,
        "US public domain",
        "2025",
        note="wage rules met; phase-down by start of construction 2034 75 %, 2035 50 %; wind and "
        "solar not begun by mid-2026 only if in service by 2027; foreign-entity rules not applied here",
    )
    atlas.cite(
        "tax_credits",
        "production_credit_usd_mwh production_credit_years",
        "USD/MWh; year",
        "facts: incentives 45y_pwa (IRC 45Y)",
        "US public domain",
        "2025",
        dollar_year="2025",
        confidence="background",
        note="instead of the investment credit; wage rules met; same gates and phase-down",
    )
    atlas.cite(
        "tax_credits",
        "begun_by_july_2026",
        "",
        "facts: incentives ws_boc (P.L. 119-21 s.70512, 70513)",
        "US public domain",
        "2025",
        note="rows that ask for a start of construction by 4 July 2026, in service by the end of 2030",
    )
