"""Branch and bound on a master with cuts: whole numbers with a certified gap.

Every node narrows the bounds of whole numbers, or of sums of them, and its bound is the optimum of
the master there, cuts included; cuts are valid at every node, for they depend on no bounds.  Where
the optimum of a node is whole, its numbers are held and the rest is searched to the end by
:mod:`gigaplan.solving.engine` (logic-based Benders with lazy cuts).  The lower bound is the least
of all nodes that are open or closed, the upper one a point whose sub-problems were all solved.

Sums come first: what there is of a kind in all decides the cost, where it stands hardly does, so
that branching on the parts alone would look at ever the same plan in another place.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gigaplan.errors import InfeasibleError, SolverError
from gigaplan.solving import engine
from gigaplan.solving.engine import Evaluator, Result, Round, Stop
from gigaplan.solving.master import Master
from gigaplan.solving.wholestart import SECONDS, whole_start

WHOLE = 1e-5  # from a whole number, in units
FIRST, NODES = 40, 5000  # looked at before HiGHS's own search is asked, and at most
STARTS = 4  # of HiGHS's own search, at most
NEARLY = 3.0  # times the gap asked for: so near, HiGHS may close it with the new cuts
HELD, LOOSE = (
    0.6,
    3.0,
)  # of the gap between the bounds of a search with held numbers: at last, at first


@dataclass(frozen=True)
class Sums:
    """Sums of whole numbers that are branched on first: their columns and rows in the master."""

    groups: Sequence[np.ndarray]
    rows: np.ndarray


@dataclass(order=True)
class _Node:
    """Bounds of the sums and the whole numbers, in this order, and what it costs at least."""

    bound: float
    number: int
    low: np.ndarray = field(compare=False)
    high: np.ndarray = field(compare=False)


def branch(
    master: Master,
    evaluator: Evaluator,
    stop: Stop,
    sums: Sums,
    relaxed: Result,
    candidates: Sequence[np.ndarray] = (),
    progress: Callable[[Round], None] | None = None,
    start: np.ndarray | None = None,
) -> tuple[Result, int]:
    """The best point whose whole numbers are whole, and the number of nodes looked at.

    The whole numbers stay held at the best point's in the master.

    Parameters
    ----------
    master : with its cuts; its whole numbers are ``master.whole``
    stop : certified gap and limit; ``rounds`` are those of one search with held numbers
    relaxed : result of the search with parts of units: its lower bound holds here too
    candidates : whole numbers to look at first, in the order of ``master.whole``
    start : a point of the master with whole numbers, to look at before all others

    Raises
    ------
    InfeasibleError
        no whole numbers meet the rows of the master.
    SolverError
        a node ended otherwise than optimal or infeasible, a sub-problem was not solved, or no
        whole plan was found among very many nodes.
    """
    tree = _Tree(master, evaluator, stop, sums, relaxed, progress)
    if start is not None:
        tree.hold(np.round(start[master.whole]), start)
    for whole in candidates:
        tree.hold(whole)
    tree.plant()
    tree.grow(min(FIRST, NODES))
    if not tree.done:
        tree.ask_highs()
    tree.grow(NODES)
    return tree.result(), tree.nodes


class _Tree:
    """Open nodes, what closed ones cost at least, and the best whole point."""

    def __init__(
        self,
        master: Master,
        evaluator: Evaluator,
        stop: Stop,
        sums: Sums,
        relaxed: Result,
        progress: Callable[[Round], None] | None,
    ):
        self.master, self.evaluator, self.stop, self.sums = master, evaluator, stop, sums
        self.relaxed, self.progress = relaxed, progress
        self.best: Result | None = None
        self.held: np.ndarray | None = None
        self.closed = np.inf  # least that any closed node costs
        self.open: list[_Node] = []
        self.nodes, self.made, self.most = 0, 0, NODES
        self.known = relaxed.lower  # bound of all whole plans
        self.current = relaxed.lower  # bound of the node at hand
        self.seen: dict[
            bytes, tuple[float, float]
        ] = {}  # by whole numbers: lower bound, to what gap
        self.rounds: list[Round] = []
        self.began = time.monotonic()

    # --- bounds ----------------------------------------------------------------------------------

    @property
    def upper(self) -> float:
        """Cost of the best whole point, inf before there is one."""
        return np.inf if self.best is None else self.best.upper

    @property
    def enough(self) -> float:
        """A node that costs this at least cannot hold a plan that is better by the gap."""
        if self.best is None:
            return np.inf
        scale = max(self.stop.scale(self.best.point, self.best.costs), 1e-12)
        return self.upper - self.stop.gap * scale

    @property
    def lower(self) -> float:
        """What every whole plan costs at least."""
        first = self.open[0].bound if self.open else np.inf
        return max(self.known, min(self.closed, first, self.current, self.upper))

    # --- the search ------------------------------------------------------------------------------

    def plant(self) -> None:
        """The first node: every number within the master's own bounds."""
        low, high = self._all()
        self.open = [_Node(self.known, 0, low, high)]
        self.current = np.inf

    @property
    def done(self) -> bool:
        """Whether no open node can hold a plan that is better by the gap."""
        return not self.open or self.open[0].bound >= self.enough or self.known >= self.enough

    def grow(self, nodes: int) -> None:
        """Nodes by their bounds until none can be better by the gap, or a limit is reached.

        At ``nodes`` in all it ends, if there is a plan by then.
        """
        self.most = nodes
        while not self.done and not self._over():
            self._dive(self._take())
            self.current = np.inf

    def ask_highs(self) -> None:
        """What HiGHS finds by itself for the master, as long as that tells something new.

        It is good where many numbers are loose, which branching sees as ever other plans.
        """
        scale = max(self.stop.scale(self.relaxed.point, self.relaxed.costs), 1e-12)
        for _ in range(STARTS):
            left = self.stop.limit.left()
            if self.known >= self.enough or (left <= 0 and self.best is not None):
                return
            self._box(*self._all())
            seconds = min(SECONDS, max(left, 1.0))
            bound, whole = whole_start(self.master, 0.2 * self.stop.gap * scale, seconds)
            self.known = max(self.known, bound)
            self._say(self.upper, 0)
            if whole is None or whole.tobytes() in self.seen:
                return
            self.hold(whole)
            if self.upper - self.known > NEARLY * self.stop.gap * scale:
                return

    def result(self) -> Result:
        """The best point, its numbers held in the master, with the bound of all whole plans."""
        if self.best is None or self.held is None:
            raise InfeasibleError("no plan in whole units meets every limit")
        lower = self.lower
        status = "optimal" if lower >= self.enough else self._limit()
        number, whole = len(self.sums.groups), self.master.whole
        self.master.bound(whole, self.held, self.held)
        self.master.bound_rows(self.sums.rows, np.full(number, -np.inf), np.full(number, np.inf))
        best = self.best
        rounds = [*self.relaxed.rounds, *self.rounds]
        return Result(status, lower, best.upper, best.point, best.costs, rounds)

    def _take(self) -> _Node:
        """The open node of the least bound; before there is a plan, the one next to a dead end."""
        if self.best is None:
            node = self.open.pop(min(range(len(self.open)), key=lambda i: self.open[i].number))
            heapq.heapify(self.open)
            return node
        return heapq.heappop(self.open)

    def _limit(self) -> str:
        return "time_limit" if self.stop.limit.over() else "node_limit"

    def _over(self) -> bool:
        """Whether a limit was reached; there must be a plan to hand out."""
        if self.best is None and self.nodes >= 10 * NODES:
            raise SolverError(
                f"no plan in whole units was found among {self.nodes:,} nodes; give the limits "
                "some room, or ask for parts of units (--no-integer)"
            )
        late = self.stop.limit.over() or self.nodes >= self.most
        return late and self.best is not None

    def _dive(self, node: _Node) -> None:
        """From a node down to whole numbers, the nearer child first, the other one kept."""
        while True:
            if self._over():
                heapq.heappush(self.open, node)
                return
            self.nodes, self.current = self.nodes + 1, node.bound
            self._box(node.low, node.high)
            try:
                value, point = self.master.solve()
            except InfeasibleError:
                return
            node.bound = self.current = max(node.bound, value)
            self._say(self.upper, 0)
            if node.bound >= self.enough:
                self.closed = min(self.closed, node.bound)
                return
            at = self._values(point)
            away = np.abs(at - np.round(at))
            if away.max(initial=0.0) <= WHOLE:
                if not self._whole(node, np.round(at[len(self.sums.groups) :])):
                    return
                continue
            node = self._children(node, at, away)

    def _children(self, node: _Node, at: np.ndarray, away: np.ndarray) -> _Node:
        """Branch on the sum, else the number, that is least whole; the nearer child is returned."""
        number = len(self.sums.groups)
        first = away[:number].max(initial=0.0) > WHOLE
        k = int(np.argmax(away[:number])) if first else number + int(np.argmax(away[number:]))
        below, above = node.high.copy(), node.low.copy()
        below[k], above[k] = np.floor(at[k]), np.ceil(at[k])
        down = _Node(node.bound, self._next(), node.low, below)
        up = _Node(node.bound, self._next(), above, node.high)
        nearer, other = (down, up) if at[k] - np.floor(at[k]) < 0.5 else (up, down)
        heapq.heappush(self.open, other)
        return nearer

    def _whole(self, node: _Node, whole: np.ndarray) -> bool:
        """A node whose optimum is whole: search with the numbers held; whether to go on with it.

        What is found may cut the numbers off, so the first search is a loose one.  Where the same
        numbers come again although they were searched to the end, the node is split beside them.
        """
        key = whole.tobytes()
        if key not in self.seen:
            self.hold(whole, within=LOOSE)
            return True
        if self.seen[key][1] > HELD:
            self.hold(whole)
            return True
        wide = np.flatnonzero(node.low < node.high)
        wide = wide[wide >= len(self.sums.groups)]
        if not len(wide):
            self.closed = min(self.closed, max(node.bound, self.seen[key][0]))
            return False
        k = int(wide[0])
        value = whole[k - len(self.sums.groups)]
        for low, high in ((node.low[k], value - 1), (value + 1, node.high[k])):
            if low <= high:
                side = _Node(node.bound, self._next(), node.low.copy(), node.high.copy())
                side.low[k], side.high[k] = low, high
                heapq.heappush(self.open, side)
        node.low, node.high = node.low.copy(), node.high.copy()
        node.low[k] = node.high[k] = value
        return True

    def hold(
        self, whole: np.ndarray, start: np.ndarray | None = None, within: float = HELD
    ) -> None:
        """The best point with these whole numbers, as far as it can be better than the best.

        ``within`` is how near its bounds come, in parts of the gap asked for.
        """
        number = len(self.sums.groups)
        self._box(
            np.concatenate([np.full(number, -np.inf), whole]),
            np.concatenate([np.full(number, np.inf), whole]),
        )
        stop = Stop(
            within * self.stop.gap,
            self.stop.scale,
            self.stop.limit,
            self.stop.rounds,
            self.enough,
        )
        try:
            found = engine.run(self.master, self.evaluator, stop, start, self._round)
        except InfeasibleError:
            self.seen[whole.tobytes()] = np.inf, 0.0
            return
        self.seen[whole.tobytes()] = found.lower, within
        if found.upper < self.upper:
            self.best, self.held = found, whole

    # --- the master ------------------------------------------------------------------------------

    def _all(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of the sums and the whole numbers that the master itself has."""
        number, whole = len(self.sums.groups), self.master.whole
        low, high = (
            np.array(b)[whole]
            for b in (self.master.problem.col_lower_, self.master.problem.col_upper_)
        )
        return np.concatenate([np.zeros(number), low]), np.concatenate(
            [np.full(number, np.inf), high]
        )

    def _box(self, low: np.ndarray, high: np.ndarray) -> None:
        """Narrow the bounds of the sums and of the whole numbers."""
        number = len(self.sums.groups)
        self.master.bound_rows(self.sums.rows, low[:number], high[:number])
        self.master.bound(self.master.whole, low[number:], high[number:])

    def _values(self, point: np.ndarray) -> np.ndarray:
        sums = [point[columns].sum() for columns in self.sums.groups]
        return np.concatenate([sums, point[self.master.whole]])

    def _next(self) -> int:
        """Newer nodes come first among equals, so that a dive goes on where it was."""
        self.made -= 1
        return self.made

    # --- progress --------------------------------------------------------------------------------

    def _round(self, r: Round) -> None:
        """A round of the search with held numbers."""
        self._say(min(self.upper, r.upper), r.solved)
        self.rounds.append(r)

    def _say(self, upper: float, solved: int) -> None:
        if self.progress is None:
            return
        scale = self.stop.scale(self.relaxed.point, self.relaxed.costs)
        gap = (upper - self.lower) / max(scale, 1e-12)
        seconds = time.monotonic() - self.began
        cuts = len(self.master.cuts)
        self.progress(Round(self.nodes, self.lower, upper, gap, seconds, cuts, solved))
