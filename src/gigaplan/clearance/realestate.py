"""Covered real estate transactions (31 CFR part 802)."""

from __future__ import annotations

from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, POSSIBLE, Answer, Finding, all_of
from gigaplan.clearance.lending import in_default
from gigaplan.clearance.persons import investor_excepted
from gigaplan.clearance.sites import CLOSE_MILES, EXTENDED_MILES, nearby

URBANIZED, CLUSTER = 50_000, 2_500
RIGHTS_NEEDED = 3
SHARE_PCT = 10.0
AT = "real_estate"
CITATION = "31 CFR 802.212, 802.301"
RULE = "R802-CRT"
Verdict = tuple[Answer, str, tuple[str, ...]]


def real_estate_transaction(facts: Facts, foreign: Answer, part_800: Answer) -> Finding | None:
    """``covered_real_estate_transaction``; None where the deal has no real estate in it."""
    land_only = facts.get("target.us_assets") == "covered_undeveloped_land_only"
    deal = facts.states("deal")
    if not deal or not (facts.states(AT) or land_only):
        return None
    seen = facts.follow()
    value, reason, needed, excepted = _judge(seen, foreign, part_800)
    also: dict[str, object] = {"excepted": excepted} if excepted else {}
    if value is True and seen.true("deal.follow_on"):
        kind = "lease" if seen.get("deal.type") == "lease" else "purchase"
        also["covered_scope"] = f"new_{kind}_only"
    return Finding(
        "covered_real_estate_transaction",
        value,
        reason,
        RULE,
        CITATION,
        seen.used,
        needed,
        also=also,
    )


def _judge(
    seen: Facts, foreign: Answer, part_800: Answer
) -> tuple[Answer, str, tuple[str, ...], str]:
    if foreign is False:
        return False, "the investor is not a foreign person", (), ""
    if part_800 is True:
        return (
            False,
            "part of a covered transaction under part 800, which governs",
            (),
            "part_800_covered_transaction",
        )
    covered = covered_real_estate(seen)
    if covered[0] is False:
        return False, covered[1], (), ""
    if seen.true("deal.evasion_intent"):
        text = "structured to escape section 721 as it relates to real estate (802.212(c))"
        asks = ("who and what stand behind the structure",)
        value = all_of(foreign, covered[0])
        return value, text, () if isinstance(value, bool) else (*asks, *covered[2]), ""
    if seen.get("deal.type") == "loan" and not seen.number(f"{AT}.property_rights_count"):
        return (*_loan(seen, covered), "")
    rights = _rights(seen)
    if rights[0] is False:
        return False, rights[1], (), ""
    excepted, why, kind = _exception(seen)
    if excepted is True:
        return False, why, (), kind
    no_exception: Answer = True if excepted is False else excepted
    value = all_of(foreign, covered[0], rights[0], no_exception)
    if part_800 is not False and value is True:
        value = DEPENDS
    needed = [*covered[2], *rights[2]]
    if excepted is not False:
        needed.append(why)
    if foreign is not True:
        needed.append("whether the investor is a foreign person")
    if part_800 is not False:
        needed.append("whether part 800 covers the deal")
    reason = f"{covered[1]}; {rights[1]}" + (f"; {why}" if why and excepted is False else "")
    return value, reason, tuple(needed), ""


def covered_real_estate(seen: Facts) -> Verdict:
    """Whether it is covered real estate (802.211); a part of a parcel is enough."""
    stated = seen.get(f"{AT}.covered")
    if stated is not None:
        return bool(stated), "covered real estate" if stated else "not covered real estate", ()
    if seen.get("target.us_assets") == "covered_undeveloped_land_only":
        return True, "its U.S. assets are covered land", ()
    if seen.true(f"{AT}.in_covered_port"):
        return True, "in, or part of, a covered port (802.210)", ()
    portion = seen.number(f"{AT}.covered_portion_pct")
    if portion is not None:
        return portion > 0, f"{portion:g} % of the parcel is covered", ()
    by_place = _by_place(seen)
    if by_place is not None:
        return by_place
    parts = [int(p) for p in seen.tokens(f"{AT}.appendix_a_parts")]
    miles, zone = seen.number(f"{AT}.distance_miles"), seen.get(f"{AT}.zone")
    near = seen.get(f"{AT}.near")
    if 3 in parts or 4 in parts:
        return True, "in a county or range that appendix A lists in part 3 or 4", ()
    if zone == "close_proximity" or (miles is not None and miles <= CLOSE_MILES):
        if parts or near:
            return True, "within one mile of a listed installation", ()
        return DEPENDS, "within a mile", ("of which installation",)
    far = miles is not None and miles > EXTENDED_MILES
    if far:
        return False, f"{miles:g} miles, beyond the extended range", ()
    if zone == "extended_range" or miles is not None:
        if 2 in parts:
            return True, "in the extended range (to 100 miles) of an installation of part 2", ()
        if parts:
            return False, "an installation of part 1 has no extended range", ()
        return DEPENDS, "within 100 miles", ("whether appendix A lists the installation in part 2",)
    return DEPENDS, "its place is not stated", ("distance to ports and listed installations",)


def _by_place(seen: Facts) -> Verdict | None:
    """From coordinates and the list of installations, where nothing nearer is stated."""
    stated = ("zone", "distance_miles", "appendix_a_parts")
    if any(seen.states(f"{AT}.{name}") for name in stated):
        return None
    latitude, longitude = seen.number(f"{AT}.latitude"), seen.number(f"{AT}.longitude")
    if latitude is None or longitude is None:
        return None
    finding = nearby(latitude, longitude).finding
    if finding.value is True:
        return True, finding.reason, ()
    # the list is of points and without ports and parts 3 and 4: never a flat no
    return DEPENDS, finding.reason, finding.depends_on


def _rights(seen: Facts) -> Verdict:
    """At least three of the four property rights (802.233)."""
    after = seen.number(f"{AT}.property_rights_count")
    before = seen.number(f"{AT}.property_rights_count_before")
    kind = seen.get("deal.type")
    # a purchase, lease or concession is a transaction of its own, whatever was held before
    anew = kind in ("purchase", "asset_purchase", "share_purchase", "lease", "concession")
    if before is not None and before >= RIGHTS_NEEDED and not anew:
        return False, "had three property rights before; nothing new", ()
    if after is not None:
        text = f"{after:g} of the four property rights"
        if kind == "loan" and after >= RIGHTS_NEEDED:
            asks = ("whether the arrangement amounts to a purchase or lease (802.303(b))",)
            return POSSIBLE, f"a loan with {text}", asks
        return after >= RIGHTS_NEEDED, text, ()
    if kind in ("purchase", "asset_purchase", "share_purchase", "greenfield"):
        shared = (
            seen.get(f"{AT}.ownership") == "shared" or seen.get("deal.joint_title_with") is not None
        )
        if shared:
            return DEPENDS, "shared ownership", ("how many property rights the foreign person has",)
        return True, "ownership brings every property right", ()
    if kind in ("lease", "concession"):
        return True, "a lease or concession conveys them unless it withholds them", ()
    return DEPENDS, "the rights are not stated", ("how many property rights it brings",)


def _loan(seen: Facts, covered: Verdict) -> Verdict:
    if not in_default(seen):
        return False, "a loan is not covered before default", ()
    rights = seen.number(f"{AT}.property_rights_on_default_min")
    owned = seen.true(f"{AT}.ownership_on_default")
    if owned and rights is None:
        return covered[0], "default brings ownership", covered[2]
    brought = rights or 0.0
    enough = brought >= RIGHTS_NEEDED
    return (
        (covered[0] if enough else False),
        f"default brings {brought:g} property rights",
        covered[2],
    )


def _exception(seen: Facts) -> tuple[Answer, str, str]:
    """The first exception of 802.216 that holds: yes with its label; open with what it turns on."""
    if investor_excepted(seen) is True:
        return True, "an excepted real estate investor (802.215)", "excepted_investor"
    found: list[tuple[Answer, str, str]] = []
    for judge in (_urban, _housing, _commercial):
        verdict = judge(seen)
        if verdict[0] is True:
            return verdict
        found.append(verdict)
    return next((v for v in found if v[0] is not False), next((v for v in found if v[1]), found[0]))


def _urban(seen: Facts) -> tuple[Answer, str, str]:
    people = seen.number(f"{AT}.census_population")
    urban = seen.true(f"{AT}.urbanized_area") or seen.true(f"{AT}.urban_cluster")
    denied = seen.false(f"{AT}.urbanized_area") and not seen.true(f"{AT}.urban_cluster")
    if people is not None and not denied:
        urban = urban or people >= CLUSTER
    if not urban:
        return False, "", ""
    miles, zone = seen.number(f"{AT}.distance_miles"), seen.get(f"{AT}.zone")
    if zone == "close_proximity" or (miles is not None and miles <= CLOSE_MILES):
        return False, "the urban exception does not reach within one mile", ""
    if seen.true(f"{AT}.in_covered_port"):
        return False, "the urban exception does not reach into ports", ""
    parts = {int(p) for p in seen.tokens(f"{AT}.appendix_a_parts")}
    if zone is None and miles is None and not (parts and parts.isdisjoint({1, 2})):
        return DEPENDS, "whether it lies within one mile of an installation or in a port", ""
    return True, "in an urbanized area or urban cluster, beyond one mile", "urbanized_area"


def _housing(seen: Facts) -> tuple[Answer, str, str]:
    if seen.get(f"{AT}.kind") != "single_housing_unit":
        return False, "", ""
    if seen.true(f"{AT}.adjacent_to_owned_house"):
        return False, "land beside a house already owned is not itself a housing unit", ""
    lot, usual = seen.number(f"{AT}.lot_acres"), seen.number(f"{AT}.neighborhood_typical_lot_acres")
    if lot is not None and usual is not None and lot > usual:
        return False, f"{lot:g} acres is more than the {usual:g} usual for a house there", ""
    if lot is not None and usual is None:
        return DEPENDS, "whether the land is usual for a house there", ""
    return True, "a single housing unit with the land that goes with it", "single_housing_unit"


def _commercial(seen: Facts) -> tuple[Answer, str, str]:
    share, others = seen.number(f"{AT}.commercial_space_pct"), seen.number(f"{AT}.other_tenants")
    if seen.get(f"{AT}.kind") != "commercial_space_multi_unit" and share is None:
        return False, "", ""
    if share is not None and share > SHARE_PCT:
        return False, f"{share:g} % of the commercial space is more than 10 %", ""
    if others is not None and 100.0 / (others + 1.0) > SHARE_PCT:
        return False, f"one of {others + 1:g} tenants is more than 10 % of them", ""
    if share is None or others is None:
        return DEPENDS, "share of the commercial space and number of tenants", ""
    return (
        True,
        "at most 10 % of the commercial space and of the tenants",
        "commercial_space_multi_unit",
    )
