"""Single figures, each with range, unit, source and confidence."""

from __future__ import annotations

import pandas as pd

from atlas_compiler.common import Atlas

EPOCH = "Epoch AI Frontier Data Centers, May 2026 (CC BY 4.0)"
DRY = "dry run of the core on the public data"
STORED, JUDGED = "stored-source", "background"
ROWS: list[tuple[str, float, float, float, str, str, str, str]] = [
    ("distribution_loss", 0.05, 0.05, 0.05, "1", "ReEDS scalars distloss", STORED, ""),
    ("value_of_unserved_energy", 10000, 3500, 17000, "USD/MWh", "ReEDS scalars cost_dropped_load 10000 USD 2004", JUDGED, "kept at 10000 in 2025 dollars; 17000 if inflated"),
    ("reserve_shortage_price", 0.20, 0.10, 0.30, "BUSD/GW/year", "gigaplan; PJM capacity price 2025/26 is 0.0985", JUDGED, "above the yearly charge of a new combustion turbine"),
    ("accelerator_musd_per_mw_it", 26.113, 26.113, 26.113, "MUSD/MW IT", EPOCH, STORED, "servers, network, storage"),
    ("accelerator_life_years", 5, 3, 7, "year", "Epoch AI, 14 May 2026", STORED, ""),
    ("facility_musd_per_mw_it", 11.769, 10, 25, "MUSD/MW IT", EPOCH, STORED, "shell, power, cooling"),
    ("facility_life_years", 14, 14, 30, "year", "Epoch AI, 14 May 2026", STORED, ""),
    ("facility_taxable_share", 0.5, 0.3, 0.7, "1", "gigaplan", JUDGED, "goods within facility cost that sales tax falls on"),
    ("campus_opex_musd_per_mw_it_year", 0.302, 0.2, 0.5, "MUSD/MW IT/year", EPOCH, STORED, "0.902 in all less 0.6 for energy"),
    ("campus_construction_years", 2.23, 0.64, 3.26, "year", EPOCH, STORED, "26.8 months from land clearing to first operation"),
    ("value_of_compute_busd_per_gw_it_year", 13.333, 8.5, 13.333, "BUSD/GW/year", "Oracle-OpenAI agreement: about 300 BUSD over five years for 4.5 GW (Capacity Media)", STORED, "low: Epoch's total cost of ownership; read per GW of IT"),
    ("facility_rent_busd_per_gw_it_year", 2.355, 1.8, 2.82, "BUSD/GW/year", "CBRE North America Data Center Trends H2 2025: 196.25 USD/kW/month", STORED, "value where tenants bring the IT equipment"),
    ("reference_h100e_per_mw_it", 1209, 1140, 1209, "H100e/MW IT", "facts h100e_per_mw_b200: Fairwater Atlanta, Epoch AI Frontier Data Centers", STORED, "what the contract's GW is read as: Blackwell"),
    ("compute_price_decline", 0.22, 0.15, 0.35, "1/year", "equipment price per H100e, GB200 to Rubin over two years: 21,600 to 13,100 USD (facts gb200 and rubin_rack_price)", JUDGED, "the price of an H100e-year falls as that of the newest equipment does"),
    ("compute_contract_years", 5, 5, 5, "year", "Oracle-OpenAI agreement: five years (Capacity Media)", STORED, "the contract's flat price is the mean of five years' falling prices"),
    ("chip_share_within_reach", 0.085, 0.02, 0.23, "1", "Epoch AI ai-chip-counts: Oracle's share of Nvidia H100e shipped in 2025", STORED, "largest buyer beside the four hyperscalers; low: a newcomer, high: Microsoft's share"),
    ("campus_block_mw", 100, 100, 500, "MW IT", "gigaplan", JUDGED, "IT power of one block (a hall or a phase) of a campus"),
    ("campus_flexible_share", 0.25, 0.0, 0.35, "1", "Colangelo et al., arXiv 2507.00909: 25 % of a cluster's power, for 3 hours; 0.3 in London", STORED, ""),
    ("campus_flexible_hours_per_day", 3, 1, 10, "h", "Colangelo et al., arXiv 2507.00909: held 3 hours", STORED, ""),
    ("campus_training_share", 1.0, 0.4, 1.0, "1", "gigaplan", JUDGED, "share of IT power that trains; matters where campus.shiftable_share is above zero"),
    ("onsite_resale_kept", 0.7, 0.4, 0.9, "1", "gigaplan", JUDGED, "what a buyer pays of a moved machine's straight-line value, removal and transport taken off"),
    ("flexible_connection_years_earlier", 3, 0, 5, "year", "Princeton ZERO Lab, Camus, encoord: up to five of up to seven years", JUDGED, ""),
    ("campus_ramp_years", 0.84, 0.5, 2.8, "year", EPOCH, STORED, "36.9 months to 95 % of power less 26.8 to first operation"),
    ("fab_investment_credit", 0.35, 0.25, 0.35, "1", "facts chips_itc: advanced manufacturing investment credit (48D)", JUDGED, "25 % to 2025, 35 % from 2026"),
    ("fab_credit_last_start", 2026, 2026, 2026, "", "IRC 48D: construction begun by the end of 2026", JUDGED, ""),
    ("fab_life_years", 10, 7, 15, "year", "gigaplan", JUDGED, "tools are most of the cost"),
    ("fab_ramp_years", 1, 0.83, 1, "year", "facts fab_ramp: 12 months from tool install to qualified volume", STORED, ""),
    ("campus_utilisation", 0.8, 0.65, 0.9, "1", "gigaplan", JUDGED, "training runs near 0.9 of nameplate, inference and faults pull the average down"),
    ("capital_rate_power", 0.06, 0.04, 0.09, "1/year", DRY, JUDGED, "real"),
    ("capital_rate_campus", 0.07, 0.05, 0.12, "1/year", DRY, JUDGED, "real"),
    ("capital_rate_corridors", 0.06, 0.04, 0.08, "1/year", DRY, JUDGED, "real"),
    ("transmission_fixed_om_share", 0.015, 0.01, 0.02, "1/year", "ReEDS scalars trans_fom_frac", STORED, ""),
    ("corridor_lead_time_years", 7, 7, 10, "year", "DOE, as quoted: major transmission upgrade", STORED, ""),
    ("inflation", 0.025, 0.02, 0.03, "1/year", "NREL PySAM 7.1.1 defaults; facts: finance_assumptions inflation", STORED, "turns nominal returns into real ones"),
    ("filing_cost_share", 0.002, 0.0005, 0.005, "1", "gigaplan: CFIUS fee (0.15 % and less in every tier) and counsel, of the stake", JUDGED, "once"),
    ("mitigation_cost_medium", 0.0005, 0.0, 0.002, "1/year", "gigaplan: monitors and audits, of the stake", JUDGED, ""),
    ("mitigation_cost_high", 0.002, 0.0005, 0.005, "1/year", "gigaplan: monitors, audits and security officers, of the stake", JUDGED, ""),
    ("fast_track_share_of_days", 0.5, 0.3, 1.0, "1", "gigaplan: shorter clocks for known investors", JUDGED, "the pilot states no clock"),
    ("corridor_life_years", 40, 30, 60, "year", "gigaplan", JUDGED, "usual recovery period of transmission; lines stand longer"),
    ("deal_reserve_months", 6, 3, 12, "month", "NREL PySAM 7.1.1 defaults; facts: finance_assumptions dsra", STORED, "months of debt service held"),
    ("deal_lockup_dscr", 1.1, 1.05, 1.15, "x", "facts: finance_assumptions lockup", JUDGED, "no distribution below this coverage"),
    ("deal_reserve_rate", 0.0375, 0.0, 0.045, "1/year", "facts: finance_assumptions sofr_plan", JUDGED, "interest on reserves"),
    ("credit_transfer_price", 0.94, 0.92, 0.96, "USD/USD", "facts: incentives transfer (26 USC 6418)", JUDGED, "what a dollar of credit sells for"),
    ("federal_tax_rate", 0.21, 0.21, 0.21, "1", "26 USC 11; facts: finance_assumptions tax_combined", STORED, ""),
    ("loss_limit", 0.8, 0.8, 0.8, "1", "26 USC 172(a)(2)", STORED, "share of income that carried losses may offset"),
    ("methane_leakage", 0.023, 0.014, 0.023, "1", "Alvarez et al. 2018; low: EPA 2017; ReEDS emission_constraints/methane_leakage_rate.csv", STORED, "of the gas burnt; US average, differs by basin"),
    ("gwp_ch4_100", 29.8, 25, 34, "1", "IPCC AR6, 100 years; low AR4, high AR5 with feedbacks; ReEDS emission_constraints/gwp.csv", STORED, ""),
    ("gwp_ch4_20", 82.5, 72, 86, "1", "IPCC AR6, 20 years; low AR4, high AR5; ReEDS emission_constraints/gwp.csv", STORED, ""),
    ("gwp_n2o_100", 273, 268, 298, "1", "IPCC AR6, 100 years; low AR5, high AR4; ReEDS emission_constraints/gwp.csv", STORED, ""),
    ("methane_t_per_mmbtu", 0.019, 0.019, 0.0193, "t/MMBtu", "heating value of methane, 55.5 MJ/kg (higher)", JUDGED, "gas taken as methane"),
    ("gas_btu_per_cubic_foot", 1036, 1020, 1050, "Btu/cf", "EIA: heat content of US natural gas", JUDGED, "recalled; higher heating value"),
    ("coal_mmbtu_per_t", 21.0, 18.0, 25.0, "MMBtu/t", "EIA: heat content of coal for US power, about 19 MMBtu a short ton", JUDGED, "recalled"),
    ("facility_construction_share", 0.625, 0.625, 1.0, "1", "facts dc_split_construction 20, dc_split_land 6, dc_split_other 6 of 32 % outside equipment (JLARC 598); high: dc_split_ne", STORED, "of facility cost: builders' work"),
    ("facility_land_share", 0.1875, 0.0, 0.1875, "1", "facts dc_split_land 6 of 32 % outside equipment (JLARC 598)", STORED, "buying land makes no jobs"),
    ("household_spending_share", 0.75, 0.6, 0.9, "1", "gigaplan, as in data/bea_io_2023", JUDGED, "of labour compensation, after taxes and saving"),
    ("regional_delta", 0.3, 0.2, 0.4, "1", "Flegg and Webber 2000: 0.3 fits most regions", JUDGED, "exponent of the share that a region buys at home; low makes a larger share"),
    ("fab_construction_share", 0.3, 0.2, 0.5, "1", "gigaplan; facts fab_intel_cons: 20,000 construction jobs for 100 BUSD", JUDGED, "the rest is tools"),
    ("fab_jobs_per_busd", 92, 92, 100, "jobs/BUSD", "facts fab_tsmc (6,000 direct jobs for 65 BUSD), fab_intel (10,000 for 100)", STORED, "direct, operating"),
    ("campus_jobs_per_mw_it", 0.86, 0.1, 1.5, "jobs/MW IT", "operating cost over pay in BEA 514; range facts dc_ops_mw_bg (Abilene's least and claimed)", JUDGED, "direct, operating"),
    ("world_ai_gw_2025", 31, 31, 31, "GW", "facts mckinsey_ai_gw_2030: 156 GW in 2030, 125 of them added 2025 to 2030", STORED, "AI data centers of the world"),
    ("world_ai_gw_a_year", 25, 10, 59.2, "GW/year", "facts mckinsey_ai_gw_2030: 125 GW in five years; low rand_2027: 10 in 2025, no growth; high rand_2030: 327 GW in 2030", STORED, "added; kept constant after 2030, which is an assumption"),
]  # fmt: skip


def compile(atlas: Atlas) -> None:
    """Add constants and the mix that the base year is held against."""
    columns = ["id", "value", "low", "high", "unit", "source", "confidence", "note"]
    table = pd.DataFrame(ROWS, columns=columns)
    atlas.add("constants", table)
    for row in table.itertuples(index=False):
        year = "2025" if "USD" in row.unit else ""
        atlas.cite(
            "constants",
            row.id,
            row.unit,
            row.source,
            "compiled facts",
            "2026",
            row.confidence,
            year,
            row.note,
        )
    atlas.cite(
        "constants", "id value low high unit source confidence note", "", "gigaplan", "MIT", "2026"
    )
    mix = [
        ("gas", 0.36, 0.41),
        ("coal", 0.17, 0.22),
        ("nuclear", 0.17, 0.18),
        ("wind", 0.11, 0.12),
        ("solar", 0.07, 0.08),
        ("hydro", 0.055, 0.065),
    ]
    atlas.add("reported_mix", pd.DataFrame(mix, columns=["group", "low_share", "high_share"]))
    atlas.cite("reported_mix", "group", "", DRY, "MIT", "2026")
    atlas.cite(
        "reported_mix",
        "low_share high_share",
        "1",
        DRY + "; EIA generation shares",
        "US public domain",
        "2026",
    )
