"""The base year against what is reported: ``python benchmarks/base_year.py``.

Dispatches the fleet of 2026 over all 8,760 hours in the 48 states, nothing built, and puts the mix
beside the shares that the sources report (atlas table ``reported_mix``), with average prices by
state and unserved energy.  Ends with 1 where a share lies outside its range.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
import xarray as xr

import gigaplan as gp
from gigaplan import atlas
from gigaplan.inputs.build import build_inputs
from gigaplan.model.dispatch import HOURS
from gigaplan.solving.cases import Family, dispatch_family, make_cases
from gigaplan.solving.pool import View, make_pool

YEAR = 2026
EXISTING = {
    "plant_capacity": "plant_existing",
    "renewable_capacity": "renewable_existing",
    "store_power": "store_existing",
    "corridor_forward_capacity": "corridor_forward",
    "corridor_reverse_capacity": "corridor_reverse",
}
HOURLY = ("generation", "charge", "discharge", "flow_forward", "flow_reverse", "unserved")
GWH_PER_TWH = 1e3


def base_year(zones: str | list[str] = "all", changes: dict[str, Any] | None = None) -> xr.Dataset:
    """Inputs of 2026 with the fleet as it is."""
    programme = gp.with_changes(
        gp.load("us-first"),
        {
            "start_year": YEAR - 1,
            "years": [YEAR],
            "zones": zones,
            "money.available": None,
            "solver.integer": False,
        }
        | (changes or {}),
    )
    return build_inputs(programme)


def dispatch(
    inputs: xr.Dataset, days: Sequence[int] = range(365), workers: int | None = None
) -> dict[str, np.ndarray]:
    """Daily energy of every hourly variable [GWh] by asset and day, and hourly prices [USD/MWh].

    ``load`` and ``available`` (profiles at existing capacity) are those of the same days [GW].
    """
    family = dispatch_family(inputs)
    keys = [(YEAR, int(d)) for d in days]
    parts = [
        inputs[EXISTING[name]].values.ravel() if name in EXISTING else np.zeros(family.sizes[name])
        for name in family.coupling
    ]
    xi = np.concatenate(parts)
    pool = make_pool(family.template, make_cases(inputs, family, keys), workers)
    try:
        details = pool.detail(dict.fromkeys(keys, xi), _view(family))
    finally:
        pool.close()
    sums = np.stack([details[k][1] for k in keys], axis=-1)
    out, first = {}, 0
    for name in HOURLY:
        size = family.columns[name].size // HOURS
        out[name] = sums[first : first + size]
        first += size
    price = np.stack([details[k][2] for k in keys]) * 1e3
    out["price"] = (
        price.reshape(len(keys), -1, HOURS).transpose(1, 0, 2).reshape(-1, len(keys) * HOURS)
    )
    hours = (np.asarray(days)[:, None] * HOURS + np.arange(HOURS)).ravel()
    out["load"] = inputs["load"].isel(year=0).values[:, hours]
    standing = inputs["renewable_existing"].values[:, :1]
    out["available"] = inputs["renewable_profile"].values[:, hours] * standing
    return out


def _view(family: Family) -> View:
    """Sums over the hours of a day, and the duals of the balances."""
    columns = np.concatenate([family.columns[name] for name in HOURLY])
    rows = np.arange(columns.size) // HOURS
    shape = (columns.size // HOURS, family.template.A.shape[1])
    return View(
        sp.csr_matrix((np.ones(columns.size), (rows, columns)), shape), family.rows["balance"]
    )


def mix(inputs: xr.Dataset, found: dict[str, np.ndarray]) -> dict[str, float]:
    """Generation by technology [TWh]; what is curtailed is taken off the renewables by share."""
    made: dict[str, float] = {}
    for technology, energy in zip(
        inputs["plant_technology"].values, found["generation"].sum(axis=1), strict=True
    ):
        made[technology] = made.get(technology, 0.0) + float(energy) / GWH_PER_TWH
    available = found["available"].sum(axis=1)
    kept = 1.0 - curtailed(inputs, found) / float(available.sum())
    for technology, energy in zip(inputs["renewable_technology"].values, available, strict=True):
        made[technology] = made.get(technology, 0.0) + float(energy) * kept / GWH_PER_TWH
    return made


def curtailed(inputs: xr.Dataset, found: dict[str, np.ndarray]) -> float:
    """Available output that nobody takes [GWh]: what comes in less what goes out."""
    flows = (found["flow_forward"] + found["flow_reverse"]).sum(axis=1)
    comes = sum(found[n].sum() for n in ("generation", "discharge", "unserved", "available"))
    goes = found["charge"].sum() + inputs["corridor_loss"].values @ flows + found["load"].sum()
    return float(comes - goes)


GROUPS = {
    "gas": ("gas",), "coal": ("coal",), "nuclear": ("nuclear",), "wind": ("wind",),
    "solar": ("solar", "csp"), "hydro": ("hydro",),
}  # fmt: skip


def shares(made: dict[str, float]) -> dict[str, float]:
    """Share of each group in all generation."""
    total = sum(made.values())
    return {
        group: sum(v for t, v in made.items() if t.startswith(starts)) / total
        for group, starts in GROUPS.items()
    }


def report(inputs: xr.Dataset, found: dict[str, np.ndarray]) -> dict[str, Any]:
    """Mix beside the reported ranges, prices by state, unserved energy."""
    made = mix(inputs, found)
    known = atlas.table("reported_mix").set_index("group")
    load = found["load"]
    by_zone = (found["price"] * load).sum(axis=1) / load.sum(axis=1)
    price = {str(z): float(p) for z, p in zip(inputs["zone"].values, by_zone, strict=True)}
    rows = {
        group: {
            "share": share,
            "reported_low": float(known["low_share"][group]),
            "reported_high": float(known["high_share"][group]),
            "within": bool(known["low_share"][group] <= share <= known["high_share"][group]),
        }
        for group, share in shares(made).items()
    }
    return {
        "year": YEAR,
        "load_twh": float(load.sum()) / GWH_PER_TWH,
        "peak_gw": float(load.sum(axis=0).max()),
        "generation_twh": dict(sorted(made.items(), key=lambda m: -m[1])),
        "shares": rows,
        "price_usd_mwh": price | {"mean": float((by_zone * load.sum(axis=1)).sum() / load.sum())},
        "unserved_gwh": {
            str(z): float(e)
            for z, e in zip(inputs["zone"].values, found["unserved"].sum(axis=1), strict=True)
            if e > 1e-6
        },
    }


def _short(unserved: dict[str, float]) -> str:
    return ", ".join(f"{z} {e:.2f} GWh" for z, e in unserved.items()) or "none"


def text(facts: dict[str, Any]) -> str:
    """The report for people."""
    lines = [
        f"{facts['year']}: load {facts['load_twh']:,.0f} TWh, peak {facts['peak_gw']:,.0f} GW, "
        f"unserved {_short(facts['unserved_gwh'])}",
        f"{'':10}{'share':>8}{'reported':>16}",
    ]
    for group, row in facts["shares"].items():
        span = f"{row['reported_low']:.1%} to {row['reported_high']:.1%}"
        said = "" if row["within"] else "  outside"
        lines.append(f"{group:10}{row['share']:8.1%}{span:>18}{said}")
    price = {z: p for z, p in facts["price_usd_mwh"].items() if z != "mean"}
    low, high = min(price, key=price.__getitem__), max(price, key=price.__getitem__)
    lines.append(
        f"price {facts['price_usd_mwh']['mean']:.1f} USD/MWh on average, from {price[low]:.1f} "
        f"({low}) to {price[high]:.1f} ({high})"
    )
    lines.append(f"seconds: {facts['seconds']:.1f}")
    return "\n".join(lines)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--corridors", type=float, default=1.0, help="factor on existing corridors, such as 0.7"
    )
    parser.add_argument(
        "--workers", type=int, help="processes side by side (default: one per core)"
    )
    options = parser.parse_args()
    began = time.monotonic()
    inputs = base_year(changes={"power.corridors.capacity_scale": options.corridors})
    facts = report(inputs, dispatch(inputs, workers=options.workers))
    facts["seconds"] = time.monotonic() - began
    print(json.dumps(facts, indent=2) if options.json else text(facts))
    if options.corridors != 1.0:
        return 0
    good = all(row["within"] for row in facts["shares"].values()) and not facts["unserved_gwh"]
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
