"""The default roster: investors with their mandates, commitments, capital classes and stages."""

from __future__ import annotations

import pandas as pd

from atlas_compiler.common import Atlas

OUR = "gigaplan: judgement on the roster facts"
EQUITY, LENDER = "common; preferred; fund", "debt"
# Makers who pay for their own plants and clouds (hyperscalers, chip makers) have no sum here:
# it is coalition money only once it is assigned to it.
# id: (instruments, within, stage, share of the announced sum that may reach a coalition like this
# one, first year, years over which it comes, sharing, in kind)
TERMS: dict[str, tuple[str, str, str, float, int, int, str, str]] = {
    "mgx": (EQUITY, "uae_framework; aip", "announced", 0.5, 2026, 4, "", ""),
    "mubadala": (EQUITY, "uae_framework", "none", 0.0, 2026, 1, "", ""),
    "adia": (EQUITY, "uae_framework", "none", 0.0, 2026, 1, "", ""),
    "adq": (EQUITY, "uae_framework", "announced", 0.4, 2026, 5, "", ""),
    "uae_framework": (EQUITY, "", "pledge", 0.01, 2026, 5, "", ""),
    "damac": (EQUITY, "", "announced", 0.1, 2026, 4, "", "land"),
    "kia": (EQUITY, "aip; brookfield", "none", 0.0, 2026, 1, "", ""),
    "pif": (EQUITY, "saudi_framework", "none", 0.0, 2026, 1, "", ""),
    "saudi_framework": (EQUITY, "", "pledge", 0.01, 2026, 4, "", ""),
    "qia": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "temasek": (EQUITY, "aip", "none", 0.0, 2026, 1, "", ""),
    "gic": (EQUITY, "", "announced", 0.1, 2026, 3, "", ""),
    "cppib": (EQUITY, "", "announced", 0.1, 2026, 3, "", ""),
    "cdpq": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "otpp": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "psp": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "omers": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "brookfield": (EQUITY, "", "announced", 0.3, 2026, 4, "", ""),
    "canada_growth_fund": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "softbank": (EQUITY, "", "announced", 0.5, 2026, 4, "", ""),
    "jp_framework": (f"{EQUITY}; debt", "", "pledge", 0.04, 2026, 4, "50/10", "power_purchase"),
    "jbic": (LENDER, "jp_framework", "none", 0.0, 2026, 1, "", ""),
    "gpif": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "kr_framework": (f"{EQUITY}; debt", "", "pledge", 0.03, 2026, 5, "50/10", ""),
    "kic": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "kdb": (LENDER, "kr_framework", "none", 0.0, 2026, 1, "", ""),
    "nps": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "sk": (EQUITY, "", "none", 0.0, 2026, 4, "", "accelerators"),
    "samsung": (EQUITY, "", "none", 0.0, 2026, 4, "", ""),
    "tsmc": (EQUITY, "", "none", 0.0, 2026, 5, "", "accelerators"),
    "openai": (EQUITY, "", "announced", 0.3, 2026, 4, "", "offtake"),
    "oracle": (EQUITY, "", "announced", 0.5, 2026, 4, "", "offtake"),
    "microsoft": (EQUITY, "aip", "none", 0.0, 2026, 1, "", "offtake; power_purchase"),
    "nvidia": (f"{EQUITY}; vendor", "aip; brookfield", "none", 0.0, 2026, 1, "", "accelerators"),
    "apple": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "amazon": (EQUITY, "", "none", 0.0, 2026, 1, "", "offtake; power_purchase"),
    "alphabet": (EQUITY, "", "none", 0.0, 2026, 1, "", "offtake; power_purchase"),
    "meta": (EQUITY, "", "none", 0.0, 2026, 1, "", "offtake; power_purchase"),
    "xai": (EQUITY, "aip", "none", 0.0, 2026, 1, "", "offtake"),
    "thrive": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "aip": (EQUITY, "", "announced", 0.4, 2026, 5, "", ""),
    "blackrock_gip": (EQUITY, "aip", "none", 0.0, 2026, 1, "", ""),
    "blueowl": (EQUITY, "", "announced", 0.3, 2026, 4, "", ""),
    "ecp": (EQUITY, "", "announced", 0.4, 2026, 5, "", ""),
    "us_doe_lpo": (LENDER, "", "none", 0.0, 2026, 1, "", ""),
    "us_chips": ("grant", "", "none", 0.0, 2026, 1, "", ""),
    "us_pension": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "us_ig_bonds": (LENDER, "", "in_talks", 0.5, 2026, 5, "", ""),
    "norges": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "macquarie": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
    "aussiesuper": (EQUITY, "", "announced", 0.1, 2026, 3, "", ""),
    "uk_placeholder": (EQUITY, "", "none", 0.0, 2026, 1, "", ""),
}  # fmt: skip
MARKET_RATE = ("us_ig_bonds",)
# several bond deals of the largest size seen, one a year
DEALS = {"us_ig_bonds": 5}
CLEAN_ONLY = ("norges",)
# class, gearing, debt rate %, tenor, equity adder %, source
CLASSES = [
    ("campus", 0.68, 6.55, 15, 0.0, "dc_cons_ltc; ust10 + term_spread; tenor_dc; hurdle_coreplus"),
    ("accelerators", 0.50, 8.75, 5, 2.0, "sofr_plan + dc_cons_spread; tenor_gpu; between hurdle_coreplus and hurdle_gpu"),
    ("corridors", 0.60, 6.05, 30, -2.5, "ust10 + 1.75; tenor_tx; hurdle_core less hurdle_coreplus"),
    ("generation", 0.55, 6.35, 18, -2.5, "reeds_debt; sofr_plan + pf_spread_2023; tenor_solar; hurdle_core less hurdle_coreplus"),
    ("gas", 0.55, 6.35, 7, -2.5, "reeds_debt; sofr_plan + pf_spread_2023; tenor_gas; hurdle_core less hurdle_coreplus"),
    ("fabs", 0.30, 8.75, 15, 2.0, "fabs are normally on balance sheet (dscr_fab); sofr_plan + dc_cons_spread; hurdle_fab"),
    ("nuclear", 0.55, 6.35, 28, 0.0, "reeds_debt; sofr_plan + pf_spread_2023; tenor_nuclear; construction risk as hurdle_coreplus"),
    ("storage", 0.55, 6.35, 18, -2.5, "reeds_debt; sofr_plan + pf_spread_2023; tenor_solar; hurdle_core less hurdle_coreplus"),
]  # fmt: skip
# instrument, points on the return, largest share of an asset's capital, tenor of its own
INSTRUMENTS = [
    ("common", 0.0, 1.0, 0, "equity with votes"),
    ("preferred", -2.0, 0.25, 0, "paid before common equity, without votes"),
    (
        "fund",
        1.5,
        1.0,
        0,
        "limited partner under a US general partner; points: mgmt, its yearly fee",
    ),
    ("debt", 0.0, 1.0, 0, "project debt within the class's gearing"),
    ("vendor", 1.0, 0.2, 4, "the maker lends for its equipment; counts within the gearing"),
    ("grant", 0.0, 0.1, 0, "asks for no return; chips_rate"),
]
STAGES = [
    ("none", 0.0), ("contacted", 0.05), ("pledge", 0.02), ("in_talks", 0.25), ("announced", 0.4),
    ("term_sheet", 0.6), ("committed", 0.85), ("signed", 1.0), ("declined", 0.0),
]  # fmt: skip


def compile(atlas: Atlas) -> None:
    """Add every table of this module."""
    facts = atlas.read("facts/investors.csv").set_index("id")
    missing = sorted(set(facts.index) ^ set(TERMS))
    if missing:
        raise ValueError(f"terms and facts differ: {missing}")
    rows, sums = [], []
    for identifier, fact in facts.iterrows():
        terms = TERMS[str(identifier)]
        share = float(fact["government_controlled_pct"])
        sectors = "; ".join(str(fact["sectors"]).split(";"))
        if identifier in CLEAN_ONLY:
            sectors = "clean"
        rows.append(
            {
                "investor": identifier,
                "name": fact["name"],
                "country": fact["country"],
                "kind": fact["kind"],
                "governments": f"{fact['country']} {share:g}" if share > 0 else "",
                "owned_by": "mubadala 50" if identifier == "mgx" else "",
                "within": terms[1],
                "sectors": sectors,
                "places": "all",
                "instruments": terms[0],
                "return_pct": None if identifier in MARKET_RATE else fact["hurdle_pct"],
                "return_campus_pct": None,
                "return_accelerators_pct": None,
                "return_power_pct": None,
                "return_corridors_pct": None,
                "min_ticket_busd": None,
                "max_ticket_busd": 20.0 if identifier == "kr_framework" else None,
                "concentration": None,
                "largest_share": None,
                "sharing": terms[6],
                "in_kind": terms[7],
                "note": str(fact["commitment_scope"]).replace("nan", ""),
            }
        )
        announced = (
            float(fact["commitment_usd_bn"])
            if fact["commitment_usd_bn"] == fact["commitment_usd_bn"]
            else 0.0
        )
        if announced > 0 and terms[3] > 0:
            yearly = announced * DEALS.get(str(identifier), 1) / terms[5]
            for k in range(terms[5]):
                sums.append((identifier, terms[4] + k, yearly, "USD", terms[2], terms[3]))
    table = pd.DataFrame(rows)
    commitments = pd.DataFrame(
        sums, columns=["investor", "year", "amount", "currency", "stage", "likelihood"]
    )
    atlas.add("investors", table)
    atlas.add("commitments", commitments)
    atlas.add("capital_classes", pd.DataFrame(
        [(c, g, r, t, e) for c, g, r, t, e, _ in CLASSES],
        columns=["asset_class", "gearing", "debt_rate_pct", "tenor_years", "equity_adder_pct"],
    ))  # fmt: skip
    atlas.add(
        "instruments",
        pd.DataFrame(
            INSTRUMENTS,
            columns=["instrument", "return_adder_pct", "largest_share", "tenor_years", "meaning"],
        ),
    )
    atlas.add("stages", pd.DataFrame(STAGES, columns=["stage", "likelihood"]))
    _cite(atlas)


def _cite(atlas: Atlas) -> None:
    facts = "facts: investors (news and institutions, address in each row)"
    atlas.cite(
        "investors", "investor name country kind sectors", "", facts, "compiled facts", "2026-09"
    )
    atlas.cite(
        "investors",
        "governments",
        "% by country",
        facts,
        "compiled facts",
        "2026-09",
        "background",
        note="share of governments: background in every row",
    )
    atlas.cite(
        "investors",
        "owned_by within",
        "",
        facts,
        "compiled facts",
        "2026-09",
        "background",
        note="which announced sums contain one another: the frameworks their funds, the vehicles their members",
    )
    atlas.cite(
        "investors",
        "places instruments sharing in_kind note",
        "",
        f"{facts}; {OUR}",
        "compiled facts",
        "2026-09",
        "background",
        note="sharing 50/10: finance_assumptions jp_kr_split1 and jp_kr_split2 (stored-source)",
    )
    atlas.cite(
        "investors",
        "return_pct",
        "%/year, nominal",
        facts,
        "compiled facts",
        "2026-09",
        "background",
        note="our assumption in every row; empty: the market rate of the class's debt",
    )
    atlas.cite(
        "investors",
        "return_campus_pct return_accelerators_pct return_power_pct return_corridors_pct",
        "%/year, nominal",
        OUR,
        "MIT",
        "2026",
        "background",
        note="empty: return_pct and the class's adder",
    )
    atlas.cite(
        "investors",
        "min_ticket_busd max_ticket_busd",
        "BUSD",
        f"facts: finance_assumptions kr_cap; {OUR}",
        "compiled facts",
        "2026-09",
        "background",
        "2025",
        note="Korea: at most 20 a year",
    )
    atlas.cite(
        "investors",
        "concentration largest_share",
        "1",
        OUR,
        "MIT",
        "2026",
        "background",
        note="none stated",
    )
    atlas.cite(
        "commitments",
        "investor year currency stage",
        "",
        f"{facts}; {OUR}",
        "compiled facts",
        "2026-09",
        "background",
        note="spread evenly over the years of the announcement",
    )
    atlas.cite(
        "commitments",
        "amount",
        "billion",
        facts,
        "compiled facts",
        "2026-09",
        "stored-source",
        "2025",
        note="as announced, taken as dollars of 2025; bonds: five deals of the largest size seen (background)",
    )
    atlas.cite(
        "commitments",
        "likelihood",
        "1",
        OUR,
        "MIT",
        "2026",
        "background",
        note="share of the announced sum that may reach a coalition like this one: the least certain input of capital",
    )
    atlas.cite("capital_classes", "asset_class", "", "gigaplan", "MIT", "2026")
    source = "facts: finance_assumptions: " + " | ".join(f"{c}: {s}" for c, *_, s in CLASSES)
    atlas.cite("capital_classes", "gearing", "1", source, "compiled facts", "2026-09", "background")
    atlas.cite(
        "capital_classes",
        "debt_rate_pct",
        "%/year, nominal",
        source,
        "compiled facts",
        "2026-09",
        "background",
    )
    atlas.cite(
        "capital_classes", "tenor_years", "year", source, "compiled facts", "2026-09", "background"
    )
    atlas.cite(
        "capital_classes",
        "equity_adder_pct",
        "points on an investor's return",
        source,
        "compiled facts",
        "2026-09",
        "background",
        note="accelerators: vary 0 to 9 (GPU cloud)",
    )
    atlas.cite("instruments", "instrument meaning", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "instruments",
        "return_adder_pct",
        "points on the return",
        f"facts: finance_assumptions mgmt; {OUR}",
        "compiled facts",
        "2026",
        "background",
    )
    atlas.cite(
        "instruments",
        "largest_share",
        "share of an asset's capital",
        f"facts: incentives chips_rate; {OUR}",
        "compiled facts",
        "2026",
        "background",
    )
    atlas.cite(
        "instruments", "tenor_years", "year; 0: that of the class", OUR, "MIT", "2026", "background"
    )
    atlas.cite("stages", "stage", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "stages",
        "likelihood",
        "1",
        OUR,
        "MIT",
        "2026",
        "background",
        note="vary: capital.stage_weights",
    )
