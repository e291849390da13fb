"""One set of facts through every rule; the outcome gives the findings in the case files' words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from gigaplan.clearance import (
    businesses,
    control,
    declarations,
    fees,
    filings,
    investments,
    persons,
)
from gigaplan.clearance.arrangements import arrangement_findings
from gigaplan.clearance.contingent import contingent_findings
from gigaplan.clearance.data import data_findings
from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, POSSIBLE, Answer, Finding
from gigaplan.clearance.lending import lending_filing
from gigaplan.clearance.neighbours import neighbour_findings
from gigaplan.clearance.ownership import ownership_findings
from gigaplan.clearance.penalties import breach_findings, misstatement_text
from gigaplan.clearance.realestate import real_estate_transaction
from gigaplan.clearance.tid import LEGS, critical_technology, infrastructure, tid_findings
from gigaplan.clearance.timing import timing_findings
from gigaplan.clearance.transactions import (
    control_transaction,
    covered_transaction,
    transaction,
)

# conclusions of the outcome vocabulary that stand alone; others come from ``Finding.also``
OUTCOMES = (
    "control",
    "controllers",
    "covered_control_transaction",
    "covered_investment",
    "covered_transaction",
    "mandatory_declaration",
    "foreign_person",
    "foreign_entity",
    "us_business",
    "tid_us_business",
    "access_mnpti",
    "substantive_decision_involvement",
    "targets_or_tailors",
    "data_volume_test_met",
    "passive_investment",
    "transaction",
    "parents",
    "substantial_interest_in_target",
    "government_substantial_interest",
    "contingent_interest_counted",
    "committee_accepts_filing",
    "covered_real_estate_transaction",
    "lease",
    "purchase",
    "property_right",
    "notice_actions_allowed",
    "notice_must_list_other_agency_filings",
    "material_change",
    "written_advice_not_subject_to_721",
    "transaction_value_usd",
    "filing_fee_usd",
    "completion_date",
    "latest_filing_date",
    "part_802_may_apply",
)


FILING_800 = "declaration (free) or notice; voluntary unless a declaration is mandatory"
FILING_802 = "voluntary declaration (free) or notice; none is mandatory (802.401)"

# the word that the outcome vocabulary has for an open answer, where it has but one
OPEN_WORDS: dict[str, Answer] = {
    "covered_control_transaction": DEPENDS,
    "covered_investment": POSSIBLE,
    "covered_transaction": POSSIBLE,
    "contingent_interest_counted": POSSIBLE,
    "later_conversion_covered": POSSIBLE,
}


@dataclass(frozen=True)
class Review:
    """Findings of one set of facts."""

    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> dict[str, Any]:
        """Conclusions in the words of the case files."""
        out: dict[str, Any] = {}
        for finding in self.findings:
            if finding.conclusion in OUTCOMES:
                out[finding.conclusion] = finding.value
            for key, value in finding.also.items():
                out.setdefault(key, value)
        for key, open_word in OPEN_WORDS.items():
            if key in out and not isinstance(out[key], bool):
                out[key] = open_word
        return out

    def find(self, conclusion: str) -> Finding | None:
        """The finding with a conclusion, if there is one."""
        return next((f for f in self.findings if f.conclusion == conclusion), None)

    def answer(self, conclusion: str, default: Answer = DEPENDS) -> Answer:
        """The answer on a conclusion, or the default where nothing was found on it."""
        finding = self.find(conclusion)
        return default if finding is None else finding.answer


def review(data: dict[str, Any]) -> Review:
    """Judge facts that have been checked (``casefile.read_cases``, ``casefile.check_facts``)."""
    facts = Facts(data)
    found: list[Finding] = []
    found += persons.entity_findings(facts)
    found += businesses.entity_us_business(facts)
    found += ownership_findings(facts)
    found += persons.fund_controllers(facts)
    found += data_findings(facts)
    tid = tid_findings(facts)
    found += tid
    found += contingent_findings(facts)
    found += arrangement_findings(facts)
    found += fees.fee_findings(facts)
    if facts.states("deal") or facts.states("filing"):
        found += _deal(facts, tid)
    else:
        found += _without_deal(facts)
    found += timing_findings(facts)
    found += breach_findings(facts)
    found += neighbour_findings(facts)
    return Review(tuple(found))


def _deal(facts: Facts, tid_found: list[Finding]) -> list[Finding]:
    who, business = persons.investor_foreign(facts), businesses.target_us_business(facts)
    foreign = who.answer
    tid: Answer = tid_found[0].answer if tid_found else DEPENDS
    if business.value is False:
        tid = False
    found = [who if facts.states("entity") else _as_person(who), business]
    rights = investments.rights_findings(facts)
    controls, passive = control.control_finding(facts), control.passive_investment(facts)
    found += [*rights, transaction(facts), controls, passive]
    control_deal = _resting_on(
        control_transaction(facts, foreign, business.answer, controls.answer, passive.answer),
        [who, business, controls, passive],
    )
    investment = _resting_on(
        investments.covered_investment(facts, foreign, business.answer, tid, controls.answer),
        [who, business, *tid_found, controls, *rights],
    )
    covered = _resting_on(
        covered_transaction(
            facts, foreign, business.answer, control_deal.answer, investment.answer
        ),
        [control_deal, investment],
    )
    found += [control_deal, investment, _with_filing(facts, covered, FILING_800)]
    found += lending_filing(facts)
    government = persons.government_findings(facts)
    state = next(
        (f.answer for f in government if f.conclusion == "government_substantial_interest"), DEPENDS
    )
    duty = declarations.mandatory_declaration(
        facts, covered.answer, control_deal.answer, tid, _legs(facts), state
    )
    found += [*government, _resting_on(duty, [covered, *tid_found, *government])]
    found += filings.completion_findings(facts, duty.answer)
    found += filings.notice_findings(facts)
    land = real_estate_transaction(facts, foreign, covered.answer)
    if land is not None:
        found.append(_with_filing(facts, _resting_on(land, [who, business]), FILING_802))
    found += _part_802(facts, business.answer, land)
    return found


def _resting_on(finding: Finding, grounds: list[Finding]) -> Finding:
    """A finding with the facts of those on which it rests beside its own."""
    facts = dict.fromkeys([*finding.facts, *(path for g in grounds for path in g.facts)])
    return replace(finding, facts=tuple(facts))


def _without_deal(facts: Facts) -> list[Finding]:
    """What can be said of an investor or a target of whose deal nothing is stated."""
    found = persons.government_findings(facts)
    if facts.states("target") and not facts.states("entity"):
        business = businesses.target_us_business(facts)
        found += [business] if isinstance(business.value, bool) else []
    if facts.states("investor") and not facts.states("entity"):
        found.append(_as_person(persons.investor_foreign(facts)))
    return found


def _as_person(finding: Finding) -> Finding:
    """The finding on the investor, as the person of whom the outcome speaks."""
    return replace(finding, also={"foreign_person": finding.value})


def _with_filing(facts: Facts, covered: Finding, filing: str) -> Finding:
    """A finding on coverage with what may be filed, its clock, its fee and its penalty."""
    if covered.value is False:
        return covered
    by_state = facts.true("investor.foreign_government_substantial_interest")
    fee = next(
        (f.value for f in fees.fee_findings(facts) if f.conclusion == "filing_fee_usd"), None
    )
    clock, penalty = filings.clock(government_control=by_state), misstatement_text()
    return replace(covered, filing=filing, clock=clock, fee_usd=fee, penalty=penalty)


def _legs(facts: Facts) -> tuple[str, ...]:
    """TID legs stated or met by the facts."""
    seen = facts.follow()
    stated = seen.tokens("target.tid")
    verdicts = {
        "critical_technology": critical_technology(seen),
        "covered_infrastructure": infrastructure(seen),
    }
    met = [
        name
        for name, verdict in verdicts.items()
        if verdict is not None and verdict[0] is not False
    ]
    return tuple(leg for leg in (*LEGS, "unspecified") if leg in stated or leg in met)


def _part_802(facts: Facts, business: Answer, land: Finding | None) -> list[Finding]:
    """Whether the deal points to part 802: land goes with it, but no U.S. business."""
    seen = facts.follow()
    greenfield = seen.get("deal.type") == "greenfield" or seen.true("deal.greenfield")
    contributed = seen.get("deal.us_party_contributes") == "land_and_equipment_not_a_business"
    open_land = land is not None and land.value is not False
    bought = [
        a
        for a in seen.tokens("deal.assets_included")
        if a in ("land", "empty_facility", "facility")
    ]
    land_alone = business is False and (bought or contributed)
    if not greenfield and not open_land and not land_alone:
        return []
    reason = "land or buildings are acquired outside part 800; it turns on where they lie"
    return [
        Finding(
            "part_802_may_apply", True, reason, "J800-GREEN", "31 CFR 802.212, 802.216", seen.used
        )
    ]
