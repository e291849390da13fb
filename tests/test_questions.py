"""Questions about a plan one after another: as right as each by itself, and told in turn."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys

import pandas as pd
import pytest

import gigaplan as gp
from gigaplan.cli.main import main
from gigaplan.cli.questions import asked_in_turn
from gigaplan.solving import whatif

ASKED = (
    {"money.budget": "22 BUSD"},
    {"campus.excluded": ["TX"], "additionality.firm": 0.2},
    {"power.fuel_case": "high_supply"},
    {"money.budget": "22 BUSD"},
)
IMPOSSIBLE = {
    "aim.kind": "cost", "aim.it_path": {2028: "0.4 GW", 2030: "0.4 GW"},
    "chips.share_within_reach": 1e-7,
}  # fmt: skip


@pytest.fixture(scope="module")
def saved(three_states, tmp_path_factory):
    return three_states.save(tmp_path_factory.mktemp("questions") / "plan")


def test_one_after_another_is_as_each_by_itself(saved):
    plan = gp.open(saved)
    for changes in ASKED:
        alone = gp.what_if(gp.open(saved), changes, workers=1)
        found = gp.what_if(plan, changes, workers=1)
        # the same problems from the same bases: the same to the last digit
        assert (found.objective, found.lower_bound) == (alone.objective, alone.lower_bound)
        assert found.kept == alone.kept
        pd.testing.assert_frame_equal(found.table, alone.table)
    done = whatif._MEMORIES[plan][0].parts.done
    # other prices of fuel are another dispatch; that of those before is still there
    assert (done.count("dispatch family"), done.count("load")) == (2, 1)


def test_an_error_leaves_what_is_kept_whole(saved):
    plan = gp.open(saved)
    gp.what_if(plan, ASKED[0], workers=1)
    with pytest.raises(gp.InputError):
        gp.what_if(plan, {"power.technologies": ["no_such"]}, workers=1)
    with pytest.raises(gp.InfeasibleError):
        gp.what_if(plan, IMPOSSIBLE, workers=1)
    found = gp.what_if(plan, ASKED[0], workers=1)
    assert found.objective == gp.what_if(gp.open(saved), ASKED[0], workers=1).objective


def test_lines_of_standard_input_are_questions(saved, capsys, monkeypatch):
    lines = 'budget=22BUSD\n\nbudget=-3BUSD\n"budget=18 BUSD" additionality.firm=0.2\n'
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    code = main(["what-if", str(saved), "--json", "--quiet", "--workers", "1"])
    out, err = capsys.readouterr()
    first, refused, last = (json.loads(line) for line in out.splitlines())
    answers = [first, last]
    assert [a["changes"] for a in answers] == [
        {"budget": "22BUSD"}, {"budget": "18 BUSD", "additionality.firm": "0.2"},
    ]  # fmt: skip
    assert answers[0]["objective"] < answers[1]["objective"]
    assert "money.budget" in err
    # a program reads one line for each question
    assert (refused["asked"], refused["status"]) == ("budget=-3BUSD", "error")
    assert "money.budget" in refused["error"]
    assert code == refused["exit_code"] == gp.InputError.exit_code


@pytest.mark.parametrize(
    ("line", "told"),
    [("budget", "expected FIELD=VALUE"), ('"budget=1', "No closing quotation")],
)
def test_what_is_no_question_is_told(saved, capsys, monkeypatch, line, told):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{line}\n"))
    assert main(["what-if", str(saved), "--quiet", "--workers", "1"]) == gp.UsageError.exit_code
    assert told in capsys.readouterr().err


def test_out_needs_one_question(saved, capsys, tmp_path):
    out = str(tmp_path / "other")
    assert main(["what-if", str(saved), "-o", out]) == gp.UsageError.exit_code
    assert "--set" in capsys.readouterr().err


def test_a_question_that_is_interrupted_at_a_terminal_is_given_up(saved, capsys, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    def ask(settings):
        if "interrupted" in settings:
            os.kill(os.getpid(), signal.SIGINT)
        asked.append(settings)
        return 0

    asked, lines = [], iter(["interrupted=1", "budget=22BUSD", ""])
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda _: next(lines))
    assert asked_in_turn(gp.open(saved), ask) == 0
    assert asked == [{"budget": "22BUSD"}]
    assert "given up; ask another" in capsys.readouterr().err


def test_at_a_terminal_an_empty_line_ends(saved):
    here, there = pty.openpty()
    command = [sys.executable, "-m", "gigaplan", "what-if", str(saved), "--workers", "1"]
    with subprocess.Popen(
        command, stdin=there, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        os.write(here, b"budget=22BUSD\n\n")
        said, _ = run.communicate(timeout=60)
        os.close(there)
        os.close(here)
    assert run.returncode == 0
    assert "getting ready" in said
    assert "what if budget = 22BUSD" in said
    assert "objective" in said
