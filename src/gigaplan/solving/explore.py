"""Plans of other money and other supply, priced on every day, so that what-ifs find them ready.

A mixture of plans costs at most the mixture of their costs (:mod:`gigaplan.solving.inner`): with
these beside the plan itself, what-ifs that lie between them are certified without a day solved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np

from gigaplan.errors import InfeasibleError
from gigaplan.solving.engine import Known
from gigaplan.solving.near import built, held
from gigaplan.solving.prepared import Search

Say = Callable[[str], None]
SHARES = (0.6, 1.5)  # of the money
MONEY = ("budget", "budget_total", "commitment")
SUPPLY = "equipment_supply"
LESS_SUPPLY = 0.5  # of the equipment within reach
LESS_CAMPUS = 0.3  # of the campuses of the state that has most


def explore(found: Search, say: Say) -> None:
    """Price plans with less and more money and with less supply; the search keeps them."""
    before = built(found.master, found.result.point)
    variants: dict[str, Callable[[], AbstractContextManager[None]]] = {}
    if money := _rows(found, MONEY):
        for share in SHARES:
            variants[f"{share:.0%} of the money"] = lambda s=share: _scaled(found, money, s)  # type: ignore[misc]
    if "it_power" in found.model.variables:
        variants["less equipment and fewer campuses in the largest state"] = lambda: _short(found)
    for name, variant in variants.items():
        say(f"a plan with {name}, for what-ifs to come")
        with variant(), held(found.master, before):
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
def _short(found: Search) -> Iterator[None]:
    """Less equipment, and in the state with most IT power no more than a share of it."""
    master = found.master
    shape = found.model.variables["it_power"].shape
    columns = master.columns("it_power").reshape(shape)
    zone = int(found.result.point[columns].sum(axis=1).argmax())
    index = columns[zone]
    low, high = (
        np.array(master.problem.col_lower_)[index],
        np.array(master.problem.col_upper_)[index],
    )
    with _scaled(found, _rows(found, (SUPPLY,)), LESS_SUPPLY):
        master.bound(index, low, np.minimum(high, LESS_CAMPUS * found.result.point[index]))
        try:
            yield
        finally:
            master.bound(index, low, high)
