"""Every figure of the atlas has a source, a licence that is told, and one dollar year."""

from __future__ import annotations

import re
from importlib.resources import files

import pandas as pd
import pytest

from gigaplan import atlas
from gigaplan.cli.main import main

NOTICE = (files("gigaplan.atlas") / "NOTICE").read_text(encoding="utf-8")
IN_NOTICE = {
    "BSD-3-Clause": "BSD 3-Clause",
    "CC BY 4.0": "CC BY 4.0",
    "MIT": "MIT License",
    "Apache-2.0": "Apache License",
}
# of nobody: facts, and works of the US Government
FREE = ("compiled facts", "facts", "US public domain", "US Government work")


@pytest.fixture(scope="module")
def known():
    return atlas.sources()


def test_every_column_and_constant_is_listed_once(known):
    there = {(n, c) for n in atlas.tables() for c in atlas.table(n).columns}
    there |= {(n, "*") for n in atlas.hourly_tables()}
    there |= {("constants", i) for i in atlas.table("constants")["id"]}
    # a class of equipment has sources of its own
    there |= {("equipment", e) for e in atlas.table("equipment")["equipment"]}
    listed = list(zip(known["table"], known["column"], strict=True))
    assert len(listed) == len(set(listed))
    assert there - set(listed) == set(), "without a source"
    assert set(listed) - there == set(), "sources of what is not there"


def test_every_row_is_whole(known):
    for name in ("source", "licence", "vintage"):
        assert (known[name].str.strip() != "").all(), name
    assert set(known["confidence"]) <= {"stored-source", "background"}
    assumed = known[known["confidence"] == "background"]
    assert (assumed["note"].str.strip() != "").mean() > 0.8  # an assumption says why


def test_money_is_of_one_year(known):
    money = known[known["unit"].str.contains("USD")]
    nominal = money["dollar_year"] == "nominal"
    assert set(money.loc[~nominal, "dollar_year"]) == {str(atlas.DOLLAR_YEAR)}
    assert set(money.loc[nominal, "column"]) <= {
        "exemption_min_investment_musd"
    }  # as the law has it


def test_licences_are_told_in_the_notice(known):
    names = {p.strip(" )") for licence in known["licence"] for p in re.split(r"[;(]", licence)}
    for name in names:
        plain = name.removeprefix("upstream ").removeprefix("data ")
        assert plain.startswith(FREE) or IN_NOTICE[plain] in NOTICE, name
    assert not known.apply(
        lambda c: c.str.contains("ODbL|OpenStreetMap|im3_data_center_atlas")
    ).any(axis=None)


def test_figures_are_within_what_is_possible():
    traits = atlas.table("technology_traits").set_index("technology")
    assert traits["capacity_credit"].between(0, 1).all()
    assert traits["availability"].between(0, 1).all()
    assert traits["round_trip_efficiency"].between(0, 1).all()
    constants = atlas.table("constants").set_index("id")
    assert (constants["low"] <= constants["value"]).all()
    assert (constants["value"] <= constants["high"]).all()
    for name in atlas.tables():
        numbers = atlas.table(name).select_dtypes("number")
        assert not numbers.isin([float("inf"), float("-inf")]).any(axis=None), name


def test_years_are_complete():
    """Tables by year have every year that a programme may plan for."""
    for name, key in (
        ("technologies", ["technology", "price_case"]),
        ("fuel_prices", ["fuel", "zone", "case"]),
        ("load_growth", ["zone", "case"]),
        ("large_load_limits", ["zone"]),
        ("build_limits", ["technology_group"]),
    ):
        for label, rows in atlas.table(name).groupby(key):
            assert {2028, 2030, 2035, 2050} <= set(rows["year"]), (name, label)


def test_source_by_command(capsys):
    assert main(["source", "fleet.capacity_mw"]) == 0
    assert "licence: MIT" in capsys.readouterr().out
    assert main(["source", "index_raw", "--json"]) == 0
    assert '"source"' in capsys.readouterr().out
    assert main(["source", "nonsense"]) == 2
    for name in [*atlas.tables(), *atlas.hourly_tables()]:
        assert main(["source", name]) == 0
    capsys.readouterr()


def test_tables_by_command(capsys):
    assert main(["show", "atlas", "zones", "--csv"]) == 0
    text = capsys.readouterr().out
    assert len(pd.read_csv(pd.io.common.StringIO(text))) == 48
