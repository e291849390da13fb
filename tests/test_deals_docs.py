"""The example of the page of deals runs."""

import re
from pathlib import Path

from gigaplan.deals.casefile import deal_of
from gigaplan.programme.reading import parse

PAGE = Path(__file__).parents[1] / "docs" / "deals.md"


def test_the_example_of_a_company_runs():
    text = PAGE.read_text("utf-8").split("## A company")[1]
    block = re.search(r"\n\n((?:    .*\n)+)", text)[1]
    data = parse("\n".join(line[4:] for line in block.splitlines()) + "\n", "docs").data
    deal = deal_of(data, "docs")
    assert deal.rates["equity_irr"].status == "one root"
    assert all(c.holds for c in deal.checks)
