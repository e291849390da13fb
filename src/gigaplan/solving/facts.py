"""What a plan says of itself: bounds, gaps, near ties, adequacy, fingerprint, versions."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from gigaplan.model.aim import constant_cost
from gigaplan.solving.days import Days
from gigaplan.solving.prepared import Search

NEAR = 0.01


def facts_of(found: Search, chosen: Days, data: xr.Dataset, gap: float) -> dict[str, Any]:
    """What a plan says of itself: status, bounds, gaps, near ties, versions."""
    result, inputs = found.result, found.inputs
    constant = constant_cost(inputs)
    cost = found.cost_of(result)
    width = result.upper - result.lower
    facts: dict[str, Any] = {
        "status": result.status,
        "objective": result.upper + constant,
        "upper_bound": result.upper + constant,
        "lower_bound": result.lower + constant,
        "gap": found.gap(),
        "gap_busd": width,
        "gap_asked": gap,
        "system_cost_busd": cost,
        "rounds": len(result.rounds),
        "cuts": len(found.master.cuts),
        "dollar_year": 2025,
        "days": [int(d) for d in chosen.weights.index],
        "hardest_days": list(chosen.hardest),
        "day_error": chosen.error,
        "near_ties": near_ties(inputs, data),
        "inputs_sha256": fingerprint(inputs),
        "versions": versions(),
        "notes": [
            f"{count} times a day was solved by {method}, after the warm simplex had failed"
            for method, count in sorted(found.evaluator.retried.items())
        ],
    }
    facts |= whole_units(found)
    if found.baseline is not None:
        added = cost - found.baseline
        facts["programme_cost_busd"] = added
        facts["baseline_cost_busd"] = found.baseline
        facts["gap_of_programme"] = width / added if added > 0 else float("inf")
        if found.relaxed is not None and added > 0:
            facts["rounding_cost_of_programme"] = facts["rounding_cost_busd"] / added
    return facts


def whole_units(found: Search) -> dict[str, Any]:
    """Whether units are whole, and what that costs.

    Rounding costs at most what the plan costs above the certified bound of the one in parts of
    units, and at least what its own bound lies above that one's best point.
    """
    relaxed, result = found.relaxed, found.result
    if relaxed is None:
        return {"integer": False}
    constant = constant_cost(found.inputs)
    most = max(result.upper - relaxed.lower, 0.0)
    return {
        "integer": True,
        "nodes": found.nodes,
        "lower_bound_of_parts": relaxed.lower + constant,
        "rounding_cost_busd": most,
        "rounding_cost_least_busd": max(result.lower - relaxed.upper, 0.0),
        "rounding_cost": most / found.cost_of(result),
    }


def near_ties(inputs: xr.Dataset, data: xr.Dataset) -> dict[str, list[str]]:
    """States within 1 % of the best at the margin, by planning year in which campuses are built.

    One more GW of IT there costs at most 1 % more than in the best state, relative to the
    discounted cost of its facility and power without IT equipment, which is the same everywhere.
    """
    out = {}
    weight = inputs["year_weight"]
    power = data["year_price"] * inputs["campus_pue"] * float(inputs["campus_utilisation"])
    # USD/MWh x 8760 h = 8.76e-3 BUSD/GW/year
    yearly = inputs["campus_annual_charge"] + power * 8.76e-3
    if "reference_charge" in inputs:
        flat = float(inputs["reference_charge"].sel(draw_class="campus"))
        yearly = yearly + inputs["campus_overnight_cost"] * flat
    for year in inputs["year"].values.tolist():
        later = inputs["year"].values >= year
        cost = (yearly * weight).isel(year=later).sum("year")
        loss = -data["marginal_it_value"].sel(year=year)
        open_ = inputs["campus_buildable"].sel(year=year)
        if not bool(open_.any()) or float(data["it_build"].sel(year=year).sum()) < 1e-6:
            continue
        best = float(loss.where(open_).min())
        near = open_ & (loss - best <= NEAR * cost)
        out[str(year)] = [str(z) for z in inputs["zone"].values[near.values.astype(bool)]]
    return out


def adequacy(inputs: xr.Dataset, data: xr.Dataset) -> dict[str, dict[str, float]]:
    """Unserved energy, worst hour and true dispatch cost beside the model's own, by year."""
    out = {}
    for year in inputs["year"].values.tolist():
        at = data.sel(year=year)
        out[str(year)] = {
            "unserved_gwh": float(at["year_unserved"].sum()),
            "worst_hour": float(at["year_unserved_hour"]),
            "worst_hour_gw": float(at["year_unserved_worst"]),
            "dispatch_cost_busd": float(at["year_dispatch_cost"]),
            "model_dispatch_cost_busd": float(at["cost"].sel(cost_item="dispatch")),
        }
    return out


def fingerprint(inputs: xr.Dataset) -> str:
    """SHA-256 of the inputs: names, labels and values."""
    digest = hashlib.sha256()
    for name in sorted([*map(str, inputs.data_vars), *map(str, inputs.coords)]):
        values = inputs[name].values
        digest.update(name.encode())
        if values.dtype == object or values.dtype.kind in "US":
            digest.update("\0".join(map(str, values.ravel())).encode())
        else:
            digest.update(np.ascontiguousarray(values, dtype=float).tobytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Versions of what made the plan."""
    names = ("gigaplan", "linopy", "highspy", "numpy", "pandas", "xarray")
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except ModuleNotFoundError:
            found[name] = "source"
    return found
