"""A run that is stopped at any moment leaves no part of a plan and can be run again."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time

import pytest

import gigaplan as gp
import gigaplan.plan.store as store
from gigaplan.cli.main import main


def started(target, *extra):
    command = [sys.executable, "-m", "gigaplan.cli.main", "plan", "three-states", "--quiet"]
    return subprocess.Popen(
        [*command, "-o", str(target), *extra],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("seconds", [0.3, 2.0])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_run_and_its_workers(tmp_path, name, seconds):
    run = started(tmp_path / "plan", "--workers", "2")
    time.sleep(seconds)
    os.killpg(run.pid, getattr(signal, name))
    out, err = run.communicate(timeout=30)
    assert run.returncode == 130
    assert out == ""
    assert "interrupted; no plan was written" in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
    for _ in range(100):
        try:
            os.killpg(run.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a worker outlives the run by ten seconds")


@pytest.mark.parametrize(("name", "terminal"), [("SIGUSR1", False), ("SIGINT", True)])
def test_who_asks_gets_the_best_plan_so_far(tmp_path, name, terminal):
    """Ctrl-C at a terminal, or USR1: a plan with a gap, exit 5."""
    here, there = pty.openpty() if terminal else os.pipe()
    target = tmp_path / "plan"
    command = [sys.executable, "-m", "gigaplan", "plan", "three-states", "-o", str(target)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=there, text=True, start_new_session=True
    ) as run:
        os.close(there)
        said = b""
        while b"reading three-states" not in said:
            said += os.read(here, 1000)
        os.kill(run.pid, getattr(signal, name))
        out = _until_closed(run, here, said)
    assert run.returncode == 5
    assert b"stopping with the best plan so far" in out
    plan = gp.open(target)
    assert plan.meta["status"] == "time_limit"
    assert 1e-4 < plan.meta["gap"] < 1
    assert all(c["passed"] for c in plan.meta["checks"].values())
    # the same command again goes on from there, to the end
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "from the earlier plan: " in again.stderr
    assert " 0 dropped" in again.stderr
    assert gp.open(target).meta["gap"] <= 1e-4
    assert [p.name for p in tmp_path.iterdir()] == ["plan"]


class Dying:
    """Is interrupted while it is taken down, where Python drops what is raised."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)


def caught():
    """Is interrupted where all is caught."""
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)
    except KeyboardInterrupt:
        pass


@pytest.mark.parametrize("how", [Dying, caught])
def test_an_interruption_that_is_swallowed_is_raised_again(tmp_path, monkeypatch, capsys, how):
    """As code of others may do in an import."""
    from gigaplan.inputs import power

    build = power.load

    def swallowing(context):
        how()
        return build(context)

    monkeypatch.setattr(power, "load", swallowing)
    handled = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    handlers = {s: signal.getsignal(s) for s in handled}
    try:
        code = main(["plan", "three-states", "-o", str(tmp_path / "plan"), "--quiet"])
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert code == 130
    said = capsys.readouterr().err
    assert "interrupted; no plan was written" in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def _until_closed(run, pipe, said):
    """What is said until the process ends; its standard output is small."""
    while True:
        try:
            more = os.read(pipe, 1000)
        except OSError:  # a terminal whose other side is closed
            more = b""
        if not more:
            os.close(pipe)
            run.stdout.read()
            run.wait(timeout=60)
            return said
        said += more


def test_a_kill_while_writing_leaves_what_was_there(three_states, tmp_path):
    """Killed between files, then between the two renames; the next run clears up."""
    target = three_states.save(tmp_path / "plan")
    before = (target / "meta.json").read_bytes()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    partial = tmp_path / f".plan.partial-{dead.pid}-abc"
    partial.mkdir()
    (partial / "plan.nc").write_bytes(b"half")
    moved = tmp_path / f".plan.replaced-{dead.pid}-abc"
    moved.mkdir()
    target.rename(moved / "plan")
    own = tmp_path / f".plan.partial-{os.getpid()}-abc"
    own.mkdir()
    store._clear_remains(target)
    assert (target / "meta.json").read_bytes() == before
    assert not partial.exists()
    assert not moved.exists()
    assert own.exists()  # of a run that is still alive
    assert main(["show", str(target)]) == 0


def test_a_second_run_replaces_the_first(three_states, tmp_path):
    for _ in range(2):
        three_states.save(tmp_path / "plan")
    assert [p.name for p in tmp_path.iterdir()] == ["plan"]
    assert gp.open(tmp_path / "plan").meta == three_states.meta
