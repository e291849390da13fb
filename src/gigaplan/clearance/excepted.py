"""Excepted investors (800.219): every test of an entity or a person, with a third value."""

from __future__ import annotations

from dataclasses import dataclass

from gigaplan.clearance.countries import HOME, country
from gigaplan.clearance.findings import DEPENDS, Answer, Finding, all_of, negate

SHARE_PCT = 75.0
LARGE_HOLDER_PCT = 10.0


@dataclass(frozen=True)
class Standing:
    """What is known of a person on 800.219; None where it is not stated.

    Percentages are of directors, observers, and of the least of votes, profits and liquidation
    rights.  ``large_holders`` are the countries of every foreign holder of 10 % or more.
    """

    country: str
    individual: bool = False
    government: bool = False
    other_nationalities: tuple[str, ...] | None = None
    organised_in: str | None = None
    run_from: str | None = None
    directors_pct: float | None = None
    observers_pct: float | None = None
    large_holders: tuple[str, ...] | None = None
    excepted_ownership_pct: float | None = None
    traded_there: bool | None = None
    parents_meet_it: bool | None = None
    disqualified: bool | None = None
    waived: bool = False


def excepted_investor(who: Standing) -> Finding:
    """Whether someone is an excepted investor; the United States counts as home throughout."""
    rule, citation = "X800-INV", "31 CFR 800.219"
    if who.waived:
        return Finding(
            "excepted_investor", False, "status waived", "X800-WAIVE", "31 CFR 800.219(e)"
        )
    if not country(who.country).excepted_state:
        text = f"{country(who.country).name} is not an excepted foreign state"
        return Finding("excepted_investor", False, text, "X800-STATE", "31 CFR 800.218, 800.219")
    tests = _person(who) if who.individual else _government(who) if who.government else _entity(who)
    tests["no event of 800.219(c) within five years"] = (
        True if who.individual or who.government else negate(_maybe(who.disqualified))
    )
    value = all_of(*tests.values())
    failed = [name for name, answer in tests.items() if answer is False]
    open_ = tuple(name for name, answer in tests.items() if not isinstance(answer, bool))
    reason = (
        "fails: " + "; ".join(failed)
        if failed
        else "open"
        if open_
        else "every test of 800.219 is met"
    )
    return Finding(
        "excepted_investor", value, reason, rule, citation, (), open_ if not failed else ()
    )


def _maybe(value: bool | None) -> Answer:
    return DEPENDS if value is None else value


def _friendly(code: str | None) -> Answer:
    if code is None:
        return DEPENDS
    return code == HOME or country(code).excepted_state


def _least(value: float | None, least: float, strict: bool = False) -> Answer:
    if value is None:
        return DEPENDS
    return value > least if strict else value >= least


def _person(who: Standing) -> dict[str, Answer]:
    others = who.other_nationalities
    only: Answer = DEPENDS if others is None else all(_friendly(c) is True for c in others)
    return {"national of excepted states only": only}


def _government(who: Standing) -> dict[str, Answer]:
    return {"government of an excepted state": True}


def _entity(who: Standing) -> dict[str, Answer]:
    holders = who.large_holders
    friendly: Answer = DEPENDS if holders is None else all(_friendly(c) is True for c in holders)
    owned: Answer
    if who.traded_there is None:
        high, low = (
            _least(who.excepted_ownership_pct, 80.0),
            _least(who.excepted_ownership_pct, 50.0, strict=True),
        )
        owned = high if high is True else (False if low is False else DEPENDS)
    elif who.traded_there:
        owned = _least(who.excepted_ownership_pct, 50.0, strict=True)
    else:
        owned = _least(who.excepted_ownership_pct, 80.0)
    return {
        "formed in an excepted state or the United States": _friendly(who.organised_in),
        "run from an excepted state or the United States": _friendly(who.run_from),
        "75 % of directors": _least(who.directors_pct, SHARE_PCT),
        "75 % of observers": _least(who.observers_pct, SHARE_PCT),
        "every foreign holder of 10 % from an excepted state": friendly,
        "minimum excepted ownership (800.233)": owned,
        "each parent meets the same tests": _maybe(who.parents_meet_it),
    }
