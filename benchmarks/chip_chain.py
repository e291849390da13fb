"""Stated chip capacity against what was shipped: ``python benchmarks/chip_chain.py [RAW]``.

For 2024 and 2025: what each step of the chain needed for the accelerators that Nvidia shipped
(Epoch AI, differences of medians), over what the step gave by the atlas (world capacity x vendor's
share x effective factor).  The factors come from 2025, so 2025 closes by construction where a step
was the narrowest; 2024 is the check that they were not fitted to.  With the folder of raw data the
shipments are read from it again and compared with the atlas.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from gigaplan import atlas

AS = {"H100": "h100", "H800": "h100", "H20": "h100", "B200": "gb200", "B300": "gb300"}


def chain(year: int) -> pd.DataFrame:
    """Need, supply and their ratio by step; logic is left out: N4 has no stated capacity."""
    shipped = atlas.table("accelerators_shipped")
    shipped = shipped[(shipped["year"] == year) & shipped["chip"].isin(AS)]
    traits = atlas.table("accelerators").set_index("generation").loc[shipped["chip"].map(AS)]
    units = shipped["thousand_units"].to_numpy()
    needs = {
        "packaging": float((units / traits["packages_per_wafer"].to_numpy()).sum()),
        "memory": float((units * traits["memory_gb"].to_numpy()).sum()) / 1e3,
    }
    supply = atlas.table("chip_supply")
    supply = supply[supply["year"] == year].set_index("step")
    rows = []
    for step, need in needs.items():
        if step in supply.index:
            at = supply.loc[step]
            stated = at["capacity"] * at["ai_share"] * at["vendor_share"]
            given = stated * at["effective_factor"]
            rows.append(
                (year, step, units.sum(), need, stated, at["effective_factor"], given, need / given)
            )
    columns = [
        "year",
        "step",
        "thousand_units",
        "need",
        "stated",
        "factor",
        "supply",
        "need_over_supply",
    ]
    return pd.DataFrame(rows, columns=columns)


def main() -> None:
    """Print the two years, and the shipments as the raw data have them."""
    print(
        pd.concat([chain(2024), chain(2025)]).to_string(
            index=False, float_format=lambda v: f"{v:,.3f}"
        )
    )
    raw = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared")
    file = raw / "data/epoch_ai_chip_counts/nvidia_cumulative_totals.csv"
    if not file.exists():
        print(f"{file} is absent: the atlas's shipments were not compared with the raw data")
        return
    totals = pd.read_csv(file).set_index("End date")["Number of units (median)"]
    for year in (2024, 2025):
        moved = (totals[f"12/31/{year}"] - totals[f"12/31/{year - 1}"]) / 1e3
        table = atlas.table("accelerators_shipped")
        held = table.loc[table["year"] == year, "thousand_units"].sum()
        ratio = f"{held / moved - 1:+.1%}"
        print(f"{year}: raw total {moved:,.0f} thousand, atlas by chip {held:,.0f} ({ratio})")


if __name__ == "__main__":
    main()
