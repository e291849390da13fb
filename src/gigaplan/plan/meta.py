"""What a plan says about itself besides its arrays: declared once, checked when a plan is made."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

OPTIMAL = "optimal"
STOPPED = "stopped"
STATUSES = {
    OPTIMAL: "the gap that was asked for is proven",
    STOPPED: "stopped at a limit (time or rounds) with a plan that passes every check",
}

REQUIRED: dict[str, str] = {
    "status": "optimal or stopped",
    "aim": "compute or cost",
    "objective": "discounted cost of the system less the value of compute, BUSD",
    "lower_bound": "proven bound below the objective, BUSD; null where there is none",
    "upper_bound": "objective of the plan itself, BUSD",
    "gap": "upper less lower bound, relative to the whole system's cost, 1",
    "gap_busd": "upper less lower bound, BUSD",
    "gap_of_programme": "the same gap relative to what the programme adds to the system's cost, 1",
    "programme_cost_busd": "what the programme adds to the system's discounted cost, BUSD",
    "seconds": "wall time by phase, s",
    "inputs_sha256": "fingerprint of the inputs Dataset",
    "versions": "version of gigaplan and of what it computes with",
    "checks": "name -> passed, worst (number), unit",
    "near_ties": "year -> zones within 1 % of the best at the margin",
    "programme": "name of the programme",
    "dollar_year": "year of the money",
}

OPTIONAL: dict[str, str] = {
    "title": "title of the programme",
    "programme_yaml": "text of the programme that was asked for",
    "sources": "list of sources of the figures that went in: mappings of column to text",
    "zones": "zone -> postal codes of the states in it, where a zone is not itself a state",
    "stopped_by": "the limit that the solve stopped at, in plain words",
}

_NUMBERS = ("objective", "upper_bound")
_NUMBERS_OR_NONE = (
    "lower_bound",
    "gap",
    "gap_busd",
    "gap_of_programme",
    "programme_cost_busd",
)


def plain(value: Any) -> Any:
    """JSON-able copy: numpy scalars and arrays become Python's, inf and NaN become None."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def faults_of(meta: Mapping[str, Any]) -> list[str]:
    """Every fault of a plan's meta, in plain words; empty when there is none."""
    faults = [
        f"meta: {key!r} is missing ({text})" for key, text in REQUIRED.items() if key not in meta
    ]
    if meta.get("status") not in STATUSES and "status" in meta:
        known = " or ".join(STATUSES)
        faults.append(f"meta: status is {meta['status']!r}, expected {known}")
    for key in (*_NUMBERS, *_NUMBERS_OR_NONE):
        value = meta.get(key)
        if value is None and (key in _NUMBERS_OR_NONE or key not in meta):
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            faults.append(f"meta: {key} is {value!r}, expected a finite number")
    for name, check in dict(meta.get("checks") or {}).items():
        if not isinstance(check, Mapping) or not {"passed", "worst", "unit"} <= set(check):
            faults.append(f"meta: check {name!r} lacks passed, worst or unit")
        elif not check["passed"]:
            faults.append(f"check {name!r} failed: worst {check['worst']} {check['unit']}")
    if not isinstance(meta.get("near_ties", {}), (Mapping, list)):
        faults.append("meta: near_ties is neither a mapping of year to zones nor a list of zones")
    try:
        json.dumps(meta, allow_nan=False)
    except (TypeError, ValueError) as error:
        faults.append(f"meta cannot be written as JSON: {error}")
    return faults


def near_ties(meta: Mapping[str, Any], years: list[int]) -> dict[int, list[str]]:
    """Zones within 1 % of the best at the margin, by planning year."""
    stated = meta.get("near_ties") or {}
    if isinstance(stated, Mapping):
        return {year: list(stated.get(str(year), [])) for year in years}
    return {year: list(stated) for year in years}
