"""Plans with less and with more money, priced on every day, so that what-ifs find them ready.

A mixture of plans costs at most the mixture of their costs (:mod:`gigaplan.solving.inner`): with
these two beside the plan itself, what-ifs on money between them are certified without a day solved.
"""

from __future__ import annotations

from collections.abc import Callable

from gigaplan.errors import InfeasibleError
from gigaplan.solving.engine import Known
from gigaplan.solving.near import built, held
from gigaplan.solving.prepared import Search

Say = Callable[[str], None]
SHARES = (0.7, 1.3)  # of the money
ROWS = ("budget", "budget_total", "commitment")


def explore(found: Search, say: Say) -> None:
    """Price a plan with each share of the money; the search keeps them among its points."""
    master = found.master
    rows = [
        int(r)
        for name in ROWS
        if name in found.model.constraints
        for r in master.rows(name)
        if r >= 0
    ]
    if not rows:
        return
    say(f"plans with {SHARES[0]:.0%} and {SHARES[1]:.0%} of the money, for what-ifs to come")
    money = {r: float(master.problem.row_upper_[r]) for r in rows}
    before = built(master, found.result.point)
    for share in SHARES:
        with master.relaxed({r: m * (share - 1.0) for r, m in money.items()}), held(master, before):
            try:
                _, point = master.solve()
            except InfeasibleError:
                continue
        costs, cuts = found.evaluator.evaluate(point)
        master.add(cuts)
        found.priced.append(Known(point, costs))
