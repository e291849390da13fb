"""Neighbouring regimes: FERC 203, NRC, chip exports, FOCI, state land laws, CHIPS, FEOC, HSR."""

from __future__ import annotations

from gigaplan.clearance.countries import HOME, Country, country, land_laws
from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, Answer, Finding
from gigaplan.clearance.persons import GOVERNMENT_PCT

POWER = ("generation", "nuclear", "storage", "corridor")
FERC_USD, HSR_USD = 10e6, 133.9e6
HSR_DATE = "2026-02-17"


def neighbour_findings(facts: Facts) -> list[Finding]:
    """Findings on every neighbouring regime that the facts under ``asset`` bring up."""
    if not facts.states("asset"):
        return []
    code = facts.get("investor.country")
    home = None if code is None else country(str(code))
    found = [_ferc(facts), _nrc(facts, home), _chips_abroad(facts, home), _foci(facts, home)]
    found += [_land(facts, home), _guardrails(facts, home), _concern(facts, home), _hsr(facts)]
    return [f for f in found if f is not None]


def _foreign(home: Country | None) -> Answer:
    return DEPENDS if home is None else home.code != HOME


def _ferc(facts: Facts) -> Finding | None:
    seen = facts.follow()
    kind = seen.get("asset.class")
    if kind not in POWER:
        return None
    rule, citation = "O-FERC203", "16 U.S.C. 824b; 18 CFR part 33"
    if seen.true("asset.lender_only"):
        return Finding(
            "ferc_203",
            False,
            "a lender acquires no facilities or securities",
            rule,
            citation,
            seen.used,
        )
    existing, worth = seen.get("asset.existing_public_utility"), seen.number("asset.value_usd")
    if existing is False:
        return Finding(
            "ferc_203",
            False,
            "new facilities are built; none of a public utility changes hands",
            rule,
            citation,
            seen.used,
        )
    if existing is True and worth is not None:
        value: Answer = worth >= FERC_USD
        text = f"{worth:,.0f} USD of jurisdictional facilities against 10,000,000 USD"
        return Finding(
            "ferc_203",
            value,
            text,
            rule,
            citation,
            seen.used,
            filing="FERC application under section 203" if value else "",
        )
    needed = ("whether facilities or securities of a public utility change hands, and their value",)
    return Finding(
        "ferc_203", DEPENDS, "not a test of nationality", rule, citation, seen.used, needed
    )


def _nrc(facts: Facts, home: Country | None) -> Finding | None:
    seen = facts.follow()
    if seen.get("asset.class") != "nuclear":
        return None
    rule, citation = "O-NRC", "42 U.S.C. 2133(d), 2134(d); 10 CFR 50.38"
    if _foreign(home) is False:
        return Finding(
            "nrc_foreign_ownership", False, "no foreign owner", rule, citation, seen.used
        )
    if seen.true("asset.lender_only"):
        return Finding(
            "nrc_foreign_ownership",
            False,
            "a lender without rights neither owns nor controls",
            rule,
            citation,
            seen.used,
        )
    votes = seen.number("deal.voting_interest_pct")
    controls = bool(seen.get("deal.control_rights")) or (votes is not None and votes > 50.0)
    relaxed = home is not None and (home.oecd or home.code == "IN")
    if controls and not relaxed:
        text = "a licensee owned, controlled or dominated from abroad gets no licence"
        return Finding(
            "nrc_foreign_ownership", True, text, rule, citation, seen.used, penalty="no licence"
        )
    needed = ("a negation action plan that the NRC accepts",)
    if relaxed:
        needed = (
            "how the NRC applies section 301 of the ADVANCE Act of 2024 to OECD states and India",
        )
    return Finding(
        "nrc_foreign_ownership", DEPENDS, "no fixed percentage", rule, citation, seen.used, needed
    )


def _chips_abroad(facts: Facts, home: Country | None) -> Finding | None:
    seen = facts.follow()
    exports = seen.get("asset.exports_advanced_chips")
    if seen.get("asset.class") not in ("accelerators", "campus") and exports is None:
        return None
    rule, citation = "O-EXPORT-UAE", "15 CFR 742.6(a)(6)(iii), 744.23"
    if home is None or home.code == HOME:
        return None
    if not home.chip_licence:
        text = f"{home.name} is in none of country groups D:1, D:4, D:5"
        return Finding(
            "export_licence_chips", False, text, rule, citation, seen.used, as_of="2025-11-19"
        )
    if exports is None:
        needed = (
            "whether chips of 3A090/4A090 leave the country or go to a company of that country",
        )
        return Finding(
            "export_licence_chips",
            DEPENDS,
            home.name,
            rule,
            citation,
            seen.used,
            needed,
            as_of="2025-11-19",
        )
    text = (
        f"chips to {home.name} need a BIS licence"
        if exports
        else "the chips stay in the United States"
    )
    return Finding(
        "export_licence_chips",
        exports,
        text,
        rule,
        citation,
        seen.used,
        as_of="2025-11-19",
        filing="BIS licence" if exports else "",
    )


def _foci(facts: Facts, home: Country | None) -> Finding | None:
    seen = facts.follow()
    needed_clearance = seen.get("asset.classified_work")
    if needed_clearance is None:
        return None
    rule, citation = "O-FOCI", "32 CFR 117.11; 32 CFR 2004.34"
    foreign = _foreign(home)
    if needed_clearance is False or foreign is False:
        return Finding(
            "foci_mitigation",
            False,
            "no cleared work or no foreign interest",
            rule,
            citation,
            seen.used,
        )
    if seen.get("deal.control_rights") or (seen.number("deal.voting_interest_pct") or 0) > 50.0:
        how = "special security agreement, or proxy agreement or voting trust to cut control off"
    elif seen.number("deal.board_seat"):
        how = "security control agreement"
    else:
        how = "board resolution"
    return Finding(
        "foci_mitigation",
        foreign,
        how,
        rule,
        citation,
        seen.used,
        () if foreign is True else ("the country of the investor",),
        filing=f"FOCI mitigation: {how}",
    )


def _land(facts: Facts, home: Country | None) -> Finding | None:
    seen = facts.follow()
    state = seen.get("asset.state")
    if state is None or home is None or home.code == HOME:
        return None
    law = land_laws().get(str(state))
    rule = "O-SLAND"
    if law is None:
        text = f"no such law of {state} in the table, which is not complete"
        asks = (f"whether {state} has such a law",)
        return Finding(
            "state_land_law", DEPENDS, text, rule, "state code", seen.used, asks, as_of="2026-04-04"
        )
    citation = f"{state}: {law['bill']} ({law['year']})"
    seen.get("investor.country")
    listed = str(law["countries"]).split(";")
    government = (seen.number("investor.government_pct") or 0.0) >= GOVERNMENT_PCT
    hit = "all" in listed or home.code in listed or ("all_governments" in listed and government)
    # Hong Kong and Macau stand with China in these laws
    hit = hit or (home.code in ("HK", "MO") and "CN" in listed)
    if not hit:
        return Finding(
            "state_land_law",
            False,
            f"{home.name} is not among those it names",
            rule,
            citation,
            seen.used,
            as_of="2026-04-04",
        )
    if law["other_land"] and "all" not in listed:
        return Finding(
            "state_land_law", True, str(law["note"]), rule, citation, seen.used, as_of="2026-04-04"
        )
    needed = ("whether the land is farm land", "whether a lease or a small site is outside it")
    return Finding(
        "state_land_law",
        DEPENDS,
        str(law["note"]),
        rule,
        citation,
        seen.used,
        needed,
        as_of="2026-04-04",
    )


def _guardrails(facts: Facts, home: Country | None) -> Finding | None:
    seen = facts.follow()
    award = seen.get("asset.chips_award")
    if award is None and seen.get("asset.class") != "fab":
        return None
    rule, citation = "O-CHIPS-GR", "15 CFR part 231"
    if home is not None and home.covered_nation:
        text = f"{home.name} is a country of concern: no joint research, licensing or award"
        return Finding(
            "chips_guardrails",
            True,
            text,
            rule,
            citation,
            seen.used,
            penalty="claw-back of the award",
        )
    if award is False:
        return Finding("chips_guardrails", False, "no CHIPS award", rule, citation, seen.used)
    needed = ("fabs of the recipient and its affiliates in countries of concern, for 10 years",)
    return Finding(
        "chips_guardrails",
        DEPENDS,
        "bind a recipient of an award",
        rule,
        citation,
        seen.used,
        needed,
    )


def _concern(facts: Facts, home: Country | None) -> Finding | None:
    seen = facts.follow()
    claimed = seen.get("asset.tax_credit")
    if home is None or claimed is False:
        return None
    rule, citation = "O-FEOC", "26 U.S.C. 7701(a)(51), (52)"
    if home.covered_nation:
        text = (
            f"{home.name} is a covered nation: one holder of 25 %, several of 40 %, or 15 % of the "
            "debt, end the credits"
        )
        return Finding(
            "foreign_entity_of_concern",
            True,
            text,
            rule,
            citation,
            seen.used,
            as_of="2025-07-04",
            penalty="no 45Y, 48E, 45X or 48D credit",
        )
    text = (
        f"{home.name} is not a covered nation; check its own holders and licences from such nations"
    )
    return Finding(
        "foreign_entity_of_concern", False, text, rule, citation, seen.used, as_of="2025-07-04"
    )


def _hsr(facts: Facts) -> Finding | None:
    seen = facts.follow()
    worth = seen.number("asset.value_usd")
    if worth is None:
        return None
    rule, citation = "O-HSR", "15 U.S.C. 18a"
    if seen.true("asset.lender_only"):
        return Finding(
            "hsr_notification",
            False,
            "a loan acquires no voting securities or assets",
            rule,
            citation,
            seen.used,
            as_of=HSR_DATE,
        )
    large = worth >= HSR_USD
    text = (
        f"{worth:,.0f} USD against {HSR_USD:,.0f} USD; for everyone, not for foreign persons alone"
    )
    return Finding(
        "hsr_notification",
        DEPENDS if large else False,
        text,
        rule,
        citation,
        seen.used,
        ("exemptions, such as for new entities and for passive holdings up to 10 %",)
        if large
        else (),
        filing="HSR notification" if large else "",
        clock="30 days" if large else "",
        as_of=HSR_DATE,
    )
