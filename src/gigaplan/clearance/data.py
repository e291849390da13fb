"""Sensitive personal data (800.241) and who is targeted (800.247)."""

from __future__ import annotations

from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, Answer, Finding, all_of, any_of

THRESHOLD = 1_000_000  # more than this many individuals
AT = "target.data"
RULE = "B800-DATA"

Verdict = tuple[Answer, str, tuple[str, ...]]


def data_findings(facts: Facts) -> list[Finding]:
    """``data_volume_test_met`` and ``targets_or_tailors``, where anything on them is stated."""
    found = []
    if facts.states(AT):
        seen = facts.follow()
        value, reason, needed, basis = volume(seen)
        also = {"data_volume_basis": basis} if basis else {}
        found.append(
            Finding(
                "data_volume_test_met",
                value,
                reason,
                RULE,
                "31 CFR 800.241(a)(1)(i)(B), (C)",
                seen.used,
                needed,
                also=also,
            )
        )
    seen = facts.follow()
    verdict = targets(seen)
    if verdict is not None:
        value, reason, needed = verdict
        found.append(
            Finding("targets_or_tailors", value, reason, RULE, "31 CFR 800.247", seen.used, needed)
        )
    return found


def data_leg(seen: Facts) -> Verdict | None:
    """Leg (c): identifiable data of U.S. citizens in a listed category, and one of three tests."""
    if not seen.states(AT):
        return None
    if seen.false(f"{AT}.includes_us_citizens"):
        return False, "no data of U.S. citizens", ()
    if seen.states(f"{AT}.categories") and not seen.tokens(f"{AT}.categories"):
        return False, "no data in a listed category", ()
    if "genetic_test" in seen.tokens(f"{AT}.categories"):
        return True, "results of genetic tests, in any number", ()
    met, reason, needed, _ = volume(seen)
    aimed = targets(seen)
    met = met if aimed is None else any_of(met, aimed[0])
    citizens: Answer = True if seen.true(f"{AT}.includes_us_citizens") else DEPENDS
    category: Answer = True if seen.tokens(f"{AT}.categories") else DEPENDS
    value = all_of(met, citizens, category)
    if citizens is not True and value is not False:
        needed = (*needed, "whether U.S. citizens are among them")
    if category is not True and value is not False:
        needed = (*needed, "the categories of data")
    how = {
        "through_wholly_owned_subsidiary": "through its subsidiary",
        "outsourced_to_third_party_on_instructions": "indirectly, through a contractor",
    }.get(str(seen.get(f"{AT}.held")), "directly")
    return value, f"held or collected {how}: {reason}", needed


def volume(seen: Facts) -> tuple[Answer, str, tuple[str, ...], str]:
    """More than a million individuals within 12 months (B), or the demonstrated aim of it (C)."""
    least, most = _people(seen)
    if least > THRESHOLD:
        text = f"at least {least:,.0f} individuals at some point in the 12 months"
        return True, text, (), "over_1m_within_12_months"
    aim = _aim(seen)
    if aim is True:
        text = "a demonstrated aim of more than a million, with data integral to the product"
        return True, text, (), "demonstrated_business_objective"
    if most is not None and most <= THRESHOLD:
        if aim is False:
            return (
                False,
                f"never more than {most:,.0f} individuals, and no demonstrated aim of more",
                (),
                "",
            )
        return aim, "not a million yet", ("how far the aim of a million is demonstrated",), ""
    return (
        DEPENDS,
        "the number of individuals is open",
        ("individuals held or collected in the 12 months",),
        "",
    )


def _people(seen: Facts) -> tuple[float, float | None]:
    """Fewest and most individuals held or collected in the look-back year, as far as stated."""
    names = (
        "individuals_now",
        "individuals_now_min",
        "individuals_collected_12mo_min",
        "individuals_typical_12mo",
        "individuals_peak_12mo",
    )
    floors = [seen.number(f"{AT}.{name}") for name in names]
    floors += [_together(seen, at_least=True)]
    least = max((v for v in floors if v is not None), default=0.0)
    peak = seen.number(f"{AT}.individuals_peak_12mo")
    peak_max = seen.number(f"{AT}.individuals_peak_12mo_max")
    stock = peak if peak is not None else peak_max
    flow = seen.number(f"{AT}.individuals_collected_12mo_max")
    purged = seen.get(f"{AT}.retention") == "short_then_purged"
    kept = seen.get(f"{AT}.retention") == "long"
    now = seen.number(f"{AT}.individuals_now")
    now = now if now is not None else seen.number(f"{AT}.individuals_now_max")
    if stock is not None and (flow is not None or not purged):
        return least, max(stock, flow or 0.0)
    # the most held in the year is known where old data are purged, or where none is ever given up
    if flow is not None and (purged or (now is not None and kept)):
        return least, max(flow, now or 0.0)
    return least, _together(seen, at_least=False)


def _together(seen: Facts, at_least: bool) -> float | None:
    """Individuals over all categories; the same people count once."""
    counts = [
        seen.number(f"{AT}.individuals_by_category.{name}")
        for name in ("financial_distress", "health")
    ]
    known = [c for c in counts if c is not None]
    if not known:
        return None
    if seen.false(f"{AT}.overlap"):
        return sum(known)
    if seen.true(f"{AT}.overlap"):
        return max(known)
    return max(known) if at_least else sum(known)


def _aim(seen: Facts) -> Answer:
    projected = seen.number(f"{AT}.projected_individuals_min")
    if projected is None or projected <= THRESHOLD:
        return False
    if seen.false(f"{AT}.integral_to_primary_product"):
        return False
    integral: Answer = True if seen.true(f"{AT}.integral_to_primary_product") else DEPENDS
    shown: Answer = True if seen.tokens(f"{AT}.evidence") else DEPENDS
    if seen.states(f"{AT}.evidence") and shown is not True:
        return False
    return all_of(integral, shown)


def targets(seen: Facts) -> Verdict | None:
    """(A): designed for, or directed at, national-security agencies and their people."""
    group, sites = seen.get("target.discount_group"), seen.get("target.sites")
    aimed = seen.get("target.targeted_marketing")
    if sites == "on_military_facility":
        return True, "sites on a military facility serve the people there", ()
    if aimed is True:
        return True, "marketing directed at the sensitive group", ()
    if group == "uniformed_military_only":
        return True, "an offer to uniformed service members alone", ()
    if group == "all_public_sector_employees":
        return False, "an offer to all public employees is not directed at the sensitive group", ()
    if sites == "metro_area_also_containing_military_facility":
        return False, "to be in the same metropolitan area is not to target", ()
    if aimed is False:
        return False, "no marketing directed at the sensitive group", ()
    return None
