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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "src")]

DOCS = ROOT / "docs"
NUMBER = re.compile(r"[+-]?\d[\d,]*\.?\d*(?:e[+-]?\d+)?")
HEADLINES = ("status:", "system cost", "IT power", "facility power", "asked:")
HINT = "run `python tools/make_docs.py`"


def reference() -> dict[str, str]:
    """Pages that need no solve."""
    from docs_maker import formulation, interface
    from docs_maker import reference as pages
    from gigaplan.deals.reference import filled

    return {
        **formulation.make(),
        "inputs.md": pages.inputs_page(),
        "data.md": pages.data_page(),
        "atlas.md": pages.atlas_page(),
        "cli.md": interface.cli_page(),
        "python.md": interface.python_page(),
        "deals.md": filled((DOCS / "deals.md").read_text(encoding="utf-8")),
    }


def solved(plan: Plan | None = None) -> dict[str, str]:
    """Pages that need a plan of the three states."""
    import gigaplan as gp
    from docs_maker import outcomes, tutorial
    from docs_maker import reference as pages

    plan = plan or gp.solve(gp.load("three-states"), workers=1)
    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    others = (DOCS / "outcomes.md").read_text(encoding="utf-8")
    return {
        "outputs.md": pages.outputs_page(plan),
        "tutorial.md": tutorial.make(text),
        "outcomes.md": outcomes.make(others, plan),
    }


def differs(old: str, new: str, page: str) -> bool:
    """Whether a page is out of date.

    Of the tutorial the text, the commands and the headline figures count, these within 2 %: which
    of two equally good states is chosen may differ between machines.
    """
    if page != "tutorial.md" or old == new:
        return old != new
    (text, old_lines), (new_text, new_lines) = _parts(old), _parts(new)
    if text != new_text or [NUMBER.sub("#", s) for s in old_lines] != [
        NUMBER.sub("#", s) for s in new_lines
    ]:
        return True
    found = (NUMBER.findall("\n".join(lines)) for lines in (old_lines, new_lines))
    pairs = [[float(n.replace(",", "")) for n in numbers] for numbers in found]
    return not all(
        math.isclose(a, b, rel_tol=0.02, abs_tol=0.02) for a, b in zip(*pairs, strict=True)
    )


def _parts(tutorial: str) -> tuple[str, list[str]]:
    """The tutorial without outputs, and the outputs' headline lines."""
    kept: list[str] = []

    def commands(block: re.Match[str]) -> str:
        lines = block[0].splitlines()
        kept.extend(" ".join(s.split()) for s in lines if s.startswith(HEADLINES))
        return "\n".join(s for s in lines if s.startswith("$ "))

    return re.sub(r"```console\n.*?```", commands, tutorial, flags=re.DOTALL), kept


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
    if options.check:
        found = stale(pages)
        if found:
            print(f"out of date: {', '.join(found)}; {HINT}", file=sys.stderr)
        return 1 if found else 0
    for name, text in pages.items():
        (DOCS / name).write_text(text, encoding="utf-8")
    print(f"wrote {', '.join(pages)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
