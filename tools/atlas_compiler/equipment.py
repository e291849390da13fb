"""Scarce equipment and labour: what the world makes, what is sold, what it takes to build things."""

from __future__ import annotations

import numpy as np
import pandas as pd

from atlas_compiler.common import STATES, Atlas

LAST = 2050
STORED, JUDGED = "stored-source", "background"
# class: unit, years from order to arrival (listed, premium), years from arrival to service, price
# and premium in USD per kW or kVA, confidence, note
TRAITS = [
    ("gas_turbine", "GW", 5.0, 2.0, 1, 600.0, 300.0,
     "facts gt_leadtime_frame (60 months, 36 to 84), gt_leadtime_aero (24, 12 to 36), gt_price_2027",
     "premium: aeroderivatives and resold slots; half the equipment price on top is a judgement"),
    ("gas_engine", "GW", 2.0, 1.25, 1, 700.0, 200.0,
     "facts recip_order_to_cod (34 months with building), recip_leadtime (15 months)", "prices are judgements"),
    ("fuel_cell", "GW", 0.5, 0.25, 0, 3000.0, 600.0, "facts bloom_time (3 to 6 months), fuel_cell_capex", "premium is a judgement"),
    ("large_transformer", "GVA", 2.5, 1.5, 0, 20.0, 16.0, "facts xfmr_lpt_leadtime (128 weeks, 120 to 210), xfmr_price_growth (80 %)",
     "premium: reserved slots and imports at 80 % on top; price per kVA and the shorter lead are judgements"),
    ("switchgear", "GW", 0.8, 0.5, 0, 60.0, 20.0, "facts dc_equipment_leadtime (42 weeks, 33 the world's average)", "prices are judgements"),
    ("nuclear_services", "GW", 5.0, 5.0, 0, 0.0, 0.0, "facts smr_first_year (2031, 2030 to 2032)", "no premium shortens it"),
]  # fmt: skip
# class: output a year, share sold, by year (linear between), share of what is left that is within
# reach of the programme, share of what is sold that is resold at a premium
OUTPUT = {
    "gas_turbine": {2025: 65, 2028: 80, 2030: 95, 2035: 110},
    "gas_engine": {2025: 8, 2030: 12, 2035: 14},
    "fuel_cell": {2026: 2, 2028: 5, 2030: 5, 2035: 8},
    "large_transformer": {2025: 250, 2030: 350, 2035: 400},
    "switchgear": {2025: 150, 2030: 200, 2035: 220},
    "nuclear_services": {2030: 0, 2031: 0.3, 2035: 3, 2040: 8},
}
SOLD = {
    "gas_turbine": {2026: 1.0, 2028: 1.0, 2029: 0.95, 2030: 0.9, 2031: 0.5, 2032: 0.2, 2033: 0.0},
    "gas_engine": {2026: 0.9, 2028: 0.5, 2030: 0.0},
    "fuel_cell": {2026: 0.8, 2027: 0.6, 2028: 0.3, 2030: 0.0},
    "large_transformer": {2026: 1.0, 2028: 0.8, 2030: 0.4, 2032: 0.0},
    "switchgear": {2026: 0.7, 2028: 0.3, 2030: 0.0},
    "nuclear_services": {2030: 0.0},
}
REACH = {
    "gas_turbine": (0.02, 0.02), "gas_engine": (0.10, 0.05), "fuel_cell": (0.30, 0.10),
    "large_transformer": (0.05, 0.02), "switchgear": (0.05, 0.02), "nuclear_services": (0.20, 0.0),
}  # fmt: skip
# units per GW of nameplate; campus: per GW of facility power
NEED = [
    ("gas_turbine", "gas_ct_new", 1.0), ("gas_turbine", "gas_cc_new", 0.67), ("gas_engine", "gas_ice_new", 1.0),
    ("gas_turbine", "onsite_turbine", 1.0), ("gas_engine", "onsite_engine", 1.0), ("fuel_cell", "onsite_fuel_cell", 1.0),
    ("gas_turbine", "onsite_frame", 1.0), ("nuclear_services", "onsite_smr", 1.0),
    ("fuel_cell", "fuel_cell", 1.0), ("nuclear_services", "nuclear_new", 1.0), ("nuclear_services", "nuclear_smr", 1.0),
    *[("large_transformer", t, 1.1) for t in ("gas_ct_new", "gas_cc_new", "gas_ice_new", "nuclear_new", "nuclear_smr",
                                              "wind_new", "solar_new", "battery_4h", "battery_8h")],
    ("large_transformer", "campus", 1.5), ("switchgear", "campus", 1.0),
]  # fmt: skip
# thousand worker-years per GW
LABOUR = [
    ("onsite_turbine", 0.6), ("onsite_engine", 0.8), ("onsite_fuel_cell", 0.4),
    ("onsite_frame", 0.6), ("onsite_smr", 12.0), ("onsite_solar", 3.0), ("onsite_battery", 0.6),
    ("gas_cc_new", 1.2), ("gas_ct_new", 0.6), ("gas_ice_new", 0.8), ("fuel_cell", 0.4), ("nuclear_new", 12.0),
    ("nuclear_smr", 12.0), ("wind_new", 1.2), ("solar_new", 3.0), ("battery_4h", 0.6), ("battery_8h", 0.6),
    ("campus", 8.0),
]  # fmt: skip
WORKERS = 1500.0  # thousand skilled building workers (electrical, pipe, iron, crane) in the US
WORKERS_WITHIN_REACH = 0.05


def compile(atlas: Atlas) -> None:
    """Add every table of this module."""
    columns = [
        "equipment",
        "unit",
        "lead_years",
        "premium_lead_years",
        "install_years",
        "price_usd_kw",
        "premium_usd_kw",
    ]
    atlas.add("equipment", pd.DataFrame([row[:7] for row in TRAITS], columns=columns))
    for row in TRAITS:
        atlas.cite(
            "equipment",
            row[0],
            row[1],
            row[7],
            "compiled facts",
            "2025-2026",
            JUDGED,
            "2025",
            row[8],
        )
    atlas.cite("equipment", "equipment unit", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "equipment",
        "lead_years premium_lead_years install_years",
        "year",
        "facts: power_equipment, see the row of each class",
        "compiled facts",
        "2026",
    )
    atlas.cite(
        "equipment",
        "price_usd_kw premium_usd_kw",
        "USD/kW",
        "facts: power_equipment, see the row of each class",
        "compiled facts",
        "2026",
        JUDGED,
        "2025",
    )
    _supply(atlas)
    atlas.add(
        "equipment_need", pd.DataFrame(NEED, columns=["equipment", "used_by", "units_per_gw"])
    )
    atlas.cite("equipment_need", "equipment used_by", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "equipment_need",
        "units_per_gw",
        "unit/GW",
        "gigaplan",
        "MIT",
        "2026",
        JUDGED,
        note="gas turbines are two thirds of a combined cycle; step-up 1.1 GVA per GW; campuses 1.5 GVA of substation per GW of facility",
    )
    _labour(atlas)
    rows = [
        (
            "announced",
            float(atlas.fact("power_equipment", "queue_completion_projects")["value"]),
            STORED,
        ),
        ("secured", 0.5455, STORED),
        ("under_construction", 0.9, JUDGED),
        ("operating", 1.0, STORED),
    ]
    atlas.add("realisation", pd.DataFrame(rows, columns=["status", "survival", "confidence"]))
    atlas.cite("realisation", "status confidence", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "realisation",
        "survival",
        "1",
        "announced: facts queue_completion_projects (LBNL Queued Up 2025); secured: largeload_haircut_ercot, officer-letter loads (RTO Insider)",
        "compiled facts",
        "2024-2025",
        note="under construction 0.9 is a judgement",
    )


def _supply(atlas: Atlas) -> None:
    rows = []
    for name, output in OUTPUT.items():
        sold, (free, resold) = SOLD[name], REACH[name]
        for year in range(2026, LAST + 1):
            made = float(np.interp(year, list(output), list(output.values())))
            taken = float(np.interp(year, list(sold), list(sold.values())))
            rows.append((name, year, made, taken, free, resold))
    columns = ["equipment", "year", "output", "sold_share", "reach", "resale_reach"]
    atlas.add("equipment_supply", pd.DataFrame(rows, columns=columns))
    atlas.cite("equipment_supply", "equipment year", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "equipment_supply",
        "output",
        "GW/year or GVA/year",
        "facts gt_global_capacity, gev_capacity_2026, gev_capacity_2028, siemens_capacity_2025, mhi_capacity_growth, bloom_capacity, xfmr_deficit",
        "compiled facts",
        "2025-2026",
        JUDGED,
        note="gas turbines and fuel cells from the facts; engines, transformers and switchgear are judgements",
    )
    atlas.cite(
        "equipment_supply",
        "sold_share",
        "1",
        "facts gev_backlog_2026 (sold out through 2030, orders for 2031), mhi_delivery (2029), bloom_oracle, xfmr_lpt_leadtime",
        "compiled facts",
        "2025-2026",
        JUDGED,
    )
    atlas.cite(
        "equipment_supply",
        "reach resale_reach",
        "1",
        "gigaplan; facts gev_dc_share (0.2 to 0.33 of the book for data centers)",
        "compiled facts",
        "2026",
        JUDGED,
        note="turbines: a third to the US, a quarter of it for data centers, a quarter of that for the programme; vary 0.5 to 4 by equipment.reach_scale",
    )


def _labour(atlas: Atlas) -> None:
    energy = atlas.tables["load_energy"].set_index("zone")["energy_2024_twh"].reindex(STATES)
    table = pd.DataFrame(
        {"zone": STATES, "thousand_workers": (WORKERS * energy / energy.sum()).to_numpy()}
    )
    table["reach"] = WORKERS_WITHIN_REACH
    atlas.add("construction_labour", table)
    atlas.cite("construction_labour", "zone", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "construction_labour",
        "thousand_workers reach",
        "thousand",
        "gigaplan: 1.5 million skilled building workers in the US (recalled), by state in proportion to electricity use",
        "MIT",
        "2026",
        JUDGED,
        note="5 % within the programme's reach",
    )
    atlas.add(
        "labour_need", pd.DataFrame(LABOUR, columns=["used_by", "thousand_worker_years_per_gw"])
    )
    atlas.cite("labour_need", "used_by", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "labour_need",
        "thousand_worker_years_per_gw",
        "thousand worker-years/GW",
        "facts jobs_multipliers: ccgt_cons, solar_cons, wind_cons, bess_cons, nuc_cons, dc_jobs_per_gw_abilene",
        "compiled facts",
        "2024-2026",
        JUDGED,
        note="campus: 6,400 workers at the peak of 1.2 GW, over some 1.5 years; engines, combustion turbines and fuel cells are judgements",
    )
