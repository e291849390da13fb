"""Zones, fleet, load, corridors, resources, fuels: from ReEDS inputs and the national unit list."""

from __future__ import annotations

import numpy as np
import pandas as pd

from atlas_compiler.common import STATES, Atlas, to_2025

REEDS = "ReEDS inputs, github.com/jdseng/ReEDS@35ba118b (upstream ReEDS-Model/ReEDS)"
UNITS = "US generating units, github.com/gschivley/PowerGenome-data@f42841fd (EIA-860M, EIA-NEMS)"
BSD, MIT, PUBLIC = "BSD-3-Clause", "MIT (upstream BSD-3-Clause)", "US public domain"
RENAMED = {
    "wind_onshore": "wind", "wind_offshore": "wind", "solar_pv": "solar", "csp": "solar",
}  # fmt: skip
NEMS_VALUES = {
    "heat_rate_mmbtu_mwh": "heat_rate_mmbtu_mwh",
    "fom_per_kwyr": "fixed_om_usd_kw_year",
    "vom_per_mwh": "variable_om_usd_mwh",
}
LAST = 2050


def compile(atlas: Atlas) -> None:
    """Add every table of this module."""
    _zones(atlas)
    _fleet(atlas)
    _changes(atlas)
    _load(atlas)
    _corridors(atlas)
    _bins(atlas)
    _multipliers(atlas)
    _fuels(atlas)
    _queues(atlas)
    _reserves(atlas)


def _zones(atlas: Atlas) -> None:
    zones = atlas.read("data/reeds/zones/zones_z48.csv").set_index("st")
    groups = atlas.read("data/reeds/zones/state_groups.csv").set_index("st")
    names = atlas.read("facts/state_datacenters.csv").set_index("state")["state_name"]
    table = pd.DataFrame(
        {
            "zone": STATES,
            "name": [names[s] for s in STATES],
            "latitude": [zones.loc[s, "node_lat"] for s in STATES],
            "longitude": [zones.loc[s, "node_lon"] for s in STATES],
            "interconnect": [zones.loc[s, "interconnect"] for s in STATES],
            "region": [zones.loc[s, "nercr"] for s in STATES],
            "transmission_region": [zones.loc[s, "transreg"] for s in STATES],
            "census_division": [groups.loc[s, "cendiv"] for s in STATES],
        }
    )
    atlas.add("zones", table)
    atlas.cite(
        "zones",
        "zone name interconnect region transmission_region census_division",
        "",
        REEDS,
        BSD,
        "2026",
        note="DC is inside MD; region = NERC region of ReEDS",
    )
    atlas.cite("zones", "latitude longitude", "degree", REEDS, BSD, "2026")


def _fleet(atlas: Atlas) -> None:
    raw = atlas.read("data/us_fleet/fleet_by_state_tech_vintage5yr.csv")
    raw = raw[raw["st"].isin(STATES) & (raw["tech"] != "other")].copy()
    raw["technology"] = raw["tech"].replace(RENAMED)
    raw["w"] = raw["MW"]
    for column in NEMS_VALUES:
        mean = raw.groupby("technology")[column].transform("mean")
        raw[column] = raw[column].fillna(mean).fillna(0.0) * raw["w"]
    keys = ["st", "technology", "vint"]
    fleet = raw.groupby(keys, as_index=False)[["MW", "MWh", "w", *NEMS_VALUES]].sum()
    for column in NEMS_VALUES:
        fleet[column] /= fleet["w"]
    storage = fleet["technology"].isin(["battery", "pumped_hydro"])
    default = np.where(fleet["technology"] == "battery", 4.0, 10.0) * fleet["MW"]
    energy = fleet["MWh"].where(fleet["MWh"] > 0, default).where(storage, 0.0)
    money = to_2025(atlas, 1987)
    burns = ~fleet["technology"].isin(["wind", "solar", "hydro", "battery", "pumped_hydro"])
    table = pd.DataFrame(
        {
            "zone": fleet["st"], "technology": fleet["technology"], "vintage": fleet["vint"],
            "capacity_mw": fleet["MW"].round(1), "energy_mwh": energy.round(1),
            "heat_rate_mmbtu_mwh": fleet["heat_rate_mmbtu_mwh"].where(burns, 0.0),
            "fixed_om_usd_kw_year": fleet["fom_per_kwyr"] * money,
            "variable_om_usd_mwh": fleet["vom_per_mwh"] * money,
        }
    )  # fmt: skip
    atlas.add("fleet", table)
    atlas.cite(
        "fleet",
        "zone technology vintage",
        "",
        UNITS,
        MIT,
        "2025-03",
        note="in service at the end of 2025; vintage = first year of five; offshore wind "
        "within wind, concentrating solar within solar; 0.5 GW of 'other' left out",
    )
    atlas.cite("fleet", "capacity_mw", "MW", UNITS, MIT, "2025-03")
    atlas.cite(
        "fleet",
        "energy_mwh",
        "MWh",
        UNITS,
        MIT,
        "2025-03",
        note="batteries without data 4 h, pumped hydro without data 10 h",
    )
    atlas.cite("fleet", "heat_rate_mmbtu_mwh", "MMBtu/MWh", UNITS, MIT, "2025-03")
    atlas.cite(
        "fleet",
        "fixed_om_usd_kw_year",
        "USD/kW/year",
        UNITS,
        MIT,
        "2025-03",
        dollar_year="2025",
        note="NEMS values of 1987 times 2.83; yearly capital additions not in them",
    )
    atlas.cite(
        "fleet",
        "variable_om_usd_mwh",
        "USD/MWh",
        UNITS,
        MIT,
        "2025-03",
        dollar_year="2025",
        note="NEMS values of 1987 times 2.83",
    )


def _changes(atlas: Atlas) -> None:
    out = atlas.read("data/us_fleet/announced_retirements_by_state_tech_year.csv")
    new = atlas.read("data/us_fleet/planned_additions_by_state_tech_year.csv")
    out = out.rename(columns={"retirement_year": "year", "MW": "retirement_mw"})
    new = new.rename(columns={"operating_year": "year", "MW": "addition_mw"})
    both = pd.concat([out, new, _restarts(atlas)])
    both = both[both["st"].isin(STATES) & both["year"].between(2026, LAST)]
    both["technology"] = both["tech"].replace(RENAMED)
    both = both[both["technology"] != "other"]
    table = both.groupby(["st", "technology", "year"], as_index=False)[
        ["retirement_mw", "addition_mw"]
    ].sum()
    atlas.add("fleet_changes", table.rename(columns={"st": "zone"}))
    atlas.cite("fleet_changes", "zone technology year", "", UNITS, MIT, "2025-03")
    atlas.cite(
        "fleet_changes",
        "retirement_mw addition_mw",
        "MW",
        UNITS,
        MIT,
        "2025-03",
        note="announced retirements and end of assumed life; additions planned in EIA-860M; restarts "
        "of reactors: facts power_equipment nuc_crane, nuc_duane_arnold (Palisades stands in the fleet)",
    )


def _restarts(atlas: Atlas) -> pd.DataFrame:
    """Reactors that return to service and that the unit list leaves out."""
    rows = []
    for name, state in (("nuc_crane", "PA"), ("nuc_duane_arnold", "IA")):
        fact = atlas.fact("power_equipment", name)
        rows.append((state, "nuclear", int(fact["year"]), float(fact["value"])))
    return pd.DataFrame(rows, columns=["st", "tech", "year", "addition_mw"])


def _load(atlas: Atlas) -> None:
    sold = atlas.read("data/reeds/load/EIA_loadbystate.csv")
    sold = sold[sold["year"] == 2024].set_index("st")["MWh"]
    energy = pd.DataFrame({"zone": STATES, "energy_2024_twh": [sold[s] / 1e6 for s in STATES]})
    atlas.add("load_energy", energy)
    atlas.cite("load_energy", "zone", "", REEDS, BSD, "2024")
    atlas.cite(
        "load_energy",
        "energy_2024_twh",
        "TWh",
        "EIA retail sales 2024, via " + REEDS,
        PUBLIC,
        "2024",
        note="metered: gross up by distribution losses; DC counted as in the source",
    )
    parts = []
    for case in ("baseline", "high", "low"):
        table = atlas.read(f"data/reeds/load/demand_AEO_2026_{case}.csv")
        wide = table.pivot(index="r", columns="year", values="multiplier").loc[STATES]
        wide = wide.div(wide[2024], axis=0)[[y for y in range(2025, LAST + 1)]]
        long = wide.stack().reset_index(name="multiplier").rename(columns={"r": "zone"})
        parts.append(long.assign(case=case)[["zone", "case", "year", "multiplier"]])
    atlas.add("load_growth", pd.concat(parts))
    atlas.cite("load_growth", "zone case year", "", REEDS, BSD, "AEO 2026")
    atlas.cite(
        "load_growth",
        "multiplier",
        "1",
        "AEO 2026, via " + REEDS,
        BSD,
        "AEO 2026",
        note="2024 = 1; growth by census division; dips in 2027; probably holds some data centers",
    )


def _new_line(atlas: Atlas, row: pd.Series) -> tuple[float, float]:
    """Cheapest new capacity on an interface [USD of 2024 per kW]: AC circuit or HVDC bipole.

    With the size of a whole line [MW]: that of the bipole, 0 for a circuit of an AC grid.
    """
    ac = atlas.read("data/reeds/transmission/conductor_ac_acss.csv").set_index("voltage_kv")["amp"]
    dc = atlas.read("data/reeds/transmission/conductor_dc.csv").set_index("voltage_kv")["MW"]
    found = []
    if row["ac_cost_MUSD2024"] > 0:
        mva = np.sqrt(3) * row["ac_kV"] * float(ac[int(row["ac_kV"])]) / 1e3
        found.append((row["ac_cost_MUSD2024"] * 1e3 / mva, 0.0))
    if row["dc_cost_MUSD2024"] > 0:
        # a converter station at each end, 150 USD/kW each (cost_acdc_lcc)
        size = float(dc[int(row["dc_kV"])])
        found.append((row["dc_cost_MUSD2024"] * 1e3 / size + 2 * 150.0, size))
    return min(found) if found else (np.nan, 0.0)


def _corridors(atlas: Atlas) -> None:
    table = atlas.read("data/reeds/transmission/interfaces_z48.csv")
    miles = table["ac_miles"].fillna(table["dc_miles"]).fillna(table["straight_miles"])
    lines = [_new_line(atlas, r) for _, r in table.iterrows()]
    ac = pd.DataFrame(
        {
            "corridor": table["r"] + "-" + table["rr"],
            "from_zone": table["r"], "to_zone": table["rr"], "kind": "ac", "name": "",
            "forward_mw": table["MW_forward"].fillna(0.0),
            "reverse_mw": table["MW_reverse"].fillna(0.0),
            "miles": miles, "loss": miles * 1e-4,
            "new_line_usd_per_kw": [cost for cost, _ in lines],
            "earliest_online_year": 0, "new_line_mw": [size for _, size in lines],
        }
    )  # fmt: skip
    ac["new_line_usd_per_kw"] *= to_2025(atlas, 2024)
    lines = atlas.read("data/reeds/transmission/hvdc_lines_by_state.csv")
    lines = lines[lines["from_st"] != lines["to_st"]]
    span = _distance(lines["from_lat"], lines["from_lon"], lines["to_lat"], lines["to_lon"])
    dc = pd.DataFrame(
        {
            "corridor": lines["from_st"] + "-" + lines["to_st"] + " hvdc " + lines["name"],
            "from_zone": lines["from_st"], "to_zone": lines["to_st"], "kind": "hvdc",
            "name": lines["name"], "forward_mw": lines["MW"], "reverse_mw": lines["MW"],
            "miles": span, "loss": span * 5e-5, "new_line_usd_per_kw": np.nan,
            "earliest_online_year": lines["year_online"].where(lines["year_online"] >= 2026, 0),
            "new_line_mw": 0.0,
        }
    )  # fmt: skip
    atlas.add("corridors", pd.concat([ac, dc, _back_to_back(atlas, ac)]))
    atlas.cite(
        "corridors",
        "corridor from_zone to_zone kind name earliest_online_year",
        "",
        REEDS,
        BSD,
        "2026",
        note="earliest_online_year 0: there already",
    )
    atlas.cite(
        "corridors",
        "forward_mw reverse_mw",
        "MW",
        "NARIS transfer limits, via " + REEDS,
        BSD,
        "2024",
    )
    atlas.cite("corridors", "miles", "mile", REEDS, BSD, "2024")
    atlas.cite(
        "corridors",
        "loss",
        "1",
        REEDS,
        BSD,
        "2026",
        note="0.01 % a mile AC, 0.005 % DC (tranloss_permile)",
    )
    atlas.cite(
        "corridors",
        "new_line_usd_per_kw",
        "USD/kW",
        REEDS,
        BSD,
        "2024",
        dollar_year="2025",
        note="one circuit over its thermal rating sqrt(3) kV A (MISO 2025 guide), or an HVDC "
        "bipole with two converter stations, whichever is cheaper; no N-1 derate",
    )
    atlas.cite(
        "corridors",
        "new_line_mw",
        "MW",
        REEDS,
        BSD,
        "2026",
        note="rating of the 500 kV bipole where that is the cheaper new line; 0: an AC line, of any size",
    )


def _back_to_back(atlas: Atlas, ac: pd.DataFrame) -> pd.DataFrame:
    """Converters between interconnections that the AC interfaces do not hold, by hand to states."""
    ends = {
        "Miles City, MT": ("MT", "ND"), "Rapid City, SD": ("WY", "SD"), "Stegall, NE": ("WY", "NE"),
        "Sidney, NE": ("CO", "NE"), "Lamar, CO": ("CO", "KS"), "Clovis, NM": ("NM", "TX"),
        "Artesia, NM": ("NM", "TX"), "Oklaunion, TX": ("TX", "OK"), "Welsh Intertie": ("TX", "OK"),
    }  # fmt: skip
    held = {frozenset(p) for p in zip(ac["from_zone"], ac["to_zone"], strict=True)}
    rows = []
    for row in atlas.read("data/reeds/transmission/b2b_converters.csv").itertuples():
        a, b = ends[row.name]
        if frozenset((a, b)) not in held:
            rows.append(
                (
                    f"{a}-{b} b2b {row.name}",
                    a,
                    b,
                    "b2b",
                    row.name,
                    row.MW,
                    row.MW,
                    0.0,
                    0.01,
                    np.nan,
                    0,
                    0.0,
                )
            )
    return pd.DataFrame(rows, columns=ac.columns)


def _distance(lat1: pd.Series, lon1: pd.Series, lat2: pd.Series, lon2: pd.Series) -> pd.Series:
    """Great-circle distance in miles."""
    a, b, c, d = (np.radians(v) for v in (lat1, lon1, lat2, lon2))
    inner = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return 2 * 3958.8 * np.arcsin(np.sqrt(inner))


def _bins(atlas: Atlas) -> None:
    raw = atlas.read("data/reeds/supply_curve/supply_curve_by_state_5bins.csv")
    raw = raw[(raw["access"] == "reference") & raw["tech"].isin(["upv", "wind-ons"])]
    raw = raw[raw["st"].isin(STATES) & (raw["bin"] <= 3)].copy()
    wind = raw["tech"] == "wind-ons"
    own = raw["capital_adder_per_mw"] * np.where(wind, to_2025(atlas, 2022), to_2025(atlas, 2023))
    adder = (own + raw["trans_adder_2025_per_mw"] * to_2025(atlas, 2022)) / 1e3
    table = pd.DataFrame(
        {
            "zone": raw["st"], "technology": np.where(wind, "wind_new", "solar_new"),
            "bin": raw["bin"], "potential_mw": raw["MW"].where(wind, raw["MW_ac"]).round(1),
            "capacity_factor": raw["cf"], "adder_usd_kw": adder,
        }
    )  # fmt: skip
    table = table[(table["adder_usd_kw"] <= 3000) & (table["potential_mw"] > 1)].dropna()
    atlas.add("resource_bins", table)
    note = "reference access, bins 1 to 3 of 5 (bins 4 and 5 reach millions per MW)"
    atlas.cite(
        "resource_bins",
        "zone technology bin",
        "",
        "reV 2025 supply curves, via " + REEDS,
        BSD,
        "2025",
        note=note,
    )
    atlas.cite(
        "resource_bins", "potential_mw", "MW (AC)", "reV 2025, via " + REEDS, BSD, "2025", note=note
    )
    atlas.cite(
        "resource_bins",
        "capacity_factor",
        "1",
        "reV 2025, via " + REEDS,
        BSD,
        "2025",
        note="AC output per MW AC",
    )
    atlas.cite(
        "resource_bins",
        "adder_usd_kw",
        "USD/kW",
        "reV 2025, via " + REEDS,
        BSD,
        "2025",
        dollar_year="2025",
        note="site against national capital cost, plus spur line and reinforcement",
    )


def _multipliers(atlas: Atlas) -> None:
    raw = atlas.read("data/reeds/financials/reg_cap_cost_diff_by_state.csv").set_index("st")
    column = {
        "gas_cc_new": "COMBINED_CYCLE|FUEL_CELL", "fuel_cell": "COMBINED_CYCLE|FUEL_CELL",
        "gas_ct_new": "COMBUSTION_TURBINE|CONSUME|LFILL|OGS",
        "gas_ice_new": "COMBUSTION_TURBINE|CONSUME|LFILL|OGS",
        "nuclear_new": "NUCLEAR", "nuclear_smr": "NUCLEAR",
        "battery_4h": "BATTERY|PVB", "battery_8h": "BATTERY|PVB",
    }  # fmt: skip
    rows = [
        (s, t, 1.0 + float(raw.loc[s, c]))
        for s in STATES
        for t, c in column.items()
        if s in raw.index
    ]
    rows += [(s, t, 1.0) for s in STATES for t in ("wind_new", "solar_new")]
    atlas.add("cost_multipliers", pd.DataFrame(rows, columns=["zone", "technology", "multiplier"]))
    atlas.cite("cost_multipliers", "zone technology", "", REEDS, BSD, "2026")
    atlas.cite(
        "cost_multipliers",
        "multiplier",
        "1",
        REEDS,
        BSD,
        "2026",
        note="county mean of regional capital cost; engines as combustion turbines; wind and "
        "solar 1, their regional difference is in the resource bins' adder",
    )


def _fuels(atlas: Atlas) -> None:
    groups = atlas.read("data/reeds/zones/state_groups.csv").set_index("st")["cendiv"]
    files = {"baseline": "baseline", "high_supply": "HOG", "low_supply": "LOG"}
    parts = []
    years = list(range(2025, 2041))
    for case, name in files.items():
        gas = atlas.read(f"data/reeds/fuelprices/ng_AEO_2026_{name}.csv").set_index("year")
        parts += [("gas", s, case, y, gas.loc[y, groups[s]]) for s in STATES for y in years]
    coal = atlas.read("data/reeds/fuelprices/coal_AEO_2026_baseline.csv").set_index("year")
    parts += [("coal", s, "baseline", y, coal.loc[y, groups[s]]) for s in STATES for y in years]
    uranium = atlas.read("data/reeds/fuelprices/uranium_AEO_2026_baseline.csv").set_index("year")
    parts += [("uranium", s, "baseline", y, uranium.loc[y, "cost"]) for s in STATES for y in years]
    for fuel, price in (("oil", 17.0), ("biomass", 3.5)):
        parts += [(fuel, s, "baseline", y, price) for s in STATES for y in years]
    table = pd.DataFrame(parts, columns=["fuel", "zone", "case", "year", "usd_mmbtu"])
    last = table[table["year"] == years[-1]]
    later = [last.assign(year=y) for y in (2045, LAST)]
    table = pd.concat([table, *later])
    atlas.add("fuel_prices", table)
    atlas.cite(
        "fuel_prices",
        "fuel zone case year",
        "",
        REEDS,
        BSD,
        "AEO 2026",
        note="2045 and 2050 hold the value of 2040",
    )
    atlas.cite(
        "fuel_prices",
        "usd_mmbtu",
        "USD/MMBtu",
        "AEO 2026 by census division, via " + REEDS,
        BSD,
        "AEO 2026",
        dollar_year="2025",
        note="oil 17 and biomass 3.5 are judgements (confidence background)",
    )


def _queues(atlas: Atlas) -> None:
    raw = atlas.read("data/reeds/capacity/interconnection_queue_limits_by_state.csv")
    names = {
        "gas": "gas",
        "pv": "solar",
        "wind-ons": "wind",
        "battery": "battery",
        "nuclear": "nuclear",
    }
    raw = raw[raw["tg"].isin(names) & raw["st"].isin(STATES)]
    long = raw.melt(["st", "tg"], var_name="year", value_name="cumulative_mw")
    table = pd.DataFrame(
        {
            "zone": long["st"], "technology_group": long["tg"].map(names),
            "year": long["year"].astype(int), "cumulative_mw": long["cumulative_mw"],
        }
    )  # fmt: skip
    atlas.add("interconnection_limits", table.sort_values(["zone", "technology_group", "year"]))
    atlas.cite("interconnection_limits", "zone technology_group year", "", REEDS, BSD, "2024")
    atlas.cite(
        "interconnection_limits",
        "cumulative_mw",
        "MW",
        "LBNL queues through 2024, via " + REEDS,
        BSD,
        "2024",
        note="what can come on line by the year; nothing is known after 2030",
    )


def _reserves(atlas: Atlas) -> None:
    raw = atlas.read("data/reeds/reserves/prm_annual.csv").rename(columns={"*nercr": "region"})
    wide = raw.pivot(index="region", columns="t", values="static")
    rows = [
        (r, y, float(wide.loc[r, min(y, int(wide.columns.max()))]))
        for r in wide.index for y in range(2026, LAST + 1)
    ]  # fmt: skip
    atlas.add("reserve_margins", pd.DataFrame(rows, columns=["region", "year", "margin"]))
    atlas.cite("reserve_margins", "region year", "", REEDS, BSD, "2026")
    atlas.cite(
        "reserve_margins", "margin", "1", "NERC reference margins, via " + REEDS, BSD, "2026"
    )
