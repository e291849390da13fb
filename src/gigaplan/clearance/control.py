"""Control of the target (800.208): power over important matters, whatever the percentage."""

from __future__ import annotations

from gigaplan.clearance.businesses import CONTRACTS, buys_assets
from gigaplan.clearance.contingent import converted
from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, POSSIBLE, Answer, Finding
from gigaplan.clearance.lending import equity_like, in_default, title_likely

RULE, CITATION = "P800-CTRL", "31 CFR 800.208"
PASSIVE_PCT = 10.0
DOMINANT_PCT = 25.0  # below it, votes alone are not taken for a dominant minority

Verdict = tuple[Answer, str, tuple[str, ...]]


def control_finding(facts: Facts) -> Finding:
    """Whether the investor controls, or could control, the target."""
    seen = facts.follow()
    value, reason, needed = _control(seen)
    rule = "P800-CONCERT" if seen.get("investor.kind") == "group" else RULE
    return Finding("control", value, reason, rule, CITATION, seen.used, needed)


def _control(seen: Facts) -> Verdict:
    if seen.get("deal.committee_finding") == "no_control_and_no_covered_investment_possible":
        return False, "the Committee has found that control could not result", ()
    if seen.true("deal.controlling"):
        return True, "stated", ()
    rights = seen.tokens("deal.control_rights")
    if rights and seen.false("deal.controlling"):
        listed = ", ".join(r.replace("_", " ") for r in rights)
        return True, f"the stake is stated to give no control, but a right does: {listed}", ()
    if seen.false("deal.controlling"):
        return _said_not_to_control(seen)
    if rights:
        listed = ", ".join(r.replace("_", " ") for r in rights)
        return True, f"a right over important matters is enough at any percentage: {listed}", ()
    if seen.true("deal.could_control"):
        return True, "stated that control could result", ()
    if seen.false("deal.could_control"):
        return _said_not_to_control(seen)
    if "appoint_majority_of_board" in seen.tokens("deal.equity_like_rights"):
        return True, "the loan gives the majority of the board", ()
    if seen.get("deal.passivity_agreement") == "irrevocable_and_complete":
        return False, "an irrevocable agreement bars it from all control", ()
    indirect = seen.get("deal.type") == "indirect_fund_investment"
    if indirect and seen.false("investor.lp_can_control_fund"):
        return False, "a partner that cannot control the fund does not control what it holds", ()
    if contract_only(seen):
        return False, "a contract to buy or to use, without rights over the business", ()
    return _board(seen) or _votes(seen)


def _said_not_to_control(seen: Facts) -> Verdict:
    """The premise that control does not, or could not, result; most of the votes contradict it."""
    votes = votes_after(seen) or 0.0
    if votes > 50.0 and seen.get("deal.passivity_agreement") is None:
        text = f"stated to give no control, yet it has {votes:g} % of the votes"
        return DEPENDS, text, ("what keeps the majority of the votes from deciding",)
    return False, "stated to give no control", ()


def _board(seen: Facts) -> Verdict | None:
    """Most of the directors decide; half of them, or the right to propose as many, may block."""
    size = seen.number("target.board_size")
    seats, named = seen.number("deal.board_seat") or 0.0, seen.number("deal.nominate_right") or 0.0
    if not size:
        return None
    if seats > size / 2:
        return True, f"{seats:g} of {size:g} directors", ()
    if max(seats, named) >= size / 2:
        text = f"{max(seats, named):g} of {size:g} directors, appointed or proposed"
        return DEPENDS, text, ("how the board decides, and who elects those proposed",)
    return None


def contract_only(seen: Facts) -> bool:
    """A contract to buy or to use, with which neither votes nor an undertaking are acquired."""
    after, before = (
        seen.number("deal.voting_interest_pct") or 0.0,
        seen.number("deal.voting_interest_pct_before") or 0.0,
    )
    stated = seen.true("deal.controlling") or seen.true("deal.could_control")
    interest = after > before or seen.states("deal.contingent")
    alone = not interest and not stated and not buys_assets(seen)
    return seen.get("deal.type") in CONTRACTS and alone


def votes_after(seen: Facts) -> float | None:
    """Votes after the deal in percent; a deal without new equity leaves them as they were."""
    votes = seen.number("deal.voting_interest_pct")
    if votes is None and seen.get("deal.type") in ("change_in_rights", "stock_split"):
        return seen.number("deal.voting_interest_pct_before")
    return votes


def _votes(seen: Facts) -> Verdict:
    """Control by votes, before and after a conversion that counts now (800.308)."""
    votes = votes_after(seen)
    now = _by_votes(seen, votes)
    more = converted(seen, votes or 0.0)
    if more is None or now[0] is True or more[1] is False:
        return now
    after, included = more
    then = _by_votes(seen, after)
    if included is True or then[0] is now[0]:
        return then
    text = f"conversion would give {after:g} % of the votes"
    return included, text, ("whether the Committee counts the conversion now",)


def _by_votes(seen: Facts, votes: float | None) -> Verdict:
    kind = seen.get("deal.type")
    if votes is None:
        if kind == "concession" or buys_assets(seen):
            return True, "the buyer of the undertaking decides on it", ()
        if kind == "loan":
            return _loan(seen)
        return (
            DEPENDS,
            "neither the votes nor the rights are stated",
            ("votes and rights of the investor",),
        )
    if _apart_unknown(seen) and votes > PASSIVE_PCT:
        text = f"holders who do not act together have {votes:g} % of the votes between them"
        return DEPENDS, text, ("how many they are and what each has",)
    votes, named = _of_group(seen, votes)
    if votes > 50.0:
        return True, f"{named}{votes:g} % of the votes", ()
    if votes == 50.0:
        held = " (a promise not to use them for a time leaves the power in place)"
        text = f"{named}half of the votes can block every important decision"
        return True, text + (held if seen.number("deal.standstill_years") else ""), ()
    return _minority(seen, votes, named)


def _apart_unknown(seen: Facts) -> bool:
    """A group whose members do not act together and are not counted."""
    group = seen.get("investor.kind") == "group" and seen.false("investor.acts_in_concert")
    tied = seen.true("investor.related") or seen.true("investor.block_voting")
    return group and not tied and not seen.number("investor.member_count")


def _of_group(seen: Facts, votes: float) -> tuple[float, str]:
    """Votes of one will: a group that acts together is one, one that does not is its members."""
    if seen.get("investor.kind") != "group":
        return votes, ""
    # without any arrangement, money raised together once does not make them one
    apart = seen.false("investor.acts_in_concert")
    signs = ("acts_in_concert", "related", "block_voting", *(() if apart else ("joint_financing",)))
    together = [name for name in signs if seen.true(f"investor.{name}")]
    if together:
        return votes, f"a group that acts together ({', '.join(together).replace('_', ' ')}) has "
    members = seen.number("investor.member_count")
    if seen.false("investor.acts_in_concert") and members:
        return votes / members, f"{members:g} holders who do not act together; each has "
    return votes, "taken together (whether they act together is not stated), "


def _minority(seen: Facts, votes: float, named: str) -> Verdict:
    size = f"{named}{votes:g} % of the votes"
    enumerated = seen.get("deal.control_rights") is not None or bool(
        seen.tokens("deal.minority_protections")
    )
    protections = seen.tokens("deal.minority_protections")
    with_them = " and minority protections of 800.208(c)" if protections else ""
    apart = seen.get("investor.kind") == "group" and seen.false("investor.acts_in_concert")
    seat = bool(seen.number("deal.board_seat")) or bool(seen.number("deal.nominate_right"))
    others = [float(o.get("pct") or 0.0) for o in seen.records("deal.other_holders")]
    rule = seen.get("target.decision_rule")
    plain = rule in (None, "more_than_half_of_votes")
    outvoted = plain and any(o > 50.0 for o in others)
    if seen.true("deal.passive_intent") and votes <= PASSIVE_PCT and not seat:
        return False, f"{size}, solely for passive investment", ()
    if not plain:
        text = f"{size}, where decisions need more than half ({str(rule).replace('_', ' ')})"
        return DEPENDS, text, ("whether the other votes can decide without it",)
    small = votes < DOMINANT_PCT or outvoted
    if small and (enumerated or apart or (outvoted and not seat)):
        return False, f"{size}{with_them}, and no right over important matters", ()
    if small:
        what = (
            "with a place on the board, control is a question of fact"
            if seat
            else "its rights are not listed"
        )
        needed = "rights over important matters, positive or negative (control_rights)"
        return DEPENDS, f"{size}; {what}", (needed,)
    return (
        DEPENDS,
        f"{size} may be a dominant minority",
        ("how the other votes are spread, and rights over important matters",),
    )


def _loan(seen: Facts) -> Verdict:
    if in_default(seen):
        if title_likely(seen):
            return (
                True,
                "after default the lender is likely to take the assets that are the business",
                (),
            )
        return (
            POSSIBLE,
            "default may bring the lender control",
            ("how likely it is that title passes",),
        )
    if equity_like(seen) and not seen.states("deal.control_rights"):
        needed = ("rights over important matters that go with the loan (control_rights)",)
        return DEPENDS, "a loan with rights like those of equity (800.306(b))", needed
    return False, "a loan, even a secured one, gives no control before default", ()


def passive_investment(facts: Facts) -> Finding:
    """Solely for the purpose of passive investment (800.243): every condition must hold."""
    seen = facts.follow()
    rule, citation = "J800-PASSIVE", "31 CFR 800.243, 800.302(b)"
    spoilt = [
        name
        for name in (
            "board_seat",
            "observer",
            "nominate_right",
            "access_mnpti",
            "substantive_decision_involvement",
            "controlling",
            "could_control",
            "control_rights",
            "decision_rights",
            "evasion_intent",
        )
        if seen.get(f"deal.{name}")
    ]
    if spoilt:
        text = "no passive investment with " + ", ".join(spoilt).replace("_", " ")
        return Finding("passive_investment", False, text, rule, citation, seen.used)
    if seen.false("deal.passive_intent"):
        return Finding(
            "passive_investment", False, "not meant to be passive", rule, citation, seen.used
        )
    if seen.true("investor.manages_portfolio_companies") and not seen.true("deal.passive_intent"):
        text = "the fund usually manages what it buys"
        return Finding("passive_investment", False, text, rule, citation, seen.used)
    if seen.true("deal.passive_intent"):
        text = "passive intent and no right that says otherwise"
        return Finding("passive_investment", True, text, rule, citation, seen.used)
    needed = ("the intent of the investor (passive_intent)",)
    return Finding(
        "passive_investment", DEPENDS, "intent is not stated", rule, citation, seen.used, needed
    )
