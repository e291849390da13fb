"""Hourly load and profiles of the weather year 2012, calibrated state by state."""

from __future__ import annotations

import numpy as np
import pandas as pd

from atlas_compiler.common import STATES, Atlas

FOLDER = "data/state_hourly_2012"
SOURCE = "PowerGenome 2012 profiles by IPM region (commit b4c7b414), shared to states"
LICENCE = "CC BY 4.0"
CLIP = {"wind": (0.86, 1.65), "solar": (0.85, 1.06), "hydro": (0.74, 2.3)}
FILLERS = {"AL", "MS", "TN"}
SUBSTITUTES = {"NJ", "RI", "CT", "MA", "NH"}


def compile(atlas: Atlas) -> None:
    """Add the hourly tables and the table of calibrations."""
    load = atlas.read(f"{FOLDER}/load_MW_2024energy_weather2012_lfcal.parquet")
    atlas.hourly["load"] = load[STATES].astype("int32")
    atlas.cite(
        "load",
        "*",
        "MW",
        "MIP 26-zone load, EIA-930 load factors, EIA 2024 energy",
        LICENCE,
        "2012 weather, 2024 energy",
        note="metered; UTC; Feb 29 kept, Dec 31 dropped; the states "
        "of one of 26 zones share a shape",
    )
    rows: list[tuple[object, ...]] = []
    for kind in ("wind", "solar", "hydro"):
        raw = atlas.read(f"{FOLDER}/{kind}_existing_cf_x10000.parquet")[STATES] / 1e4
        atlas.hourly[kind] = _calibrated(raw, _fleet_targets(atlas, kind), kind, rows)
    for kind in ("wind", "solar"):
        raw = atlas.read(f"{FOLDER}/{kind}_new_cf_x10000.parquet")[STATES] / 1e4
        targets = _bin_targets(atlas, kind) if kind == "wind" else {}
        atlas.hourly[f"{kind}_new"] = _calibrated(raw, targets, f"{kind}_new", rows)
    for name in ("wind", "solar", "hydro", "wind_new", "solar_new"):
        atlas.cite(
            name,
            "*",
            "share of capacity",
            SOURCE,
            LICENCE,
            "2012",
            note="mean over sites of a state, smoother than a fleet of few sites; calibrated, see table calibration",
        )
    columns = ["zone", "profile", "raw_cf", "target_cf", "factor", "clipped", "reason"]
    atlas.add("calibration", pd.DataFrame(rows, columns=columns))
    atlas.cite(
        "calibration", "zone profile reason clipped", "", "computed by the compiler", "MIT", "2026"
    )
    atlas.cite(
        "calibration",
        "raw_cf target_cf factor",
        "1",
        "profile mean against the fleet's reported capacity factor (US generating units)",
        LICENCE,
        "2025",
        note="clips: wind 0.86-1.65, solar 0.85-1.06, hydro 0.74-2.3",
    )


def _fleet_targets(atlas: Atlas, kind: str) -> dict[str, tuple[float, str]]:
    """Reported capacity factor of each state's fleet, where it can be believed."""
    names = {"wind": "wind_onshore", "solar": "solar_pv", "hydro": "hydro"}
    fleet = atlas.read("data/us_fleet/fleet_by_state_tech_2025.csv")
    fleet = fleet[fleet["tech"] == names[kind]].set_index("st")
    out = {}
    for state in STATES:
        if state in fleet.index and not (kind == "wind" and state in FILLERS):
            value = float(fleet.loc[state, "mean_cf"])
            if value > 0.02:
                out[state] = (value, "reported capacity factor of the fleet")
    return out


def _bin_targets(atlas: Atlas, kind: str) -> dict[str, tuple[float, str]]:
    """Factor of the first supply bins, where the shape is a substitute or far from it."""
    bins = atlas.read("data/reeds/supply_curve/supply_curve_by_state_5bins.csv")
    bins = bins[(bins["access"] == "reference") & (bins["tech"] == "wind-ons") & (bins["bin"] <= 2)]
    mean = bins.groupby("st")[["cf"]].mean()["cf"]
    return {
        s: (float(mean[s]), "shape is a substitute: scaled to the supply bins")
        for s in SUBSTITUTES
        if s in mean.index
    }


def _calibrated(
    raw: pd.DataFrame,
    targets: dict[str, tuple[float, str]],
    kind: str,
    rows: list[tuple[object, ...]],
) -> pd.DataFrame:
    """Scale each state's profile so that, cut off at 1, its mean meets the (clipped) target."""
    low, high = CLIP.get(kind, (0.5, 2.0))
    out = {}
    for state in STATES:
        values = raw[state].to_numpy()
        mean = float(values.mean())
        if state not in targets or mean <= 0:
            out[state] = values
            continue
        target, reason = targets[state]
        wanted = float(np.clip(target / mean, low, high))
        factor = wanted
        for _ in range(30):
            got = float(np.minimum(values * factor, 1.0).mean())
            factor *= wanted * mean / max(got, 1e-9)
        out[state] = np.minimum(values * factor, 1.0)
        rows.append((state, kind, mean, target, factor, abs(wanted - target / mean) > 1e-9, reason))
    table = pd.DataFrame(out)
    return (table * 1e4).round().astype("int16")
