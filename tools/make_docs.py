"""Make the generated pages of ``docs/``: ``python tools/make_docs.py [--check]``.

The reference and the formulation are written from the code; the outputs in the tutorial are those
of its commands, run anew; the picture is drawn from the tutorial's plan.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "src")]

DOCS = ROOT / "docs"
NUMBER = re.compile(r"[+-]?\d[\d,]*\.?\d*(?:e[+-]?\d+)?")
HINT = "run `python tools/make_docs.py`"


def reference() -> dict[str, str]:
    """Pages that need no solve."""
    from docs_maker import formulation, interface
    from docs_maker import reference as pages

    return {
        **formulation.make(),
        "inputs.md": pages.inputs_page(),
        "data.md": pages.data_page(),
        "atlas.md": pages.atlas_page(),
        "cli.md": interface.cli_page(),
        "python.md": interface.python_page(),
    }


def solved() -> dict[str, str]:
    """Pages that need a plan of the three states."""
    import gigaplan as gp
    from docs_maker import reference as pages
    from docs_maker import tutorial

    plan = gp.solve(gp.load("three-states"), workers=1)
    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    return {"outputs.md": pages.outputs_page(plan), "tutorial.md": tutorial.make(text)}


def differs(old: str, new: str, page: str) -> bool:
    """Whether a page is out of date; figures of the tutorial may move by 2 % between machines."""
    if page != "tutorial.md" or old == new:
        return old != new
    if NUMBER.sub("#", old).split() != NUMBER.sub("#", new).split():
        return True
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    values = ((float(a.replace(",", "")), float(b.replace(",", ""))) for a, b in pairs)
    return not all(math.isclose(a, b, rel_tol=0.02, abs_tol=0.02) for a, b in values)


def stale(pages: dict[str, str]) -> list[str]:
    """Names of pages in ``docs/`` that are missing or out of date."""
    found = []
    for name, text in pages.items():
        path = DOCS / name
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if differs(old, text, name):
            found.append(name)
    return found


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if a page is stale"
    )
    options = parser.parse_args()
    pages = {**reference(), **solved()}
    found = stale(pages)
    if options.check:
        if found:
            print(f"out of date: {', '.join(found)}; {HINT}", file=sys.stderr)
        return 1 if found else 0
    for name in found:
        (DOCS / name).write_text(pages[name], encoding="utf-8")
    print(f"wrote {', '.join(found) or 'nothing, all pages are current'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
