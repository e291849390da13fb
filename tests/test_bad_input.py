"""Bad input by command: every fault with file, row, field, what was expected and what to do."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gigaplan as gp
from gigaplan.cli.main import main
from gigaplan.errors import InputError
from gigaplan.inputs.build import build_inputs
from gigaplan.programme.faults import section
from gigaplan.programme.schema import ProgrammeFile
from gigaplan.programme.tables import TABLES

GOOD = """\
zones: [TX, OK, KS]
years: [2028, 2030]
money:
  budget: 20 BUSD
"""
HOURS = 8760
# file, row: field: what is wrong; expected ...; what to do
TOLD = re.compile(r"  (?P<file>\S+)(, row (?P<row>\d+))?: .+; expected .+; .+")


@pytest.fixture
def checked(tmp_path, capsys):
    """Run a command on a folder with this programme and these tables."""

    def run(text, command="check", *extra, **tables):
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        as_bytes = text if isinstance(text, bytes) else text.encode()
        (folder / "programme.yaml").write_bytes(as_bytes)
        for name, content in tables.items():
            as_bytes = content if isinstance(content, bytes) else content.encode()
            (folder / f"{name}.csv").write_bytes(as_bytes)
        code = main([command, str(folder), *extra])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert "a fault of gigaplan itself" not in err
        return code, out, err

    return run


def assert_told(err, *words):
    """Every line says what the issue asks for, and the words are there."""
    head, *lines = err.strip().splitlines()
    assert re.fullmatch(r"gigaplan: \d+ problems? in the input", head), head
    for line in lines:
        assert TOLD.fullmatch(line), line
    for word in words:
        assert word in err, err


def series(edit=None, zones=("TX", "OK", "KS"), hours=HOURS):
    rows = [["hour", *zones], *([str(h), *["4000"] * len(zones)] for h in range(hours))]
    if edit is not None:
        edit(rows)
    return "\n".join(",".join(row) for row in rows) + "\n"


def cell(row, column, value):
    """Put a value into the cell of a row as spreadsheets count, the header being row 1."""
    return lambda rows: rows[row - 1].__setitem__(column, value)


YAML_FAULTS = {
    "unknown key": (GOOD + "foo: 1\n", ["row 5", "foo: unknown key"]),
    "unknown key within": (GOOD + "campus: {alowed: all}\n", ["campus.alowed", "mean allowed?"]),
    "key of another section misspelled": (
        GOOD + "budgte: 1 BUSD\n",
        ["budgte", "did you mean money.budget?"],
    ),
    "key of another section": (GOOD + "budget: 1 BUSD\n", ["budget", "belongs under money"]),
    "unknown key in a list": (
        GOOD + "policy:\n  technology_bans:\n    - {zone: TX, technology: wind_new, x: 1}\n",
        ["row 7", "technology_bans[0].x"],
    ),
    "missing key": (GOOD.replace("years", "yaers"), ["years: is missing", "mean years?"]),
    "wrong unit": (GOOD.replace("BUSD", "GW"), ["row 4", "power, not money"]),
    "no unit": (GOOD.replace(" BUSD", ""), ["money.budget", "no unit", "write the unit: 20 BUSD"]),
    "milli for mega": (GOOD + "campus: {limits: {TX: 500 mW}}\n", ["a thousandth", "write MW"]),
    "missing state": (GOOD.replace("KS", "ZZ"), ["row 1", "zones[2]", "unknown state 'ZZ'"]),
    "state by name": (GOOD.replace("KS", "Kansas"), ["write KS"]),
    "state outside": (GOOD.replace("KS", "AK"), ["AK", "not connected"]),
    "state twice": (GOOD.replace("KS", "TX"), ["TX is there twice"]),
    "zone outside": (GOOD + "campus: {allowed: [CA]}\n", ["'CA' is not a zone"]),
    "not a number": (GOOD + "campus: {utilisation: .nan}\n", ["row 5", "utilisation"]),
    "not finite": (GOOD.replace("20", "1e400"), ["not a finite number"]),
    "negative cost": (
        GOOD + "aim: {value_of_compute: -3 BUSD/GW/year}\n",
        ["aim.value_of_compute", "is negative", "at least 0 BUSD/GW/year"],
    ),
    "negative rate": (GOOD + "  discount_rate: -5 %\n", ["row 5", "is negative"]),
    "budget of nothing": (GOOD.replace("20 BUSD", "0 BUSD"), ["row 4", "buys nothing"]),
    "budget below a megawatt": (GOOD.replace("20 BUSD", "1 MUSD"), ["buys nothing"]),
    "capital that never comes": (GOOD + "  available: {2030: 0 BUSD}\n", ["buys nothing"]),
    "capital that falls": (
        GOOD + "  available: {2026: 5 BUSD, 2027: 3 BUSD}\n",
        ["money.available.2027", "falls from 5 to 3"],
    ),
    "path without money": (
        GOOD + "aim: {kind: cost, it_path: {2028: 1 GW, 2030: 90 GW}}\n",
        ["cannot pay for the 90 GW"],
    ),
    "path beyond the campus limits": (
        GOOD.replace("20", "900")
        + "aim: {kind: cost, it_path: {2028: 1 GW, 2030: 2 GW}}\n"
        + "campus: {limits: {TX: 100 MW, OK: 100 MW, KS: 100 MW}}\n",
        ["campus.limits", "0.3 GW"],
    ),
    "years unsorted": (GOOD.replace("2028, 2030", "2030, 2028"), ["years[1]", "come after"]),
    "year in words": (GOOD.replace("2028", "soon"), ["years[0]", "whole number"]),
    "year beyond the data": (GOOD.replace("2028", "2100"), ["at most 2050"]),
    "key twice": (GOOD + "years: [2030]\n", ["row 5", "twice, first in row 2"]),
    "no technology": (GOOD + "power: {technologies: []}\n", ["power.technologies", "empty"]),
    "unknown technology": (
        GOOD + "power: {technologies: [gas_cc_nwe]}\n",
        ["gas_cc_nwe", "gas_cc_new"],
    ),
    "no place for campuses": (GOOD + "campus: {excluded: [TX, OK, KS]}\n", ["no zone is left"]),
    "unknown base": ("based_on: us-frist\n", ["us-first"]),
    "name of a path": (GOOD + "name: ../../etc\n", ["cannot name a programme"]),
    "empty": ("", ["the file is empty"]),
    "blanks": ("  \n\n", ["the file is empty"]),
    "comment only": ("# nothing\n", ["the top level is empty"]),
    "list": ("- a\n- b\n", ["the top level is a list"]),
    "text": ("hello", ["the top level is text"]),
    "not UTF-8": (GOOD.encode() + b"title: Z\xfcrich\n", ["row 5", "not UTF-8"]),
    "bytes": (bytes(range(256)), ["is not"]),
    "NUL": (GOOD + "title: a\0b\n", ["row 5", "NUL bytes"]),
    "tabs": ("zones:\n\t- TX\n", ["row 2", "spaces, not with tabs"]),
    "unclosed": (GOOD + 'title: "abc\n', ["is not YAML"]),
    "two documents": (GOOD + "---\n" + GOOD, ["row 5", "another document"]),
    "code": (GOOD + "title: !!python/object/apply:os.system [ls]\n", ["not supported"]),
    "tag of a mapping": (GOOD + "campus: !x {cooling: air}\n", ["row 5", "tag !x"]),
    "deep": ("a: " + "{a: " * 3000, ["nested too deeply"]),
    "alias in itself": ("a: &a [*a]\n", ["an alias holds itself"]),
    "table not known": (GOOD + "tables: {laod: x.csv}\n", ["tables.laod", "mean load?"]),
    "table not there": (GOOD + "tables: {load: x.csv}\n", ["x.csv", "does not exist"]),
    "table is a folder": (GOOD + "tables: {load: .}\n", ["is not a file"]),
}


@pytest.mark.parametrize("name", YAML_FAULTS)
def test_programme(checked, name):
    text, words = YAML_FAULTS[name]
    code, out, err = checked(text)
    assert code == 3
    assert out == ""
    assert_told(err, "programme.yaml" if not name.startswith("table ") else "", *words)


LOAD_FAULTS = {
    "NaN": (series(cell(6, 1, "nan")), ["row 6: TX", "not a finite number"]),
    "infinite": (series(cell(6, 1, "inf")), ["row 6: TX", "not a finite number"]),
    "no value": (series(cell(6, 2, "")), ["row 6: OK: is missing"]),
    "text": (series(cell(6, 3, "4000 MW")), ["row 6: KS", "a number of MW"]),
    "negative": (series(cell(6, 1, "-1")), ["row 6: TX", "is negative"]),
    "watts": (series(cell(6, 1, "4e10")), ["row 6: TX", "too large"]),
    "gap": (series(lambda rows: rows.pop(78)), ["1 hours are missing, the first is 77"]),
    "short": (series(hours=8000), ["760 hours are missing, the first is 8000"]),
    "leap year": (series(hours=8784), ["row 8762: hour: 8760 is outside", "4 more problems"]),
    "hour twice": (series(cell(6, 0, "2")), ["row 6", "a second row for hour 2, first in row 4"]),
    "unsorted": (series(lambda rows: rows.append(rows.pop(9))), ["not in order"]),
    "header": (series(cell(1, 0, "time")), ["row 1: time: unknown column", "hour: the column"]),
    "unit in the header": (series(cell(1, 0, "hour [h]")), ["write hour, without its unit"]),
    "missing state": (series(zones=("TX", "OK")), ["row 1", "no column for KS"]),
    "state too many": (series(zones=("TX", "OK", "KS", "CA")), ["row 1: CA: unknown column"]),
    "column twice": (series(zones=("TX", "OK", "KS", "TX")), ["row 1: TX", "there twice"]),
    "semicolons": (series().replace(",", ";"), ["separated by commas"]),
    "cell too many": (series(lambda rows: rows[7].append("1")), ["row 8", "has 5 cells"]),
    "unclosed quote": (series(cell(6, 1, '"4')), ["row 6", "not a CSV table"]),
    "header only": ("hour,TX,OK,KS\n", ["has no rows"]),
    "empty": ("", ["the file is empty"]),
    "spreadsheet": (b"PK\x03\x04" + bytes(500), ["NUL bytes"]),
    "bytes": (bytes(range(128, 256)), ["not UTF-8"]),
}


@pytest.mark.parametrize("name", LOAD_FAULTS)
def test_series(checked, name):
    content, words = LOAD_FAULTS[name]
    code, _, err = checked(GOOD + "tables: {load: load.csv}\n", load=content)
    assert code == 3
    assert_told(err, "load.csv", *words)


TABLE_FAULTS = {
    "negative cost": (
        "campus_costs",
        "zone,facility_musd_per_mw_it\nTX,-4\n",
        ["row 2: facility_musd_per_mw_it", "-4"],
    ),
    "key twice": (
        "campus_costs",
        "zone,facility_musd_per_mw_it\nTX,10\nOK,9\nTX,11\n",
        ["row 4: zone: a second row for zone TX, first in row 2"],
    ),
    "four faults at once": (
        "fuel_prices",
        "fuel,zone,year,usd_mmbtu\ngaz,TX,2028,3\ngas,ZZ,2028,3\ngas,TX,1999,3\ngas,TX,2030,-3\n",
        ["4 problems", "row 2: fuel", "mean gas?", "row 3: zone", "row 4: year", "row 5: usd"],
    ),
    "limit that is none": (
        "cap_limits",
        "cap,year,gw\nUS gaz,2028,3\n",
        ["row 2: cap", "did you mean US gas?"],
    ),
    "year that is not planned": (
        "cap_limits",
        "cap,year,gw\nUS gas,2029,3\n",
        ["row 2: year", "not a planning year"],
    ),
    "step of no chip": (
        "chip_supply",
        "step,year,supply\nlogic,2028,5\nglue,2028,5\npackaging,2029,-1\n",
        ["row 3: step", "logic, packaging, memory", "row 4: year", "row 4: supply: -1"],
    ),
    "equipment that is none": (
        "equipment_supply",
        "equipment,year,units\nturbines,2028,5\nfuel_cell,2030,-1\n",
        ["row 2: equipment", "did you mean gas_turbine?", "row 3: units: -1"],
    ),
    "corridor to itself": (
        "corridors",
        "corridor,from_zone,to_zone,forward_mw,reverse_mw\nTX-TX,TX,TX,1,1\n",
        ["row 2: to_zone"],
    ),
    "return too large": (
        "investors",
        "investor,return_pct\nfund,99\n",
        ["row 2: return_pct", "99 is too large"],
    ),
    "negative sum": (
        "commitments",
        "investor,year,amount,currency,stage\nfund,2026,-8,USD,signed\n",
        ["row 2: amount", "-8"],
    ),
    "negative sum in view": (
        "outreach",
        "date,investor,stage,sum_busd\n2026-06-01,fund,signed,-1\n",
        ["row 2: sum_busd", "-1"],
    ),
    "share above one": (
        "profiles_wind",
        "hour,TX\n" + "\n".join(f"{h},{1.5 if h == 7 else 0.5}" for h in range(HOURS)) + "\n",
        ["row 9: TX: 1.5 is too large"],
    ),
}


@pytest.mark.parametrize("name", TABLE_FAULTS)
def test_tables(checked, name):
    table, content, words = TABLE_FAULTS[name]
    code, _, err = checked(GOOD + f"tables: {{{table}: t.csv}}\n", t=content)
    assert code == 3
    assert_told(err, "t.csv", *words)


def test_all_faults_of_file_and_tables_at_once(checked):
    text = (
        GOOD.replace("20 BUSD", "20 GW")
        + "foo: 1\ncampus: {allowed: [CA], cooling: wet}\ndays: {count: 0}\n"
        + "tables: {load: load.csv, campus_costs: gone.csv}\n"
    )
    code, _, err = checked(text, load=series(cell(6, 1, "x")))
    assert code == 3
    assert_told(err, "money.budget", "foo", "cooling", "days.count", "load.csv, row 6", "gone.csv")


def test_a_fault_is_told_once(checked):
    _, _, err = checked(GOOD.replace("2030", "x").replace("KS", "ZZ"))
    assert "2 problems" in err


@pytest.mark.parametrize("width", [10, 1000])
def test_aliases_that_explode(checked, width):
    text = "a: &a [" + ",".join("x" * width) + "]\n"
    for one, other in ("ab", "bc", "cd", "de"):
        text += f"{other}: &{other} [" + ",".join([f"*{one}"] * 10) + "]\n"
    code, _, err = checked(text)
    assert code == 3
    assert_told(err, "aliases repeat more than 10,000 values")


@pytest.mark.parametrize("name", ["programme.yaml", "load.csv"])
def test_200_mb_are_not_read(checked, tmp_path, name):
    checked(GOOD + "tables: {load: load.csv}\n", load=series())
    with (tmp_path / "mine" / name).open("r+b") as file:
        file.truncate(200_000_000)
    code = main(["check", str(tmp_path / "mine")])
    assert code == 3


def test_a_target_beyond_every_limit_names_the_limits(checked, tmp_path):
    text = GOOD.replace("20 BUSD", "90 TUSD")
    text += "aim: {kind: cost, it_path: {2028: 100 GW, 2030: 500 GW}}\n"
    code, out, err = checked(text, "plan", "-o", str(tmp_path / "plan"), "--quiet")
    assert code == 4
    assert out == ""
    assert "large-load connection" in err
    assert "GW more" in err
    assert not (tmp_path / "plan").exists()


@pytest.mark.parametrize("command", ["check", "plan"])
def test_nothing_is_written_for_bad_input(checked, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    code, out, _ = checked(GOOD + "foo: 1\n", command)
    assert (code, out) == (3, "")
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("money.bugdet=3 BUSD", 3),
        ("money.budget=3 GW", 3),
        ("zones=[TX", 3),
        ("money.budget.x=3 BUSD", 2),
        ("junk", 2),
        ("=3", 2),
    ],
)
def test_settings_on_the_command_line(tmp_path, capsys, change, code):
    target = tmp_path / "plan"
    assert main(["plan", "three-states", "--quiet", "-o", str(target), "--set", change]) == code
    assert capsys.readouterr().err.startswith("gigaplan: ")
    assert not target.exists()


# --- whatever is written, an answer or a list of faults ------------------------------------------


def _fields(place=()):
    for name in section(place).model_fields:
        yield (*place, name)
        if section((*place, name)) is not None:
            yield from _fields((*place, name))


ODD = [
    None, True, 0, -1, 1, 2030, 1e308, float("nan"), float("inf"), "", "x", "all", "nan", "10 GW",
    "10 BUSD", "5 %", "-3 USD/MWh", "1e999 GW", [], ["TX"], ["all"], [2030, 2028], [None], {},
    {2030: "5 GW"}, {"TX": "1 GW"}, {"a": {"b": [1]}}, [{"zone": "TX"}], "١٠ GW", "a" * 10_000,
]  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.dictionaries(st.sampled_from(sorted(_fields())), st.sampled_from(ODD), max_size=4)
)
def test_odd_values_give_a_programme_or_faults(changes):
    dotted = {".".join(place): value for place, value in changes.items()}
    try:
        programme = gp.with_changes(gp.load("three-states"), dotted)
    except InputError as error:
        for problem in error.problems:
            assert problem.file
            assert problem.message
            assert problem.expected, str(problem)
            assert problem.remedy, str(problem)
        return
    except gp.UsageError as error:
        # a change within a value that holds none
        good = "holds no settings" in str(error)
    else:
        good = len(programme.sha256()) == 64
    assert good


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from(sorted(_fields())), value=st.sampled_from(ODD))
def test_what_is_valid_can_be_laid_on_the_atlas(place, value):
    try:
        programme = gp.with_changes(gp.load("three-states"), {".".join(place): value})
    except (InputError, gp.UsageError):
        return
    inputs = build_inputs(programme)
    assert inputs.sizes["year"] == len(programme.years)


def test_every_table_is_tried():
    tried = {t for t, _, _ in TABLE_FAULTS.values()} | {"load"}
    assert tried >= set(TABLES) - {"profiles_solar", "technologies"}
    assert set(ProgrammeFile.model_fields) >= {"zones", "years", "money"}
