"""The worked examples of 31 CFR parts 800 and 802 that stand in ``clearance_examples``.

Each is told in our own words with the outcome that its section states (``citation``); a second
record of an example tells the same facts in another way.  The examples inform and do not alter the
text of the rules (800.105(a), 802.105(a)).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gigaplan.clearance.casefile import read_cases
from gigaplan.clearance.engine import review

FOLDER = Path(__file__).parent / "clearance_examples"
FILES = sorted(FOLDER.glob("*.yaml"))
RECORDS: dict[str, dict[str, Any]] = {
    record["id"]: record for file in FILES for record in YAML(typ="safe").load(file)
}
FACTS = {case.id: case.facts for case in read_cases(FILES)}

NUMBERS = ("government_interest_pct_in_investor", "transaction_value_usd", "filing_fee_usd")
LISTS = ("controllers", "notice_actions_allowed")
MAPS = ("parents", "not_parents")
WORDS = {
    "coverage_basis": {"change_in_rights", "evasion"},
    "excepted": {
        "excepted_investor",
        "investment_fund",
        "part_800_covered_transaction",
        "urbanized_area",
        "single_housing_unit",
        "commercial_space_multi_unit",
    },
    "declaration_basis": {"critical_technology", "foreign_government_substantial_interest"},
    "declaration_exemption": {
        "investment_fund",
        "excepted_investor",
        "foci_mitigated_entity",
        "license_exception",
    },
    "tid_basis": {"critical_technology", "covered_infrastructure", "sensitive_personal_data"},
    "data_volume_basis": {"over_1m_within_12_months", "demonstrated_business_objective"},
    "covered_scope": {"new_lease_only", "new_purchase_only"},
    "property_right_kind": {"access", "exclude", "develop", "attach"},
}


@pytest.mark.parametrize("name", FACTS)
def test_example(name: str) -> None:
    outcome = review(FACTS[name]).outcome
    expected = RECORDS[name]["expected"]
    assert {key: outcome.get(key) for key in expected} == expected
    for key, value in expected.items():
        if isinstance(value, bool):
            assert outcome[key] is value, key


@pytest.mark.parametrize("name", FACTS)
def test_every_conclusion_has_its_type(name: str) -> None:
    for key, value in review(FACTS[name]).outcome.items():
        if key in NUMBERS:
            assert isinstance(value, int | float), key
            assert not isinstance(value, bool), key
        elif key in LISTS:
            assert isinstance(value, list), key
        elif key in MAPS:
            assert all(isinstance(below, list) for below in value.values()), key
        elif key in WORDS:
            assert value in WORDS[key], key
        else:
            assert value in (True, False, "possible", "depends"), key


def test_each_example_cites_its_section() -> None:
    for name, record in RECORDS.items():
        found = re.match(r"cfr(80[02]\.\d+)\.ex(\d+)", name)
        assert found, name
        assert record["citation"].startswith(f"31 CFR {found[1]}"), name
