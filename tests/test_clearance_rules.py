"""Ownership chains, fees, clocks, excepted investors, sites, and properties of the engine."""

from __future__ import annotations

import copy
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gigaplan.clearance as package
from gigaplan import atlas
from gigaplan.clearance import businesses, investments, penalties, tid, timing, vocabulary
from gigaplan.clearance.casefile import check_facts, read_cases
from gigaplan.clearance.engine import review
from gigaplan.clearance.excepted import Standing, excepted_investor
from gigaplan.clearance.fees import filing_fee
from gigaplan.clearance.findings import all_of, any_of, negate
from gigaplan.clearance.ownership import Link, faults, interest_pct, parents
from gigaplan.clearance.sites import nearby
from gigaplan.errors import InputError, UsageError

HERE = Path(__file__).parent
CASES = read_cases(
    sorted([*(HERE / "cases").glob("*.yaml"), *(HERE / "clearance_examples").glob("*.yaml")])
)
ANSWERS = (True, False, "possible", "depends")
COVERED = ("covered_control_transaction", "covered_investment", "covered_transaction")


# --- three values


@pytest.mark.parametrize("a", ANSWERS)
@pytest.mark.parametrize("b", ANSWERS)
def test_kleene(a: Any, b: Any) -> None:
    assert all_of(a, b) == negate(any_of(negate(a), negate(b)))
    if isinstance(a, bool) and isinstance(b, bool):
        assert all_of(a, b) == (a and b)
    assert any_of(a, True) is True
    assert all_of(a, False) is False


# --- ownership


def test_parent_counts_as_whole_and_others_multiply() -> None:
    chain = [Link("g", "b", 60), Link("b", "c", 50), Link("c", "x", 49.9), Link("g", "x", 10)]
    assert interest_pct(chain, "g", "c") == 60  # b is a parent of c: its half counts as all
    assert interest_pct(chain, "g", "x") == pytest.approx(10 + 0.499 * 60)
    assert parents(chain) == {"g": ["b", "c"], "b": ["c"]}


def test_general_partner_is_a_parent() -> None:
    assert parents([Link("gp", "fund", 1, general_partner=True)]) == {"gp": ["fund"]}


@given(st.lists(st.floats(0, 49.9), min_size=1, max_size=6))
def test_a_chain_below_half_only_dilutes(shares: list[float]) -> None:
    chain = [Link(f"n{i}", f"n{i + 1}", pct) for i, pct in enumerate(shares)]
    expected = 100.0
    for pct in shares:
        expected *= pct / 100.0
    assert interest_pct(chain, "n0", f"n{len(shares)}") == pytest.approx(expected, abs=1e-9)


def test_loops_and_sums_are_faults() -> None:
    loop = faults([Link("a", "b", 10), Link("b", "c", 10), Link("c", "a", 10)])
    assert "ownership loop" in loop[0][1]
    assert faults([Link("a", "a", 10)])
    above = faults([Link("a", "x", 60), Link("b", "x", 60)])
    assert "120 %" in above[0][1]
    assert faults([Link("a", "x", 60), Link("b", "x", 40), Link("c", "x", 0, 100)]) == []


# --- fees, clocks, penalties


@pytest.mark.parametrize(
    ("value", "fee"),
    [
        (0, 0),
        (499_999.99, 0),
        (5e5, 750),
        (4_999_999, 750),
        (5e6, 7_500),
        (50e6, 75_000),
        (249_999_999, 75_000),
        (250e6, 150_000),
        (750e6, 300_000),
        (1e12, 300_000),
    ],
)
def test_scale_of_fees(value: float, fee: float) -> None:
    assert filing_fee(value) == fee


def test_scale_agrees_with_the_table_of_rules() -> None:
    rules = atlas.table("clearance_rules").fillna("")
    for text in rules.loc[rules["rule_id"].str.match(r"F800-\d"), "thresholds"]:
        found = re.match(r"lo=(\d+); hi=(\d*); fee=(\d+)", text)
        assert found
        assert filing_fee(float(found[1])) == float(found[3])
        if found[2]:
            assert filing_fee(float(found[2]) - 0.01) == float(found[3])


def test_fee_of_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        filing_fee(float("nan"))


def test_clocks_end_on_business_days() -> None:
    assert timing.business_day(date(2026, 7, 3)) == date(2026, 7, 6)  # 4 July observed, weekend
    assert timing.clock_end(date(2026, 1, 5), 45) == date(2026, 2, 19)
    outcome = {
        f.conclusion: f.value
        for f in review({"filing": {"accepted_on": "2026-01-05"}, "deal": {}}).findings
    }
    assert outcome["review_ends"] == "2026-02-19"
    assert outcome["investigation_ends"] == "2026-04-06"


def test_industry_test_of_2020() -> None:
    facts: dict[str, Any] = {
        "investor": {
            "foreign_person": True,
            "excepted_investor": False,
            "foreign_government_substantial_interest": False,
        },
        "target": {
            "us_business": True,
            "tid": ["critical_technology"],
            "critical_technology": {
                "role": "manufacture",
                "specific_to_appendix_b_industry": False,
            },
        },
        "deal": {
            "type": "share_purchase",
            "voting_interest_pct": 4,
            "controlling": False,
            "observer": True,
            "trigger_date": "2020-06-01",
        },
    }
    assert review(facts).outcome["mandatory_declaration"] is False
    facts["deal"]["trigger_date"] = "2020-10-15"
    assert review(facts).outcome["mandatory_declaration"] == "depends"


def test_penalties() -> None:
    assert penalties.failure_to_file_usd(1e6) == 5e6
    assert penalties.failure_to_file_usd(1e9) == 1e9
    assert penalties.breach_usd(date(2025, 1, 1), 1e6, 7e6, 2e6) == 7e6
    assert penalties.breach_usd(date(2024, 12, 25), 1e5, 7e6, 2e6) == 250_000


# --- excepted investors


GOOD = Standing(
    "CA",
    organised_in="CA",
    run_from="US",
    directors_pct=75,
    observers_pct=100,
    large_holders=("GB",),
    excepted_ownership_pct=51,
    traded_there=True,
    parents_meet_it=True,
    disqualified=False,
)


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({}, True),
        ({"country": "JP"}, False),
        ({"organised_in": "AE"}, False),
        ({"directors_pct": 74.9}, False),
        ({"large_holders": ("GB", "CN")}, False),
        ({"traded_there": False}, False),  # 80 % is then needed
        ({"traded_there": False, "excepted_ownership_pct": 80}, True),
        ({"excepted_ownership_pct": 50}, False),
        ({"traded_there": None}, "depends"),
        ({"disqualified": True}, False),
        ({"disqualified": None}, "depends"),
        ({"observers_pct": None}, "depends"),
        ({"waived": True}, False),
        ({"individual": True, "other_nationalities": ("US",)}, True),
        ({"individual": True, "other_nationalities": ("LB",)}, None),
        ({"individual": True, "other_nationalities": ("FR",)}, False),
        ({"government": True}, True),
    ],
)
def test_excepted_investor(change: dict[str, Any], answer: Any) -> None:
    who = Standing(**{**GOOD.__dict__, **change})
    if answer is None:
        with pytest.raises(UsageError, match="country_groups"):
            excepted_investor(who)
    else:
        assert excepted_investor(who).answer == answer


# --- places


def test_distance_and_margin() -> None:
    sites = atlas.table("listed_sites")
    first = sites[sites["part"] == 1].iloc[0]
    assert nearby(first["latitude"], first["longitude"]).answer is True
    ranges = sites[(sites["part"] == 2)].iloc[0]
    found = nearby(ranges["latitude"] + 0.9, ranges["longitude"])  # some 62 miles
    row = found.table[found.table["site"] == ranges["site"]].iloc[0]
    assert row["miles"] == pytest.approx(0.9 * 69.09, rel=0.01)
    assert row["answer"] == "yes"
    assert nearby(45.0, -40.0).answer is False  # the ocean


def test_between_limit_and_margin_is_open() -> None:
    sites = atlas.table("listed_sites")
    alone = sites[sites["part"] == 2].reset_index(drop=True)
    # walk out over the sea from an island range until only the margin of it is left
    island = alone[alone["location"].str.contains("HI")].iloc[0]
    west = [island["longitude"] - step / 20 for step in range(60)]
    answers = [nearby(island["latitude"], longitude).answer for longitude in west]
    kinds = [a for i, a in enumerate(answers) if i == 0 or a != answers[i - 1]]
    assert kinds == [True, "depends", False]


def test_land_by_its_place() -> None:
    def outcome(latitude: float, longitude: float) -> Any:
        facts = {
            "investor": {"foreign_person": True},
            "deal": {"type": "purchase"},
            "real_estate": {"latitude": latitude, "longitude": longitude},
        }
        check_facts(facts)
        return review(facts).outcome["covered_real_estate_transaction"]

    assert outcome(32.42, -99.85) is True  # beside an air base of part 2
    assert outcome(45.0, -40.0) == "depends"  # ports and counties are not in the list


def test_no_place() -> None:
    with pytest.raises(UsageError, match="latitude"):
        nearby(132.0, 5.0)


# --- properties


def _without(facts: dict[str, Any], path: str) -> dict[str, Any]:
    out = copy.deepcopy(facts)
    *sections, last = path.split(".")
    at: Any = out
    for section in sections:
        at = at.get(section, {})
    if isinstance(at, dict):
        at.pop(last, None)
    return out


STATUS = (
    "investor.foreign_person",
    "investor.excepted_investor",
    "target.us_business",
    "target.tid",
    "investor.foreign_government_substantial_interest",
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
@pytest.mark.parametrize("path", STATUS)
def test_silence_on_a_status_never_turns_an_answer_around(case: Any, path: str) -> None:
    """Leaving a status out may open an answer or keep it; it never makes yes of no or no of yes."""
    before = review(case.facts).outcome
    after = review(_without(case.facts, path)).outcome
    for key in (*COVERED, "mandatory_declaration"):
        if isinstance(before.get(key), bool) and isinstance(after.get(key), bool):
            # part 802 steps in where part 800 does not, so land deals may change kind
            assert before[key] == after[key] or "real_estate" in case.facts, key


RIGHTS = st.fixed_dictionaries(
    {},
    optional={
        "board_seat": st.just(1),
        "observer": st.just(True),
        "access_mnpti": st.just(True),
        "nominate_right": st.just(1),
        "substantive_decision_involvement": st.just(True),
        "control_rights": st.just(["veto_budget"]),
    },
)
ORDER = {False: 0, "possible": 1, "depends": 1, True: 2}


@settings(max_examples=150, deadline=None)
@given(
    few=RIGHTS,
    more=RIGHTS,
    votes=st.floats(0.1, 100),
    tid=st.sampled_from([[], ["critical_technology"], ["covered_infrastructure"], None]),
    state=st.sampled_from([True, False, None]),
    passive=st.booleans(),
)
def test_more_rights_never_take_a_deal_out_of_review(
    few: dict[str, Any], more: dict[str, Any], votes: float, tid: Any, state: Any, passive: bool
) -> None:
    def facts(rights: dict[str, Any]) -> dict[str, Any]:
        investor: dict[str, Any] = {"foreign_person": True, "excepted_investor": False}
        target: dict[str, Any] = {"us_business": True, "board_size": 9}
        if state is not None:
            investor["foreign_government_substantial_interest"] = state
        if tid is not None:
            target["tid"] = tid
        deal = {
            "type": "share_purchase",
            "voting_interest_pct": votes,
            "passive_intent": passive,
            **rights,
        }
        return {"investor": investor, "target": target, "deal": deal}

    for key in ("covered_transaction", "mandatory_declaration"):
        low = ORDER[review(facts(few)).outcome[key]]
        high = ORDER[review(facts({**few, **more})).outcome[key]]
        assert high >= low, key


@settings(max_examples=100, deadline=None)
@given(votes=st.floats(0.1, 100), more=st.floats(0, 100), rights=RIGHTS)
def test_more_votes_never_take_a_deal_out_of_review(
    votes: float, more: float, rights: dict[str, Any]
) -> None:
    def covered(share: float) -> Any:
        deal = {"type": "share_purchase", "voting_interest_pct": share, **rights}
        facts = {
            "investor": {
                "foreign_person": True,
                "excepted_investor": False,
                "foreign_government_substantial_interest": True,
            },
            "target": {"us_business": True, "tid": ["covered_infrastructure"], "board_size": 9},
            "deal": deal,
        }
        return review(facts).outcome

    low, high = covered(votes), covered(min(100.0, votes + more))
    for key in ("covered_transaction", "mandatory_declaration"):
        assert ORDER[high[key]] >= ORDER[low[key]], key


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_no_case_is_both_kinds_and_the_story_does_not_count(case: Any) -> None:
    outcome = review(case.facts).outcome
    both = (outcome.get("covered_control_transaction"), outcome.get("covered_investment"))
    assert both != (True, True)
    assert review({**case.facts, "story": "It is all covered, or not."}).outcome == outcome


def test_every_rule_that_is_cited_can_be_read() -> None:
    known = set(atlas.table("clearance_rules")["rule_id"])
    used = {f.rule for case in CASES for f in review(case.facts).findings}
    for file in Path(package.__path__[0]).glob("*.py"):
        used |= set(re.findall(r'"((?:[A-Z]\d{3}|[SOQ])-[A-Z0-9-]+)"', file.read_text()))
    assert used <= known, used - known


# --- what facts may say


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {"deal": {"voting_interest": 4}},
            ["deal.voting_interest", "unknown key", "voting_interest_pct"],
        ),
        ({"deal": {"voting_interest_pct": 104}}, ["above 100"]),
        ({"deal": {"voting_interest_pct": float("nan")}}, ["not a number"]),
        ({"deal": {"voting_interest_pct": True}}, ["not a number"]),
        ({"deal": {"observer": "yes"}}, ["true or false"]),
        ({"deal": {"control_rights": ["veto_lunch"]}}, ["veto_lunch", "veto_budget"]),
        ({"deal": {"control_rights": "veto_budget"}}, ["not a list"]),
        ({"deal": {"equity_transfer_date": "02-30"}}, ["MM-DD"]),
        ({"deal": {"trigger_date": "2026-13-01"}}, ["YYYY-MM-DD"]),
        ({"deal": {"board_seat": None}}, ["no value"]),
        ({"investor": []}, ["not a mapping"]),
        ({"target": {"data": {"individuals_now": -1}}}, ["negative"]),
        ({"target": {"observer": True}}, ["belongs under deal"]),
        ({"entity": {"us_owned_pct": 60, "foreign_owned_pct": 60}}, ["120 %"]),
        (
            {
                "ownership": [
                    {"holder": "a", "entity": "b", "voting_pct": 5},
                    {"holder": "b", "entity": "a", "voting_pct": 5},
                ]
            },
            ["ownership loop"],
        ),
        (
            {
                "ownership": [
                    {"holder": "foreign_government", "entity": "investor", "voting_pct": 60},
                    {"holder": "foreign_government:XX", "entity": "investor", "voting_pct": 60},
                ]
            },
            ["120 %"],
        ),
        ({"ownership": [{"holder": "a"}]}, ["entity", "missing"]),
        ({"real_estate": {"latitude": 95}}, ["no latitude"]),
        ({"real_estate": {"appendix_a_parts": [5]}}, ["1, 2, 3 or 4"]),
    ],
)
def test_bad_facts(facts: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        check_facts(facts)
    for word in words:
        assert word in str(caught.value)


def test_all_faults_at_once() -> None:
    with pytest.raises(InputError) as caught:
        check_facts(
            {"deal": {"a": 1, "observer": 3}, "targets": {}, "investor": {"individual": "x"}}
        )
    assert len(caught.value.problems) == 4


def test_a_loop_is_told_beside_other_faults() -> None:
    held = [
        {"holder": "x", "entity": "y", "voting_pct": 60},
        {"holder": "y", "entity": "x", "voting_pct": 60},
    ]
    with pytest.raises(InputError) as caught:
        check_facts({"ownership": held, "deal": {"voting_interest_pct": 120}, "target": "x"})
    told = str(caught.value)
    assert "ownership loop: x holds y holds x" in told
    assert "120 is above 100" in told
    assert len(caught.value.problems) == 3


# --- every key and word


def _values(key: vocabulary.Key, name: str) -> st.SearchStrategy[Any]:
    if key.keys:
        one: st.SearchStrategy[Any] = st.fixed_dictionaries(
            {}, optional={inner: _values(below, inner) for inner, below in key.keys.items()}
        )
    elif name == "appendix_a_parts":
        one = st.integers(1, 4)
    elif key.kind == "bool":
        one = st.booleans()
    elif key.kind in ("int", "num"):
        one = st.integers(0, 100 if name.endswith("pct") else 2_000_000)
    elif key.kind == "date":
        one = st.dates(date(2019, 1, 1), date(2030, 1, 1)).map(date.isoformat)
    elif name == "equity_transfer_date":
        one = st.sampled_from(["01-15", "03-01", "12-31"])
    elif name == "country":
        one = st.sampled_from(["AE", "JP", "US", "CN"])
    else:
        one = st.sampled_from(key.tokens or ("word", "country_f"))
    return st.lists(one, max_size=2) if key.many else one


@settings(max_examples=200, deadline=None)
@given(_values(vocabulary.vocabulary(), ""))
def test_any_valid_facts_get_an_answer_in_the_words_of_the_outcome(facts: dict[str, Any]) -> None:
    try:
        check_facts(facts)
    except InputError:  # shares above 100 % and the like
        return
    found = review(facts)
    json.dumps([found.outcome, [f.to_dict() for f in found.findings]], allow_nan=False)
    for finding in found.findings:
        assert finding.citation
        assert finding.reason
        if finding.value == "depends":
            assert finding.depends_on, finding


def _tokens(path: str) -> set[str]:
    key = vocabulary.vocabulary()
    for part in path.split("."):
        key = key.keys[part]
    return set(key.tokens)


def test_every_word_with_a_legal_meaning_is_known_to_its_rule() -> None:
    assets = {name for names in businesses.ASSET_KINDS.values() for name in names}
    assert _tokens("deal.assets_included") <= assets | {"substantially_all"}
    roles = {*tid.FUNCTION, *tid.NO_FUNCTION}
    assert _tokens("target.infrastructure.role") <= roles
    assert _tokens("target.infrastructure.asset") <= {*tid.COLUMN_2, "other"}
    known = {*investments.SUBSTANTIVE, *investments.ADMINISTRATIVE}
    assert _tokens("deal.decision_rights") <= known
    technical = {*investments.TECHNICAL, *investments.NOT_TECHNICAL}
    assert _tokens("deal.information_rights") <= technical
    rights = {*investments.TRIGGERS, "information_access"}
    for path in ("deal.new_rights", "deal.prior_rights", "deal.trigger_rights_before"):
        assert _tokens(path) <= rights


@pytest.mark.parametrize("right", sorted(_tokens("deal.control_rights")))
def test_every_control_right_is_control_at_one_percent(right: str) -> None:
    deal = {"type": "share_purchase", "voting_interest_pct": 1, "control_rights": [right]}
    facts = {"investor": {"foreign_person": True}, "target": {"us_business": True}, "deal": deal}
    assert review(facts).outcome["covered_control_transaction"] is True


@pytest.mark.parametrize("protection", sorted(_tokens("deal.minority_protections")))
def test_no_listed_protection_is_control(protection: str) -> None:
    deal = {
        "type": "share_purchase",
        "voting_interest_pct": 20,
        "minority_protections": [protection],
    }
    facts = {"investor": {"foreign_person": True}, "target": {"us_business": True}, "deal": deal}
    assert review(facts).outcome["control"] is False


@pytest.mark.parametrize("right", investments.TRIGGERS)
def test_every_trigger_right_makes_a_covered_investment_of_any_size(right: str) -> None:
    value = 1 if right in ("board_seat", "nominate_right") else True
    facts: dict[str, Any] = {
        "investor": {"foreign_person": True, "excepted_investor": False},
        "target": {"us_business": True, "tid": ["covered_infrastructure"]},
        "deal": {"voting_interest_pct": 0.1, "controlling": False, right: value},
    }
    assert review(facts).outcome["covered_investment"] is True
    facts["deal"] |= {right: False, "new_rights": [right]}
    assert review(facts).outcome["covered_investment"] is True


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_finding_rests_on_facts_that_are_there(case: Any) -> None:
    for finding in review(case.facts).findings:
        for path in finding.facts:
            at: Any = case.facts
            for part in path.split("."):
                at = at[part]
            assert at is not None
        if finding.conclusion in COVERED and isinstance(finding.value, bool):
            assert finding.facts, finding
