"""Mandatory declarations (800.401): two grounds, their exemptions, and when to file."""

from __future__ import annotations

import re

from gigaplan.clearance.contingent import converted, reaches
from gigaplan.clearance.facts import Facts
from gigaplan.clearance.fees import transaction_value
from gigaplan.clearance.findings import DEPENDS, POSSIBLE, Answer, Finding, all_of, any_of
from gigaplan.clearance.penalties import failure_text
from gigaplan.clearance.persons import SUBSTANTIAL_PCT, investor_excepted
from gigaplan.clearance.tid import controlled_late
from gigaplan.clearance.timing import industry_test

# any paragraph below those that 800.401(e)(6) names
EXEMPT_EXCEPTIONS = re.compile(r"740\.(13|17\(b\)|20\(c\)\(1\))(?!\d)")
DAYS_BEFORE = 30
CITATION = "31 CFR 800.401"


def mandatory_declaration(
    facts: Facts,
    covered: Answer,
    control_deal: Answer,
    tid: Answer,
    legs: tuple[str, ...],
    government: Answer,
) -> Finding:
    """Whether a declaration must be filed; a notice may take its place (800.401(f)).

    ``legs`` are the TID legs known to be met, ``government`` says whether one foreign state has a
    substantial interest in the investor (800.244(b)).
    """
    if covered is False:
        return Finding(
            "mandatory_declaration", False, "no covered transaction", "M800-GOV", CITATION
        )
    if tid is False:
        return Finding(
            "mandatory_declaration", False, "not a TID U.S. business", "M800-GOV", CITATION
        )
    seen = facts.follow()
    # that no filing is due is for the rules to say
    if seen.true("filing.mandatory"):
        return _finding(seen, True, "stated", "M800-GOV", CITATION, ())
    by_government, why_government = _government(seen, government)
    by_technology, why_technology = _technology(seen, legs, tid)
    exemption = _fund_exemption(seen)
    if exemption is True:
        return _finding(
            seen,
            False,
            "the fund is run by a general partner that is not foreign; coverage stays",
            "M800-X-FUND",
            f"{CITATION}(d)(1), (e)(3)",
            (),
            declaration_exemption="investment_fund",
        )
    if seen.true("target.air_carrier"):
        text = "a certificated air carrier"
        return _finding(seen, False, text, "M800-X-AIR", f"{CITATION}(d)(2), (e)(5)", ())
    technology, exempt = _exempt_technology(seen, by_technology, control_deal)
    ground = any_of(by_government, technology)
    value = all_of(covered, tid, ground)
    also: dict[str, object] = {}
    if value is not False:
        if by_government is True:
            also["declaration_basis"] = "foreign_government_substantial_interest"
        if technology is True:
            also["declaration_basis"] = "critical_technology"
    if exempt:
        also["declaration_exemption"] = exempt[0]
        why_technology = exempt[1]
    rule = "M800-CT" if technology is True or by_government is not True else "M800-GOV"
    reason = f"(b) government: {why_government}; (c) critical technology: {why_technology}"
    needed = []
    if value is not False and value is not True:
        parts = {
            "whether the transaction is covered": covered,
            "whether it is a TID U.S. business": tid,
            why_government: by_government,
            why_technology: technology,
        }
        needed = [text for text, answer in parts.items() if not isinstance(answer, bool)]
    return _finding(seen, value, reason, rule, f"{CITATION}(b), (c)", tuple(needed), **also)


def _finding(
    seen: Facts,
    value: Answer,
    reason: str,
    rule: str,
    citation: str,
    needed: tuple[str, ...],
    **also: object,
) -> Finding:
    due = value is not False
    return Finding(
        "mandatory_declaration",
        value,
        reason,
        rule,
        citation,
        seen.used,
        needed,
        filing="declaration, or notice instead" if due else "",
        clock="30 days of assessment" if due else "",
        due=f"at least {DAYS_BEFORE} days before completion (800.401(g)(2))" if due else "",
        fee_usd=0.0 if due else None,
        penalty=failure_text(transaction_value(seen)[0]) if due else "",
        also=dict(also),
    )


def _government(seen: Facts, government: Answer) -> tuple[Answer, str]:
    """(b): 25 % or more of the target to a person of which one state has 49 % or more."""
    votes = seen.number("deal.voting_interest_pct")
    before = seen.number("deal.voting_interest_pct_before")
    if seen.get("deal.type") == "asset_purchase" and votes is None:
        votes = 100.0
    enough = reaches(seen, votes, SUBSTANTIAL_PCT)
    if before is not None and before >= SUBSTANTIAL_PCT and votes is not None and votes <= before:
        enough = False if converted(seen, votes) is None else enough
    if government is False:
        return False, "no foreign state has a substantial interest in the investor"
    if government is not True and investor_excepted(seen) is True:
        # its minimum excepted ownership (800.233) leaves no other state 49 %
        return (
            False,
            "an excepted investor: no other state can have 49 %, and its own does not count",
        )
    if controlled_late(seen) and seen.tokens("target.tid") == ["critical_technology"]:
        return False, "its only technology came under control after signing (800.401(b)(2))"
    if enough is False:
        return False, f"less than 25 % of the votes ({votes:g} %) is obtained"
    value = all_of(enough, government)
    if value is True:
        return True, "25 % or more to an investor in which one foreign state has 49 % or more"
    if government == DEPENDS and not _hints_government(seen):
        return POSSIBLE, "whether a foreign state has 49 % or more of the investor"
    return value, "shares of the investor in the target and of governments in the investor"


def _hints_government(seen: Facts) -> bool:
    return seen.states("ownership") or seen.states(
        "investor.foreign_government_substantial_interest"
    )


def _technology(seen: Facts, legs: tuple[str, ...], tid: Answer) -> tuple[Answer, str]:
    """(c): an authorisation would be needed to export to the acquirer or to a holder of 25 %."""
    if "critical_technology" not in legs:
        stated = seen.get("target.tid")
        if tid is True and "unspecified" not in (stated or []):
            return False, "the business is TID for another reason"
        return (
            DEPENDS,
            "whether it makes critical technology that would need an export authorisation",
        )
    if industry_test(seen):
        specific = seen.get("target.critical_technology.specific_to_appendix_b_industry")
        text = "whether it is used in or made for an industry of appendix B (industry test of 2020)"
        return (DEPENDS if specific is None else bool(specific)), text
    if controlled_late(seen):
        return (
            False,
            "the technology came under control after the parties were bound (800.401(c)(3))",
        )
    at = "target.critical_technology"
    if seen.true(f"{at}.authorization_assumed_required"):
        return True, "an authorisation would be required"
    if seen.get(f"{at}.list") == "usml":
        return True, "items of the Munitions List need an authorisation to every destination"
    places = _places(seen)
    needs = seen.tokens(f"{at}.license_required_for")
    free = seen.tokens(f"{at}.license_not_required_for")
    hit = next((who for who, place in places.items() if place in needs), None)
    if hit is not None:
        return True, f"a licence would be required for {places[hit]} ({hit})"
    if seen.false(f"{at}.authorization_assumed_required"):
        return False, "no authorisation would be required"
    if places and not _unplaced(seen) and all(place in free for place in places.values()):
        return False, "no licence would be required for the acquirer or any holder of 25 %"
    return (
        DEPENDS,
        "whether an export authorisation would be needed for the acquirer or a holder of 25 %",
    )


def _places(seen: Facts) -> dict[str, str]:
    """Country by which each person of 800.401(c)(1) is judged: acquirer and holders of 25 %."""
    places = {}
    business = seen.get("investor.principal_place_of_business")
    if business is not None:
        places["the acquirer"] = str(business)
    together: dict[str, float] = {}
    for holder in seen.records("investor.holders"):
        place, pct = holder.get("nationality"), float(holder.get("pct") or 0.0)
        if place is None:
            continue
        together[place] = together.get(place, 0.0) + pct
        if pct >= SUBSTANTIAL_PCT or holder.get("controls"):
            places[f"holder {holder.get('name', place)} with {pct:g} %"] = str(place)
    if seen.true("investor.acts_in_concert") or seen.true("investor.related"):
        for place, pct in together.items():
            if pct >= SUBSTANTIAL_PCT:
                places[f"holders of {place} together with {pct:g} %"] = place
    return places


def _unplaced(seen: Facts) -> bool:
    """Whether foreign holders of 25 % or in control are not stated, or one without its country."""
    if not seen.states("investor.holders") and not seen.true("investor.individual"):
        return True  # a list, even an empty one, is complete; its absence says nothing
    return any(
        holder.get("foreign_person") is not False
        and holder.get("nationality") is None
        and (float(holder.get("pct") or 0.0) >= SUBSTANTIAL_PCT or holder.get("controls"))
        for holder in seen.records("investor.holders")
    )


def _exempt_technology(
    seen: Facts, ground: Answer, control_deal: Answer
) -> tuple[Answer, tuple[str, str] | None]:
    """Exemptions from (c) alone: excepted investor in control (e)(1), licence exceptions (e)(6)."""
    if ground is False:
        return ground, None
    if seen.true("investor.foci_mitigated_entity"):
        return False, (
            "foci_mitigated_entity",
            "held through a FOCI-mitigated entity (800.401(e)(2))",
        )
    exception = seen.get("target.critical_technology.license_exception_available")
    # an exception of the EAR does not reach items of the Munitions List
    under_ear = seen.get("target.critical_technology.list") != "usml"
    if exception and under_ear and EXEMPT_EXCEPTIONS.search(exception):
        if seen.false("target.critical_technology.only_controlled_item"):
            return DEPENDS, None  # every critical technology must be eligible
        return False, ("license_exception", f"eligible for {exception} (800.401(e)(6))")
    if control_deal is True and investor_excepted(seen) is True:
        return False, (
            "excepted_investor",
            "a control transaction by an excepted investor (800.401(e)(1))",
        )
    return ground, None


def _fund_exemption(seen: Facts) -> Answer:
    """A fund run exclusively by a general partner that is not foreign (800.401(d)(1), (e)(3))."""
    if seen.get("investor.kind") != "fund":
        return False
    stated = seen.get("investor.fund_exemption_conditions_stated_met")
    denied = (
        seen.false("investor.fund_managed_exclusively_by_gp")
        or seen.true("investor.fund_gp_foreign")
        or seen.true("investor.lp_advisory_committee_controls_decisions")
        or seen.true("investor.lp_can_control_fund")
    )
    if stated is not None:
        return DEPENDS if stated and denied else bool(stated)
    if denied:
        return False
    alone = seen.true("investor.fund_managed_exclusively_by_gp")
    return True if alone and seen.false("investor.fund_gp_foreign") else DEPENDS
