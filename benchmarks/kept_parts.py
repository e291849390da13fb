"""Each setting of a programme changed alone: ``python benchmarks/kept_parts.py``.

Inputs and model with parts that were kept are held, number by number, against building anew, one
question after another with one memory.  The tests do the same with several settings at a time.
Ends with an error where a number differs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from test_incremental import CHANGES, Asked


def main() -> int:
    """Command line."""
    one, refused = Asked(), 0
    for name, value in sorted(CHANGES.items()):
        began = time.monotonic()
        one.kept.done.clear()
        valid = one.inputs({name: value}) is not None
        refused += not valid
        parts = len(one.kept.done)
        if valid:
            one.ask({name: value})
        layers = len(one.master.done) if valid else 0
        print(
            f"{name:42}{parts:4} parts of the inputs, {layers:3} layers anew"
            f"{'' if valid else '   (refused)'}{time.monotonic() - began:8.1f} s",
            flush=True,
        )
    print(f"{len(CHANGES) - refused} settings the same as built anew; {refused} refused alone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
