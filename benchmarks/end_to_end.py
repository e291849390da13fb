"""Time and memory of the commands against their limits: ``python benchmarks/end_to_end.py``.

Runs ``gigaplan --help``, the three states and the 48 states as a user would, each in a process of
its own, and puts wall time, the most memory of all its processes together, and the seconds of
loading data and building the model beside what is allowed.  Ends with 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "gigaplan.cli.main"]


@dataclass(frozen=True)
class Case:
    """A command and what it may take."""

    name: str
    arguments: tuple[str, ...]
    limits: dict[str, float]  # wall [s], memory [GB], data [s], model [s], gap [1]


CASES = (
    Case("--help", ("--help",), {"wall": 0.3}),
    Case("three-states", ("plan", "three-states"), {"wall": 5.0}),
    Case(
        "us-first",
        ("plan", "us-first", "--days", "4"),
        {"wall": 90.0, "memory": 2.0, "data": 5.0, "model": 5.0, "gap": 1e-4},
    ),
)
UNITS = {"wall": "s", "memory": "GB", "data": "s", "model": "s", "gap": "1"}


def _tree(pid: int) -> list[int]:
    """A process and all that descend from it (Linux)."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += _tree(int(child))
    return found


def _memory(pid: int) -> float:
    """Proportional set size of a process and its descendants [GB]; shared pages count once."""
    total = 0
    for each in _tree(pid):
        try:
            lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue  # it has ended
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1e6


def watch(process: subprocess.Popen[str], most: list[float]) -> None:
    while process.poll() is None:
        try:
            most[0] = max(most[0], _memory(process.pid))
        except OSError:
            return
        time.sleep(0.1)


def _cpu() -> float:
    """Processor seconds of the processes that have ended, whoever else uses the machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(case: Case, folder: Path, workers: int | None) -> dict[str, float]:
    """Wall time, memory and phases of one command."""
    arguments = [*case.arguments]
    target = folder / case.name.strip("-")
    if "plan" in arguments:
        arguments += ["-o", str(target), "--quiet"]
        arguments += ["--workers", str(workers)] if workers else []
    began, before = time.monotonic(), _cpu()
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    most = [0.0]
    watcher = threading.Thread(target=watch, args=(process, most))
    if Path("/proc/self/smaps_rollup").exists() and "plan" in arguments:
        watcher.start()
    _, err = process.communicate()
    found = {"wall": time.monotonic() - began, "cpu": _cpu() - before}
    if process.returncode:
        raise SystemExit(f"gigaplan {' '.join(arguments)} ended with {process.returncode}: {err}")
    if "plan" in arguments:
        summary = json.loads((target / "summary.json").read_text())
        found |= {k: summary["seconds"][k] for k in ("data", "model")}
        found["gap"] = summary["gap"]
        if most[0] > 0:
            watcher.join()
            found["memory"] = most[0]
    return found


def measure(names: list[str], repeats: int, workers: int | None) -> list[dict[str, Any]]:
    """One row for each figure with a limit; of several runs the best counts, as others disturb."""
    rows = []
    for case in CASES:
        if case.name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            count = repeats if case.name != "us-first" else 1
            runs = [run(case, Path(folder), workers) for _ in range(count)]
        for figure, limit in case.limits.items():
            values = [r[figure] for r in runs if figure in r]
            best = min(values) if values else None
            row = {"case": case.name, "figure": figure, "unit": UNITS[figure], "limit": limit}
            rows.append(row | {"measured": best, "met": best is not None and best <= limit})
        cpu = min(r["cpu"] for r in runs)
        rows.append({"case": case.name, "figure": "cpu", "unit": "s", "measured": cpu})
    return rows


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [case.name for case in CASES]
    parser.add_argument("--case", action="append", choices=names, help="only this (repeatable)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of the quick cases")
    parser.add_argument(
        "--workers", type=int, help="processes side by side (default: one per core)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    options = parser.parse_args()
    rows = measure(options.case or names, options.repeats, options.workers)
    if options.json:
        print(json.dumps(rows, indent=1))
    else:
        print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
        for row in rows:
            value = "not measured" if row["measured"] is None else f"{row['measured']:.3g}"
            if "limit" not in row:
                print(f"{row['case']:14}{row['figure']:8}{value:>12} {row['unit']}")
                continue
            said = "met" if row["met"] else "MISSED"
            limit = f"of {row['limit']:g} {row['unit']}"
            print(f"{row['case']:14}{row['figure']:8}{value:>12} {limit:12}{said}")
    return 0 if all(row["met"] for row in rows if "limit" in row) else 1


if __name__ == "__main__":
    sys.exit(main())
