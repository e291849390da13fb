"""Which text applies (800.104), and the days of the clocks (800.203, .405, .503, .508)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import TEXT, Finding

FIRST_TEXT = date(2020, 2, 13)
INDUSTRY_TEST_ENDS = date(2020, 10, 15)
CURRENT_TEXT = date(2024, 12, 26)
DECLARATION_DAYS, REVIEW_DAYS, INVESTIGATION_DAYS = 30, 45, 45


@cache
def _holidays(year: int) -> frozenset[date]:
    from pandas.tseries.holiday import USFederalHolidayCalendar

    days = USFederalHolidayCalendar().holidays(f"{year}-01-01", f"{year + 1}-01-15")
    return frozenset(day.date() for day in days)


def business_day(day: date) -> date:
    """The day itself, or the next business day: a clock never ends on another (800.203)."""
    while day.weekday() >= 5 or day in _holidays(day.year):
        day += timedelta(days=1)
    return day


def clock_end(accepted: date, days: int) -> date:
    """Last day of a clock: so many days after it has begun, moved to a business day."""
    return business_day(accepted + timedelta(days=days))


def industry_test(facts: Facts) -> bool:
    """Whether critical-technology declarations fall under the industry test of 2020."""
    stated = facts.get("deal.trigger_date")
    return stated is not None and FIRST_TEXT <= date.fromisoformat(stated) < INDUSTRY_TEST_ENDS


def timing_findings(facts: Facts) -> list[Finding]:
    """The text that applies on a trigger date, and the ends of clocks from a day of acceptance."""
    found = []
    seen = facts.follow()
    trigger = seen.get("deal.trigger_date")
    if trigger is not None:
        found.append(_text(date.fromisoformat(trigger), seen))
    for key, clocks in (
        (
            "filing.declaration_accepted_on",
            (("declaration_assessment_ends", DECLARATION_DAYS, "800.405(b)"),),
        ),
        ("filing.accepted_on", (("review_ends", REVIEW_DAYS, "800.503(b)"),)),
    ):
        seen = facts.follow()
        accepted = seen.get(key)
        for name, days, section in clocks if accepted is not None else ():
            last = clock_end(date.fromisoformat(accepted), days)
            rule = "T800-DECL" if name.startswith("declaration") else "T800-REV"
            found.append(
                Finding(
                    name,
                    last.isoformat(),
                    f"{days} days from acceptance, to a business day",
                    rule,
                    f"31 CFR {section}, 800.203",
                    seen.used,
                    due=last.isoformat(),
                )
            )
            if name == "review_ends":
                start = business_day(last + timedelta(days=1))
                end = clock_end(start, INVESTIGATION_DAYS)
                found.append(
                    Finding(
                        "investigation_ends",
                        end.isoformat(),
                        f"if one follows; {INVESTIGATION_DAYS} days",
                        "T800-INV",
                        "31 CFR 800.508(a), 800.203",
                        seen.used,
                        due=end.isoformat(),
                    )
                )
    return found


def _text(trigger: date, seen: Facts) -> Finding:
    rule, citation = "T800-WHICH", "31 CFR 800.104"
    if trigger >= CURRENT_TEXT:
        return Finding("text_applied", True, TEXT, rule, citation, seen.used)
    if trigger >= INDUSTRY_TEST_ENDS:
        reason = "the same rules on coverage; procedure and penalties are those of 2024-12-26"
        return Finding("text_applied", True, reason, rule, citation, seen.used)
    if trigger >= FIRST_TEXT:
        reason = (
            "critical-technology declarations by the industry test of 2020; else the same rules"
        )
        return Finding("text_applied", True, reason, rule, citation, seen.used)
    reason = "before 2020-02-13 an older text applies, which is not in this engine"
    return Finding(
        "text_applied", False, reason, rule, citation, seen.used, ("the older part 800",)
    )
