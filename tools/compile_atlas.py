"""Compile the atlas from public data: ``python tools/compile_atlas.py [--raw DIR]``."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

from atlas_compiler.common import SOURCE_COLUMNS, Atlas

MODULES = (
    "power_system", "hourly", "technologies", "limits", "campus", "chips", "equipment",
    "constants", "clearance", "investors", "deals", "input_output", "outcomes",
)  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent


def compile_atlas(raw: Path) -> Atlas:
    """All tables from the raw files."""
    atlas = Atlas(raw)
    for name in MODULES:
        importlib.import_module(f"atlas_compiler.{name}").compile(atlas)
    return atlas


def write(atlas: Atlas, package: Path) -> None:
    """Write tables, hourly tables and sources into the package."""
    data = package / "data"
    data.mkdir(parents=True, exist_ok=True)
    for old in [*data.glob("*.csv"), *data.glob("*.parquet")]:
        old.unlink()
    for name, table in sorted(atlas.tables.items()):
        table.to_csv(data / f"{name}.csv", index=False, float_format="%.6g", lineterminator="\n")
    for name, table in sorted(atlas.hourly.items()):
        table.to_parquet(data / f"{name}.parquet", compression="zstd", index=False)
    sources = pd.DataFrame(atlas.sources, columns=SOURCE_COLUMNS)
    sources = sources.sort_values(["table", "column"], kind="stable")
    sources.to_csv(package / "SOURCES.csv", index=False, lineterminator="\n")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--raw", type=Path, default=ROOT.parent / "shared", help="folder of raw data"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "src" / "gigaplan" / "atlas")
    options = parser.parse_args()
    atlas = compile_atlas(options.raw)
    write(atlas, options.out)
    print(f"{len(atlas.tables)} tables and {len(atlas.hourly)} hourly tables in {options.out}")


if __name__ == "__main__":
    main()
