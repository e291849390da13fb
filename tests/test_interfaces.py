"""Commands and Python names as the documentation promises them."""

from __future__ import annotations

import io
import json

import jsonschema
import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

import gigaplan as gp
from gigaplan.cli.main import main
from gigaplan.errors import CheckError, SolverError
from gigaplan.programme.loading import builtin_names, builtin_text
from gigaplan.programme.schema import SCHEMA_LINE, json_schema

VIEWS = ("rollout", "power", "dispatch", "corridors", "campuses", "money", "sources")


@pytest.fixture(scope="module")
def saved(three_states, tmp_path_factory):
    return three_states.save(tmp_path_factory.mktemp("plans") / "three")


def test_summary_has_every_key_asked_for(saved, capsys):
    assert main(["show", str(saved), "summary", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    for key in (
        "status", "aim", "objective", "lower_bound", "upper_bound", "gap", "gap_busd",
        "gap_of_programme", "years", "it_power_gw", "facility_power_gw", "capital_busd", "by_state",
        "checks", "seconds", "inputs_sha256", "versions",
    ):  # fmt: skip
        assert facts[key] is not None, key
    years = {str(y) for y in facts["years"]}
    assert set(facts["it_power_gw"]) == set(facts["facility_power_gw"]) == years
    assert set(facts["capital_busd"]["by_year"]) == years
    by_class = facts["capital_busd"]["by_asset_class"]
    assert sum(by_class.values()) == pytest.approx(facts["capital_busd"]["total"], abs=1e-6)
    by_state = sum(s["capital_busd"] for s in facts["by_state"].values())
    assert by_state == pytest.approx(facts["capital_busd"]["total"], abs=0.01)
    for state in facts["by_state"].values():
        assert set(state) == {"facility_gw", "generation_added_gw", "capital_busd"}
        assert max(state["facility_gw"], state["capital_busd"]) >= 5e-4
    for check in facts["checks"].values():
        assert set(check) == {"passed", "worst", "unit"}
        assert check["passed"] is True
    assert facts["gap"] == pytest.approx(facts["gap_busd"] / facts["system_cost_busd"], rel=0.01)
    assert len(facts["inputs_sha256"]) == 64


def test_no_noise_and_no_negative_zeros(saved, capsys):
    for view in ("summary", "rollout", "campuses", "money", "power", "corridors"):
        assert main(["show", str(saved), view]) == 0
        text = capsys.readouterr().out
        assert "-0.000" not in text, view
        assert "-0.00 " not in text, view
    plan = gp.open(saved)
    for name, array in plan.data.data_vars.items():
        values = np.abs(array.values[array.values != 0])
        assert values.size == 0 or values.min() > 1e-10, name


@pytest.mark.parametrize("view", VIEWS)
def test_csv_and_json_are_the_python_table(saved, capsys, view):
    table = getattr(gp.open(saved), view)()
    assert isinstance(table, pd.DataFrame)
    assert main(["show", str(saved), view, "--csv"]) == 0
    csv = pd.read_csv(io.StringIO(capsys.readouterr().out), keep_default_na=False)
    assert list(csv.columns) == list(table.columns)
    assert len(csv) == len(table)
    assert main(["show", str(saved), view, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert list(data["columns"]) == list(table.columns)
    assert len(data["rows"]) == len(table)
    for column in table.select_dtypes("number"):
        values = [np.nan if row[column] is None else row[column] for row in data["rows"]]
        np.testing.assert_allclose(values, table[column], rtol=1e-8, atol=1e-9)


def test_every_array_has_its_unit(saved):
    plan = gp.open(saved)
    for name, array in plan.data.data_vars.items():
        assert "unit" in array.attrs, name
        assert array.attrs["meaning"], name
    numeric = [n for n, a in plan.inputs.data_vars.items() if a.dtype.kind == "f"]
    assert all("unit" in plan.inputs[n].attrs for n in numeric)


def test_init_writes_the_schema_that_its_first_line_names(tmp_path, capsys):
    folder = tmp_path / "deep" / "my-plan"
    assert main(["init", str(folder), "--from", "us-first"]) == 0
    assert sorted(p.name for p in folder.iterdir()) == ["programme.schema.json", "programme.yaml"]
    text = (folder / "programme.yaml").read_text()
    assert text.splitlines()[0] == SCHEMA_LINE
    schema = json.loads((folder / "programme.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(_plain(text), schema)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main(["init", str(empty)]) == 0
    assert main(["init", str(empty)]) == 2
    assert main(["init", str(tmp_path / "x"), "--from", "us-frist"]) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deep", "empty"]
    capsys.readouterr()


def _plain(text):
    """YAML as an editor's schema check sees it: keys are text."""

    def keys(value):
        if isinstance(value, dict):
            return {str(k): keys(v) for k, v in value.items()}
        return [keys(v) for v in value] if isinstance(value, list) else value

    return keys(YAML(typ="safe", pure=True).load(text))


def test_schema_accepts_the_builtins_and_refuses_what_the_check_refuses():
    validator = jsonschema.Draft202012Validator(json_schema())
    for name in builtin_names():
        assert list(validator.iter_errors(_plain(builtin_text(name)))) == [], name
    assert (
        list(validator.iter_errors({"based_on": "us-first", "money": {"budget": "1 BUSD"}})) == []
    )
    good = {"zones": "all", "years": [2030], "money": {"budget": "1 BUSD"}}
    assert list(validator.iter_errors(good)) == []
    for bad in (
        {"foo": 1},
        {"years": ["soon"]},
        {"zones": ["ZZ"]},
        {"money": {"budget": 1}},
        {"campus": {"cooling": "wet"}},
        {"tables": {"laod": "x.csv"}},
        {"name": "../x"},
    ):
        assert list(validator.iter_errors(good | bad)), bad


@pytest.mark.parametrize(
    ("error", "code"),
    [(CheckError("off by 3 GW"), 6), (SolverError("unknown"), 6), (KeyError("x"), 6)],
)
def test_a_failed_solve_ends_with_6_and_writes_nothing(tmp_path, capsys, monkeypatch, error, code):
    import gigaplan.solving.solve as solving

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(solving, "solve", fail)
    assert main(["plan", "three-states", "-o", str(tmp_path / "p")]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gigaplan: ")
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_results_go_to_stdout_and_progress_to_stderr(tmp_path, capfd):
    target = str(tmp_path / "p")
    assert main(["plan", "three-states", "--json", "--workers", "1", "-o", target]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["status"] == "optimal"
    assert "round 1" in err
