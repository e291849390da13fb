"""Plans of other money and other supply, priced on every day, so that what-ifs find them ready.

A mixture of plans costs at most the mixture of their costs (:mod:`gigaplan.solving.inner`): with
these beside the plan itself, what-ifs that lie between them are certified without a day solved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

import numpy as np

from gigaplan.errors import InfeasibleError
from gigaplan.solving.engine import Known
from gigaplan.solving.near import WIDTHS, built, held
from gigaplan.solving.prepared import Search

Say = Callable[[str], None]
SHARES = (0.0, 0.6, 1.5)  # of the money
MONEY = ("budget", "budget_total", "commitment")
SUPPLY = ("equipment_supply", "labour")
LESS_SUPPLY = 0.5  # of what is within reach
CONNECTED = (2 / 3, 1 / 3)  # of the grid connection in the state that has most
WIDTH = WIDTHS[-1]  # how much else the system may build


def explore(found: Search, say: Say) -> None:
    """Price plans with other money, less supply and fewer sites; the search keeps them."""
    before = built(found.master, found.result.point)
    variants: dict[str, Callable[[], AbstractContextManager[None]]] = {}
    if money := _rows(found, MONEY):
        for share in SHARES:
            variants[f"{share:.0%} of the money"] = partial(_scaled, found, money, share)
    if supply := _rows(found, SUPPLY):
        less = partial(_scaled, found, supply, LESS_SUPPLY)
        variants[f"{LESS_SUPPLY:.0%} of the equipment and labour"] = less
    if "it_power" in found.model.variables:
        for share in CONNECTED:
            name = f"{share:.0%} of the grid connection in the largest state"
            variants[name] = partial(_less_connected, found, share)
        variants["no campus in the largest state"] = partial(_closed, found)
    for name, variant in variants.items():
        say(f"a plan with {name}, for what-ifs to come")
        with variant(), held(found.master, before, WIDTH):
            try:
                _, point = found.master.solve()
            except InfeasibleError:
                continue
        costs, cuts = found.evaluator.evaluate(point)
        found.master.add(cuts)
        found.priced.append(Known(point, costs))


def _rows(found: Search, names: tuple[str, ...]) -> list[int]:
    """Row numbers of constraints of the model, as far as it has them and they limit something."""
    known = [n for n in names if n in found.model.constraints]
    upper = np.asarray(found.master.problem.row_upper_)
    return [int(r) for n in known for r in found.master.rows(n) if r >= 0 and np.isfinite(upper[r])]


def _scaled(found: Search, rows: list[int], share: float) -> AbstractContextManager[None]:
    """Upper bounds of rows times a share."""
    upper = np.asarray(found.master.problem.row_upper_)
    return found.master.relaxed({r: float(upper[r]) * (share - 1.0) for r in rows})


def _less_connected(found: Search, share: float) -> AbstractContextManager[None]:
    """The state with most IT power limited to a share of the most grid connection that it has."""
    name, master = "campus_limit_flexible", found.master
    if name not in found.model.constraints:
        return nullcontext()
    limits = found.model.constraints[name].labels
    rows = master.rows(name)[
        (limits["campus"] == _largest(found)).broadcast_like(limits).values.ravel()
    ]
    rows = rows[rows >= 0]
    most = share * float((master.matrix[rows] @ found.result.point).max(initial=0.0))
    upper = np.asarray(master.problem.row_upper_)
    return master.relaxed({int(r): min(most - float(upper[r]), 0.0) for r in rows})


@contextmanager
def _closed(found: Search) -> Iterator[None]:
    """No campus in the state with most IT power, nor a connection that none needs."""
    index = found.master.columns("it_power", zone=_largest(found))
    none = np.zeros(len(index))
    with found.master.bounded(index, none, none), _less_connected(found, 0.0):
        yield


def _largest(found: Search) -> str:
    """The zone with most IT power over the years."""
    variable = found.model.variables["it_power"]
    power = found.result.point[found.master.columns("it_power")].reshape(variable.shape)
    by_zone = power.sum(axis=variable.dims.index("year"))
    return str(variable.indexes["zone"][int(by_zone.argmax())])
