"""Rates that outcomes are reckoned with: emissions, water, land, jobs, bills, taxes, chip counts."""

from __future__ import annotations

import pandas as pd

from atlas_compiler.common import STATES, Atlas, to_2025

REEDS, BSD = "ReEDS inputs (jdseng/ReEDS@35ba118b)", "BSD-3-Clause"
GALLON = 3.785412e-3  # m3
ACRE = 0.404686  # ha
# technology of the atlas: (emission factor row, water row, employment row)
ROWS = {
    "gas_cc": ("gas-CC", "Gas-CC", "Gas-CC"),
    "gas_cc_new": ("gas-CC", "Gas-CC", "Gas-CC"),
    "gas_ct": ("gas-CT", "Gas-CT", "Gas-CT"),
    "gas_ct_new": ("gas-CT", "Gas-CT", "Gas-CT"),
    "gas_steam": ("gas-CC", "o-g-s", "o-g-s"),
    "gas_ice": ("gas-CC", "", "Gas-CT"),
    "gas_ice_new": ("gas-CC", "", "Gas-CT"),
    "fuel_cell": ("ng-fuel-cell", "", "Gas-CC"),
    "onsite_turbine": ("gas-CT", "Gas-CT", "Gas-CT"),
    "onsite_engine": ("gas-CC", "", "Gas-CT"),
    "onsite_fuel_cell": ("ng-fuel-cell", "", "Gas-CC"),
    "onsite_frame": ("gas-CT", "Gas-CT", "Gas-CT"),
    "onsite_smr": ("nuclear", "nuclear-SMR", "Nuclear-SMR"),
    "onsite_solar": ("", "", "upv_1"),
    "onsite_battery": ("", "", "battery_li"),
    "coal": ("CoalOldScr", "CoalOldScr", "CoalOldScr"),
    "oil": ("o-g-s", "o-g-s", "o-g-s"),
    "biomass": ("Biopower", "biopower", "biopower"),
    "nuclear": ("nuclear", "nuclear", "Nuclear"),
    "nuclear_new": ("nuclear", "nuclear", "Nuclear"),
    "nuclear_smr": ("nuclear", "nuclear-SMR", "Nuclear-SMR"),
    "geothermal": ("", "geothermal", "geothermal"),
    "hydro": ("", "Hydro", "Hydro"),
    "pumped_hydro": ("", "", "pumped-hydro"),
    "wind": ("", "", "wind-ons_1"),
    "wind_new": ("", "", "wind-ons_1"),
    "solar": ("", "", "upv_1"),
    "solar_new": ("", "", "upv_1"),
    "battery": ("", "", "battery_li"),
    "battery_4h": ("", "", "battery_li"),
    "battery_8h": ("", "", "battery_li"),
}
FACTORS = ("jedi", "mayfield", "rutovitz", "ram")


def compile(atlas: Atlas) -> None:
    """Add every table of this module."""
    _emissions(atlas)
    _water(atlas)
    _land(atlas)
    _employment(atlas)
    _households(atlas)
    _property(atlas)
    _world(atlas)
    _chain(atlas)


def _emissions(atlas: Atlas) -> None:
    raw = atlas.read("data/reeds/emission_constraints/emitrate.csv").set_index(["i", "etype"])
    rows = []
    for technology, (name, _, _) in ROWS.items():
        if not name:
            continue
        here = raw.loc[(name, "process")] if (name, "process") in raw.index else 0.0 * raw.iloc[0]
        before = (
            raw.loc[(name, "upstream")] if (name, "upstream") in raw.index else 0.0 * raw.iloc[0]
        )
        gas = "gas" in name or name == "ng-fuel-cell"
        rows.append(
            (technology, here["CH4"], here["N2O"], before["CO2"], 0.0 if gas else before["CH4"], before["N2O"], gas)
        )  # fmt: skip
    columns = ["technology", "process_ch4", "process_n2o", "upstream_co2", "upstream_ch4", "upstream_n2o", "leaks_gas"]  # fmt: skip
    atlas.add("emission_rates", pd.DataFrame(rows, columns=columns))
    source = REEDS + " emission_constraints/emitrate.csv"
    atlas.cite("emission_rates", "technology leaks_gas", "", source, BSD, "2026")
    atlas.cite("emission_rates", "process_ch4 process_n2o upstream_co2 upstream_ch4 upstream_n2o",
               "t/MMBtu", source, BSD, "2026",
               note="engines and gas steam take the combined cycle's; methane of gas comes from the leakage rate instead")  # fmt: skip


def _water(atlas: Atlas) -> None:
    raw = atlas.read("data/reeds/waterclimate/water_with_cons_rate.csv")
    raw = raw.set_index(["*i", "ctt", "w"])["value"] * GALLON
    rows = []
    for technology, (_, name, _) in ROWS.items():
        if not name:
            continue
        for use in ("with", "cons"):
            known = raw[name].xs(use, level="w")
            central = float(known["r"] if "r" in known.index else known.iloc[0])
            rows.append((technology, {"with": "withdrawal", "cons": "consumption"}[use],
                         float(known.min()), central, float(known.max())))  # fmt: skip
    columns = ["technology", "use", "low", "central", "high"]
    atlas.add("water_rates", pd.DataFrame(rows, columns=columns))
    source = REEDS + " waterclimate/water_with_cons_rate.csv"
    atlas.cite("water_rates", "technology use", "", source, BSD, "2026")
    atlas.cite("water_rates", "low high", "m3/MWh", source, BSD, "2026",
               note="least and most of all cooling systems: dry, recirculating, pond, once-through")  # fmt: skip
    atlas.cite("water_rates", "central", "m3/MWh", source, BSD, "2026", "background",
               note="recirculating: which plant cools how is not in the fleet's data")  # fmt: skip


def _land(atlas: Atlas) -> None:
    """Land by what stands there. Engines, fuel cells, storage of water: no source, left out."""
    rows = [
        ("campus", "MW", 0.45, 0.73, 1.125, "Meta Hyperion, Louisiana: 2,250 acres, later 3,650, for 2 to 5 GW (Greater Baton Rouge Business Report 2025-07-31, newzino.com)"),
        ("wind_new", "MW", 0.0, 0.741, 1.483, "Denholm et al. 2009, NREL/TP-6A2-45834: 0.3 +- 0.3 ha/MW permanently disturbed; whole wind farms cover 34.5"),
        ("solar_new", "GWh/year", 2.7, 2.8, 3.8, "Ong et al. 2013, NREL/TP-6A20-56290 (innovations-report.com): large fixed tilt 2.8 acres for a GWh a year; 3.8 with all within a small plant's boundary"),
        ("nuclear_new", "MW", 0.832, 0.832, 0.832, "Nuclear Energy Institute 2015: 1.3 square miles for 1,000 MW, median of 59 sites"),
        ("nuclear_smr", "MW", 0.832, 0.832, 0.832, "as nuclear_new"),
        ("gas_cc_new", "MW", 0.027, 0.027, 0.096, "Salem Harbor, 674 MW on 18 acres of a 65-acre site (Footprint Power)"),
        ("gas_ct_new", "MW", 0.027, 0.027, 0.096, "as gas_cc_new"),
        ("onsite_turbine", "MW", 0.027, 0.027, 0.096, "as gas_cc_new"),
        ("onsite_frame", "MW", 0.027, 0.027, 0.096, "as gas_cc_new"),
        ("onsite_smr", "MW", 0.832, 0.832, 0.832, "as nuclear_new"),
        ("onsite_solar", "GWh/year", 2.7, 2.8, 3.8, "as solar_new"),
        ("onsite_battery", "MW", 0.045, 0.0825, 0.136, "as battery_4h"),
        ("battery_4h", "MW", 0.045, 0.0825, 0.136, "Moss Landing, 400 MW on 33 acres; range 10 to 30 acres for 220 MW (two web pages)"),
        ("battery_8h", "MW", 0.045, 0.165, 0.272, "twice the four-hour battery's; its low is that battery's"),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["what", "per", "low", "central", "high", "source"])
    for name in ("low", "central", "high"):
        table[name] = table[name] * ACRE
    atlas.add("land_use", table)
    atlas.cite("land_use", "what per source", "", "gigaplan", "MIT", "2026")
    atlas.cite("land_use", "low central high", "ha", "the column source", "compiled facts", "2009-2025",
               "background", note="per unit of the column per; single sites for campuses, gas and batteries; "
               "land that wind farms leave to farming is not counted")  # fmt: skip


def _employment(atlas: Atlas) -> None:
    raw = {
        n: atlas.read(f"data/reeds/employment/employment_factor_plant_{n}.csv", index_col=0)
        for n in FACTORS
    }
    rows = []
    for technology, (_, _, name) in ROWS.items():
        for phase in ("construction", "fom", "vom"):
            known = pd.Series([float(t.loc[name, phase]) for t in raw.values() if name in t.index])
            known = known[known > 0]  # 0 stands for no figure
            if known.empty:
                known = pd.Series([0.0])
            rows.append((technology, phase, known.min(), known.median(), known.max()))
    lines = atlas.read(
        "data/reeds/employment/employment_factor_inter_transmission.csv", index_col=0
    )
    # job-years per USD of 2004 to job-years per MUSD of 2025
    per_musd = lines["construction"] * 1e6 / to_2025(atlas, 2004)
    rows.append(("corridor", "construction", per_musd.min(), per_musd.median(), per_musd.max()))
    columns = ["technology", "phase", "low", "central", "high"]
    atlas.add("employment_factors", pd.DataFrame(rows, columns=columns))
    source = (
        REEDS
        + " employment: JEDI/WIRED, Mayfield et al. 2023, Rutovitz et al. 2024, Ram et al. 2020"
    )
    atlas.cite("employment_factors", "technology phase", "", source, BSD, "2026")
    atlas.cite("employment_factors", "low central high",
               "job-years/MW; jobs/MW; jobs/MWh; corridors job-years/MUSD", source, BSD, "2026",
               dollar_year="2025",
               note="least, median and most of the sources that have a figure; construction, fixed and variable "
               "operation, direct jobs; engines as gas turbines, fuel cells as combined cycle")  # fmt: skip


def _households(atlas: Atlas) -> None:
    raw = atlas.read("data/reeds/load/eia861_state_sales_revenue_2000_2020.csv")
    raw = raw[raw["year"] == 2020].set_index("state")
    by_state = raw.loc[[*STATES, "DC"], ["sales_res", "cust_res"]].astype(float)
    by_state.loc["MD"] += by_state.loc["DC"]
    table = pd.DataFrame(
        {
            "zone": STATES,
            "customers_thousand": (by_state["cust_res"] / 1e3).reindex(STATES).to_numpy(),
            "mwh_per_customer": (by_state["sales_res"] / by_state["cust_res"])
            .reindex(STATES)
            .to_numpy(),
        }
    )
    atlas.add("households", table)
    source = "EIA-861 2020, via " + REEDS
    atlas.cite("households", "zone", "", source, BSD, "2020", note="MD holds DC")
    atlas.cite("households", "customers_thousand", "thousand", source, BSD, "2020")
    atlas.cite("households", "mwh_per_customer", "MWh/year", source, BSD, "2020",
               note="residential sales over residential customers; 2020 was a year of staying at home")  # fmt: skip


def _property(atlas: Atlas) -> None:
    raw = atlas.read("facts/state_policy.csv").set_index("state").reindex(STATES)
    share = raw["business_personal_property_tax"].map({"taxed": 1.0, "partial": 0.5, "exempt": 0.0})
    table = pd.DataFrame(
        {
            "zone": STATES,
            "rate_pct": raw["property_tax_effective_band_pct"].to_numpy(dtype=float),
            "equipment_share": share.to_numpy(dtype=float),
        }
    )
    atlas.add("property_tax", table)
    source = "facts: state_policy"
    atlas.cite("property_tax", "zone", "", source, "compiled facts", "2026-09")
    atlas.cite("property_tax", "rate_pct", "%/year", source, "compiled facts", "2026-09", "background",
               note="effective rate in three bands, recalled; abatements are struck case by case and not known")  # fmt: skip
    atlas.cite("property_tax", "equipment_share", "1", source, "compiled facts", "2026-09", "background",
               note="share of business equipment that is taxed: taxed 1, partial 0.5 (a guess), exempt 0")  # fmt: skip


def _world(atlas: Atlas) -> None:
    """Cumulative H100e at the end of each year by maker, and of Nvidia's by owner."""
    folder = "data/epoch_ai_chip_counts"
    rows = []
    for maker in ("nvidia", "tpu", "amd", "trainium"):
        raw = atlas.read(f"{folder}/{maker}_cumulative_totals.csv")
        for year, row in _year_ends(raw):
            rows.append(("maker", maker, year, *_range(row)))
    raw = atlas.read(f"{folder}/nvidia_owners_cumulative_totals.csv")
    for owner, part in raw.groupby("Owner"):
        for year, row in _year_ends(part):
            rows.append(("nvidia_owner", str(owner), year, *_range(row)))
    table = pd.DataFrame(rows, columns=["by", "name", "year", "low", "median", "high"])
    for name in ("low", "median", "high"):
        table[name] = table[name] / 1e3
    atlas.add("world_compute", table)
    source = "Epoch AI ai-chip-counts@d1b1bc31 (CC BY 4.0)"
    atlas.cite("world_compute", "by name year", "", source, "CC BY 4.0", "2026-04")
    atlas.cite("world_compute", "low median high", "thousand H100e", source, "CC BY 4.0", "2026-04",
               note="cumulative sales at the end of the year, 5th and 95th percentile, nothing retired; "
               "Chinese chips are not counted")  # fmt: skip


def _range(row: pd.Series) -> tuple[float, float, float]:
    """5th percentile, median and 95th percentile; the files name their columns in two ways."""
    median = float(row["Compute estimate in H100e (median)"])
    for stem in ("Compute estimate in H100e", "H100e"):
        if f"{stem} (5th percentile)" in row.index:
            low, high = (float(row[f"{stem} ({p}th percentile)"]) for p in (5, 95))
    if not low <= median <= high:
        raise ValueError(f"{row['Name']}: percentiles out of order")
    return low, median, high


def _year_ends(raw: pd.DataFrame) -> list[tuple[int, pd.Series]]:
    """The row that ends with each calendar year, partial quarters left out."""
    ends = pd.to_datetime(raw["End date"], format="%m/%d/%Y")
    partial = raw["Incomplete"].astype(str) == "checked" if "Incomplete" in raw else False
    whole = (ends.dt.month == 12) & ~pd.Series(partial, index=raw.index)
    return [(int(ends[i].year), raw.loc[i]) for i in raw.index[whole]]


def _chain(atlas: Atlas) -> None:
    """Whose makers give the scarce steps of an accelerator."""
    dram = {
        maker: float(atlas.fact("semiconductors", f"dram_capacity_{maker}")["value"])
        for maker in ("samsung", "skhynix", "micron")
    }
    total = sum(dram.values())
    rows = [
        ("logic", "TW", 1.0, "N4 and N3 wafers are TSMC's (facts n3_capacity_2026)"),
        ("packaging", "TW", 1.0, "CoWoS is TSMC's (facts cowos_2025)"),
        ("memory", "KR", (dram["samsung"] + dram["skhynix"]) / total, "Samsung and SK hynix, of the DRAM wafers of the three makers (facts dram_capacity_*)"),
        ("memory", "US", dram["micron"] / total, "Micron, of the same"),
    ]  # fmt: skip
    atlas.add("supply_chain", pd.DataFrame(rows, columns=["step", "country", "share", "basis"]))
    source = "facts: semiconductors cowos_2025, n3_capacity_2026, dram_capacity_samsung, dram_capacity_skhynix, dram_capacity_micron"
    atlas.cite("supply_chain", "step country basis", "", source, "compiled facts", "2025-2026")
    atlas.cite("supply_chain", "share", "1", source, "compiled facts", "2025-2026", "background",
               note="by the maker's home, not where the plant stands; all DRAM stands for stacked memory")  # fmt: skip
