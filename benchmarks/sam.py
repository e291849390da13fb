"""Compare deals with reference runs of NREL's System Advisor Model, year by year.

    python benchmarks/sam.py [FOLDER]

FOLDER holds ``<case>.json`` and ``<case>_cashflow.csv`` (default:
../shared/data/pysam_reference, public data that is not part of the repository). Every case goes
through ``gigaplan deal CASE --json``; every line and number that both report is compared. A miss
is a difference above 0.1 % and above one cent (lines in $), 1e-4 points (rates, which SAM iterates
on) or 1e-9 (others), or a case that is refused. The exit code is 1 on a miss, 2 when the folder is
absent. ``sam_random.py`` makes such folders.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import sys
from pathlib import Path

from gigaplan.cli.main import main as gigaplan

RELATIVE, ROUNDING = 1e-3, {"$": 0.01, "%": 1e-4}
# SAM reports these from the pass before the last of its price search (sale leaseback)
STALE = {"cost_installed", "size_of_equity", "cost_installedperwatt", "adjusted_installed_cost"}
Difference = tuple[float, str, float, float]


class RefusedError(Exception):
    """A case that the command did not run."""


def run_case(path: Path) -> dict:
    """The deal of a case file, as the command line prints it."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = gigaplan(["deal", str(path), "--json"])
    if code:
        raise RefusedError(f"gigaplan deal ended with {code}")
    return json.loads(out.getvalue())


def reference_lines(path: Path) -> dict[str, list[float | None]]:
    """The lines of a reference by name, None where it gives no number."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return {
        row[0]: [None if v in ("", "nan") else float(v) for v in row[1:]]
        for row in rows
        if row and row[0] != "line_item"
    }


def difference(ours: float | None, theirs: float, unit: str) -> float:
    """Relative difference; 0 within a cent or within rounding."""
    if ours is None:
        return 0.0 if theirs == 0.0 else math.inf  # SAM writes 0 for a rate that is not there
    gap = abs(ours - theirs)
    if gap <= ROUNDING.get(unit, 1e-9):
        return 0.0
    return gap / max(abs(theirs), 1e-12)


def compare(path: Path) -> tuple[list[Difference], list[str]]:
    """All differences of a case, and the lines that only the reference has."""
    reference = json.loads(path.read_text("utf-8"))
    deal = run_case(path)
    units, found, missing = deal["units"], [], []
    for name, values in reference_lines(path.with_name(f"{path.stem}_cashflow.csv")).items():
        own = deal["cash_flow"].get(name)
        if own is None:
            missing.append(name)
            continue
        for year, (a, b) in enumerate(zip(own, values, strict=True)):
            if b is not None:
                unit = units.get(name, "$")
                found.append((difference(a, b, unit), f"{name}, year {year}", a or 0.0, b))
    inputs = {**reference.get("inputs_nonzero", {}), **reference.get("overrides", {})}
    stale = (
        STALE
        if inputs.get("ppa_soln_mode", 0) == 0 and "sale" in reference["model"].lower()
        else ()
    )
    for name, value in reference["scalar_outputs_nonzero"].items():
        own = deal["outputs"].get(name)
        if name not in deal["outputs"] or name in stale or not isinstance(value, int | float):
            continue
        if abs(value) < 1e300:  # the largest number marks "no debt" in SAM
            unit = units.get(name, "$")
            found.append((difference(own, value, unit), name, own or 0.0, value))
    return sorted(found, key=lambda d: -d[0]), missing


def main() -> int:
    """Compare every case of the folder."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/pysam_reference")
    cases = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not cases:
        print(f"no reference cases: {folder} is absent or empty; give its path", file=sys.stderr)
        return 2
    misses = 0
    for path in cases:
        try:
            found, missing = compare(path)
        except RefusedError as refused:
            misses += 1
            print(f"{path.stem}: {refused}")
            continue
        bad = [d for d in found if d[0] > RELATIVE]
        misses += len(bad)
        worst = found[0]
        print(
            f"{path.stem}: {len(found)} figures, worst {worst[0]:.2e} ({worst[1]}), "
            f"{len(bad)} misses, {len(missing)} reference lines not reported"
        )
        for gap, name, a, b in bad[:10]:
            print(f"    {name}: {a!r} against {b!r}, {100 * gap:.4g} %")
    print(f"{len(cases)} cases, {misses} misses (0.1 % or one cent)")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
