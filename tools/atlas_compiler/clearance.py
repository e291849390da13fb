"""Rules of foreign-investment review, words of case files, sites, land laws, countries."""

from __future__ import annotations

import json

import pandas as pd

from atlas_compiler.clearance_rules import RULES
from atlas_compiler.clearance_words import COUNTRIES, OWN_FACTS, PERMISSIVE
from atlas_compiler.common import Atlas

SITES = "github.com/rjgreenresearch/cfius-jurisdiction-analysis@18032522"
STATE_CODES = {
    "Alabama": "AL",
    "Arizona": "AZ",
    "Arkansas": "AR",
    "Florida": "FL",
    "Georgia": "GA",
    "Idaho": "ID",
    "Indiana": "IN",
    "Iowa": "IA",
    "Kansas": "KS",
    "Kentucky": "KY",
    "Louisiana": "LA",
    "Minnesota": "MN",
    "Mississippi": "MS",
    "Missouri": "MO",
    "Montana": "MT",
    "Nebraska": "NE",
    "North Dakota": "ND",
    "Ohio": "OH",
    "Oklahoma": "OK",
    "South Dakota": "SD",
    "Tennessee": "TN",
    "Texas": "TX",
    "Utah": "UT",
    "Virginia": "VA",
    "Wisconsin": "WI",
}
COUNTRY_CODES = {
    "China": "CN",
    "Russia": "RU",
    "Iran": "IR",
    "North Korea": "KP",
    "Cuba": "CU",
    "Venezuela": "VE",
    "Syria": "SY",
}
ALL_ADVERSARIES = "CN;CU;IR;KP;RU;VE"


def compile(atlas: Atlas) -> None:
    """Add every table of this module."""
    _rules(atlas)
    _facts(atlas)
    _sites(atlas)
    _land_laws(atlas)
    _countries(atlas)


def _rules(atlas: Atlas) -> None:
    raw = atlas.read("facts/cfius_rules.csv", dtype=str, keep_default_na=False)
    own = pd.DataFrame(RULES, columns=list(RULES[0])) if RULES else raw[:0]
    own = own.assign(
        source="31 CFR parts 800 and 802 (US Government work), in our own words",
        confidence="stored-source",
        as_of="2025-01-27",
    )
    table = pd.concat([raw, own], ignore_index=True).fillna("")
    if table["rule_id"].duplicated().any():
        raise ValueError("a rule id is there twice")
    atlas.add("clearance_rules", table)
    atlas.cite(
        "clearance_rules",
        " ".join(table.columns),
        "",
        "facts: cfius_rules; 31 CFR parts 800, 802 (eCFR)",
        "US Government work, compiled in our own words",
        "2025-01-27",
    )


def _facts(atlas: Atlas) -> None:
    schema = json.loads((atlas.raw / "cases/cfius/schema.json").read_text())["facts"]
    rows = []
    for key, known in schema.items():
        tokens = "" if key in PERMISSIVE else ";".join(known.get("values") or [])
        rows.append((key, known["type"], tokens, known.get("about") or ""))
    for key, kind, tokens, meaning in OWN_FACTS:
        if key in schema:  # tokens of ours beside those of the case files
            at = next(i for i, row in enumerate(rows) if row[0] == key)
            rows[at] = (
                key,
                rows[at][1],
                ";".join(filter(None, [rows[at][2], tokens])),
                rows[at][3],
            )
        else:
            rows.append((key, kind, tokens, meaning))
    atlas.add("clearance_facts", pd.DataFrame(rows, columns=["key", "type", "tokens", "meaning"]))
    atlas.cite(
        "clearance_facts",
        "key type tokens meaning",
        "",
        "vocabulary of the CFIUS case files; gigaplan",
        "compiled facts; MIT",
        "2026",
    )


def _sites(atlas: Atlas) -> None:
    raw = atlas.read("data/cfius_sites/cfius_appendix_a_geocoded.csv")
    raw = raw.assign(by_hand=(raw["mirta_match"] == "MANUAL_COORDS").astype(int))
    table = raw[
        [
            "site_name",
            "location",
            "current_part",
            "latitude",
            "longitude",
            "by_hand",
            "regime_added",
        ]
    ]
    table = table.rename(
        columns={"site_name": "site", "current_part": "part", "regime_added": "added"}
    )
    atlas.add("listed_sites", table.round({"latitude": 4, "longitude": 4}))
    note = (
        "one point a site, not its boundary, from which the rule measures: distances overstate; "
        "by_hand = set by hand by the author; parts 3 and 4 are not in the list"
    )
    atlas.cite(
        "listed_sites",
        "site location part added",
        "",
        f"31 CFR part 802 appendix A (retrieved 2026-04-04), {SITES}",
        "Apache-2.0",
        "2026-04-04",
    )
    atlas.cite(
        "listed_sites",
        "latitude longitude by_hand",
        "degree",
        f"{SITES} (DoD MIRTA)",
        "Apache-2.0",
        "2026-04-04",
        note=note,
    )


def _land_laws(atlas: Atlas) -> None:
    raw = atlas.read(
        "data/cfius_sites/state_foreign_land_restrictions.csv", dtype=str, keep_default_na=False
    )
    table = pd.DataFrame(
        {
            "state": raw["state"].map(STATE_CODES),
            "bill": raw["latest_bill"],
            "year": raw["latest_amendment_year"],
            "kind": raw["provision_type"],
            "scope": raw["target_scope"],
            "countries": [
                _codes(t, s)
                for t, s in zip(raw["target_countries"], raw["target_scope"], strict=True)
            ],
            "farm_land": (raw["applies_to_ag_land"] == "Y").astype(int),
            "other_land": (raw["applies_to_other_real_property"] == "Y").astype(int),
            "near_military": (raw["military_proximity_provision"] == "Y").astype(int),
            "divestment": (raw["divestment_requirement"] == "Y").astype(int),
            "reporting": (raw["reporting_requirement"] == "Y").astype(int),
            "note": raw["notes"],
        }
    )
    if table["state"].isna().any():
        raise ValueError("a state of the land laws is not known")
    atlas.add("state_land_laws", table)
    atlas.cite(
        "state_land_laws",
        " ".join(table.columns),
        "",
        SITES,
        "Apache-2.0",
        "2026-04-04",
        confidence="background",
        note="compiled by its author; not checked against the state codes",
    )


def _codes(countries: str, scope: str) -> str:
    if scope == "all_foreign":
        return "all"
    found = [code for name, code in COUNTRY_CODES.items() if name in countries]
    governments = ";all_governments" if "all foreign governments" in countries else ""
    return (";".join(sorted(found)) or ALL_ADVERSARIES) + governments


def _countries(atlas: Atlas) -> None:
    columns = [
        "code",
        "name",
        "excepted_state",
        "sta_a5",
        "chip_licence",
        "covered_nation",
        "adversary",
        "oecd",
    ]
    atlas.add("country_groups", pd.DataFrame(COUNTRIES, columns=columns))
    atlas.cite("country_groups", "code name", "", "ISO 3166-1", "facts", "2026")
    atlas.cite(
        "country_groups",
        "excepted_state",
        "",
        "31 CFR 800.218; Treasury determinations 2022, 2023",
        "US Government work",
        "2023",
    )
    note = (
        "sta_a5: country group A:5; chip_licence: groups D:1, D:4, D:5 outside A:5 and A:6; check "
        "supplement 1 to 15 CFR part 740"
    )
    atlas.cite(
        "country_groups",
        "sta_a5 chip_licence",
        "",
        "15 CFR part 740 supplement 1",
        "US Government work",
        "2025",
        confidence="background",
        note=note,
    )
    atlas.cite(
        "country_groups",
        "covered_nation adversary oecd",
        "",
        "10 U.S.C. 4872(d); memorandum of 21 Feb 2025; OECD members",
        "US Government work; facts",
        "2025",
        confidence="background",
    )
