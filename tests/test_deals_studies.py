"""Solving for an input, tornado and two-way table, from the command line and in code."""

import json

import pytest

from deal_cases import campus
from gigaplan.cli.main import main
from gigaplan.deals.casefile import deal_of
from gigaplan.deals.sensitivity import tornado, two_way
from gigaplan.deals.solve_for import solved
from gigaplan.errors import InfeasibleError, InputError, UsageError


@pytest.fixture(scope="module")
def deal():
    return deal_of(campus(), "campus.yaml")


@pytest.fixture
def case(tmp_path):
    path = tmp_path / "campus.json"
    path.write_text(json.dumps(campus()))
    return str(path)


def test_the_price_of_a_required_return(deal):
    found = solved(deal, "revenue.Capacity lease.price", (300, 600), "equity_irr", 30.0)
    assert found.measure("equity_irr") == pytest.approx(30.0, abs=1e-9)
    price = found.numbers["solved revenue.Capacity lease.price"]
    assert deal.rerun({"revenue.0.price": price}).measure("equity_irr") == pytest.approx(30.0)


def test_the_return_at_a_price_is_the_engine_itself(deal):
    data = campus()
    data["revenue"][0]["price"] = 400
    assert deal.rerun({"revenue.0.price": 400}).numbers == pytest.approx(
        deal_of(data, "c").numbers, nan_ok=True
    )


def test_no_solution_and_several_solutions_are_said(deal):
    with pytest.raises(InfeasibleError, match=r"revenue.0.price 300: equity_irr"):
        solved(deal, "revenue.0.price", (300, 310), "equity_irr", 90.0)
    # coverage does not depend on the discount rate: every value solves, so the bounds are named
    target = deal.measure("min_coverage")
    with pytest.raises(UsageError, match="several values"):
        solved(deal, "discount_rate", (0.05, 0.1), "min_coverage", target)


def test_unknown_names_are_refused(deal):
    with pytest.raises(UsageError, match="is not a measure"):
        solved(deal, "revenue.0.price", (1, 2), "equity_ir", 9)
    with pytest.raises(InputError, match=r"did you mean revenue\.0\.price"):
        deal.rerun({"revenue.0.pric": 3})


def test_a_tornado_is_sorted_and_agrees_with_single_runs(deal):
    ranges = {"revenue.0.price": (400.0, 440.0), "debt.tranches.0.rate": (0.06, 0.07)}
    rows = tornado(deal, "equity_irr", ranges)
    assert rows[0]["swing"] >= rows[1]["swing"]
    for row in rows:
        low = deal.rerun({row["input"]: row["low"]}).measure("equity_irr")
        assert row["equity_irr at low"] == pytest.approx(low)


def test_a_two_way_table_agrees_with_single_runs(deal):
    rows = two_way(
        deal, "equity_irr", {"revenue.0.price": (400, 440), "debt.gearing_cap": (0.5, 0.7)}, 3
    )
    assert len(rows) == 3
    middle = deal.rerun({"revenue.0.price": 420.0, "debt.gearing_cap": 0.6})
    assert rows[1]["debt.gearing_cap = 0.6"] == pytest.approx(middle.measure("equity_irr"))


def test_the_commands(case, capsys):
    solve = ["--solve", "revenue.0.price=300:600", "--for", "equity_irr=30"]
    assert main(["deal", case, *solve, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["measures"]["equity_irr"]["value"] == pytest.approx(30)
    vary = ["--vary", "revenue.0.price=400:440", "--vary", "debt.gearing_cap=0.5:0.7"]
    assert main(["deal", case, "--table", "equity_irr", *vary, "--csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6
    assert main(["deal", case, "--tornado", "equity_irr", *vary, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    wrong = (
        ["--solve", "revenue.0.price=300:600"], ["--solve", "x"], ["--table", "equity_irr"],
        ["--tornado", "nothing"], ["--asset", "x"],
    )  # fmt: skip
    for options in wrong:
        assert main(["deal", case, *options]) == 2
    assert main(["deal", case, "--set", "revenue.0.price=much"]) == 3
