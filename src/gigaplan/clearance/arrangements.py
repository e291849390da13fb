"""What an arrangement over land conveys: lease, purchase, and the four property rights (802)."""

from __future__ import annotations

from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, Answer, Finding

AT = "real_estate"
Verdict = tuple[Answer, str, tuple[str, ...]]


def arrangement_findings(facts: Facts) -> list[Finding]:
    """``lease``, ``purchase`` and ``property_right`` of an arrangement (802.226, .234, .233)."""
    at = f"{AT}.arrangement"
    if not facts.states(at):
        return []
    found = []
    seen = facts.follow()
    lease = _lease(seen)
    if lease is not None:
        found.append(
            Finding(
                "lease", lease[0], lease[1], "R802-LEASE", "31 CFR 802.226", seen.used, lease[2]
            )
        )
    seen = facts.follow()
    conveys = seen.get(f"{at}.conveys_ownership")
    if conveys is None and seen.get("deal.type") == "purchase":
        conveys = True
    if conveys is not None:
        paid = ", ".join(seen.tokens(f"{at}.consideration")) or "consideration"
        text = (
            f"ownership is conveyed for {paid}, which need not be money"
            if conveys
            else "no ownership is conveyed"
        )
        found.append(Finding("purchase", conveys, text, "R802-BUY", "31 CFR 802.234", seen.used))
    seen = facts.follow()
    right = _right(seen)
    if right is not None:
        value, reason, kind = right
        also = {"property_right_kind": kind} if kind else {}
        found.append(
            Finding(
                "property_right",
                value,
                reason,
                "R802-RIGHT",
                "31 CFR 802.233",
                seen.used,
                () if isinstance(value, bool) else ("whether the owner may refuse fixtures",),
                also=also,
            )
        )
    return found


def _lease(seen: Facts) -> Verdict | None:
    at = f"{AT}.arrangement"
    if seen.false(f"{at}.possession_conveyed") or seen.true(f"{at}.owner_keeps_possession"):
        return False, "no possession is conveyed: a permission to use is no lease", ()
    use = seen.get(f"{at}.use")
    if use == "cross_private_road":
        return False, "a permission to pass conveys no possession", ()
    if seen.true(f"{at}.possession_conveyed") or use == "exclusive_occupation_of_portion":
        return True, "possession is conveyed for a time and for consideration", ()
    if seen.get(f"{at}.kind") == "lease":
        return True, "stated", ()
    if seen.states(f"{at}.fixed_period") or seen.states(f"{at}.fee"):
        return (
            DEPENDS,
            "whether possession is conveyed is not stated",
            ("whether possession is conveyed",),
        )
    return None


def _right(seen: Facts) -> tuple[Answer, str, str] | None:
    """One of: access, exclude, develop, attach."""
    at = f"{AT}.arrangement"
    if seen.true(f"{at}.exclude_interfering_access"):
        return True, "may exclude those who interfere, though access is shared", "exclude"
    if seen.true(f"{at}.develop"):
        pending = ", though permits are pending" if seen.true(f"{at}.permits_pending") else ""
        return True, f"may improve or develop it{pending}", "develop"
    if seen.true(f"{at}.unilateral_changes_to_fixtures"):
        return True, "may attach and change fixtures on its own", "attach"
    if seen.true(f"{at}.attach_fixtures"):
        if seen.false(f"{at}.unilateral_changes_to_fixtures"):
            return DEPENDS, "fixtures, but changes only as the owner allows", ""
        return True, "may attach fixed structures", "attach"
    tested = (
        "exclude_interfering_access",
        "develop",
        "attach_fixtures",
        "unilateral_changes_to_fixtures",
    )
    if any(seen.false(f"{at}.{name}") for name in tested):
        return False, "none of the four rights", ""
    return None
