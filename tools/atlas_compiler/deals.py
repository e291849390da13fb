"""Terms of deals by class of capital, classes of depreciation, and tax withheld by country."""

from __future__ import annotations

import pandas as pd

from atlas_compiler.common import Atlas

OUR = "gigaplan"
FACTS = "facts: finance_assumptions"
SAM = "NREL-PySAM 7.1.1 default (BSD-3-Clause)"
# class, coverage, upfront fee %, commitment fee %, source of coverage and fee
TERMS = [
    ("campus", 1.2, 1.25, 0.5, "dscr_dc_ig; dc_cons_fee"),
    ("accelerators", 1.45, 1.25, 0.5, "dscr_dc_spec; dc_cons_fee"),
    ("corridors", 1.25, 2.75, 0.5, f"dscr_tx; {SAM}"),
    ("generation", 1.3, 2.75, 0.5, f"dscr_sam; {SAM}"),
    ("gas", 1.35, 2.75, 0.5, f"dscr_gas_contract; {SAM}"),
    ("fabs", 1.75, 1.25, 0.5, "dscr_fab; dc_cons_fee"),
    ("nuclear", 1.4, 2.75, 0.5, f"dscr_nuclear; {SAM}"),
    ("storage", 1.3, 2.75, 0.5, f"dscr_sam; {SAM}"),
]  # fmt: skip
# what is built, class of depreciation, bonus in the first year, fact
TAX = [
    ("campus", "sl_39", 0.0, "macrs_building"),
    ("accelerators", "macrs_5", 1.0, "macrs_server; bonus_100"),
    ("equipment", "macrs_15", 1.0, "macrs_ct; bonus_100"),
    ("corridors", "macrs_15", 1.0, "macrs_tx; bonus_100"),
    ("fabs", "macrs_5", 1.0, "macrs_fab_tool; bonus_100"),
    ("gas_cc_new", "macrs_20", 1.0, "macrs_ccgt; bonus_100"),
    ("gas_ct_new", "macrs_15", 1.0, "macrs_ct; bonus_100"),
    ("gas_ice_new", "macrs_15", 1.0, "macrs_ct; bonus_100"),
    ("onsite_turbine", "macrs_15", 1.0, "macrs_ct; bonus_100"),
    ("onsite_engine", "macrs_15", 1.0, "macrs_ct; bonus_100"),
    ("onsite_frame", "macrs_15", 1.0, "macrs_ct; bonus_100"),
    ("onsite_smr", "macrs_15", 1.0, "macrs_nuclear; bonus_100"),
    ("onsite_solar", "macrs_5", 1.0, "macrs_solar; bonus_100"),
    ("onsite_battery", "macrs_5", 1.0, "macrs_solar; bonus_100"),
    ("fuel_cell", "macrs_5", 1.0, "macrs_solar (26 USC 168(e)(3)(B)(vi)); bonus_100"),
    ("onsite_fuel_cell", "macrs_5", 1.0, "macrs_solar (26 USC 168(e)(3)(B)(vi)); bonus_100"),
    ("nuclear_new", "macrs_15", 1.0, "macrs_nuclear; bonus_100"),
    ("nuclear_smr", "macrs_15", 1.0, "macrs_nuclear; bonus_100"),
    ("wind_new", "macrs_5", 1.0, "macrs_solar; bonus_100"),
    ("solar_new", "macrs_5", 1.0, "macrs_solar; bonus_100"),
    ("battery_4h", "macrs_5", 1.0, "macrs_solar; bonus_100"),
    ("battery_8h", "macrs_5", 1.0, "macrs_solar; bonus_100"),
]  # fmt: skip
# country, share of dividends withheld, note; 30 % where no treaty is known
WITHHELD = [
    ("US", 0.0, "no foreign person"),
    ("AU", 0.15, "treaty, portfolio rate"),
    ("CA", 0.15, "treaty, portfolio rate; pensions may be exempt"),
    ("GB", 0.15, "treaty, portfolio rate; pensions may be exempt"),
    ("JP", 0.10, "treaty, portfolio rate; pensions may be exempt"),
    ("KR", 0.15, "treaty, portfolio rate"),
    ("NO", 0.15, "treaty"),
    ("other", 0.30, "26 USC 871(a) and 881(a); no treaty known"),
]


def compile(atlas: Atlas) -> None:
    """Add every table of this module."""
    atlas.add("deal_terms", pd.DataFrame(
        [(c, d, f, u, s) for c, d, f, u, s in TERMS],
        columns=["asset_class", "dscr", "upfront_fee_pct", "commitment_fee_pct", "source"],
    ))  # fmt: skip
    atlas.add("tax_classes", pd.DataFrame(
        TAX, columns=["asset_class", "depreciation", "bonus", "source"],
    ))  # fmt: skip
    atlas.add("withholding", pd.DataFrame(
        WITHHELD, columns=["country", "dividends", "note"],
    ))  # fmt: skip
    atlas.cite("deal_terms", "asset_class source", "", OUR, "MIT", "2026")
    atlas.cite(
        "deal_terms", "dscr", "x", f"{FACTS} dscr_*, fact by class in the column source",
        "compiled facts", "2026-09", "background",
        note="generation and storage: SAM's default (stored-source); the others are judged",
    )  # fmt: skip
    atlas.cite(
        "deal_terms", "upfront_fee_pct", "% of the loan",
        f"{FACTS} dc_cons_fee; {SAM}", "compiled facts; BSD-3-Clause", "2025",
    )  # fmt: skip
    atlas.cite(
        "deal_terms", "commitment_fee_pct", "%/year of the undrawn loan", f"{FACTS} commit_fee",
        "compiled facts", "2026-09", "background", note="0.375 to 0.75",
    )  # fmt: skip
    atlas.cite("tax_classes", "asset_class source", "", OUR, "MIT", "2026")
    atlas.cite(
        "tax_classes", "depreciation", "", "facts: incentives macrs_* (26 USC 168)",
        "compiled facts", "2024", "background",
        note="buildings, servers and fab tools are judged; power is ReEDS's (stored-source)",
    )  # fmt: skip
    atlas.cite(
        "tax_classes", "bonus", "share of the basis",
        "facts: incentives bonus_100 (26 USC 168(k), P.L. 119-21)", "compiled facts", "2025",
    )  # fmt: skip
    atlas.cite("withholding", "country note", "", OUR, "MIT", "2026")
    atlas.cite(
        "withholding", "dividends", "share", "26 USC 871, 881 and 892; income tax treaties",
        "facts", "2026", "background",
        note="portfolio rates recalled, not looked up; a sovereign's are exempt below control "
        "(26 USC 892), portfolio interest is exempt (26 USC 871(h))",
    )  # fmt: skip
