"""Contingent equity interests (800.308): counted now, later, or perhaps."""

from __future__ import annotations

from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, POSSIBLE, Answer, Finding

AT = "deal.contingent"
Verdict = tuple[Answer, str]


def counted(seen: Facts) -> Verdict:
    """Whether conversion is counted at the time of acquisition: imminence, trigger, certainty."""
    months = seen.number(f"{AT}.convertible_after_months")
    imminent = seen.get(f"{AT}.imminent")
    if imminent is None and months is not None:
        imminent = True if months == 0 else None
    certain = seen.get(f"{AT}.amount_determinable")
    if certain is None and seen.number(f"{AT}.converts_to_pct") is not None:
        certain = True
    factors = {
        "imminent": imminent,
        "within the holder's control": seen.get(f"{AT}.trigger_in_holder_control"),
        "of a determinable amount": certain,
    }
    for_it = [name for name, value in factors.items() if value is True]
    against = [name for name, value in factors.items() if value is False]
    if len(for_it) == 3 and not months:
        return True, "conversion is " + ", ".join(for_it)
    if len(against) == 3 or (against and not for_it):
        return False, "conversion is not " + ", nor ".join(against)
    if for_it:
        open_ = f", but not {', '.join(against)}" if against else ""
        later = f", in {months:g} months" if months else ""
        text = f"the Committee may count it: conversion is {', '.join(for_it)}{open_}{later}"
        return POSSIBLE, text
    return DEPENDS, "when and into what it converts is not stated"


def converted(seen: Facts, now: float) -> tuple[float, Answer] | None:
    """Votes after conversion in percent, where more than ``now``, and whether they count now."""
    after = seen.number(f"{AT}.converts_to_pct")
    return None if after is None or after <= now else (after, counted(seen)[0])


def reaches(seen: Facts, votes: float | None, least: float) -> Answer:
    """Whether the votes in percent, with those of a conversion that counts, reach ``least``."""
    if votes is not None and votes >= least:
        return True
    more = converted(seen, votes or 0.0)
    if more is not None and more[0] >= least:
        return more[1] if more[1] is not False or votes is not None else DEPENDS
    return DEPENDS if votes is None else False


def contingent_findings(facts: Facts) -> list[Finding]:
    """``contingent_interest_counted`` and whether conversion may be covered later."""
    if not facts.states(AT):
        return []
    seen = facts.follow()
    value, reason = counted(seen)
    needed = ("imminence, trigger and amount of the conversion",) if value == DEPENDS else ()
    also: dict[str, Answer] = {} if value is True else {"later_conversion_covered": POSSIBLE}
    return [
        Finding(
            "contingent_interest_counted",
            value,
            reason,
            "J800-CONV",
            "31 CFR 800.308",
            seen.used,
            needed,
            also=also,
        )
    ]
