"""Civil penalties (800.901, 802.901) as most that may be imposed, in USD."""

from __future__ import annotations

from datetime import date

from gigaplan.clearance.facts import Facts
from gigaplan.clearance.fees import transaction_value
from gigaplan.clearance.findings import Finding

MOST = 5_000_000.0
OLD_MOST = 250_000.0
NEW_AGREEMENTS, OLD_AGREEMENTS = date(2024, 12, 26), date(2018, 10, 11)


def misstatement_usd() -> float:
    """For each material misstatement, omission or false certification (800.901(a))."""
    return MOST


def failure_to_file_usd(value_usd: float) -> float:
    """For not making a mandatory filing on a transaction of this value in USD (800.901(b))."""
    return max(MOST, value_usd)


def breach_usd(
    agreed: date, value_usd: float, interest_then_usd: float, interest_now_usd: float
) -> float:
    """For each breach of a mitigation agreement, condition or order (800.901(c)).

    From 2024-12-26 the greatest of 5,000,000 USD, the person's interest at the transaction and at
    the breach, and the value of the transaction; earlier the greater of 250,000 USD and the value
    of the transaction (before 2018-10-11 only if intentional or grossly negligent).
    """
    if agreed >= NEW_AGREEMENTS:
        return max(MOST, value_usd, interest_then_usd, interest_now_usd)
    return max(OLD_MOST, value_usd)


def failure_text(value_usd: float | None) -> str:
    """The penalty for failing to file, in words, with its amount where the value is known."""
    text = "up to the greater of 5,000,000 USD and the value of the transaction (800.901(b))"
    return text if value_usd is None else f"{text}: {failure_to_file_usd(value_usd):,.0f} USD"


def misstatement_text() -> str:
    """The penalty for misstatements, in words."""
    return f"up to {misstatement_usd():,.0f} USD for each material misstatement (800.901(a))"


def breach_findings(facts: Facts) -> list[Finding]:
    """Most that a breach of mitigation can cost, where the day of the agreement is stated."""
    seen = facts.follow()
    agreed = seen.get("filing.mitigation_agreed_on")
    if agreed is None:
        return []
    interest = seen.number("filing.interest_value_usd") or 0.0
    worth = transaction_value(seen)[0] or 0.0
    most = breach_usd(date.fromisoformat(agreed), worth, interest, interest)
    text = f"for each breach of what was agreed on {agreed}"
    return [
        Finding(
            "mitigation_breach_penalty_usd",
            most,
            text,
            "M800-PENMIT",
            "31 CFR 800.901(c)",
            seen.used,
        )
    ]
