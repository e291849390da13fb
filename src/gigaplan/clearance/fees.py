"""Value of a transaction and filing fee of a notice (800.1101, 800.1103; 802.1101, 802.1103)."""

from __future__ import annotations

from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, Finding

# value of the transaction from, USD; fee, USD
SCALE = (
    (0.0, 0.0),
    (5e5, 750.0),
    (5e6, 7_500.0),
    (50e6, 75_000.0),
    (250e6, 150_000.0),
    (750e6, 300_000.0),
)
SMALL_US_PART, SMALL_FEE = 5e6, 750.0
IMMINENT_DAYS = 365.0
OPEN_ENDED = ("lease", "concession", "mineral_lease")  # 750 USD if undetermined: 802.1103(e)(2)
AT = "consideration"


def filing_fee(value_usd: float) -> float:
    """Fee in USD of a notice on a transaction of this value in USD (800.1101, 802.1101)."""
    if not value_usd >= 0:
        raise ValueError(f"the value of a transaction cannot be {value_usd}")
    return max(fee for least, fee in SCALE if value_usd >= least)


def fee_rule(value_usd: float) -> str:
    """Id of the row of the scale that applies."""
    return f"F800-{sum(value_usd >= least for least, _ in SCALE)}"


def fee_findings(facts: Facts) -> list[Finding]:
    """``transaction_value_usd`` and ``filing_fee_usd``, where the consideration is stated."""
    if not facts.states(AT):
        return []
    seen = facts.follow()
    value, how = transaction_value(seen)
    part = (
        "802"
        if facts.states("real_estate")
        or seen.get(f"{AT}.structure")
        in ("purchase", "lease", "concession", "mineral_lease", "purchase_with_option")
        else "800"
    )
    found = []
    if value is not None:
        found.append(
            Finding(
                "transaction_value_usd", value, how, "F800-VAL", f"31 CFR {part}.1103", seen.used
            )
        )
    elif seen.get(f"{AT}.structure") not in OPEN_ENDED:
        cite = "31 CFR 800.1103(c)(1), 802.1103(e)(1)"
        asks = ("fair market value of what is acquired",)
        return [Finding("transaction_value_usd", DEPENDS, how, "F800-VAL", cite, seen.used, asks)]
    fee, why, rule = _fee(seen, value)
    found.append(
        Finding(
            "filing_fee_usd",
            fee,
            why,
            rule,
            f"31 CFR {part}.1101, {part}.1103",
            seen.used,
            fee_usd=fee,
            filing="formal written notice; a declaration is free",
        )
    )
    return found


def _fee(seen: Facts, value: float | None) -> tuple[float, str, str]:
    ours = seen.number(f"{AT}.us_business_asset_fmv_usd")
    if value is None:
        return SMALL_FEE, "the value cannot be determined", "F800-VAL"
    if ours is not None and value >= SMALL_US_PART and ours < SMALL_US_PART:
        return (
            SMALL_FEE,
            "a global deal whose U.S. part is worth less than 5,000,000 USD",
            "F800-VAL",
        )
    fee = filing_fee(value)
    return fee, f"a transaction of {value:,.0f} USD", fee_rule(value)


def transaction_value(seen: Facts) -> tuple[float | None, str]:
    """All consideration from the foreign person in USD, with how it was found; None where open."""

    def money(name: str) -> float:
        return seen.number(f"{AT}.{name}") or 0.0

    structure = seen.get(f"{AT}.structure")
    contributed = seen.number(f"{AT}.us_business_contributed_fmv_usd")
    if contributed is not None:
        return contributed, "fair market value of the U.S. business put into the venture"
    if structure == "joint_venture":
        return None, "the fair market value of the U.S. business put into the venture is not stated"
    worth = seen.number(f"{AT}.target_fmv_usd")
    if worth is not None and (
        seen.false(f"{AT}.consideration_determinable") or seen.states(f"{AT}.earnout")
    ):
        share = seen.number(f"{AT}.interest_pct")
        part = 1.0 if share is None else share / 100.0
        return (
            worth * part,
            "the consideration cannot be determined: fair market value of what is acquired",
        )
    if seen.number(f"{AT}.global_price_usd") is not None:
        return money("global_price_usd"), "price of the whole deal"
    cash = money("cash_usd") + money("foreign_cash_usd")
    phases = sum(float(p.get("cash_usd") or 0.0) for p in seen.records(f"{AT}.phases"))
    parts: dict[str, float] = {
        "cash": 0.0 if cash == phases else cash,  # the sum of the phases may be stated as well
        "debt forgiven": money("debt_forgiven_usd"),
        "phases": phases,
        "payments over the term": _over_term(seen),
        "rent and bonus on acres": _on_acres(seen),
        "option": _option(seen),
    }
    in_kind = seen.number(f"{AT}.in_kind_fmv_usd")
    seen.get(f"{AT}.in_kind")
    shares, price = money("shares_issued"), money("closing_price_usd_day_before_filing")
    if in_kind is not None:
        parts["fair market value in kind"] = in_kind
    if shares and price and not (structure == "new_shares_for_assets" and in_kind is not None):
        parts["listed shares at the last close before filing"] = shares * price
    known = {name: amount for name, amount in parts.items() if amount}
    if not known:
        if worth is not None:
            return worth, "fair market value of the target"
        return None, "no consideration is stated"
    return sum(known.values()), " + ".join(
        f"{name} {amount:,.0f}" for name, amount in known.items()
    )


def _over_term(seen: Facts) -> float:
    """Fixed and index-linked rents, fees and charges over the term, without an open renewal."""
    years = seen.number(f"{AT}.term_years") or 0.0
    seen.get(f"{AT}.renewal_option")
    start = seen.number(f"{AT}.use_charge_starts_year") or 1.0
    charged = max(years - start + 1.0, 0.0)
    return (
        (seen.number(f"{AT}.fixed_annual_usd") or 0.0) * years
        + (seen.number(f"{AT}.use_charge_annual_usd") or 0.0) * charged
        + (seen.number(f"{AT}.monthly_fees_usd") or 0.0) * 12.0 * years
    )


def _on_acres(seen: Facts) -> float:
    """Bonus and rents of a mineral lease; a royalty on future production is not a fixed payment."""
    acres = seen.number(f"{AT}.acres") or 0.0
    seen.get(f"{AT}.royalty_pct_of_production")
    rents = sum(
        float(r.get("years") or 0.0) * float(r.get("usd") or 0.0)
        for r in seen.records(f"{AT}.rent_usd_per_acre_year")
    )
    return acres * ((seen.number(f"{AT}.bonus_usd_per_acre") or 0.0) + rents)


def _option(seen: Facts) -> float:
    """The exercise price of an option that is imminent, in the holder's hands and determinable."""
    at = f"{AT}.option"
    if not seen.states(at):
        return 0.0
    days, announced = seen.number(f"{at}.exercisable_after_days"), seen.get(f"{at}.announced")
    # imminent where exercise is announced, or possible within a year and not disclaimed
    soon = announced is True or (days is None and announced is None)
    soon = soon or (days is not None and days <= IMMINENT_DAYS)
    ours = not seen.false(f"{at}.holder_controls")
    known = not seen.false(f"{at}.determinable")
    return (seen.number(f"{at}.exercise_price_usd") or 0.0) if soon and ours and known else 0.0
