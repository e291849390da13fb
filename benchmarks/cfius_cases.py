"""Score the clearance engine on the worked examples of 31 CFR parts 800 and 802.

``python benchmarks/cfius_cases.py [SHARED] [--json]``: SHARED is the folder of public data (default
``../shared``).  A case passes if every key of its ``expected`` matches.  Cases whose example rests
on a superseded test (``status: stale_premise``) are shown but not counted.  Ends with 1 where
a current case fails and with 2 where the cases are absent.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from gigaplan.clearance.casefile import read_cases
from gigaplan.clearance.engine import review

COVERED = (
    "covered_transaction",
    "covered_control_transaction",
    "covered_investment",
    "covered_real_estate_transaction",
    "mandatory_declaration",
    "control",
    "tid_us_business",
    "us_business",
    "foreign_person",
)
LISTS = ("controllers", "notice_actions_allowed")


def matches(key: str, expected: Any, found: Any) -> bool:
    """Whether a conclusion is what the example says."""
    if key in LISTS:
        return found is not None and sorted(found) == sorted(expected)
    if key == "parents":
        return found is not None and all(
            sorted(found.get(p, [])) == sorted(e) for p, e in expected.items()
        )
    if key == "not_parents":
        return found is not None and all(
            set(e) <= set(found.get(p, [])) for p, e in expected.items()
        )
    if isinstance(expected, bool):
        return found is expected
    if isinstance(expected, int | float):
        return found is not None and abs(float(found) - expected) < 1e-6
    return bool(found == expected)


def kind_of_miss(key: str, expected: Any, found: Any) -> str:
    """The costly kind, the cautious kind, an open answer, or another miss."""
    if found is None or found in ("possible", "depends"):
        return "undetermined"
    if key in COVERED and found is False and expected is not False:
        return "wrong no-filing"
    if key in COVERED and found is True and expected is not True:
        return "wrong covered"
    return "other"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "shared", nargs="?", type=Path, default=Path(__file__).resolve().parents[2] / "shared"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = options.shared / "cases" / "cfius"
    files = sorted(folder.glob("*.yaml"))
    if not files:
        print(
            f"no case files in {folder}: give the folder of public data as an argument",
            file=sys.stderr,
        )
        return 2
    outcomes = {case.id: review(case.facts).outcome for case in read_cases(files)}
    topics: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    misses, stale = [], []
    for file in files:
        for record in YAML(typ="safe").load(file):
            outcome = outcomes[record["id"]]
            wrong = [
                {
                    "id": record["id"],
                    "key": key,
                    "expected": value,
                    "found": outcome.get(key),
                    "kind": kind_of_miss(key, value, outcome.get(key)),
                }
                for key, value in record["expected"].items()
                if not matches(key, value, outcome.get(key))
            ]
            if record.get("status") == "current":
                topics[record["topic"]][0] += not wrong
                topics[record["topic"]][1] += 1
                misses += wrong
            else:
                stale += wrong
    kinds: dict[str, int] = defaultdict(int)
    for miss in misses:
        kinds[miss["kind"]] += 1
    passed, count = (sum(row[i] for row in topics.values()) for i in (0, 1))
    report = {
        "passed": passed,
        "current": count,
        "topics": dict(topics),
        "misses": misses,
        "kinds": dict(kinds),
        "stale_premise": stale,
    }
    if options.json:
        print(json.dumps(report, indent=1))
    else:
        for topic, (good, all_) in sorted(topics.items()):
            print(f"{topic:24} {good:3} of {all_:3}")
        print(f"{'all current cases':24} {passed:3} of {count:3}")
        names = ("wrong no-filing", "wrong covered", "undetermined", "other")
        print(", ".join(f"{name}: {kinds.get(name, 0)}" for name in names))
        for miss in [*misses, *stale]:
            print("  {id}: {key}: expected {expected}, found {found} ({kind})".format(**miss))
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
