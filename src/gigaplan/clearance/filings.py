"""Filings: dates (800.206, 800.401(g)), clocks, notices, and what the Committee may do."""

from __future__ import annotations

from datetime import date, timedelta

from gigaplan.clearance.declarations import DAYS_BEFORE
from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import Answer, Finding
from gigaplan.clearance.penalties import failure_text, misstatement_text

# days of each step (800.405, .503, .508, .501(i); 50 U.S.C. 4565(d)), calendar days
DRAFT, REVIEW, INVESTIGATION, EXTENSION, PRESIDENT = 14, 45, 45, 15, 15
DECLARATION = 30
REGULAR_YEAR = 2027  # a year that is not a leap year: 30 days back never fall too late


def declaration_days() -> tuple[int, int]:
    """Days from filing a declaration: usual, and where the Committee then asks for a notice."""
    return DECLARATION, DECLARATION + notice_days(government_control=True)[1]


def notice_days(government_control: bool) -> tuple[int, int]:
    """Days from the draft notice to the end: without surprises, and at most.

    An investigation follows the review of a control transaction by a foreign government
    (800.505(b)(1)).
    """
    usual = DRAFT + REVIEW + (INVESTIGATION if government_control else 0)
    return usual, DRAFT + REVIEW + INVESTIGATION + EXTENSION + PRESIDENT


def clock(government_control: bool) -> str:
    """The clock of a notice in words."""
    usual, most = notice_days(government_control)
    return (
        f"declaration: {DECLARATION} days; notice: {usual} days, {most} at most with "
        "investigation, extension and the President"
    )


def completion_findings(facts: Facts, mandatory: Answer) -> list[Finding]:
    """``completion_date`` and, where a filing is due, ``latest_filing_date`` (both MM-DD)."""
    seen = facts.follow()
    stated = seen.get("deal.equity_transfer_date")
    if stated is None:
        return []
    deferred = seen.get("deal.control_rights_deferred_until")
    text = "the first transfer of any interest is completion"
    text += "; deferring rights does not move it" if deferred else ""
    found = [Finding("completion_date", stated, text, "M800-COMPLETE", "31 CFR 800.206", seen.used)]
    if mandatory is True or seen.true("filing.mandatory"):
        month, day = (int(part) for part in stated.split("-"))
        latest = date(REGULAR_YEAR, month, day) - timedelta(days=DAYS_BEFORE)
        found.append(
            Finding(
                "latest_filing_date",
                f"{latest:%m-%d}",
                f"{DAYS_BEFORE} days before completion",
                "M800-TIME",
                "31 CFR 800.401(g)(2)",
                seen.used,
                due=f"{latest:%m-%d}",
                penalty=failure_text(None),
            )
        )
    return found


def notice_findings(facts: Facts) -> list[Finding]:
    """What a notice must list, and what the Staff Chairperson may do with it (800.502, .504)."""
    found = []
    if facts.states("filing"):
        found += _other_agencies(facts)
        found += _actions(facts)
    found += _advice(facts)
    return found


def _other_agencies(facts: Facts) -> list[Finding]:
    seen = facts.follow()
    other = seen.get("filing.other_agency_filings")
    if other is None:
        return []
    text = "related filings, made or planned, with other federal agencies: "
    value = bool(other)
    return [
        Finding(
            "notice_must_list_other_agency_filings",
            value,
            text + (", ".join(other).replace("_", " ") or "none"),
            "N800-OTHER",
            "31 CFR 800.502(c), (d)",
            seen.used,
        )
    ]


def _actions(facts: Facts) -> list[Finding]:
    seen = facts.follow()
    missing = seen.tokens("filing.missing")
    change = seen.get("filing.change")
    contradiction = seen.get("filing.contradiction_found")
    if not contradiction and (seen.number("investor.co_investor.actual_board_seats") or 0) > 0:
        contradiction = (
            "co investor board rights"
            if seen.get("investor.co_investor.stated_role") == "passive"
            else None
        )
    found = []
    day = seen.number("filing.review_day")
    when = f" (day {day:g} of the review)" if day is not None else ""
    if change:
        found.append(
            Finding(
                "material_change",
                True,
                f"a material change of the transaction{when}: {change.replace('_', ' ')}",
                "N800-CHANGE",
                "31 CFR 800.504(a)(2)(i)",
                seen.used,
            )
        )
    elif seen.states("filing.change"):
        found.append(
            Finding(
                "material_change",
                False,
                "no change",
                "N800-CHANGE",
                "31 CFR 800.504(a)(2)(i)",
                seen.used,
            )
        )
    if change or contradiction:
        why = (
            "a material change"
            if change
            else f"what came to light contradicts the notice: {contradiction}"
        )
        found.append(
            Finding(
                "notice_actions_allowed",
                ["reject"],
                why.replace("_", " ") + when,
                "N800-REJECT",
                "31 CFR 800.504(a)(2) (802.504)",
                seen.used,
                penalty=misstatement_text() if contradiction else "",
            )
        )
    elif missing:
        started = day is not None
        actions = ["reject"] if started else ["reject", "defer_start"]
        text = f"incomplete, lacking {', '.join(missing).replace('_', ' ')}"
        found.append(
            Finding(
                "notice_actions_allowed",
                actions,
                text,
                "N800-REJECT",
                "31 CFR 800.503(a), 800.504(a)(1) (802.504)",
                seen.used,
            )
        )
    return found


def _advice(facts: Facts) -> list[Finding]:
    seen = facts.follow()
    if seen.get("deal.committee_finding") != "no_control_and_no_covered_investment_possible":
        return []
    if not seen.states("filing"):
        return []
    kind = seen.get("filing.kind")
    name = str(kind or "filing").replace("_", " ")
    text = f"the parties to the {name} are told in writing that section 721 does not apply"
    return [
        Finding(
            "written_advice_not_subject_to_721",
            True,
            text,
            "N800-ADVICE",
            "31 CFR 800.504(c)",
            seen.used,
        )
    ]
