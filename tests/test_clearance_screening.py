"""Screening for the plan, and the commands ``clear`` and ``rule``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigaplan.clearance.excepted import Standing
from gigaplan.clearance.screening import Investor, Stake, screen, screen_whole
from gigaplan.clearance.structures import CLASSES, asset_class
from gigaplan.cli.main import main
from gigaplan.errors import InputError, UsageError

STATE_FUND = Investor("state fund", "AE", "fund", {"AE": 100.0})
COMPANY = Investor("company", "JP")
HOME = Investor("home", "US")


def _row(found: Any, key: str) -> dict[str, Any]:
    return found.table.set_index("structure").loc[key].to_dict()


def test_state_fund_in_power() -> None:
    found = screen(STATE_FUND, "gas_cc_new", state="TX", value_usd=2e9)
    assert found.limits.without_filing == 24.9
    assert found.limits.with_notice == 100.0
    substantial = _row(found, "substantial")
    assert (substantial["filing"], substantial["duty"]) == ("declaration", "mandatory")
    control = _row(found, "control")
    assert (control["filing"], control["duty"], control["fee_usd"]) == (
        "notice",
        "mandatory",
        300_000,
    )
    assert control["days"] > _row(screen(COMPANY, "gas_cc_new"), "control")["days"]
    assert _row(found, "lender")["filing"] == "none"
    assert _row(found, "fund_partner")["filing"] == "none"
    assert "800.401" in control["citations"]


def test_rights_in_used_chips_need_no_filing_but_power_does() -> None:
    assert _row(screen(COMPANY, "accelerators"), "minority_with_rights")["filing"] == "none"
    assert _row(screen(COMPANY, "storage"), "minority_with_rights")["filing"] == "declaration"
    assert _row(screen(COMPANY, "campus"), "minority_with_rights")["covered"] == "depends"
    plain = screen(COMPANY, "campus", extra={"target": {"tid": []}})
    assert _row(plain, "minority_with_rights")["filing"] == "none"


def test_fab_and_export_authorisation() -> None:
    assert _row(screen(STATE_FUND, "fab"), "minority_with_rights")["duty"] == "mandatory"
    assert _row(screen(COMPANY, "fab"), "minority_with_rights")["duty"] == "possibly mandatory"


def test_reactor_is_barred_to_some() -> None:
    found = screen(STATE_FUND, "nuclear_new")
    assert _row(found, "control")["filing"] == "barred"
    assert found.limits.with_notice == 49.0
    assert _row(screen(COMPANY, "nuclear_new"), "control")["filing"] == "notice"


@pytest.mark.parametrize("kind", CLASSES)
def test_home_and_countries_of_concern(kind: str) -> None:
    assert screen(HOME, kind).limits.without_filing == 100.0
    never = screen(Investor("x", "CN"), kind).limits
    assert (never.status, never.with_notice) == ("never", 0.0)


def test_excepted_status_is_not_taken_from_the_country() -> None:
    unknown = screen(Investor("fund", "CA", "fund", {"CA": 100.0}), "storage")
    assert _row(unknown, "minority_with_rights")["covered"] == "depends"
    # the government of an excepted state does not make a declaration mandatory
    assert _row(unknown, "control")["duty"] == "voluntary"
    standing = Standing(
        "CA",
        organised_in="CA",
        run_from="CA",
        directors_pct=100,
        observers_pct=100,
        large_holders=("CA",),
        excepted_ownership_pct=100,
        traded_there=False,
        parents_meet_it=True,
        disqualified=False,
    )
    known = screen(Investor("fund", "CA", "fund", standing=standing), "storage")
    assert _row(known, "minority_with_rights")["filing"] == "none"
    assert _row(known, "control")["filing"] == "notice"


def test_chain_reaches_the_state() -> None:
    chain = (
        {"holder": "foreign_government:SA", "entity": "holding", "voting_pct": 60},
        {"holder": "holding", "entity": "investor", "voting_pct": 51},
    )
    owned = Investor("owned", "US", ownership=chain)
    assert owned.government_pct == 60.0
    assert owned.foreign
    assert _row(screen(owned, "storage"), "control")["duty"] == "mandatory"


def test_land_law_bars_equity() -> None:
    found = screen(Investor("x", "RU"), "campus", state="TX")
    assert any(f.conclusion == "state_land_law" and f.value is True for f in found.findings)


def test_land_of_an_unknown_place_is_open() -> None:
    (land,) = [
        f for f in screen(COMPANY, "campus", state="TX").findings if "real_estate" in f.conclusion
    ]
    assert land.value == "depends"
    assert "latitude" in land.depends_on[0]
    assert not [f for f in screen(HOME, "campus", state="TX").findings if "estate" in f.conclusion]


def test_site_joins_the_findings() -> None:
    found = screen(COMPANY, "campus", state="TX", latitude=32.4, longitude=-99.7)
    (land,) = [f for f in found.findings if f.conclusion == "covered_real_estate"]
    assert land.value is True
    assert "margin" in land.reason
    assert "not legal advice" in found.disclaimer


@settings(max_examples=40, deadline=None)
@given(
    share=st.floats(0, 100),
    kind=st.sampled_from(CLASSES),
    code=st.sampled_from(["AE", "JP", "CA", "KR", "NO", "US", "CN"]),
)
def test_limits_are_nested_and_a_state_never_helps(share: float, kind: str, code: str) -> None:
    with_state = screen(Investor("i", code, "fund", {code: share}), kind)
    without = screen(Investor("i", code, "fund"), kind)
    for found in (with_state, without):
        limits = found.limits
        assert 0 <= limits.without_filing <= limits.with_declaration <= limits.with_notice <= 100
    assert with_state.limits.without_filing <= without.limits.without_filing


def test_split_stakes_of_one_state_are_added() -> None:
    other = Investor("other fund", "AE", "fund", {"AE": 100.0})
    stakes = [Stake(STATE_FUND, "minority_with_rights", 20), Stake(other, "passive", 10)]
    found = screen_whole(stakes, "storage")
    assert found["state fund"].outcome["mandatory_declaration"] is False
    assert found["state:AE"].outcome["mandatory_declaration"] is True
    halves = [Stake(STATE_FUND, "substantial", 30), Stake(other, "substantial", 30)]
    assert screen_whole(halves, "storage")["state:AE"].outcome["control"] is True
    with pytest.raises(InputError, match="at most 100"):
        screen_whole([Stake(STATE_FUND, "control", 60), Stake(COMPANY, "control", 60)], "campus")


def test_bad_investors() -> None:
    with pytest.raises(InputError, match="together"):
        screen(Investor("i", "AE", "fund", {"AE": 60.0, "SA": 60.0}), "campus")
    loop = (
        {"holder": "a", "entity": "investor", "voting_pct": 10},
        {"holder": "investor", "entity": "a", "voting_pct": 10},
    )
    with pytest.raises(InputError, match="loop"):
        screen(Investor("i", "JP", ownership=loop), "campus")
    with pytest.raises(UsageError, match="no country"):
        screen(Investor("i", "XX"), "campus")
    with pytest.raises(UsageError, match="no asset class"):
        screen(COMPANY, "spaceport")
    with pytest.raises(InputError, match="unknown key"):
        screen(COMPANY, "campus", extra={"target": {"tids": []}})
    assert asset_class("battery_4h") == "storage"
    assert asset_class("nuclear_smr") == "nuclear"


# --- commands

GOOD = """\
- id: one
  facts:
    investor: {foreign_person: true}
    target: {us_business: true}
    deal: {type: share_purchase, voting_interest_pct: 60}
- id: two
  topic: fee
  expected: {filing_fee_usd: 1, nonsense: [2]}
  why: ignored
  facts:
    consideration: {structure: share_purchase, cash_usd: 6000000}
"""


def _clear(tmp_path: Path, text: str, *options: str) -> int:
    file = tmp_path / "cases.yaml"
    file.write_text(text)
    return main(["clear", str(file), *options])


def test_clear_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _clear(tmp_path, GOOD, "--json") == 0
    out, err = capsys.readouterr()
    first, second = json.loads(out)
    assert list(first) == ["id", "outcome", "findings"]
    assert first["outcome"]["covered_control_transaction"] is True
    assert second["outcome"] == {"transaction_value_usd": 6e6, "filing_fee_usd": 7500}
    finding = next(f for f in first["findings"] if f["conclusion"] == "control")
    assert finding["value"] == "yes"
    assert finding["facts"]
    assert {"reason", "rule", "citation", "as_of"} <= set(finding)
    assert "not legal advice" in err


def test_clear_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _clear(tmp_path, GOOD) == 0
    out = capsys.readouterr().out
    assert "not legal advice" in out
    assert "covered control transaction: yes" in out
    assert "fee: 7,500 USD" in out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            GOOD.replace("voting_interest_pct: 60", "voting_pct: 60, seat: 1"),
            ["row 5", "case one: facts.deal.voting_pct", "facts.deal.seat", "unknown key"],
        ),
        (GOOD.replace("id: two", "id: one"), ["twice"]),
        (
            GOOD.replace("  topic: fee", "  topics: fee"),
            ["case two: topics", "did you mean topic?"],
        ),
        (GOOD.replace("cash_usd: 6000000", "cash_usd: much"), ["cash_usd", "a number"]),
        ("- id: x\n", ["case x: facts", "missing"]),
        ("- 3\n", ["not a mapping"]),
        ("- id: x\n  facts: {}\n", ["empty"]),
        ("id: x\nfacts: {}\n", ["not a list"]),
        ("- id: [unclosed\n", ["not YAML"]),
        ("- id: x\n  facts: {deal: {observer: true}}\n  facts: {}\n", ["there twice"]),
        ("", ["empty"]),
        ("- &a [*a]\n", ["holds itself"]),
        ("- id: x\n  facts: !!python/object:os.system {deal: {}}\n", ["the tag", "not supported"]),
    ],
)
def test_bad_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: list[str]
) -> None:
    assert _clear(tmp_path, text, "--json") == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "cases.yaml" in err
    for word in words:
        assert word in err


def test_missing_file(tmp_path: Path) -> None:
    assert main(["clear", str(tmp_path / "no.yaml")]) == 3


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", "M800-GOV"]) == 0
    assert "800.401(b)" in capsys.readouterr().out
    assert main(["rule"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 80
    assert main(["rule", "m800-gov", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["rule_id"] == "M800-GOV"
    assert main(["rule", "M800-GOVT"]) == 2
    assert "did you mean M800-GOV?" in capsys.readouterr().err
