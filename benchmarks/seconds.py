"""How long answers take: ``python benchmarks/seconds.py``.

The 48 states on a few days, what-ifs from that plan, and all 8,760 hours of each planning year
with what-ifs from that; wall time, processor seconds and gap of each beside what is allowed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "gigaplan.cli.main"]
WHAT_IFS = {
    "money": ["budget=110 BUSD"],
    "rules": ["policy.tax_credits=false"],
    "supply": ["campus.limits={TX: 1 GW}"],
    "price of fuel": ["power.fuel_case=high_supply"],
    "load": ["power.load_scale=1.01"],
}
LIMITS = {"few": 20.0, "all": 300.0, "what-if 1e-3": 3.0, "what-if 1e-4": 15.0}


def timed(arguments: list[str]) -> tuple[float, float, str]:
    """Wall and processor seconds of one command, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(
            f"gigaplan {' '.join(arguments)} ended with {done.returncode}: {done.stderr}"
        )
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, done.stdout


def line(name: str, wall: float, cpu: float, limit: float | None, more: str = "") -> bool:
    """Print one figure; whether it is within its limit."""
    met = limit is None or wall <= limit
    said = "" if limit is None else f"of {limit:g} s {'met' if met else 'MISSED'}"
    print(f"{name:40}{wall:8.1f} s wall {cpu:8.1f} s cpu  {said}  {more}", flush=True)
    return met


def what_ifs(plan: Path, full: bool) -> bool:
    """Every what-if at both gaps."""
    met = True
    for kind, changes in WHAT_IFS.items():
        dispatch = kind in ("price of fuel", "load")
        for gap in ("1e-3", "1e-4"):
            sets = [part for change in changes for part in ("--set", change)]
            wall, cpu, out = timed(["what-if", str(plan), *sets, "--gap", gap, "--json", "--quiet"])
            found = json.loads(out)
            limit = None if dispatch else LIMITS[f"what-if {gap}"]
            label = f"what-if {kind}, {gap}{', all hours' if full else ''}"
            search = found["seconds"]["search"]
            met &= line(label, wall, cpu, limit, f"search {search:.1f} s, gap {found['gap']:.1e}")
    return met


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programme", default="us-first")
    parser.add_argument("--few-only", action="store_true", help="leave out all 8,760 hours")
    options = parser.parse_args()
    met = True
    with tempfile.TemporaryDirectory() as folder:
        few, full = Path(folder) / "few", Path(folder) / "full"
        wall, cpu, _ = timed(["plan", options.programme, "--days", "4", "-o", str(few), "--quiet"])
        facts = json.loads((few / "summary.json").read_text())
        solving = sum(facts["seconds"][k] for k in ("data", "days", "model", "search"))
        met &= line(
            "4 days a year: data, model, search",
            solving,
            cpu,
            LIMITS["few"],
            f"gap {facts['gap']:.1e}",
        )
        line("  with the check over all hours", wall, cpu, None)
        met &= what_ifs(few, False)
        if not options.few_only:
            wall, cpu, _ = timed(
                ["plan", options.programme, "--days", "all", "-o", str(full), "--quiet"]
            )
            facts = json.loads((full / "summary.json").read_text())
            met &= line("all 8,760 hours", wall, cpu, LIMITS["all"], f"gap {facts['gap']:.1e}")
            met &= what_ifs(full, True)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
