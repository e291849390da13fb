"""Plans of other money and other supply, priced on every day, so that what-ifs find them ready.

A mixture of plans costs at most the mixture of their costs (:mod:`gigaplan.solving.inner`): with
these beside the plan itself, what-ifs that lie between them are certified without a day solved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import numpy as np

from gigaplan.errors import InfeasibleError
from gigaplan.solving.engine import Known
from gigaplan.solving.near import WIDTHS, built, held
from gigaplan.solving.prepared import Search

Say = Callable[[str], None]
SHARES = (0.6, 1.5)  # of the money
MONEY = ("budget", "budget_total", "commitment")
SUPPLY = ("equipment_supply", "labour")
LESS_SUPPLY = 0.5  # of what is within reach
FEWER = (0.3, 0.0)  # of the campuses of the state that has most
NEAR, FAR = WIDTHS[0], WIDTHS[-1]  # how much else the system may build: other money, other supply


def explore(found: Search, say: Say) -> None:
    """Price plans with other money, less supply and fewer sites; the search keeps them."""
    before = built(found.master, found.result.point)
    variants: dict[str, tuple[float, Callable[[], AbstractContextManager[None]]]] = {}
    if money := _rows(found, MONEY):
        for share in SHARES:
            variants[f"{share:.0%} of the money"] = NEAR, partial(_scaled, found, money, share)
    if supply := _rows(found, SUPPLY):
        less = partial(_scaled, found, supply, LESS_SUPPLY)
        variants[f"{LESS_SUPPLY:.0%} of the equipment and labour"] = FAR, less
    if "it_power" in found.model.variables:
        for share in FEWER:
            name = f"{share:.0%} of the campuses in the largest state"
            variants[name] = FAR, partial(_fewer, found, share)
    for name, (width, variant) in variants.items():
        say(f"a plan with {name}, for what-ifs to come")
        with variant(), held(found.master, before, width):
            try:
                _, point = found.master.solve()
            except InfeasibleError:
                continue
        costs, cuts = found.evaluator.evaluate(point)
        found.master.add(cuts)
        found.priced.append(Known(point, costs))


def _rows(found: Search, names: tuple[str, ...]) -> list[int]:
    """Row numbers of constraints of the model, as far as it has them."""
    known = [n for n in names if n in found.model.constraints]
    return [int(r) for n in known for r in found.master.rows(n) if r >= 0]


def _scaled(found: Search, rows: list[int], share: float) -> AbstractContextManager[None]:
    """Upper bounds of rows times a share."""
    upper = {r: float(found.master.problem.row_upper_[r]) for r in rows}
    return found.master.relaxed({r: u * (share - 1.0) for r, u in upper.items()})


@contextmanager
def _fewer(found: Search, share: float) -> Iterator[None]:
    """In the state with most IT power no more than a share of it."""
    master, point = found.master, found.result.point
    columns = master.columns("it_power").reshape(found.model.variables["it_power"].shape)
    index = columns[int(point[columns].sum(axis=1).argmax())]
    low = np.array(master.problem.col_lower_)[index]
    high = np.array(master.problem.col_upper_)[index]
    master.bound(index, low, np.minimum(high, share * point[index]))
    try:
        yield
    finally:
        master.bound(index, low, high)
