"""How much can be built and energised, by year."""

from __future__ import annotations

import numpy as np
import pandas as pd

from atlas_compiler.common import STATES, Atlas

LAST = 2050
# GW a year that can come into service in the US: (2026, 2028, 2030, 2035), linear between
RATES = {
    "gas": (8.0, 14.0, 20.0, 27.0),
    "gas_ice": (1.0, 2.0, 3.0, 5.0),
    "fuel_cell": (1.0, 2.0, 3.5, 5.0),
    "battery": (18.0, 24.0, 30.0, 40.0),
    "nuclear": (0.0, 0.0, 0.0, 1.5),
}
EPA_TYPES = {"wind": "Onshore Wind", "solar": "Solar PV"}


def compile(atlas: Atlas) -> None:
    """Add every table of this module."""
    rows = []
    for group, rates in RATES.items():
        yearly = np.interp(np.arange(2026, LAST + 1), (2026, 2028, 2030, 2035), rates)
        rows += [(group, 2026 + i, v) for i, v in enumerate(np.cumsum(yearly))]
    for group, name in EPA_TYPES.items():
        rows += [(group, y, v) for y, v in _epa(atlas, name).items()]
    atlas.add(
        "build_limits", pd.DataFrame(rows, columns=["technology_group", "year", "cumulative_gw"])
    )
    atlas.cite("build_limits", "technology_group year", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "build_limits",
        "cumulative_gw",
        "GW",
        "facts: power_equipment; EPA 2023 Reference Case table 4-13",
        "compiled facts; US public domain",
        "2023-2026",
        confidence="background",
        note="in service from 2026 on, planned units included. gas: world output 65 GW/yr "
        "(gt_global_capacity) sold out to 2030 (gev_backlog_2026), a third for the US, less in the "
        "years already sold: 8, 14, 20 GW/yr in 2026, 2028, 2030 and 27 by 2035 as makers double; "
        "wind, solar: EPA steps 1 and 2; fuel cells: Bloom 2 to 5 GW/yr; battery: US record "
        "growing; engines and nuclear: judgement",
    )
    _large_loads(atlas)


def _epa(atlas: Atlas, plant: str) -> dict[int, float]:
    """Cumulative GW by year from the upper bound of step 2 of the runs 2028, 2030 and 2035."""
    raw = atlas.read(
        "data/icarus_epa/epa_2023_reference_case/table-4-13-short-term-capital-cost-adders-for-new-power-plants.csv"
    )
    raw = raw[(raw["Plant Type"] == plant) & (raw["Step"] == 2)]
    bound = raw["Upper Bound (MW)"].astype(str).str.replace(",", "").astype(float) / 1e3
    by_run = dict(zip(raw["Year"].astype(int), bound, strict=True))
    # the runs cover 2026-2028, 2029-2030 and 2031-2035
    rate = {**dict.fromkeys(range(2026, 2029), by_run[2028] / 3),
            **dict.fromkeys((2029, 2030), by_run[2030] / 2),
            **dict.fromkeys(range(2031, LAST + 1), by_run[2035] / 5)}  # fmt: skip
    total, out = 0.0, {}
    for year in range(2026, LAST + 1):
        total += rate[year]
        out[year] = total
    return out


def _large_loads(atlas: Atlas) -> None:
    raw = atlas.read("data/icarus_epa/load_datacenter_by_state.csv").set_index("st")
    coming = raw["Planned (MW)"] + raw["In Construction (MW)"]
    by_state = pd.Series({s: float(coming.get(s, 0.0)) for s in STATES})
    by_state["MD"] += float(coming.get("DC", 0.0))
    share = (by_state / by_state.sum()).clip(lower=0.001)
    share /= share.sum()
    years = np.arange(2026, LAST + 1)
    national = np.interp(years, (2026, 2030, 2035, 2040), (17.0, 60.0, 93.0, 126.0))
    rows = [("US", int(y), v) for y, v in zip(years, national, strict=True)]
    rows += [
        (s, int(y), v * share[s]) for s in STATES for y, v in zip(years, national, strict=True)
    ]
    atlas.add("large_load_limits", pd.DataFrame(rows, columns=["zone", "year", "facility_gw"]))
    atlas.cite("large_load_limits", "zone year", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "large_load_limits",
        "facility_gw",
        "GW",
        "Wood Mackenzie via facts power_equipment largeload_committed, largeload_by2030; shared by "
        "data centers planned and under construction (DOE/NREL Speed to Power map, via "
        "HopkinsICARUS/ICARUS-PJM-Dataset@03fbb382)",
        "CC BY 4.0; compiled facts",
        "2025",
        confidence="background",
        note="17 GW under construction, 60 expected by 2030, 93 by 2035; "
        "sharing by state and growth after 2035 are judgements; 0.1 % at least",
    )
