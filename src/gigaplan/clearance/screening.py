"""What an investor may hold in an asset class: the same engine over several structures.

Structures are ways to comply, each with its reason; the anti-evasion rule (800.213(d)) applies to
all of them, so a chain of holdings is looked through and holdings of one state are added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gigaplan.clearance import filings
from gigaplan.clearance.casefile import check_facts
from gigaplan.clearance.countries import country
from gigaplan.clearance.engine import Review, review
from gigaplan.clearance.fees import filing_fee
from gigaplan.clearance.findings import DISCLAIMER, Finding, word
from gigaplan.clearance.investors import Investor, check_investor, facts_of
from gigaplan.clearance.persons import GOVERNMENT_PCT
from gigaplan.clearance.sites import Nearby, nearby, state_finding
from gigaplan.clearance.structures import STRUCTURES, Structure, asset_class
from gigaplan.clearance.whole import Stake, screen_whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Investor", "Limits", "Screening", "Stake", "screen", "screen_whole"]

Filing = Literal["none", "declaration", "notice", "barred"]
_OPEN_DUTY = "possibly mandatory"
DUTY = {"yes": "mandatory", "no": "voluntary", "possible": _OPEN_DUTY, "depends": _OPEN_DUTY}
Status = Literal["open", "only_passive", "only_lender_or_fund", "never"]


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
    rows: list[dict[str, Any]]
    limits: Limits
    reviews: dict[str, Review]
    site: Nearby | None = None
    disclaimer: str = DISCLAIMER

    @property
    def table(self) -> pd.DataFrame:
        """One row for each structure."""
        import pandas as pd

        return pd.DataFrame(self.rows)

    @property
    def findings(self) -> list[Finding]:
        """Findings of the neighbouring regimes and of the site, each once (as for control)."""
        regimes = (
            "ferc_203",
            "nrc_foreign_ownership",
            "export_licence_chips",
            "foci_mitigation",
            "state_land_law",
            "chips_guardrails",
            "foreign_entity_of_concern",
            "hsr_notification",
        )
        found = [f for f in self.reviews["control"].findings if f.conclusion in regimes]
        if self.site is not None:
            return [*found, self.site.finding]
        if self.state is None or not self.investor.foreign or self.asset == "accelerators":
            return found
        return [*found, state_finding(self.state)]


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
    check_investor(investor)
    kind = asset_class(asset)
    rows, reviews = [], {}
    for how in STRUCTURES:
        facts = facts_of(investor, kind, how, state=state, value_usd=value_usd, extra=extra)
        check_facts(facts, f"investor {investor.name}, {asset}, {how.key}")
        reviews[how.key] = review(facts)
        rows.append(_row(investor, kind, how, reviews[how.key], value_usd))
    site = None if latitude is None or longitude is None else nearby(latitude, longitude)
    return Screening(investor, kind, state, rows, _limits(investor, rows), reviews, site)


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
    duty = "none" if filing in ("none", "barred") else DUTY[word(mandatory)]
    leading = found.find("covered_transaction")
    declared = found.find("mandatory_declaration")
    parts = [f for f in (leading, declared) if f is not None]
    reason = barred or "; ".join(f.reason for f in parts)
    return {
        "structure": how.key,
        "title": how.title,
        "max_share_pct": 0.0 if barred and how.equity else how.share_pct,
        "covered": word(covered),
        "filing": filing,
        "duty": duty,
        "days": days,
        "days_most": most,
        "fee_usd": _fee(filing, worth),
        "mitigation": _mitigation(investor, kind, filing, control, found),
        "reason": reason,
        "citations": "; ".join(dict.fromkeys(f.citation for f in parts)),
    }


def _fee(filing: Filing, worth_usd: float | None) -> float | None:
    """Fee in USD, None where a notice is due on an unknown value; declarations are free."""
    if filing != "notice":
        return 0.0
    return None if worth_usd is None else filing_fee(worth_usd)


def _barred(investor: Investor, how: Structure, found: Review) -> str:
    if country(investor.country).adversary and how.key != "lender":
        return f"{country(investor.country).name} is a country of concern; no structure is open"
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
    if investor.excepted_status:
        return "low"
    tid = found.answer("tid_us_business")
    if investor.government_pct >= GOVERNMENT_PCT and tid is not False:
        return "high"
    return "medium" if tid is not False or control is not False else "low"


def _limits(investor: Investor, rows: list[dict[str, Any]]) -> Limits:
    keys = {s.key for s in STRUCTURES if s.equity}
    equity = [r for r in rows if r["structure"] in keys]
    others = [r for r in rows if r["structure"] not in keys]

    def most(*kinds: str) -> float:
        return max((float(r["max_share_pct"]) for r in equity if r["filing"] in kinds), default=0.0)

    free, declared = most("none"), most("none", "declaration")
    noticed = most("none", "declaration", "notice")
    if noticed > 0.0:
        status: Status = "only_passive" if 0.0 < free <= 10.0 else "open"
        reason = "; ".join(f"{r['structure']}: {r['filing']}" for r in equity)
    elif any(r["filing"] != "barred" for r in others) and not country(investor.country).adversary:
        status, reason = "only_lender_or_fund", str(equity[-1]["reason"])
    else:
        status, reason = "never", str(equity[-1]["reason"])
    return Limits(free, declared, noticed, status, reason)
