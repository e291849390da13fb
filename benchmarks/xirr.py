"""Compare rates of return with the reference samples of pyxirr's upstream tests.

    python benchmarks/xirr.py [FOLDER]

FOLDER (default: ../shared/data/pyxirr_samples, public data that is not part of the repository)
holds ``expected.csv`` with dated samples and ``irr_periodic_cases.json``. An expected rate must be
among the roots found, a known second root too (and then the result must say "several roots"), and
where none is expected none must be found. The exit code is 1 on a miss, 2 without the folder.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
from pathlib import Path

import numpy as np

from gigaplan.deals.returns import DAYS, dated_rate_of, rate_of

TOLERANCE = 1e-6


def sample(path: Path) -> tuple[list[dt.date], list[float]]:
    """Dates and amounts of a sample file."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [r for r in csv.reader(file) if r and r[0] != "date"]
    return [dt.date.fromisoformat(r[0]) for r in rows], [float(r[1]) for r in rows]


def near(rate: float, roots: tuple[float, ...]) -> bool:
    """Whether the rate is one of the roots."""
    return any(abs(rate - r) <= TOLERANCE * max(1.0, abs(rate)) for r in roots)


def main() -> int:
    """Check every sample."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/pyxirr_samples")
    if not (folder / "expected.csv").is_file():
        print(f"no samples: {folder} is absent; give its path", file=sys.stderr)
        return 2
    misses = several = none = count = 0
    with (folder / "expected.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        dates, amounts = sample(folder / row["sample_file"])
        if row["function"] == "xnpv":
            rate = float(row["rate_argument"])
            years = np.array([(d - dates[0]).days / DAYS for d in dates])
            worth = float(np.dot(amounts, (1 + rate) ** -years))
            good = abs(worth - float(row["expected"])) <= TOLERANCE * abs(worth)
        elif row["function"] == "xirr":
            found = dated_rate_of(dates, amounts)
            several += found.status == "several roots"
            none += found.status == "no root"
            wanted = [float(row[k]) for k in ("expected", "second_root_if_known") if row[k]]
            good = all(near(w, found.roots) for w in wanted)
            good &= bool(wanted) or found.status == "no root"
            good &= len(wanted) < 2 or found.status == "several roots"
        else:
            continue
        count += 1
        if not good:
            misses += 1
            print(f"{row['function']} {row['case']}: expected {row['expected'] or 'no root'}")
    for i, case in enumerate(json.loads((folder / "irr_periodic_cases.json").read_text("utf-8"))):
        found = rate_of(case["cashflows"])
        count += 1
        if case["irr"] is not None and not near(case["irr"], found.roots):
            misses += 1
            print(f"irr {i}: expected {case['irr']}, roots {found.roots}")
    print(f"{count} samples, {misses} misses; {several} with several roots, {none} with none")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
