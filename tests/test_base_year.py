"""The fleet of 2026, dispatched, gives the mix that is reported (every seventh day here)."""

from __future__ import annotations

import pytest

import base_year
from gigaplan import atlas


def test_base_year_mix_is_that_of_the_sources():
    inputs = base_year.base_year()
    facts = base_year.report(inputs, base_year.dispatch(inputs, range(3, 365, 7), workers=1))
    assert float(inputs["load"].sum()) == pytest.approx(4_464e3, rel=2e-3)
    assert facts["unserved_gwh"] == {}
    known = atlas.table("reported_mix").set_index("group")
    for group, row in facts["shares"].items():
        low, high = known["low_share"][group], known["high_share"][group]
        assert low - 0.005 <= row["share"] <= high + 0.005, group
    assert sum(row["share"] for row in facts["shares"].values()) > 0.98
    assert 36 < facts["price_usd_mwh"]["mean"] < 44
