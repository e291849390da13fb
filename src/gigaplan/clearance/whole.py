"""The stakes in an asset as a whole: each one, and what one state has by several names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gigaplan.clearance.casefile import check_facts
from gigaplan.clearance.engine import Review, review
from gigaplan.clearance.investors import Investor, check_investor, facts_of
from gigaplan.clearance.persons import GOVERNMENT_PCT
from gigaplan.clearance.structures import STRUCTURES, structure
from gigaplan.errors import InputError, Problem


@dataclass(frozen=True)
class Stake:
    """One investor's part in an asset: structure and share of votes in percent."""

    investor: Investor
    structure: str
    share_pct: float


def screen_whole(
    stakes: Sequence[Stake],
    asset: str,
    *,
    state: str | None = None,
    value_usd: float | None = None,
    extra: dict[str, Any] | None = None,
) -> dict[str, Review]:
    """Screen the stakes in an asset as a whole: each one, and each foreign state's stakes as one.

    Holdings of investors in which one state has 49 % or more are added (800.208(b): control by one
    foreign state), whatever their names, so that splitting a stake changes nothing.  Keys are the
    investors' names and ``state:XX`` for the sums.

    Raises
    ------
    InputError
        for bad chains and for stakes above 100 % of the votes together.
    """
    total = sum(s.share_pct for s in stakes if structure(s.structure).equity)
    where = f"stakes in {asset}"
    problems = [
        Problem(where, s.investor.name, f"{s.share_pct:g} % is no share", "0 to 100", "correct it")
        for s in stakes
        if not 0.0 <= s.share_pct <= 100.0
    ]
    if total > 100.0 + 1e-6:
        text = f"stakes come to {total:g} %"
        problems.append(Problem(where, "share_pct", text, "at most 100 %", "lower them"))
    if problems:
        raise InputError(problems)
    out: dict[str, Review] = {}
    by_state: dict[str, list[Stake]] = {}
    for stake in stakes:
        check_investor(stake.investor)
        how = structure(stake.structure)
        facts = facts_of(
            stake.investor,
            asset,
            how,
            share_pct=stake.share_pct,
            state=state,
            value_usd=value_usd,
            extra=extra,
        )
        check_facts(facts, f"stake of {stake.investor.name} in {asset}")
        out[stake.investor.name] = review(facts)
        for code, pct in stake.investor.by_state().items():
            if pct >= GOVERNMENT_PCT and how.equity:
                by_state.setdefault(code, []).append(stake)
    for code, group in by_state.items():
        if len(group) > 1:
            out[f"state:{code}"] = review(_together(code, group, asset, state, value_usd, extra))
    return out


def _together(
    code: str,
    group: Sequence[Stake],
    asset: str,
    state: str | None,
    value_usd: float | None,
    extra: dict[str, Any] | None,
) -> dict[str, Any]:
    """Facts of one state's stakes as one holding, with every right that any of them has."""
    share = sum(s.share_pct for s in group)
    order = [s.key for s in STRUCTURES]
    strongest = structure(max((s.structure for s in group), key=order.index))
    if strongest.key == "passive" and share > 10.0:
        strongest = structure("minority")
    whole = Investor(f"state:{code}", code, "government", governments={code: 100.0})
    facts = facts_of(
        whole, asset, strongest, share_pct=share, state=state, value_usd=value_usd, extra=extra
    )
    facts["investor"] |= {"kind": "group", "acts_in_concert": True, "member_count": len(group)}
    return facts
