"""How long answers take: ``python benchmarks/seconds.py``.

The 48 states on a few days, what-ifs from that plan, and all 8,760 hours of each planning year
with what-ifs from that: wall time, processor seconds, memory and gap beside what is allowed.
Every row is a command of its own, start and reading included, or a question to a command that is
open (``gigaplan what-if PLAN`` without ``--set``); ``search`` is what was spent on proving.
``--write`` puts the table into docs/benchmarks.md.  Ends with 1 where a mark is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "gigaplan"]
DOCS = Path(__file__).parent.parent / "docs/benchmarks.md"
START, END = "<!-- made by benchmarks/seconds.py -->", "<!-- end -->"
WHAT_IFS = {
    "money": "budget=110 BUSD",
    "investor": "investors.mgx.commitment=0",
    "a large investor": "investors.softbank.commitment=0",
    "chips": "chips.share_within_reach=0.5",
    "supply of equipment": "equipment.reach_scale=0.5",
    "supply of sites": "campus.limits={TX: 1 GW}",
    "a state closed": "campus.excluded=[TX]",
    "rules: filings": "capital.clearance.filings=none",
    "rules: additionality": "additionality.firm=0.5",
    "rules: tax credits": "policy.tax_credits=false",
    "fuel": "power.fuel_case=high_supply",
    "load": "power.load_scale=1.01",
}
DISPATCH = ("fuel", "load")
FEW, ALL = (20.0, 1.5), (300.0, 4.0)  # seconds, GB
ALLOWED = {"1e-3": 3.0, "1e-4": 15.0}


@dataclass(frozen=True)
class Row:
    """One figure beside what is allowed."""

    name: str
    wall: float
    cpu: float
    memory: float
    search: float
    gap: float
    allowed: float | None = None
    counted: str = "wall"

    @property
    def met(self) -> bool:
        """Whether it is within its limit."""
        return self.allowed is None or getattr(self, self.counted) <= self.allowed

    def text(self) -> str:
        """A row of the table in the docs."""
        mark = "" if self.allowed is None else f"{self.allowed:.0f} s"
        verdict = "" if self.allowed is None else ("met" if self.met else "missed")
        return (
            f"| {self.name} | {self.wall:.1f} | {self.search:.1f} | {self.cpu:.1f} | "
            f"{self.memory:.2f} | {self.gap:.1e} | {mark} | {verdict} |"
        )


def timed(arguments: list[str]) -> tuple[float, float, float, str]:
    """Wall and processor seconds, memory [GB] of one command, and what it printed."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        run = subprocess.Popen([*COMMAND, *arguments], stdout=out, stderr=err)
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - began
        out.seek(0)
        err.seek(0)
        if run.returncode:
            raise SystemExit(
                f"gigaplan {' '.join(arguments)} ended with {run.returncode}: {err.read()}"
            )
        return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6, out.read()


def said(row: Row) -> Row:
    """Print a row as it comes."""
    print(row.text(), flush=True)
    return row


def planned(programme: str, days: str, folder: Path, allowed: tuple[float, float]) -> list[Row]:
    """One plan: the whole command, and what the search takes of it."""
    wall, cpu, memory, _ = timed(["plan", programme, "--days", days, "-o", str(folder), "--quiet"])
    facts = json.loads((folder / "summary.json").read_text())
    search, gap = facts["seconds"]["search"], facts["gap"]
    few = days != "all"
    name = f"plan, {days} days a year" if few else "plan, all 8,760 hours"
    counted = "search" if few else "wall"
    rows = [said(Row(name, wall, cpu, memory, search, gap, allowed[0], counted))]
    if memory > allowed[1]:
        print(f"  memory {memory:.2f} GB of {allowed[1]:g} GB MISSED")
    return rows


def what_ifs(plan: Path, fresh: float, chosen: list[str]) -> list[Row]:
    """Every what-if at both gaps; those on the dispatch at the second, against a fresh solve."""
    rows = []
    for kind in chosen:
        for gap in ("1e-4",) if kind in DISPATCH else ("1e-3", "1e-4"):
            ask = ["what-if", str(plan), "--set", WHAT_IFS[kind], "--gap", gap, "--json", "--quiet"]
            wall, cpu, memory, out = timed(ask)
            found = json.loads(out)
            allowed = fresh / 2 if kind in DISPATCH else ALLOWED[gap]
            name = f"command: {kind}, to {gap}"
            search = found["seconds"]["search"]
            rows.append(said(Row(name, wall, cpu, memory, search, found["gap"], allowed)))
    return rows


class Session:
    """``gigaplan what-if PLAN`` that answers one line after another; memory and time of Linux."""

    def __init__(self, plan: Path, gap: str):
        ask = ["what-if", str(plan), "--gap", gap, "--json", "--quiet"]
        self._run = subprocess.Popen(
            [*COMMAND, *ask],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self._clock = os.sysconf("SC_CLK_TCK")

    def ask(self, change: str) -> tuple[float, float, float, dict[str, Any]]:
        """Wall and processor seconds, memory so far [GB], and the answer."""
        assert self._run.stdin is not None
        assert self._run.stdout is not None
        began, before = time.monotonic(), self._cpu()
        print(shlex.quote(change), file=self._run.stdin, flush=True)
        line = self._run.stdout.readline()
        wall = time.monotonic() - began
        if not line:
            raise SystemExit(f"gigaplan what-if gave no answer to {change}")
        return wall, self._cpu() - before, self._memory(), json.loads(line)

    def close(self) -> None:
        """End it."""
        self._run.communicate()

    def _cpu(self) -> float:
        fields = Path(f"/proc/{self._run.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / self._clock

    def _memory(self) -> float:
        lines = Path(f"/proc/{self._run.pid}/status").read_text().splitlines()
        return next(int(n.split()[1]) for n in lines if n.startswith("VmHWM")) / 1e6


def asked_in_turn(plan: Path, chosen: list[str]) -> list[Row]:
    """Every what-if on other than dispatch, one after another, at both gaps."""
    rows = []
    for gap in ("1e-3", "1e-4"):
        session = Session(plan, gap)
        wall, cpu, memory, found = session.ask("title=ready")  # no question to the plan
        name = f"open session, to {gap}: ready and a first answer"
        rows.append(said(Row(name, wall, cpu, memory, found["seconds"]["search"], found["gap"])))
        for kind in (k for k in chosen if k not in DISPATCH):
            wall, cpu, memory, found = session.ask(WHAT_IFS[kind])
            search = found["seconds"]["search"]
            name = f"open session: {kind}, to {gap}"
            rows.append(said(Row(name, wall, cpu, memory, search, found["gap"], ALLOWED[gap])))
        session.close()
    return rows


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programme", default="us-first")
    parser.add_argument("--few-only", action="store_true", help="leave out all 8,760 hours")
    parser.add_argument("--all-only", action="store_true", help="leave out the few days")
    parser.add_argument("--only", default=",".join(WHAT_IFS), help="kinds of what-ifs")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    options = parser.parse_args()
    chosen = options.only.split(",")
    heads = (
        "| job | wall [s] | search [s] | processor [s] | memory [GB] | gap | allowed | |",
        "|---|---|---|---|---|---|---|---|",
    )
    print("\n".join(heads), flush=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        few, full = Path(folder) / "few", Path(folder) / "full"
        if not options.all_only:
            rows += planned(options.programme, "4", few, FEW)
        if not options.few_only:
            rows += planned(options.programme, "all", full, ALL)
            fresh = rows[-1].wall
            rows += asked_in_turn(full, chosen)
            rows += what_ifs(full, fresh, chosen)
    plans = [r for r in rows if r.name.startswith("plan")]
    if len(plans) == 2:
        growth = plans[1].search / plans[0].search
        print(f"growth of the search from 4 to 365 days: {growth:.1f} times, of at most 91")
    if options.write:
        text = DOCS.read_text()
        before, rest = text.split(START)
        table = "\n".join((*heads, *(r.text() for r in rows)))
        DOCS.write_text(f"{before}{START}\n{table}\n{END}{rest.split(END, 1)[1]}")
    return 0 if all(r.met for r in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
