"""Campuses: construction cost, cooling, state policy, data centers that are there."""

from __future__ import annotations

import pandas as pd

from atlas_compiler.common import STATES, Atlas

FACILITY = 11.769
OVERHEAD = 1.10  # all but cooling: dc_pue_annual_best


def compile(atlas: Atlas) -> None:
    """Add every table of this module."""
    _costs(atlas)
    _cooling(atlas)
    _policy(atlas)
    _there(atlas)
    rows = [
        ("campus", "30/50/20"),
        ("accelerators", "100"),
        ("corridors", "80/10/10"),
        ("equipment", "50/50"),
        ("fabs", "10/30/40/20"),
    ]
    atlas.add("draw_schedules", pd.DataFrame(rows, columns=["asset_class", "schedule"]))
    atlas.cite("draw_schedules", "asset_class", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "draw_schedules",
        "schedule",
        "% by calendar year",
        "facts: finance_assumptions cons_dc, cons_tx",
        "compiled facts",
        "2024",
        confidence="background",
        note="IT equipment in the last year",
    )


def _costs(atlas: Atlas) -> None:
    raw = atlas.read("facts/state_cost_index.csv").set_index("state")
    index = raw["index_national_1"].reindex(STATES)
    damped = raw["index_damped_0_6"].reindex(STATES)
    table = pd.DataFrame(
        {"zone": STATES, "index_raw": index.to_numpy(), "index_damped": damped.to_numpy()}
    )
    table["facility_musd_per_mw_it"] = FACILITY * table["index_damped"]
    atlas.add("campus_costs", table)
    source = "USACE CWCCIS EM 1110-2-1304, March 2026, Table 3 (transcription ogasurfproject-jpg/horizon-shield@c4ebac0c)"
    atlas.cite("campus_costs", "zone", "", source, "US public domain", "2026-03")
    atlas.cite(
        "campus_costs",
        "index_raw index_damped",
        "national = 1",
        source,
        "US public domain",
        "2026-03",
        note="damped = 1 + 0.6 (raw - 1); 0.6 is a judgement, vary 0.3 to 1.0: the most sensitive input of all",
    )
    atlas.cite(
        "campus_costs",
        "facility_musd_per_mw_it",
        "MUSD/MW IT",
        "Epoch AI Frontier Data Centers, May 2026; " + source,
        "CC BY 4.0",
        "2026-05",
        dollar_year="2025",
        note="11.769 national times the damped index",
    )


def _cooling(atlas: Atlas) -> None:
    raw = atlas.read("data/im3_projected_data_centers/im3_projected_by_state.csv")
    names = atlas.read("facts/state_datacenters.csv").set_index("state")["state_name"].str.lower()
    share = raw.groupby("region")["mechanical_cooling_frac_mean"].mean()
    division = atlas.read("data/reeds/zones/state_groups.csv").set_index("st")["cendiv"]
    known = {s: float(share[names[s]]) for s in STATES if names[s] in share.index}
    rows = []
    for state in STATES:
        near = [v for s, v in known.items() if division[s] == division[state]]
        mechanical = known.get(
            state, sum(near) / len(near) if near else sum(known.values()) / len(known)
        )
        # compressors run that part of the year at 0.30 MWh per MWh of IT, evaporation the rest
        mixed = OVERHEAD + 0.05 + 0.15 * mechanical
        wet = 1 - mechanical
        rows += [
            (state, "mixed", mixed, 0.522 * wet, 0.418 * wet, True),
            (state, "water", OVERHEAD + 0.05, 0.522, 0.418, False),
            (state, "air", OVERHEAD + 0.20, 0.0, 0.0, False),
        ]
    columns = [
        "zone",
        "cooling",
        "pue",
        "water_withdrawal_l_per_kwh_it",
        "water_consumption_l_per_kwh_it",
        "default",
    ]
    atlas.add("cooling", pd.DataFrame(rows, columns=columns))
    source = "IM3 Projected US Data Center Locations v1 (doi 10.57931/2571680)"
    atlas.cite("cooling", "zone cooling default", "", source, "CC BY 4.0", "2025")
    atlas.cite(
        "cooling",
        "pue",
        "1",
        source + "; facts dc_pue_annual_best",
        "CC BY 4.0",
        "2025",
        confidence="background",
        note="1.15 with water to 1.30 with compressors; mixed by the share of the year on compressors; "
        "states without sites take their census division's mean",
    )
    atlas.cite(
        "cooling",
        "water_withdrawal_l_per_kwh_it water_consumption_l_per_kwh_it",
        "L/kWh IT",
        source,
        "CC BY 4.0",
        "2025",
    )


def _policy(atlas: Atlas) -> None:
    raw = atlas.read("facts/state_policy.csv").set_index("state").reindex(STATES)
    local = atlas.read("data/moratorium_data_2026/moratorium_inventory.csv")
    local = local[local["enacted_status"].isin(["active", "extended"])]
    local = local[local["sectors"].astype(str).str.contains("data", case=False)]
    count = local.groupby("state_abbrev").size()
    table = pd.DataFrame(
        {
            "zone": STATES,
            "corporate_tax_pct": raw["corp_income_tax_top_pct_2026"].to_numpy(),
            "avg_sales_tax_pct": raw["avg_combined_sales_tax_pct"].to_numpy(),
            "dc_sales_tax_exemption": raw["dc_sales_tax_exemption"].to_numpy(),
            "exemption_min_investment_musd": pd.to_numeric(raw["dc_exemption_min_investment_musd"], errors="coerce").to_numpy(),
            "exemption_pause_to": raw["dc_exemption_pause_to"].astype(str).replace("nan", "").to_numpy(),
            "foreign_land_law": raw["foreign_land_law"].to_numpy(),
            "local_moratoria_in_force": [int(count.get(s, 0)) for s in STATES],
            "statewide_moratorium": False,
        }
    )  # fmt: skip
    atlas.add("state_policy", table)
    source = "facts: state_policy"
    atlas.cite(
        "state_policy",
        "zone dc_sales_tax_exemption exemption_pause_to foreign_land_law",
        "",
        source,
        "compiled facts",
        "2026-09",
    )
    atlas.cite(
        "state_policy",
        "corporate_tax_pct avg_sales_tax_pct",
        "%",
        source,
        "compiled facts",
        "2026-09",
        confidence="background",
        note="recalled or judged, no stored text confirms it",
    )
    atlas.cite(
        "state_policy",
        "exemption_min_investment_musd",
        "MUSD",
        source,
        "compiled facts",
        "2026-09",
        dollar_year="nominal",
        note="as the law has it; shown, not used",
    )
    atlas.cite(
        "state_policy",
        "local_moratoria_in_force",
        "count",
        "Moratorium Data 2026 (M. J. Bommarito), mjbommar/moratorium-data-2026@80aa93bc",
        "CC BY 4.0",
        "2026-04",
        note="towns and counties; active or extended; shown, not binding",
    )
    atlas.cite(
        "state_policy",
        "statewide_moratorium",
        "",
        source,
        "compiled facts",
        "2026-09",
        note="none found in force; New York's one-year pause passed the legislature in June 2026, "
        "whether it became law was not found: set it with campus.excluded",
    )


def _there(atlas: Atlas) -> None:
    raw = atlas.read("data/icarus_epa/load_datacenter_by_state.csv").set_index("st")
    columns = {
        "operating_mw": "Operating (MW)",
        "under_construction_mw": "In Construction (MW)",
        "planned_mw": "Planned (MW)",
    }
    table = pd.DataFrame({"zone": STATES})
    for name, column in columns.items():
        values = raw[column].reindex(STATES).fillna(0.0)
        if "DC" in raw.index:
            values["MD"] += float(raw.loc["DC", column])
        table[name] = values.to_numpy()
    atlas.add("data_centers", table)
    source = "DOE/NREL Speed to Power map 2025, via HopkinsICARUS/ICARUS-PJM-Dataset@03fbb382"
    atlas.cite("data_centers", "zone", "", source, "CC BY 4.0", "2025")
    atlas.cite(
        "data_centers",
        "operating_mw under_construction_mw planned_mw",
        "MW",
        source,
        "CC BY 4.0",
        "2025",
        note="nameplate: 43.6 GW operating drew 22 GW on average; never added to load as they stand",
    )
