"""Covered investments (800.211): trigger rights without control in an unaffiliated TID business."""

from __future__ import annotations

from dataclasses import replace

from gigaplan.clearance.businesses import greenfield
from gigaplan.clearance.control import contract_only
from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, POSSIBLE, Answer, Finding, all_of, any_of, negate
from gigaplan.clearance.lending import equity_like
from gigaplan.clearance.persons import co_investor_seated, investor_excepted
from gigaplan.clearance.tid import controlled_late

RULE, CITATION = "J800-CI", "31 CFR 800.211, 800.303, 800.304"
TECHNICAL = ("source_code", "design_and_operating_data", "process_technology")
NOT_TECHNICAL = ("milestone_notification_without_technical_detail", "financial_information")
SUBSTANTIVE = ("approve_customers_of_terminal", "consulted_on_licensing_critical_technology")
ADMINISTRATIVE = ("elect_tax_credit_on_own_return",)
BOARD = {
    "board_seat": "a seat on the board",
    "nominate_right": "the right to nominate a director",
    "observer": "an observer on the board",
}
TRIGGERS = (*BOARD, "access_mnpti", "substantive_decision_involvement")


def rights_findings(facts: Facts) -> list[Finding]:
    """``access_mnpti`` and ``substantive_decision_involvement``, where facts bear on them."""
    found = []
    for judge in (access, involvement):
        seen = facts.follow()
        finding = judge(seen)
        if finding is not None:
            found.append(finding)
    return found


def access(seen: Facts) -> Finding | None:
    """Access to material nonpublic technical information (800.232)."""
    rule, citation = "J800-MNPTI", "31 CFR 800.232, 800.211(b)(1)"
    stated = seen.get("deal.access_mnpti")
    if stated is not None:
        return Finding("access_mnpti", stated, "stated", rule, citation, seen.used)
    rights = seen.get("deal.information_rights")
    if rights is None:
        return None
    listed = ", ".join(r.replace("_", " ") for r in rights)
    if not rights or all(r in NOT_TECHNICAL for r in rights):
        text = f"no technical detail: {listed or 'no information rights'}"
        return Finding("access_mnpti", False, text, rule, citation, seen.used)
    if seen.true("deal.information_public"):
        return Finding("access_mnpti", False, f"public: {listed}", rule, citation, seen.used)
    technical = any(r in TECHNICAL for r in rights)
    if technical:
        text = f"technical and not stated to be public: {listed}"
        return Finding("access_mnpti", True, text, rule, citation, seen.used)
    needed = ("whether it is technical and not public",)
    return Finding("access_mnpti", DEPENDS, listed, rule, citation, seen.used, needed)


def involvement(seen: Facts) -> Finding | None:
    """Involvement in substantive decisionmaking (800.229, 800.245), other than by voting shares."""
    rule, citation = "J800-DECIDE", "31 CFR 800.229, 800.245, 800.211(b)(3)"
    stated = seen.get("deal.substantive_decision_involvement")
    subject = seen.get("deal.decision_subject")
    if stated is not None:
        text = "stated" + (f": {subject.replace('_', ' ')}" if subject else "")
        return Finding("substantive_decision_involvement", stated, text, rule, citation, seen.used)
    rights = seen.get("deal.decision_rights")
    if rights is None:
        return None
    listed = ", ".join(r.replace("_", " ") for r in rights)
    if any(r in SUBSTANTIVE for r in rights):
        text = f"a say, even by consultation alone, in running the sensitive part: {listed}"
        value: Answer = True
    elif all(r in ADMINISTRATIVE for r in rights):
        text, value = f"administrative only: {listed or 'no decision rights'}", False
    else:
        text, value = listed, DEPENDS
    needed = ("whether the decisions are substantive",) if value == DEPENDS else ()
    return Finding(
        "substantive_decision_involvement", value, text, rule, citation, seen.used, needed
    )


def trigger_rights(facts: Facts) -> tuple[Answer, list[str]]:
    """Whether the deal newly affords a right of 800.211(b), and which."""
    names: list[str] = []
    open_: list[Answer] = []
    kind = facts.get("deal.type")
    before = set(facts.tokens("deal.trigger_rights_before"))
    if not facts.false("deal.acquirer_same_as_prior"):
        before |= set(facts.tokens("deal.prior_rights"))
    if "information_access" in before:
        before.add("access_mnpti")
    names += [right for right in facts.tokens("deal.new_rights") if right not in before]
    # a split leaves rights as they were, unless those held before are listed and do not hold them
    listed = facts.states("deal.trigger_rights_before") or facts.states("deal.prior_rights")
    if kind != "stock_split" or (listed and not facts.states("deal.new_rights")):
        names += [n for n in BOARD if facts.get(f"deal.{n}") and n not in before]
        if "board_seat" in facts.tokens("deal.equity_like_rights") and "board_seat" not in names:
            names.append("board_seat")
        for judge in (access, involvement):
            finding = judge(facts)
            if finding is None or finding.conclusion in before:
                continue
            if finding.value is True:
                names.append(finding.conclusion)
            else:
                open_.append(finding.answer)
    return (True if names else any_of(False, *open_)), names


def covered_investment(
    facts: Facts, foreign: Answer, business: Answer, tid: Answer, control: Answer
) -> Finding:
    """Whether the deal is a covered investment, and whose."""
    found = _of_investor(facts, foreign, business, tid, control)
    if found.value is not False or False in (business, tid) or control is True:
        return found
    if facts.get("deal.committee_finding") is None and co_investor_seated(facts):
        text = "not by the investor; a second foreign person in the deal has seats on the board"
        asks = ("the status of that person, and whether the business is TID",)
        return replace(found, value=POSSIBLE, reason=text, depends_on=asks, also={})
    return found


def _of_investor(
    facts: Facts, foreign: Answer, business: Answer, tid: Answer, control: Answer
) -> Finding:
    """Whether the investor, or a holder above it, makes a covered investment."""
    seen = facts.follow()

    def finding(value: Answer, reason: str, *needed: str, **also: object) -> Finding:
        return Finding(
            "covered_investment", value, reason, RULE, CITATION, seen.used, needed, also=dict(also)
        )

    settled = _settled(seen, foreign, business, tid, control)
    if settled is not None:
        return finding(*settled)
    holder = _holder_above(seen)
    if holder is not None:
        name, plain = holder
        text = (
            f"{name}, {'' if plain is True else 'if '}not an excepted investor, itself gains access"
        )
        whole = {
            "whether it is a TID U.S. business": tid,
            "whether it is a U.S. business": business,
            f"whether {name} is an excepted investor": plain,
        }
        asks = tuple(ask for ask, answer in whole.items() if not isinstance(answer, bool))
        return finding(all_of(*whole.values()), text, *asks, covered_investment_by=name)
    excepted = investor_excepted(seen)
    rights, names = trigger_rights(seen)
    listed = ", ".join(n.replace("_", " ") for n in names)
    ruler = _holder_in_control(seen)
    if excepted is True and ruler is not None and rights is not False:
        text = f"an excepted investor, which {ruler} controls, who is not one"
        return finding(POSSIBLE, text, f"whether {ruler} itself invests through it")
    if excepted is True:
        return finding(False, "an excepted investor (800.219)", excepted="excepted_investor")
    by_fund = _through_fund(seen, rights)
    if by_fund is not None:
        value, reason, needed = by_fund
        also = {"excepted": "investment_fund"} if value is False else {}
        return finding(value, reason, *needed, **also)
    if rights is False:
        return finding(
            False, "affords no access, board right or involvement of 800.211(b) that is new"
        )
    late: Answer = True
    if controlled_late(seen) and seen.tokens("target.tid") in ([], ["critical_technology"]):
        late = POSSIBLE
    if seen.get("deal.type") == "loan" and rights is True and not equity_like(seen):
        rights = POSSIBLE  # access without equity or rights like it
    value = all_of(foreign, business, tid, rights, negate(excepted), late)
    needs = {
        "whether the investor is a foreign person": foreign,
        "whether there is a U.S. business": business,
        "whether it is a TID U.S. business": tid,
        "which rights the deal affords": rights,
        "whether the investor is an excepted investor": negate(excepted),
        "whether technology that came under control after signing counts": late,
    }
    needed = tuple(text for text, answer in needs.items() if not isinstance(answer, bool))
    return finding(
        value, f"affords {listed or 'rights'}, at any percentage, without control", *needed
    )


def _settled(
    seen: Facts, foreign: Answer, business: Answer, tid: Answer, control: Answer
) -> tuple[Answer, str] | None:
    """What settles the question before any right of the investor is looked at."""
    if seen.get("deal.committee_finding") == "no_control_and_no_covered_investment_possible":
        return False, "the Committee has found that none could result"
    if seen.true("deal.stated_covered_investment"):
        return True, "stated"
    holder = _holder_above(seen)
    if business is False or (foreign is False and holder is None):
        return False, "no U.S. business" if business is False else "no foreign person"
    if tid is False:
        return False, "not a TID U.S. business"
    if control is True:
        return False, "gives control, which is a covered control transaction instead"
    if greenfield(seen) or contract_only(seen):
        return False, "no equity or contingent equity interest is acquired"
    if seen.true("target.air_carrier"):
        return False, "a certificated air carrier (800.211(c))"
    if seen.true("deal.underwriting"):
        return False, "held by an underwriter in the ordinary course (800.304(d))"
    if seen.false("target.unaffiliated"):
        return False, "the TID business is already affiliated with the investor (800.250)"
    return None


def _holder_above(seen: Facts) -> tuple[str, Answer] | None:
    """A foreign holder of the investor that gains access, and whether it is not excepted."""
    for holder in seen.records("investor.holders"):
        foreign = holder.get("foreign_person") is True
        if foreign and holder.get("access_mnpti") and holder.get("excepted_investor") is not True:
            plain: Answer = True if holder.get("excepted_investor") is False else DEPENDS
            return str(holder.get("name", "holder")), plain
    return None


def _holder_in_control(seen: Facts) -> str | None:
    """A foreign holder of the investor, stated not to be excepted, that controls it."""
    for holder in seen.records("investor.holders"):
        foreign = holder.get("foreign_person") is True
        if foreign and holder.get("controls") and holder.get("excepted_investor") is False:
            return str(holder.get("name", "holder"))
    return None


def _through_fund(seen: Facts, rights: Answer) -> tuple[Answer, str, tuple[str, ...]] | None:
    """The investment-fund clarification of 800.307(a) for a partner with a place on a committee."""
    if not seen.true("investor.via_fund") and seen.get("deal.type") != "indirect_fund_investment":
        return None
    if rights is True:
        return None
    at = "investor."
    conditions = {
        "the general partner alone manages the fund": seen.get(
            at + "fund_managed_exclusively_by_gp"
        ),
        "the general partner is not foreign": _not(seen.get(at + "fund_gp_foreign")),
        "the committee decides nothing": _not(
            seen.get(at + "lp_advisory_committee_controls_decisions")
        ),
        "the partner cannot control the fund": _not(seen.get(at + "lp_can_control_fund")),
    }
    seated = seen.true(at + "lp_advisory_committee")
    if not seated and all(conditions[c] is not False for c in list(conditions)[2:]):
        return None  # no seat: only the rights themselves matter
    broken = [text for text, held in conditions.items() if held is False]
    open_ = tuple(f"whether {text}" for text, held in conditions.items() if held is None)
    if broken:
        text = "the fund clarification fails: it is not so that " + ", nor that ".join(broken)
        return POSSIBLE, text, ("the rights that reach the partner through the fund",)
    if open_:
        return DEPENDS, "conditions of the fund clarification are not stated", open_
    return False, "every condition of the fund clarification (800.307(a)) holds", ()


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value
