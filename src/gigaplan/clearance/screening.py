"""What an investor may hold in an asset class: the same engine over several structures.

Structures are ways to comply, each with its reason; the anti-evasion rule (800.213(d)) applies to
all of them, so a chain of holdings is looked through and holdings of one state are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from gigaplan.clearance import filings, ownership
from gigaplan.clearance.casefile import check_facts
from gigaplan.clearance.countries import HOME, country
from gigaplan.clearance.engine import Review, review
from gigaplan.clearance.fees import filing_fee
from gigaplan.clearance.findings import DISCLAIMER, Finding
from gigaplan.clearance.persons import GOVERNMENT_PCT
from gigaplan.clearance.sites import Nearby, nearby
from gigaplan.clearance.structures import (
    FUND_PARTNER,
    STRUCTURES,
    Structure,
    asset_class,
    asset_facts,
    structure,
)
from gigaplan.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

Filing = Literal["none", "declaration", "notice", "barred"]
Status = Literal["open", "only_passive", "only_lender_or_fund", "never"]
KINDS = {"fund": "fund", "bank": "bank", "government": "government"}


@dataclass(frozen=True)
class Investor:
    """Who invests: ISO country, kind, votes that foreign states have in it, and its status.

    ``governments`` maps a country to the percent of votes that its government holds directly;
    ``ownership`` holds rows (holder, entity, voting_pct) of a chain that ends in ``investor``, with
    governments written ``foreign_government:XX``.  ``excepted`` is the status of 800.219, None
    where it is not known (a domicile in an excepted state is not enough).  ``foreign_person`` is
    stated where the country does not tell, such as a U.S. company that a foreign one controls.
    """

    name: str
    country: str
    kind: str = "corporation"
    governments: dict[str, float] = field(default_factory=dict)
    ownership: tuple[dict[str, Any], ...] = ()
    excepted: bool | None = None
    foreign_person: bool | None = None

    @property
    def foreign(self) -> bool:
        """Whether it is taken for a foreign person: as stated, else everyone from abroad is."""
        if self.foreign_person is not None:
            return self.foreign_person
        return self.country != HOME or self.government_pct >= 50.0

    @property
    def chain(self) -> list[ownership.Link]:
        """Holdings of governments and of the chain."""
        direct = [
            {"holder": f"{ownership.GOVERNMENT}:{code}", "entity": "investor", "voting_pct": pct}
            for code, pct in self.governments.items()
        ]
        return ownership.links([*direct, *self.ownership])

    @property
    def government_pct(self) -> float:
        """Largest interest of one foreign state in percent of votes, looked through (800.244)."""
        return max((pct for pct in self.by_state().values()), default=0.0)

    def by_state(self) -> dict[str, float]:
        """Interest of each foreign state in percent of votes, looked through."""
        chain = self.chain
        holders = sorted({c.holder for c in chain if c.holder.startswith(ownership.GOVERNMENT)})
        out = {}
        for holder in holders:
            code = holder.removeprefix(ownership.GOVERNMENT).lstrip(":") or self.country
            if code != HOME:
                out[code] = out.get(code, 0.0) + ownership.interest_pct(chain, holder, "investor")
        return out


@dataclass(frozen=True)
class Limits:
    """Greatest shares of votes in percent, and what else the rules leave open.

    Shares are nested: ``with_notice`` >= ``with_declaration`` >= ``without_filing``.  ``status`` is
    ``only_passive`` where anything above a passive holding needs a filing, ``only_lender_or_fund``
    where no equity is open, and ``never`` for countries of concern.
    """

    without_filing: float
    with_declaration: float
    with_notice: float
    status: Status
    reason: str


@dataclass(frozen=True)
class Screening:
    """Structures of one investor in one asset class: table, limits and findings."""

    investor: Investor
    asset: str
    state: str | None
    table: pd.DataFrame
    limits: Limits
    reviews: dict[str, Review]
    site: Nearby | None = None
    disclaimer: str = DISCLAIMER

    @property
    def findings(self) -> list[Finding]:
        """Findings of the neighbouring regimes and of the site, each once (as for control)."""
        regimes = ("ferc_203", "nrc_foreign_ownership", "export_licence_chips", "foci_mitigation", "state_land_law",
                   "chips_guardrails", "foreign_entity_of_concern", "hsr_notification")  # fmt: skip
        found = [f for f in self.reviews["control"].findings if f.conclusion in regimes]
        return found if self.site is None else [*found, self.site.finding]


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
                Problem(where, f"governments.{name}", f"{pct:g} % is no share", "0 to 100")
            )
    total = sum(investor.governments.values())
    if total > 100.0 + 1e-9:
        text = f"governments hold {total:g} % together"
        problems.append(
            Problem(where, "governments", text, "at most 100 % in all", "correct the shares")
        )
    else:
        for _, message, expected in ownership.faults(investor.chain):
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
    """The facts of one structure; ``extra`` adds to or replaces facts of ``target`` and ``asset``."""
    kind = asset_class(asset)
    home = country(investor.country)
    who: dict[str, Any] = {
        "foreign_person": investor.foreign, "country": investor.country,
        "principal_place_of_business": investor.country, "government_pct": investor.government_pct,
        "kind": KINDS.get(investor.kind, "corporation"),
    }  # fmt: skip
    if home.excepted_state:
        # its government does not count for 800.401(b); the status of the investor is its own
        others = [p for c, p in investor.by_state().items() if not country(c).excepted_state]
        who["foreign_government_substantial_interest"] = max(others, default=0.0) >= GOVERNMENT_PCT
        if investor.excepted is not None:
            who["excepted_investor"] = investor.excepted
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
        "investor": who, "target": asset_facts(kind, investor.country, home.sta_a5), "deal": how.facts(share_pct),
        "asset": own,
    }  # fmt: skip
    for section, more in (extra or {}).items():
        facts[section] = {**facts.get(section, {}), **more}
    return facts


def screen(
    investor: Investor,
    asset: str,
    *,
    state: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    value_usd: float | None = None,
    extra: dict[str, Any] | None = None,
) -> Screening:
    """Screen an investor for an asset class (or technology) over every structure.

    ``value_usd`` is the value of the whole asset in USD; fees are on the share.  ``extra`` holds
    further facts, such as ``{"target": {"tid": []}}`` for a campus without personal data.  The
    table has one row a structure: structure, title, max_share_pct, covered, filing, duty, days,
    days_most, fee_usd, mitigation, reason, citations.

    Raises
    ------
    InputError, UsageError
        the chain, a country, the asset or the extra facts are not valid.
    """
    import pandas as pd

    check_investor(investor)
    kind = asset_class(asset)
    rows, reviews = [], {}
    for how in STRUCTURES:
        facts = facts_of(investor, kind, how, state=state, value_usd=value_usd, extra=extra)
        check_facts(facts, f"investor {investor.name}, {asset}, {how.key}")
        reviews[how.key] = review(facts)
        rows.append(_row(investor, kind, how, reviews[how.key], value_usd))
    table = pd.DataFrame(rows)
    site = None if latitude is None or longitude is None else nearby(latitude, longitude)
    return Screening(investor, kind, state, table, _limits(investor, table, reviews), reviews, site)


def _row(
    investor: Investor, kind: str, how: Structure, found: Review, value_usd: float | None
) -> dict[str, Any]:
    covered, mandatory = found.answer("covered_transaction"), found.answer("mandatory_declaration")
    control = found.answer("covered_control_transaction")
    barred = _barred(investor, how, found)
    filing: Filing = "none"
    if barred:
        filing = "barred"
    elif covered is not False:
        filing = "notice" if control is True else "declaration"
    state = investor.government_pct >= 50.0
    days, most = _days(filing, state and control is not False)
    worth = None if value_usd is None else value_usd * how.share_pct / 100.0
    fee = (
        None
        if filing == "notice" and worth is None
        else filing_fee(worth or 0.0)
        if filing == "notice"
        else 0.0
    )
    duty = "none" if filing in ("none", "barred") else {True: "mandatory", False: "voluntary"}.get(
        mandatory, "possibly mandatory")  # type: ignore[call-overload]  # fmt: skip
    leading = found.find("covered_transaction")
    declared = found.find("mandatory_declaration")
    parts = [f for f in (leading, declared) if f is not None]
    reason = barred or "; ".join(f.reason for f in parts)
    return {
        "structure": how.key, "title": how.title, "max_share_pct": 0.0 if barred and how.equity else how.share_pct,
        "covered": _word(covered), "filing": filing, "duty": duty, "days": days, "days_most": most, "fee_usd": fee,
        "mitigation": _mitigation(investor, kind, filing, control, found), "reason": reason,
        "citations": "; ".join(dict.fromkeys(f.citation for f in parts)),
    }  # fmt: skip


def _word(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, str(value))


def _barred(investor: Investor, how: Structure, found: Review) -> str:
    if country(investor.country).adversary and how.key != "lender":
        return f"{country(investor.country).name} is a country of concern; no structure is planned for it"
    if country(investor.country).covered_nation:
        return f"{country(investor.country).name} is a covered nation; its debt counts too (FEOC)"
    if how.equity:
        for name in ("nrc_foreign_ownership", "state_land_law"):
            finding = found.find(name)
            if finding is not None and finding.value is True:
                return f"{name.replace('_', ' ')}: {finding.reason} ({finding.citation})"
    return ""


def _days(filing: Filing, government_control: bool) -> tuple[int, int]:
    if filing == "declaration":
        return filings.declaration_days()
    if filing == "notice":
        return filings.notice_days(government_control)
    return 0, 0


def _mitigation(investor: Investor, kind: str, filing: Filing, control: Any, found: Review) -> str:
    """Class of the rule S-MITIGATION."""
    if filing == "barred":
        return "prohibitive"
    if filing == "none":
        return "none"
    if investor.excepted:
        return "low"
    tid = found.answer("tid_us_business")
    if investor.government_pct >= GOVERNMENT_PCT and tid is not False:
        return "high"
    return "medium" if tid is not False or control is not False else "low"


def _limits(investor: Investor, table: pd.DataFrame, reviews: dict[str, Review]) -> Limits:
    equity = [s.key for s in STRUCTURES if s.equity]
    rows = table[table["structure"].isin(equity)]

    def most(*kinds: str) -> float:
        return float(
            rows.loc[rows["filing"].isin(kinds), "max_share_pct"].max()
            if rows["filing"].isin(kinds).any()
            else 0.0
        )

    free, declared = most("none"), most("none", "declaration")
    noticed = most("none", "declaration", "notice")
    others = table[~table["structure"].isin(equity)]
    if noticed > 0.0:
        status: Status = "only_passive" if 0.0 < free <= 10.0 else "open"
        reason = "; ".join(f"{r['structure']}: {r['filing']}" for _, r in rows.iterrows())
    elif (others["filing"] != "barred").any() and not country(investor.country).adversary:
        status, reason = "only_lender_or_fund", str(rows.iloc[-1]["reason"])
    else:
        status, reason = "never", str(rows.iloc[-1]["reason"])
    return Limits(free, declared, noticed, status, reason)


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
    problems = [
        Problem(f"stakes in {asset}", s.investor.name, f"{s.share_pct:g} % is no share", "0 to 100")
        for s in stakes
        if not 0.0 <= s.share_pct <= 100.0
    ]
    if total > 100.0 + 1e-6:
        problems.append(
            Problem(
                f"stakes in {asset}", "share_pct", f"stakes come to {total:g} %", "at most 100 %"
            )
        )
    if problems:
        raise InputError(problems)
    out: dict[str, Review] = {}
    by_state: dict[str, list[Stake]] = {}
    for stake in stakes:
        check_investor(stake.investor)
        how = structure(stake.structure)
        facts = facts_of(stake.investor, asset, how, share_pct=stake.share_pct, state=state, value_usd=value_usd,
                         extra=extra)  # fmt: skip
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
    code: str, group: Sequence[Stake], asset: str, state: str | None, value_usd: float | None,
    extra: dict[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
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
