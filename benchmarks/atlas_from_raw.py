"""The atlas compiled anew against the committed one: ``python benchmarks/atlas_from_raw.py [RAW]``.

RAW is the folder of public data sets (default: ``../shared``), which is not part of the repository.
Tables must agree to the last digit written; hourly tables value by value.  Ends with 1 where one
differs, with 2 where the raw data is not there.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import compile_atlas  # noqa: E402

PACKAGE = ROOT / "src" / "gigaplan" / "atlas"


def differences(made: Path, committed: Path) -> list[str]:
    """What differs between two folders of the atlas, in words."""
    names = {p.relative_to(f) for f in (made, committed) for p in (f / "data").iterdir()}
    found = []
    for name in sorted({*names, Path("SOURCES.csv")}):
        one, two = made / name, committed / name
        if not one.exists() or not two.exists():
            found.append(f"{name} is only {'committed' if two.exists() else 'made'}")
        elif name.suffix == ".parquet":
            if not pd.read_parquet(one).equals(pd.read_parquet(two)):
                found.append(f"{name} differs in its values")
        elif one.read_bytes() != two.read_bytes():
            lines = zip(one.read_text().splitlines(), two.read_text().splitlines(), strict=False)
            row = next((i for i, (a, b) in enumerate(lines, 1) if a != b), 0)
            found.append(f"{name} differs, first in row {row or 'beyond the shorter one'}")
    return found


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", nargs="?", type=Path, default=ROOT.parent / "shared")
    options = parser.parse_args()
    if not (options.raw / "data").is_dir():
        print(f"no raw data at {options.raw}: there is no folder data in it", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        atlas = compile_atlas.compile_atlas(options.raw)
        compile_atlas.write(atlas, Path(folder))
        found = differences(Path(folder), PACKAGE)
    count = len(atlas.tables) + len(atlas.hourly)
    print("\n".join(found) or f"all {count} tables and their sources are reproduced")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
