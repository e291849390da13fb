"""TID U.S. business (800.248): critical technology, infrastructure, sensitive personal data."""

from __future__ import annotations

from gigaplan.clearance.data import data_leg
from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, POSSIBLE, Answer, Finding, any_of

LEGS = ("critical_technology", "covered_infrastructure", "sensitive_personal_data")
MAKING = ("manufacture", "design", "produce", "test", "fabricate", "develop")

# functions of column 2 of appendix A, for the assets of column 1; "supply" is third-party
# security (800.246), "service" is repair, maintenance, replacement, overhaul, update (800.242)
OWN_OPERATE = ("own", "operate")
COLUMN_2: dict[str, tuple[str, ...]] = {
    "internet_exchange_point_public_peering": OWN_OPERATE,
    "crude_oil_storage": (*OWN_OPERATE, "supply"),
    "interstate_natural_gas_pipeline": (*OWN_OPERATE, "supply"),
    "interstate_oil_pipeline": (*OWN_OPERATE, "supply"),
    "industrial_control_system_of_interstate_oil_pipeline": ("manufacture", "service"),
    "scada_of_public_water_system": ("manufacture", "service"),
    "industrial_control_system_of_bulk_power_system": ("manufacture", "service"),
    "specialty_metal_facility": ("manufacture",),
    "container_terminal_at_strategic_seaport": OWN_OPERATE,
    "bulk_power_system": OWN_OPERATE,
    "electric_storage_on_bulk_power_system": OWN_OPERATE,
    "power_directly_serving_military_installation": OWN_OPERATE,
    "data_center_at_submarine_cable_landing": OWN_OPERATE,
    "public_water_system": OWN_OPERATE,
}
# of these the row is known by its asset alone: a function other than those above is left open
FROM_MEMORY = (
    "bulk_power_system",
    "electric_storage_on_bulk_power_system",
    "power_directly_serving_military_installation",
    "data_center_at_submarine_cable_landing",
    "public_water_system",
)
# least size of column 1: fact and threshold
SIZE = {
    "crude_oil_storage": ("capacity_barrels", 30e6),
    "interstate_oil_pipeline": ("capacity_barrels_per_day", 500e3),
    "industrial_control_system_of_interstate_oil_pipeline": ("capacity_barrels_per_day", 500e3),
    "interstate_natural_gas_pipeline": ("outside_diameter_inches", 20.0),
    "scada_of_public_water_system": ("individuals_served", 10e3),
    "public_water_system": ("individuals_served", 10e3),
}
FUNCTION = {
    "lease_to_operator": "own",
    "own": "own",
    "operate": "operate",
    "manufacture": "manufacture",
    "service": "service",
    "manufacture_system": "manufacture",
    "third_party_cyber_security": "supply",
    "third_party_physical_security": "supply",
}
NO_FUNCTION = {
    "component_manufacturer": "making a component is not making the system",
    "product_vendor": "selling a product used at the site is no listed function",
    "off_the_shelf_software_vendor": "selling software off the shelf is no listed function",
    "reseller": "reselling is not manufacturing",
    "maintain_physical_premises": "upkeep of the premises is not operating the asset",
}

Verdict = tuple[Answer, str, tuple[str, ...]]


def tid_findings(facts: Facts) -> list[Finding]:
    """``tid_us_business`` with its leg, where anything on it is stated."""
    seen = facts.follow()
    premise = seen.get("target.tid")
    legs = _legs(seen)
    stated = {name: leg for name, leg in legs.items() if leg is not None}
    if premise is None and not stated:
        return []
    if premise is not None:
        return [_by_premise(seen, list(premise))]
    value = any_of(*(leg[0] for leg in stated.values()))
    basis = next((n for n, leg in stated.items() if leg[0] is True), None)
    leading = basis or next(
        (n for n, leg in stated.items() if leg[0] is not False), next(iter(stated))
    )
    _, reason, needed = stated[leading]
    also = {"tid_basis": basis} if basis else {}
    return [
        Finding(
            "tid_us_business",
            value,
            reason,
            "B800-TID",
            "31 CFR 800.248",
            seen.used,
            needed,
            also=also,
        )
    ]


def _legs(seen: Facts) -> dict[str, Verdict | None]:
    """Each leg as its facts have it; None where nothing is stated."""
    return {
        "critical_technology": critical_technology(seen),
        "covered_infrastructure": infrastructure(seen),
        "sensitive_personal_data": data_leg(seen),
    }


def _by_premise(seen: Facts, premise: list[str]) -> Finding:
    rule, citation = "B800-TID", "31 CFR 800.248"
    met = [name for name, leg in _legs(seen).items() if leg is not None and leg[0] is True]
    if not premise and met:
        text = f"stated to meet no leg, yet its facts meet one: {met[0].replace('_', ' ')}"
        asks = ("which of the facts on the business hold",)
        return Finding("tid_us_business", DEPENDS, text, rule, citation, seen.used, asks)
    if not premise:
        if controlled_late(seen):
            text = "no leg at signing; technology that it makes came under control later"
            asks = ("whether it is a TID U.S. business by the time of completion",)
            return Finding("tid_us_business", POSSIBLE, text, rule, citation, seen.used, asks)
        return Finding("tid_us_business", False, "stated: no leg is met", rule, citation, seen.used)
    part = seen.get("target.tid_via_subsidiary")
    through = " through its wholly owned subsidiary" if part == "wholly_owned" else ""
    named = [leg for leg in premise if leg != "unspecified"]
    also = {"tid_basis": named[0]} if len(named) == 1 else {}
    reason = "stated" + (f": {', '.join(named).replace('_', ' ')}" if named else "") + through
    return Finding("tid_us_business", True, reason, rule, citation, seen.used, also=also)


def critical_technology(seen: Facts) -> Verdict | None:
    """Leg (a): produces, designs, tests, makes, fabricates or develops critical technology."""
    at = "target.critical_technology"
    if not seen.states(at):
        return None
    seen.get(f"{at}.became_controlled")
    role = seen.get(f"{at}.role")
    checks = seen.get(f"{at}.checks")
    end_item = seen.get(f"{at}.end_item_is_critical_technology")
    if role in MAKING:
        return True, f"{role.replace('_', ' ')} of critical technology", ()
    if role == "able_to_manufacture":
        kept = seen.tokens(f"{at}.retains")
        if kept:
            months = seen.number(f"{at}.months_since_last_manufacture")
            pause = f", last made {months:g} months ago" if months is not None else ""
            return True, f"keeps {', '.join(kept).replace('_', '-')} to make it again{pause}", ()
        if seen.states(f"{at}.retains"):
            return False, "nothing kept with which to make it again", ()
        return True, "able to manufacture critical technology", ()
    if role == "integrate_only" or checks == "fit_and_form_within_end_item":
        if end_item is True:
            return True, "the end item that it makes is itself critical technology", ()
        if end_item is False or checks == "fit_and_form_within_end_item":
            text = "builds in what others make and checks fit and form; that is not testing it"
            return False, text, ()
        return (
            DEPENDS,
            "builds in components that others make",
            ("whether the end item is critical technology",),
        )
    if end_item is True:
        return True, "the end item is critical technology", ()
    if seen.get(f"{at}.list") or seen.get("target.tid"):
        return True, "active in a listed technology", ()
    return (
        DEPENDS,
        "what it does with the technology is not stated",
        ("what it does with the technology",),
    )


def controlled_late(facts: Facts) -> bool:
    """Whether the only controlled item came under control after the parties were bound.

    The duty to file looks at the first trigger date (800.401(c)(3)); the definition of a TID U.S.
    business carries no date of its own, so jurisdiction is not ruled out.
    """
    at = "target.critical_technology"
    late = facts.get(f"{at}.became_controlled") == "after_signing_before_completion"
    return late and not facts.false(f"{at}.only_controlled_item")


def infrastructure(seen: Facts) -> Verdict | None:
    """Leg (b): a column 2 function for an asset of column 1 of appendix A."""
    at = "target.infrastructure"
    if not seen.states(at):
        return None
    asset, role = seen.get(f"{at}.asset"), seen.get(f"{at}.role")
    name = str(asset or "asset").replace("_", " ")
    listed = _listed(seen, asset)
    if listed is False:
        return False, f"{name} is not in column 1 of appendix A", ()
    value, reason = _function(seen, asset, role)
    if value is False:
        return False, f"{name}: {reason}", ()
    if listed is True and value is True:
        return True, f"{reason}, a listed function for {name}", ()
    needed = [] if listed is True else ["whether the asset is in column 1 of appendix A"]
    if value is not True:
        needed.append("whether its function is in column 2 of appendix A")
    return (value if listed is True else DEPENDS), f"{name}: {reason}", tuple(needed)


def _listed(seen: Facts, asset: str | None) -> Answer:
    at = "target.infrastructure"
    if seen.get(f"{at}.located_in") == "foreign":
        return False
    stated = seen.get(f"{at}.listed")
    if stated is not None:
        return bool(stated)
    if asset in SIZE:
        name, least = SIZE[asset]
        size = seen.number(f"{at}.{name}")
        return DEPENDS if size is None else size >= least
    return True if asset in COLUMN_2 else DEPENDS


def _function(seen: Facts, asset: str | None, role: str | None) -> tuple[Answer, str]:
    patch = seen.get("target.infrastructure.later_action") == "released_patch"
    if role in NO_FUNCTION:
        own = "; a patch of its own product does not service the asset" if patch else ""
        return False, NO_FUNCTION[role] + own
    if patch and role is None:
        return DEPENDS, "a patch, of the asset (800.242) or of a component is not stated"
    function = FUNCTION.get(str(role))
    if function is None:
        return DEPENDS, "what the business does to it is not stated"
    does = f"{function}s it" + (" (third-party security, 800.246)" if function == "supply" else "")
    columns = COLUMN_2.get(str(asset))
    if columns is None:
        return (True if function in OWN_OPERATE else POSSIBLE), does
    if function in columns:
        return True, does
    # rows known to ask for owning or operating alone, or for making; others are left open
    if columns in (OWN_OPERATE, ("manufacture",)) and asset not in FROM_MEMORY:
        return False, f"column 2 asks for {' or '.join(columns)}, it {does}"
    return POSSIBLE, does
