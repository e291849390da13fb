"""Each self-written case against the engine; every outcome word has a case with and one without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gigaplan.clearance.casefile import read_cases
from gigaplan.clearance.engine import review

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
CASES = {case.id: case.facts for case in read_cases(FILES)}
EXPECTED: dict[str, dict[str, Any]] = {
    record["id"]: record["expected"] for file in FILES for record in YAML(typ="safe").load(file)
}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    outcome = review(CASES[name]).outcome
    found = {key: outcome.get(key) for key in EXPECTED[name]}
    assert found == EXPECTED[name]
    for key, value in EXPECTED[name].items():
        assert type(found[key]) is type(value) or isinstance(value, int | float), key
