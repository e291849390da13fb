"""Is there a U.S. business (800.252), and do the assets of a deal amount to one (800.217)."""

from __future__ import annotations

from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, Answer, Finding

# what assets bring to a buyer; one kind alone is property, several together are an undertaking
ASSET_KINDS = {
    "place": (
        "empty_facility",
        "facility",
        "land",
        "production_facilities",
        "equipment",
        "machinery",
        "tangible",
        "inventory_products",
    ),
    "know_how": (
        "ip",
        "intangible",
        "know_how",
        "technology",
        "proprietary_software",
        "inventory_software",
        "trademarks",
        "branding",
    ),
    "market": (
        "customer_lists",
        "customer_relationships",
        "advertising_material",
        "domain_names",
        "internet_presence",
    ),
    "people": ("personnel",),
}
KEPT_BACK = ("ip", "intangibles", "personnel", "proprietary_information")
STARTED = ("incorporated", "hired_personnel", "rented_office")
RECENT_DAYS = 30
CONTRACTS = ("supply_contract", "technology_license")
CONTRIBUTED_BUSINESS = (
    "us_business",
    "us_business_including_ip_and_intangibles",
    "land_equipment_ip_and_intangibles",
)
RULE, CITATION = "J800-ASSET", "31 CFR 800.252, 800.217, 800.301(e), 800.302(c)"

Verdict = tuple[Answer, str, tuple[str, ...]]


def entity_us_business(facts: Facts) -> list[Finding]:
    """``us_business`` of the entity under ``entity``, where its facts say anything on it."""
    seen = facts.follow()
    verdict = _entity(seen)
    if verdict is None:
        return []
    value, reason, needed = verdict
    return [Finding("us_business", value, reason, "P800-USB", "31 CFR 800.252", seen.used, needed)]


def _entity(seen: Facts) -> Verdict | None:
    if seen.get("entity.engaged_in_us_interstate_commerce") is not None:
        if seen.true("entity.engaged_in_us_interstate_commerce"):
            return True, "engaged in interstate commerce in the United States, whoever owns it", ()
        return False, "not engaged in interstate commerce in the United States", ()
    if seen.states("entity.us_presence"):
        if seen.tokens("entity.us_presence"):
            text = "its U.S. branch or subsidiary is a U.S. business, it as far as that goes"
            return DEPENDS, text, ("which part of it is meant",)
        return False, "nothing and nobody in the United States; selling into it is not enough", ()
    if seen.false("entity.us_assets") and seen.false("entity.us_personnel"):
        return False, "no assets and no people in the United States", ()
    if seen.true("entity.us_assets") and seen.true("entity.us_personnel"):
        return True, "people and assets in the United States", ()
    if seen.states("entity.sells_into_us") and not seen.states("entity.us_assets"):
        seen.tokens("entity.sells_into_us")
        abroad = seen.get("entity.organized_in") == "foreign"
        if abroad and seen.get("entity.operates_in") == "foreign_only":
            return False, "active abroad only; exports and licences alone are no U.S. business", ()
        return (
            DEPENDS,
            "sells into the United States",
            ("its people and assets in the United States",),
        )
    if seen.get("entity.operates_in") == "foreign_only":
        return False, "active abroad only", ()
    return None


def target_us_business(facts: Facts) -> Finding:
    """Whether what the deal acquires is a U.S. business."""
    seen = facts.follow()
    value, reason, needed = _target(seen)
    return Finding("us_business", value, reason, RULE, CITATION, seen.used, needed)


def _target(seen: Facts) -> Verdict:
    if greenfield(seen):
        return (
            False,
            "greenfield: the foreign person starts an enterprise; no existing business is acquired",
            (),
        )
    if seen.false("target.existing_business"):
        done = seen.tokens("target.activities_before_investment")
        if any(step in done for step in STARTED):
            text = "nothing is said to exist, yet the start-up was under way"
            return DEPENDS, text, ("whether there was an undertaking before the deal",)
        return _unless_stated(seen, "nothing exists before the deal")
    if _land_deal(seen):
        return False, "land or buildings are taken, not a business", ()
    given = seen.get("deal.us_party_contributes")
    if given in CONTRIBUTED_BUSINESS:
        return True, "what the U.S. party puts into the venture is a U.S. business", ()
    if given == "land_and_equipment_not_a_business":
        # a premise on the party of a venture says nothing of what it puts in
        return False, "the U.S. party puts in land and equipment that are no business", ()
    if seen.get("target.us_assets") == "covered_undeveloped_land_only":
        return _unless_stated(seen, "its only U.S. assets are undeveloped land")
    if seen.get("target.kind") == "startup" or seen.states("target.activities_before_investment"):
        return _startup(seen)
    if _assets_decide(seen):
        return _assets(seen)
    premise = seen.get("target.us_business")
    if premise is not None:
        return bool(premise), "stated", ()
    if seen.get("target.located_in") == "foreign":
        if seen.get("target.kind") == "branch_office":
            return False, "a branch wholly abroad, although a U.S. company may own it", ()
        return DEPENDS, "a target abroad", ("its people and assets in the United States",)
    if seen.get("target.kind") == "branch_office" and seen.get("target.located_in") == "us":
        return True, "a branch in the United States, whoever owns it", ()
    if seen.get("deal.collateral") == "principal_assets_constituting_us_business":
        return True, "the collateral is a U.S. business", ()
    if seen.true("target.operated_as_business"):
        return True, "assets run as a business", ()
    if seen.get("target.kind") == "operating_assets":
        return True, "operating assets", ()
    dormant = _dormant(seen)
    if dormant is not None:
        return dormant
    if seen.states("real_estate") and not seen.states("target"):
        return False, "real estate alone is no business", ()
    if seen.get("target.tid") or seen.get("target.current_controller"):
        return True, "a business by the other facts stated", ()
    return (
        DEPENDS,
        "whether there is a U.S. business is not stated",
        ("whether the target is a U.S. business",),
    )


def _unless_stated(seen: Facts, reason: str) -> Verdict:
    """No, unless the premise says that there is a U.S. business: then the facts are at odds."""
    if not seen.true("target.us_business"):
        return False, reason, ()
    asks = ("whether there is a U.S. business, as stated",)
    return DEPENDS, f"stated to be a U.S. business, yet {reason}", asks


def _land_deal(seen: Facts) -> bool:
    """A lease of real estate, or a later purchase by a company that was bought before."""
    if not seen.states("real_estate") or seen.true("target.operated_as_business"):
        return False
    kind = seen.get("deal.type")
    return kind == "lease" or (kind == "purchase" and seen.true("deal.follow_on"))


def _startup(seen: Facts) -> Verdict:
    premise = seen.get("target.us_business")
    done = seen.tokens("target.activities_before_investment")
    if seen.true("target.foreign_involvement_before"):
        return (
            DEPENDS,
            "the investor took part in the start from the outset",
            ("whether a U.S. business existed without the investor",),
        )
    if any(step in done for step in STARTED):
        text = "the start-up was under way before the investment, without the investor: "
        return True, text + ", ".join(step.replace("_", " ") for step in done), ()
    if premise is not None:
        return bool(premise), "stated", ()
    return (
        DEPENDS,
        "a start-up with plans only",
        ("whether it was an undertaking before the investment",),
    )


def _assets_decide(seen: Facts) -> bool:
    """Whether the list of assets, not the seller, says what is acquired."""
    return buys_assets(seen) and bool(
        seen.states("deal.assets_included") or seen.get("target.kind") == "miscellaneous_assets"
    )


def greenfield(seen: Facts) -> bool:
    """A start from scratch (800.301(e)(7)), unless a business is stated or taken over with it."""
    if seen.get("deal.type") != "greenfield" and not seen.true("deal.greenfield"):
        return False
    included = seen.tokens("deal.assets_included")
    taken = len(_kinds(included)) >= 2 or "substantially_all" in included
    return not taken and not seen.true("target.us_business")


def buys_assets(seen: Facts) -> bool:
    """Whether assets are taken over, by the name of the deal or by what is listed.

    A deal called a supply contract or a licence takes over an undertaking where the assets that go
    with it make one up (800.302(c)).
    """
    kind = seen.get("deal.type")
    if seen.true("deal.asset_purchase") or kind in ("asset_purchase", "purchase"):
        return True
    included = seen.tokens("deal.assets_included")
    several = len(_kinds(included)) >= 2 or "substantially_all" in included
    return bool(included) and (kind is None or (kind in CONTRACTS and several))


def _kinds(included: list[str]) -> set[str]:
    """What the assets bring to a buyer: a place, know-how, a market, people."""
    return {kind for kind, names in ASSET_KINDS.items() if any(n in included for n in names)}


def _assets(seen: Facts) -> Verdict:
    included, excluded = seen.tokens("deal.assets_included"), seen.tokens("deal.assets_excluded")
    if seen.true("target.operated_as_business"):
        return True, "assets run as a business", ()
    kinds = _kinds(included)
    whole = "substantially_all" in included
    if seen.get("target.kind") == "miscellaneous_assets" and len(kinds) < 2 and not whole:
        return False, "miscellaneous assets that are no undertaking", ()
    listed = ", ".join(name.replace("_", " ") for name in included)
    if whole:
        return True, f"substantially all assets of an undertaking ({listed})", ()
    if len(kinds) >= 2 and seen.get("target.kind") != "miscellaneous_assets":
        return True, f"a set of assets with which the operation can be run: {listed}", ()
    if kinds <= {"place"} and "empty_facility" in included and not seen.true("target.us_business"):
        return False, f"{listed}: property, not an undertaking", ()
    kept_back = any(kind in excluded for kind in KEPT_BACK)
    single = len(included) == 1 and not kinds & {"people"}
    plain = (kinds == {"place"} or single) and "production_facilities" not in included
    if len(kinds) == 1 and (kept_back or (plain and not seen.true("target.us_business"))):
        dormant = _dormant(seen)
        if dormant is not None and dormant[0] is not False:
            return dormant
        return False, f"only {listed}, without the means to run a business", ()
    return (
        DEPENDS,
        f"{listed or 'the assets'}: it is not stated whether they make up an undertaking",
        ("whether people, know-how and customers go with the assets",),
    )


def _dormant(seen: Facts) -> Verdict | None:
    """A stopped operation is still a business where it could be taken up again."""
    stopped = seen.number("target.operations_stopped_days_ago")
    signs = {
        "working facilities": _maybe(seen.get("target.facilities"), "idle_working_condition"),
        "key staff willing to return": seen.get("target.key_former_staff_willing_to_return"),
        "current technology": seen.get("target.technology_current"),
        "current customer and vendor lists": seen.get("target.customer_and_vendor_lists_current"),
    }
    known = {name: sign for name, sign in signs.items() if sign is not None}
    if stopped is None and not known and not seen.true("target.in_bankruptcy"):
        return None
    if known and all(known.values()):
        return True, "dormant but can be revived: " + ", ".join(known), ()
    if known and not any(known.values()):
        return False, "nothing left with which the operation could be revived", ()
    if not known and stopped is not None and stopped <= RECENT_DAYS:
        return True, f"operations stopped only {stopped:g} days ago", ()
    return DEPENDS, "a stopped operation", ("whether it could be taken up again",)


def _maybe(value: object, token: str) -> bool | None:
    return None if value is None else value == token
