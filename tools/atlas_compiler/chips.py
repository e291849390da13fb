"""Accelerators by generation, and what the world makes for them: wafers, packaging, memory."""

from __future__ import annotations

import numpy as np
import pandas as pd

from atlas_compiler.common import Atlas

LAST = 2050
EPOCH_COUNTS = "Epoch AI ai-chip-counts@d1b1bc31 (CC BY 4.0)"
STORED, JUDGED = "stored-source", "background"
# growth of H100e per kW a year after Rubin: low end of accel_perf_per_watt_growth (1.3 to 1.5)
GROWTH = 1.3
# what the last stated capacity grows by each year after it
FADE = {2028: 1.15, **{year: 1.10 for year in range(2029, 2036)}}


def compile(atlas: Atlas) -> None:
    """Add every table of this module."""
    _generations(atlas)
    _supply(atlas)
    _shipped(atlas)
    _fabs(atlas)


def _value(atlas: Atlas, table: str, identifier: str) -> float:
    return float(atlas.fact(table, identifier)["value"])


def _generations(atlas: Atlas) -> None:
    def accelerator(identifier: str) -> float:
        return _value(atlas, "accelerators", identifier)

    unit = accelerator("h100_fp8")
    blackwell = accelerator("gb200_fp8") / unit
    # servers, network and storage of the Epoch cost model, per GB200
    equipment = _value(atlas, "datacenters", "dc_capex_it_per_mw_it") * accelerator("gb200_it_w")
    beyond_rack = equipment / (accelerator("gb200_rack_price") * 1e6 / 72)
    rubin_kw = _value(atlas, "datacenters", "dc_rack_kw_vr") / 72
    rubin_kw *= _value(atlas, "datacenters", "dc_it_overhead_factor")
    rubin_price = accelerator("rubin_rack_price") * 1e6 / 72 * beyond_rack
    density = accelerator("h100e_per_mw_rubin") / 1e3
    per_chip = equipment / accelerator("gb200_price")
    good = _value(atlas, "semiconductors", "n4_dies_per_wafer")
    packages = {
        n: _value(atlas, "semiconductors", f"chips_per_cowos_{n}")
        for n in ("h100", "b200", "rubin")
    }
    gb200_kw, gb300_kw = accelerator("gb200_it_w") / 1e3, accelerator("gb300_it_w") / 1e3
    # generation, first and last year sold, H100e, kW, equipment USD, memory GB, stacks, node, dies,
    # packages a wafer, confidence, note
    rows = [
        ("h100", 2022, 2025, 1.0, accelerator("h100_it_w") / 1e3, accelerator("h100_price") * per_chip,
         accelerator("h100_mem"), 5, "N4", 1, packages["h100"], STORED,
         "equipment: chip price times the GB200's ratio of equipment to chip price"),
        ("gb200", 2025, 2026, blackwell, gb200_kw, equipment, accelerator("gb200_mem"), 8, "N4", 2,
         packages["b200"], STORED, ""),
        ("gb300", 2025, 2027, blackwell, gb300_kw, equipment, accelerator("gb300_mem"), 8, "N4", 2,
         packages["b200"], STORED, "equipment price as GB200: the chip price range is the same"),
        ("rubin", 2026, 2029, density * rubin_kw, rubin_kw, rubin_price, accelerator("rubin_mem"), 8, "N3", 2,
         packages["rubin"], STORED,
         "H100e: density of planned sites (2,021 to 2,974 H100e/MW IT) times power; two dies a package is background"),
        ("next_2029", 2029, 2032, density * rubin_kw * GROWTH**2, rubin_kw, rubin_price, accelerator("rubin_mem"),
         8, "N3", 2, packages["rubin"], JUDGED, "Rubin with H100e per kW growing 1.3 a year; package as Rubin's"),
        ("next_2032", 2032, LAST, density * rubin_kw * GROWTH**5, rubin_kw, rubin_price, accelerator("rubin_mem"),
         8, "N3", 2, packages["rubin"], JUDGED, "as next_2029, three years on"),
    ]  # fmt: skip
    columns = [
        "generation", "first_year", "last_year", "h100e", "it_kw", "equipment_usd", "memory_gb",
        "hbm_stacks", "node", "dies", "packages_per_wafer", "confidence", "note",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    table.insert(10, "good_dies_per_wafer", good)
    table["gb_per_stack"] = table["memory_gb"] / table["hbm_stacks"]
    atlas.add("accelerators", table)
    facts = "facts: accelerators, datacenters, semiconductors"
    atlas.cite(
        "accelerators",
        "generation first_year last_year node confidence note",
        "",
        facts,
        "compiled facts",
        "2026-09",
        confidence=JUDGED,
        note="years in which the generation is the one that is sold in volume; last years are judgements",
    )
    atlas.cite(
        "accelerators",
        "h100e",
        "1",
        "Epoch AI ML Hardware (CC BY 4.0); Epoch AI Frontier Data Centers",
        "CC BY 4.0",
        "2026-09",
        note="dense 8-bit peak over 1,979 TFLOP/s; Rubin from h100e_per_mw_rubin",
    )
    atlas.cite(
        "accelerators",
        "it_kw",
        "kW",
        "Epoch AI ai-compute-users@0e0a8f40 (CC BY 4.0); Rubin: dc_rack_kw_vr / 72 x 1.14",
        "CC BY 4.0",
        "2026",
        note="all-in IT power: server, network, storage",
    )
    atlas.cite(
        "accelerators",
        "equipment_usd",
        "USD",
        "facts dc_capex_it_per_mw_it (Epoch AI), rubin_rack_price (Morgan Stanley via BuySellRam)",
        "compiled facts",
        "2026",
        dollar_year="2025",
        note="servers, network and storage per accelerator",
    )
    atlas.cite(
        "accelerators",
        "memory_gb hbm_stacks gb_per_stack",
        "GB or 1",
        facts,
        "compiled facts",
        "2026-09",
    )
    atlas.cite(
        "accelerators",
        "dies good_dies_per_wafer packages_per_wafer",
        "1",
        "facts n4_dies_per_wafer, chips_per_cowos_h100, chips_per_cowos_b200, chips_per_cowos_rubin",
        "compiled facts",
        "2024-2026",
        note="55 good dies a wafer at 85 % yield of 63 gross (814 mm2); low-quality sources that agree",
    )


def _series(known: dict[int, float]) -> dict[int, float]:
    """Stated values, linear between them, then fading growth."""
    out = {}
    first, last = min(known), max(known)
    for year in range(first, LAST + 1):
        if year <= last:
            out[year] = float(np.interp(year, list(known), list(known.values())))
        else:
            out[year] = out[year - 1] * FADE.get(year, 1.0)
    return out


def _supply(atlas: Atlas) -> None:
    def fact(identifier: str) -> float:
        return _value(atlas, "semiconductors", identifier)

    vendor = fact("cowos_share_nvidia")
    packaging = _series(
        {2023: fact("cowos_2023"), 2024: fact("cowos_2024"), 2025: fact("cowos_2025"), 2026: fact("cowos_2026"),
         2027: float(atlas.fact("semiconductors", "cowos_2026")["high"])}
    )  # fmt: skip
    n3 = fact("n3_capacity_2026")
    logic = _series({2025: n3, 2026: n3, 2027: 160.0})
    # HBM: market over price; the market doubles from 2025 to 2028 and more
    price = fact("hbm_price")
    memory = _series(
        {2025: fact("hbm_market_2025") / price, 2026: 58.0 / price, 2028: 100.0 / price}
    )
    shipped = _shipments(atlas)
    made = (
        12
        * (packaging[2024] + packaging[2025])
        / 2
        * float(atlas.fact("semiconductors", "cowos_share_nvidia")["high"])
    )
    packages = fact("chips_per_cowos_b200")
    factor = _value(atlas, "accelerators", "nvidia_units_2025") / 1e3 / (made * packages)
    stacks = float((shipped["units"] * shipped["memory_gb"]).sum()) / 1e9
    memory_factor = stacks / (
        memory[2025] * float(atlas.fact("semiconductors", "cowos_share_nvidia")["high"])
    )
    rows = []
    for year in range(2024, LAST + 1):
        stated = year <= 2026
        mean = 12 * (packaging[year - 1] + packaging[year]) / 2
        share = 0.63 if year <= 2025 else vendor
        rows.append(("packaging", year, mean, 1.0, share, factor, STORED if stated else JUDGED))
        if year >= 2026:
            mean = 12 * (logic[year - 1] + logic[year]) / 2
            ai = fact("n3_ai_share_2026") if year == 2026 else fact("n3_ai_share_2027")
            rows.append(("logic", year, mean, ai, share, 1.0, STORED if stated else JUDGED))
        if year >= 2025:
            rows.append(
                (
                    "memory",
                    year,
                    memory[year] * 1e3,
                    1.0,
                    share,
                    memory_factor,
                    STORED if stated else JUDGED,
                )
            )
    columns = [
        "step",
        "year",
        "capacity",
        "ai_share",
        "vendor_share",
        "effective_factor",
        "confidence",
    ]
    atlas.add("chip_supply", pd.DataFrame(rows, columns=columns))
    atlas.cite("chip_supply", "step year confidence", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "chip_supply",
        "capacity",
        "thousand wafers/year; memory: PB/year",
        "facts cowos_2023 ... cowos_2026, n3_capacity_2026, hbm_market_2025 over hbm_price (TrendForce, DigiTimes, Micron, Reportify as quoted)",
        "compiled facts",
        "2026-09",
        confidence=JUDGED,
        note="world output: mean of two year-ends. CoWoS 150 kwpm at the end of 2027 (high estimate for 2026), N3 160 kwpm at the end of "
        "2027 (what Nvidia asked for), HBM 100 BUSD a year by 2028 at 15 USD/GB; after that +15 % in 2028, +10 % a year to 2035, then flat: judgements",
    )
    atlas.cite(
        "chip_supply",
        "ai_share",
        "1",
        "facts n3_ai_share_2026, n3_ai_share_2027 (SemiAnalysis via ksinq)",
        "compiled facts",
        "2026",
    )
    atlas.cite(
        "chip_supply",
        "vendor_share",
        "1",
        "facts cowos_share_nvidia (TokenRing, SemiWiki)",
        "compiled facts",
        "2026",
        note="share of the step that goes into the generations listed; logic and memory by the share of packaging",
    )
    atlas.cite(
        "chip_supply",
        "effective_factor",
        "1",
        "packaging: facts nvidia_units_2025 over cowos_2024, cowos_2025, 63 % and 16 packages a wafer; memory: "
        + EPOCH_COUNTS,
        "CC BY 4.0; compiled facts",
        "2025",
        note="what stated capacity gave in 2025: ramp, yield and other products. Packaging 0.66, the same for 2024 gives 0.77 to 0.81",
    )


def _fabs(atlas: Atlas) -> None:
    """Fab lines: cost, output, electricity and water per thousand wafers a month."""
    months = _value(atlas, "semiconductors", "fab_time_us")
    capex = float(atlas.fact("semiconductors", "fab_capex_per_kwpm_2nm")["high"])
    power = _value(atlas, "semiconductors", "fab_power_tsmc_az1") / 20.0
    water = _value(atlas, "semiconductors", "fab_water_per_wafer_7nm") * 12e3 / 1e6
    rows = [
        ("logic", capex, 12.0, power, water, months / 12, 20.0),
        ("packaging", 0.15, 12.0, 2.0, 0.02, months / 12, 10.0),
        ("memory", 0.15, 12.0, 3.0, 0.06, months / 12, 20.0),
    ]
    columns = ["step", "capex_busd_per_kwpm", "output_per_kwpm_year", "power_mw_per_kwpm",
               "water_mm3_per_kwpm_year", "construction_years", "line_kwpm"]  # fmt: skip
    atlas.add("fab_lines", pd.DataFrame(rows, columns=columns))
    facts = "facts: semiconductors"
    atlas.cite("fab_lines", "step", "", "gigaplan", "MIT", "2026")
    atlas.cite(
        "fab_lines",
        "capex_busd_per_kwpm",
        "BUSD/kwpm",
        facts + " fab_capex_per_kwpm_2nm (high: US)",
        "compiled facts",
        "2023",
        JUDGED,
        "2025",
        "packaging and memory lines are judgements",
    )
    atlas.cite(
        "fab_lines",
        "output_per_kwpm_year",
        "thousand wafers or PB",
        "twelve months; memory: about 1 TB of good HBM a wafer (judgement)",
        "MIT",
        "2026",
        JUDGED,
    )
    atlas.cite(
        "fab_lines",
        "power_mw_per_kwpm",
        "MW/kwpm",
        facts + " fab_power_tsmc_az1 (200 MW, about 20 kwpm)",
        "compiled facts",
        "2022",
        JUDGED,
        note="packaging and memory are judgements",
    )
    atlas.cite(
        "fab_lines",
        "water_mm3_per_kwpm_year",
        "million m3/kwpm/year",
        facts + " fab_water_per_wafer_7nm, gross of reuse",
        "compiled facts",
        "2021",
        JUDGED,
        note="packaging and memory are judgements",
    )
    atlas.cite(
        "fab_lines",
        "construction_years",
        "year",
        facts + " fab_time_us (38 months)",
        "compiled facts",
        "2025",
    )
    atlas.cite(
        "fab_lines",
        "line_kwpm",
        "kwpm",
        facts + " samsung_taylor_capacity (16.5 kwpm)",
        "compiled facts",
        "2026",
        JUDGED,
        note="size of a whole line",
    )


def _shipments(atlas: Atlas) -> pd.DataFrame:
    """Nvidia units shipped in 2024 and 2025 by chip (difference of medians)."""
    raw = atlas.read("data/epoch_ai_chip_counts/nvidia_cumulative_by_chip.csv")
    ends = raw.pivot_table(
        index="Chip type", columns="End date", values="Number of units (median)"
    ).fillna(0.0)
    memory = {"H100": 80.0, "H20": 96.0, "B200": 180.0, "B300": 270.0}
    rows = []
    for chip, gb in memory.items():
        rows.append(("2025", chip, ends.loc[chip, "12/31/2025"] - ends.loc[chip, "12/31/2024"], gb))
    return pd.DataFrame(rows, columns=["year", "chip", "units", "memory_gb"])


def _shipped(atlas: Atlas) -> None:
    """What was shipped by year and chip: what the chain is held against."""
    raw = atlas.read("data/epoch_ai_chip_counts/nvidia_cumulative_by_chip.csv")
    ends = raw.pivot_table(
        index="Chip type", columns="End date", values="Number of units (median)"
    ).fillna(0.0)
    rows = []
    for year in (2024, 2025):
        moved = ends[f"12/31/{year}"] - ends[f"12/31/{year - 1}"]
        rows += [(year, str(c), float(v) / 1e3) for c, v in moved.items() if v > 0]
    atlas.add(
        "accelerators_shipped", pd.DataFrame(rows, columns=["year", "chip", "thousand_units"])
    )
    atlas.cite("accelerators_shipped", "year chip", "", EPOCH_COUNTS, "CC BY 4.0", "2026-04")
    atlas.cite(
        "accelerators_shipped",
        "thousand_units",
        "thousand",
        EPOCH_COUNTS,
        "CC BY 4.0",
        "2026-04",
        note="differences of cumulative medians, Nvidia, world",
    )
