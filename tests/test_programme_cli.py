"""Bad input: each fault with file, row and field, all at once; exit codes of the commands."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

import gigaplan as gp
from gigaplan.cli.main import main
from gigaplan.errors import InputError
from gigaplan.programme import builtin_names
from gigaplan.programme.schema import ProgrammeFile, json_schema

GOOD = """\
zones: [TX, OK, KS]
years: [2028, 2030]
money:
  budget: 20 BUSD
"""


def written(tmp_path, text, **tables):
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "programme.yaml").write_text(text)
    for name, content in tables.items():
        (folder / f"{name}.csv").write_text(content)
    return folder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("foo: 1\n", ["row 5", "foo", "unknown key"]),
        ("campus: {alowed: all}\n", ["alowed", "did you mean allowed"]),
        ("power: {value_of_unserved_energy: 10 GW}\n", ["value_of_unserved_energy", "USD/MWh"]),
        ("power: {technologies: [gas_cc_nwe]}\n", ["gas_cc_nwe", "gas_cc_new"]),
        ("aim: {kind: cost}\n", ["it_path"]),
        ("campus: {limits: {CA: 1 GW}}\n", ["CA", "not a zone"]),
        ("campus: {utilisation: .nan}\n", ["utilisation"]),
        ("years: [2030]\n", ["years", "row"]),
    ],
)
def test_faults_of_a_file(tmp_path, change, words):
    folder = written(tmp_path, GOOD + change)
    with pytest.raises(InputError) as caught:
        gp.load(folder)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("20 BUSD", "20", ["money.budget", "no unit"]),
        ("20 BUSD", "0 BUSD", ["buys nothing"]),
        ("20 BUSD", "-3 BUSD", ["money.budget"]),
        ("[TX, OK, KS]", "[TX, ZZ]", ["ZZ"]),
        ("[2028, 2030]", "[2030, 2028]", ["years"]),
        ("[TX, OK, KS]", "[TX, TX]", ["TX"]),
    ],
)
def test_wrong_values(tmp_path, old, new, words):
    with pytest.raises(InputError) as caught:
        gp.load(written(tmp_path, GOOD.replace(old, new)))
    for word in words:
        assert word in str(caught.value)


def test_all_faults_at_once(tmp_path):
    text = GOOD.replace("20 BUSD", "20 GW") + "foo: 1\ncampus: {allowed: [CA]}\n"
    with pytest.raises(InputError) as caught:
        gp.load(written(tmp_path, text))
    assert len(caught.value.problems) >= 3


BOMB = "a: &a [" + ",".join("x" * 10) + "]\n"
for one, other in ("ab", "bc", "cd", "de"):
    BOMB += f"{other}: &{other} [" + ",".join([f"*{one}"] * 10) + "]\n"


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: [", "\tzones: all", BOMB, "42"])
def test_files_that_are_no_programme(tmp_path, text):
    began = time.monotonic()
    with pytest.raises(InputError):
        gp.load(written(tmp_path, text))
    assert time.monotonic() - began < 5


def test_a_200_mb_file_is_not_read(tmp_path):
    folder = written(tmp_path, GOOD)
    with (folder / "programme.yaml").open("r+b") as file:
        file.truncate(200_000_000)
    with pytest.raises(InputError, match="200"):
        gp.load(folder)


TABLES = "tables: {campus_costs: campus_costs.csv}\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("zone,cost\nTX,10\n", ["cost", "unknown column", "row 1"]),
        ("zone,facility_musd_per_mw_it\nTX,-4\n", ["row 2", "-4", "facility_musd_per_mw_it"]),
        ("zone,facility_musd_per_mw_it\nTX,\n", ["row 2", "is missing"]),
        ("zone,facility_musd_per_mw_it\nTX,nan\n", ["row 2"]),
        ("zone,facility_musd_per_mw_it\nTX,10\nTX,11\n", ["row 3", "first in row 2"]),
        ("zone,facility_musd_per_mw_it\nCA,10\n", ["row 2", "CA"]),
        ("", ["empty"]),
    ],
)
def test_faults_of_a_table(tmp_path, content, words):
    folder = written(tmp_path, GOOD + TABLES, campus_costs=content)
    with pytest.raises(InputError) as caught:
        gp.load(folder)
    for word in ["campus_costs.csv", *words]:
        assert word in str(caught.value)


def test_a_gap_in_a_series_is_found(tmp_path):
    rows = "\n".join(f"{h},40000,7000,5000" for h in range(8760) if h != 77)
    folder = written(tmp_path, GOOD + "tables: {load: load.csv}\n", load=f"hour,TX,OK,KS\n{rows}\n")
    with pytest.raises(InputError, match="the first is 77"):
        gp.load(folder)


def test_own_tables_reach_the_inputs(tmp_path):
    from gigaplan.inputs.build import build_inputs

    folder = written(tmp_path, GOOD + TABLES, campus_costs="zone,facility_musd_per_mw_it\nKS,20\n")
    cost = build_inputs(gp.load(folder))["campus_overnight_cost"].sel(year=2028)
    assert float(cost.sel(zone="KS")) >= 20
    assert float(cost.sel(zone="TX")) < 13


def test_builtins_fit_the_schema_and_patches_merge(tmp_path):
    assert {"us-first", "us-stargate", "three-states"} <= set(builtin_names())
    for name in builtin_names():
        gp.load(name)
    assert json_schema()["properties"].keys() == ProgrammeFile.model_fields.keys()
    patch = "based_on: us-first\nmoney:\n  budget: 150 BUSD\n"
    programme = gp.load(written(tmp_path, patch))
    assert programme.money.budget == 150
    assert programme.money.available[2026] == 15  # its path keeps its shares
    assert len(programme.zones) == 48


def test_the_same_question_has_the_same_hash(tmp_path):
    one = gp.load(written(tmp_path, GOOD.replace("20 BUSD", "20000 MUSD")))
    two = gp.with_changes(one, {"money.budget": "20 billion USD"})
    assert one.sha256() == two.sha256()
    assert gp.with_changes(one, {"money.budget": "21 BUSD"}).sha256() != one.sha256()


def test_init_check_and_exit_codes(tmp_path, capsys):
    folder = tmp_path / "mine"
    assert main(["init", str(folder), "--from", "three-states"]) == 0
    assert (folder / "programme.yaml").read_text().startswith("# yaml-language-server: $schema=")
    assert main(["check", str(folder)]) == 0
    assert main(["init", str(folder)]) == 2
    (folder / "programme.yaml").write_text(GOOD + "foo: 1\n")
    assert main(["check", str(folder)]) == 3
    assert main(["plan", "no-such-programme"]) == 2
    assert main(["show", str(tmp_path / "nothing")]) == 2
    assert main(["source", "campus_utilisation"]) == 0
    assert main(["show", "atlas", "constants", "--csv"]) == 0
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert "facility_life_years" in out


def test_plan_show_compare_map_by_command(tmp_path, capsys):
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    quick = ["--quiet", "--workers", "1"]
    assert main(["plan", "three-states", "-o", a, *quick]) == 0
    assert main(["plan", "three-states", "-o", b, *quick, "--set", "money.budget=10 BUSD"]) == 0
    assert main(["compare", a, b]) == 0
    assert "it_power" in capsys.readouterr().out
    for view in (
        "summary",
        "rollout",
        "power",
        "dispatch",
        "corridors",
        "campuses",
        "money",
        "sources",
    ):
        for form in ([], ["--json"], ["--csv"]):
            assert main(["show", a, view, *form]) == 0
    assert main(["map", a, str(tmp_path / "m.svg")]) == 0
    assert "OK 0." in (tmp_path / "m.svg").read_text()
    assert main(["map", a, str(tmp_path / "m.pdf")]) == 2
    slow = ["--gap", "1e-12", "--time-limit", "0.001"]
    assert main(["plan", "three-states", "-o", b, *quick, *slow]) == 5
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x").write_text("mine")
    assert main(["plan", "three-states", "-o", str(tmp_path / "other"), *quick]) == 2


def test_help_is_quick():
    began = time.monotonic()
    code = "import sys; from gigaplan.cli.main import main; sys.argv[1:] = ['--help']; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "COMMAND" in done.stdout
    assert time.monotonic() - began < 1.5
    heavy = (
        "import gigaplan.cli.main, sys; assert not {'pandas', 'numpy', 'linopy'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", heavy], check=False).returncode == 0


def test_a_changed_budget_takes_its_path_along():
    import gigaplan as gp

    base = gp.load("us-first")
    for budget in (50.0, 150.0):
        money = gp.with_changes(base, {"budget": f"{budget} BUSD"}).money
        shares = {y: v / 100.0 for y, v in base.money.available.items()}
        assert money.available == pytest.approx({y: s * budget for y, s in shares.items()})
    own = {"budget": "150 BUSD", "money.available": {2028: "40 BUSD", 2030: "150 BUSD"}}
    assert gp.with_changes(base, own).money.available[2028] == 40.0
    with pytest.raises(gp.InputError, match="never become available"):
        gp.with_changes(base, {"money.available": {2028: "40 BUSD"}})
