"""Lending (800.306, 802.303): a loan alone is not covered; rights like equity or default are."""

from __future__ import annotations

from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import POSSIBLE, Answer, Finding

GOVERNANCE = ("board_seat", "nominate_right", "observer")


def equity_like(seen: Facts) -> list[str]:
    """Rights of a loan that are characteristic of equity (800.306(b))."""
    stated = seen.tokens("deal.equity_like_rights")
    return [
        *stated,
        *(name for name in GOVERNANCE if seen.get(f"deal.{name}") and name not in stated),
    ]


def in_default(seen: Facts) -> bool:
    """Default, actual or imminent, or another condition that is likely to bring title."""
    likely = seen.get("deal.title_transfer_probability") == "high"
    return seen.true("deal.lending_default") or likely


def title_likely(seen: Facts) -> bool:
    """Whether default makes it significantly possible that the lender gets the assets."""
    alone = seen.true("deal.only_secured_creditor") and seen.true("deal.claim_exceeds_asset_value")
    return seen.get("deal.title_transfer_probability") == "high" or alone


def syndicate(seen: Facts) -> bool:
    """Either form of the syndicate clarification (800.306(c))."""
    forms = ("syndicate_us_majority_consent", "syndicate_no_lead_and_limited")
    return any(seen.true(f"deal.{form}") for form in forms)


def lending_filing(facts: Facts) -> list[Finding]:
    """Whether the Committee accepts a filing on a loan (800.306(a)(1), 802.303(a)(1))."""
    if facts.get("deal.type") != "loan":
        return []
    seen = facts.follow()
    land = seen.states("real_estate") and not seen.states("target")
    part, rule = ("802.303(a)(1)", "R802-LOAN") if land else ("800.306(a)(1)", "J800-LOAN")
    rights = equity_like(seen)
    needed: tuple[str, ...] = ()
    if not in_default(seen):
        value: Answer = bool(rights)
        reason = "rights like equity" if rights else "no default, actual or imminent"
    elif land:
        count = seen.number("real_estate.property_rights_on_default_min") or 0.0
        value = count >= 3 or seen.true("real_estate.ownership_on_default")
        reason = (
            "default brings ownership or three property rights" if value else "default brings less"
        )
    elif title_likely(seen) or seen.get("deal.collateral") is not None or seen.true("deal.secured"):
        value, reason = True, "default makes it significantly possible that control passes"
    else:
        value, reason = POSSIBLE, "default"
        needed = ("what default would bring the lender",)
    return [
        Finding(
            "committee_accepts_filing", value, reason, rule, f"31 CFR {part}", seen.used, needed
        )
    ]
