"""Where a search that starts from an earlier plan looks first: as near to that plan as it pays.

Many plants that the rest of the system builds cost nearly the same wherever they stand, so the
optimum of the master may lie far from the earlier plan for a change that matters little to them.
Days are solved again in a few steps only where their capacities hardly moved.  What the system
builds is therefore held near what it built, as long as that costs a small part of the gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from gigaplan.errors import InfeasibleError
from gigaplan.solving import engine
from gigaplan.solving.engine import Evaluator
from gigaplan.solving.master import Master

HELD = ("build", "corridor_build")  # of the system
WIDTHS = (1e-3, 0.05, 0.5)  # GW to either side
PAYS = 0.5  # share of what the gap allows that staying near may cost
POOL = 0.1  # ... that the pool of dual vectors may still add to the bound


def built(master: Master, point: np.ndarray) -> dict[str, np.ndarray]:
    """What the system builds at a point [GW], to be kept with a plan."""
    return {name: point[master.columns(name, owner="system")] for name in HELD}


def near(
    master: Master,
    evaluator: Evaluator,
    before: Mapping[str, np.ndarray],
    gap: float,
    scale: Callable[[np.ndarray, np.ndarray], float],
) -> tuple[np.ndarray | None, float]:
    """A point of the master near what was built before, and a lower bound of the master.

    No point where only a far one will do.

    Parameters
    ----------
    before : of :func:`built`, for the earlier plan
    gap, scale : certified gap to reach, and what it is relative to, as in :class:`engine.Stop`
    """
    lower = engine.bound(master, evaluator, POOL * gap)
    _, best = master.solve()
    allowed = PAYS * gap * scale(best, best[evaluator.columns])
    for width in WIDTHS:
        with held(master, before, width):
            try:
                value, point = master.solve()
            except InfeasibleError:
                continue
            if value - lower <= allowed:
                return point, lower
    return None, lower


@contextmanager
def held(
    master: Master, before: Mapping[str, np.ndarray], width: float = WIDTHS[0]
) -> Iterator[None]:
    """What the system builds held near what it built; let go of where the columns are others."""
    columns = {n: master.columns(n, owner="system") for n in HELD}
    same = {n: c for n, c in columns.items() if len(before.get(n, ())) == len(c)}
    if not same:
        yield
        return
    index = np.concatenate(list(same.values()))
    low = np.array(master.problem.col_lower_)[index]
    high = np.array(master.problem.col_upper_)[index]
    then = np.clip(np.concatenate([before[n] for n in same]), low, high)
    with master.bounded(index, np.maximum(low, then - width), np.minimum(high, then + width)):
        yield
