"""Investors of a plan: who they are, which states stand behind them, and the facts of a deal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gigaplan.clearance.countries import HOME, country
from gigaplan.clearance.excepted import Standing, excepted_investor
from gigaplan.clearance.ownership import GOVERNMENT, Link, faults, interest_pct, links
from gigaplan.clearance.persons import GOVERNMENT_PCT
from gigaplan.clearance.structures import FUND_PARTNER, Structure, asset_class, asset_facts
from gigaplan.errors import InputError, Problem

KINDS = {"fund": "fund", "bank": "bank", "government": "government"}


@dataclass(frozen=True)
class Investor:
    """Who invests: ISO country, kind, votes that foreign states have in it, and its status.

    ``governments`` maps a country to the percent of votes that its government holds directly;
    ``ownership`` holds rows (holder, entity, voting_pct) of a chain that ends in ``investor``, with
    governments written ``foreign_government:XX``.  ``excepted`` is the status of 800.219, None
    where it is not known (a domicile in an excepted state is not enough).  ``foreign_person`` is
    stated where the country does not tell, such as a U.S. company that a foreign one controls;
    ``standing`` holds what is known on the tests of 800.219, from which the status is found.
    """

    name: str
    country: str
    kind: str = "corporation"
    governments: dict[str, float] = field(default_factory=dict)
    ownership: tuple[dict[str, Any], ...] = ()
    excepted: bool | None = None
    foreign_person: bool | None = None
    standing: Standing | None = None

    @property
    def foreign(self) -> bool:
        """Whether it is taken for a foreign person: as stated, else everyone from abroad is."""
        if self.foreign_person is not None:
            return self.foreign_person
        return self.country != HOME or self.government_pct >= 50.0

    @property
    def excepted_status(self) -> bool | None:
        """Whether it is an excepted investor: as stated, else by the tests of ``standing``."""
        if self.excepted is not None or self.standing is None:
            return self.excepted
        value = excepted_investor(self.standing).answer
        return value if isinstance(value, bool) else None

    @property
    def chain(self) -> list[Link]:
        """Holdings of governments and of the chain."""
        direct = [
            {"holder": f"{GOVERNMENT}:{code}", "entity": "investor", "voting_pct": pct}
            for code, pct in self.governments.items()
        ]
        return links([*direct, *self.ownership])

    @property
    def government_pct(self) -> float:
        """Largest interest of one foreign state in percent of votes, looked through (800.244)."""
        return max((pct for pct in self.by_state().values()), default=0.0)

    def by_state(self) -> dict[str, float]:
        """Interest of each foreign state in percent of votes, looked through."""
        chain = self.chain
        holders = sorted({c.holder for c in chain if c.holder.startswith(GOVERNMENT)})
        out: dict[str, float] = {}
        for holder in holders:
            code = holder.removeprefix(GOVERNMENT).lstrip(":") or self.country
            if code != HOME:
                out[code] = out.get(code, 0.0) + interest_pct(chain, holder, "investor")
        return out


def check_investor(investor: Investor) -> None:
    """Check a chain of ownership.

    Raises
    ------
    InputError
        for loops, for governments above 100 % together, and for shares that are no percentages.
    UsageError
        a country is not in the table.
    """
    problems = []
    where = f"investor {investor.name}"
    for code in (investor.country, *investor.governments):
        country(code)
    for name, pct in investor.governments.items():
        if not 0.0 <= pct <= 100.0:
            problems.append(
                Problem(
                    where, f"governments.{name}", f"{pct:g} % is no share", "0 to 100", "correct it"
                )
            )
    total = sum(investor.governments.values())
    if total > 100.0 + 1e-9:
        text = f"governments hold {total:g} % together"
        problems.append(
            Problem(where, "governments", text, "at most 100 % in all", "correct the shares")
        )
    else:
        for _, message, expected in faults(investor.chain):
            problems.append(Problem(where, "ownership", message, expected, "correct the chain"))
    if problems:
        raise InputError(problems)


def facts_of(
    investor: Investor,
    asset: str,
    how: Structure,
    *,
    share_pct: float | None = None,
    state: str | None = None,
    value_usd: float | None = None,
    extra: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The facts of one structure; ``extra`` adds to or replaces facts of its sections."""
    kind = asset_class(asset)
    home = country(investor.country)
    who: dict[str, Any] = {
        "foreign_person": investor.foreign,
        "country": investor.country,
        "principal_place_of_business": investor.country,
        "government_pct": investor.government_pct,
        "kind": KINDS.get(investor.kind, "corporation"),
    }
    if home.excepted_state:
        # its government does not count for 800.401(b); the status of the investor is its own
        others = [p for c, p in investor.by_state().items() if not country(c).excepted_state]
        who["foreign_government_substantial_interest"] = max(others, default=0.0) >= GOVERNMENT_PCT
        if investor.excepted_status is not None:
            who["excepted_investor"] = investor.excepted_status
    else:
        who["excepted_investor"] = False
        who["foreign_government_substantial_interest"] = investor.government_pct >= GOVERNMENT_PCT
    if how.key == "fund_partner":
        who |= {"kind": "limited_partner", **FUND_PARTNER}
    own: dict[str, Any] = {"class": kind}
    if state is not None:
        own["state"] = state
    if how.key == "lender":
        own["lender_only"] = True
    if value_usd is not None:
        own["value_usd"] = value_usd * (how.share_pct if share_pct is None else share_pct) / 100.0
    facts: dict[str, Any] = {
        "investor": who,
        "target": asset_facts(kind, investor.country, home.sta_a5),
        "deal": how.facts(share_pct),
        "asset": own,
    }
    for section, more in (extra or {}).items():
        facts[section] = {**facts.get(section, {}), **more}
    return facts
