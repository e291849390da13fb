"""The search for a plan: inputs Dataset in, best point with its bounds out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.errors import InfeasibleError, SolverError
from gigaplan.model.aim import constant_cost
from gigaplan.model.assemble import build_master, build_monolith
from gigaplan.solving import conflicts, engine, reuse
from gigaplan.solving.branching import branch
from gigaplan.solving.cases import DispatchEvaluator
from gigaplan.solving.engine import Known, Round, Stop
from gigaplan.solving.firstorder import METHODS, check_method, first_duals
from gigaplan.solving.highs import banner_to_stderr
from gigaplan.solving.limit import NEVER, Limit
from gigaplan.solving.master import Master
from gigaplan.solving.memory import Memory
from gigaplan.solving.near import built, held, near
from gigaplan.solving.prepared import MANY, Search, prepared, system_cost, without_programme
from gigaplan.solving.reuse import Kept

Say = Callable[[str], None]
BASELINE_TOLERANCE = 1e-5  # what shared dual vectors may still add to the bound
QUICK_GAP = 1e-3
LOOKS = 3  # near the plan of before, before rounds of some of the days
MONOLITH_GAP = 1e-6  # of the objective, where units are whole
CHECKPOINT_SECONDS = 30.0


def search(
    inputs: xr.Dataset,
    weights: pd.Series,
    gap: float,
    workers: int | None = None,
    limit: Limit = NEVER,
    method: str = "decomposition",
    say: Say | None = None,
    baseline: bool = True,
    first: pd.Series | None = None,
    saved: reuse.Saved | None = None,
    check_hours: bool = True,
    checkpoint: Path | None = None,
    scheduler: str | None = None,
    exact: bool = True,
    memory: Memory | None = None,
) -> Search:
    """Find the best plan on the given days, with certified bounds.

    Parameters
    ----------
    inputs : inputs Dataset
    weights : days of the year that each dispatched day stands for
    first : a few days, weighted alike, to start from when ``weights`` are many
    saved : what an earlier solve left (:mod:`gigaplan.solving.reuse`), or what reads it
    check_hours : the other days of the year will be asked for as well
    checkpoint : file that holds what is proved so far, written anew every half minute; it is read
        first if it is there, so that a search that was killed goes on
    scheduler : address of a Dask scheduler whose workers solve the days
    exact : solve every day at the very point that is given; else its cost may be stated by the
        most that it can be, which the gap then holds
    memory : what an earlier search of this process has built, and this one leaves
    gap : certified gap to reach, relative to the whole system's cost
    limit : when it is over, the best point so far is taken
    method : "decomposition"; "monolith" for one linear programme; "pdlp", "cupdlpx" or "cuopt" to
        start from the duals of one by a first-order method

    Raises
    ------
    InfeasibleError
        naming the limits that conflict.
    SolverError
        a problem was not solved to optimality by any method.
    UsageError
        there is no such method, or its solver is not installed.
    """
    say = say or (lambda _: None)
    check_method(method)
    if checkpoint is not None and checkpoint.is_file():
        say(f"going on from {checkpoint}")
        saved = checkpoint.read_bytes()
    found = prepared(inputs, weights, workers, scheduler, check_hours, saved, memory)
    began = time.monotonic()
    progress = _Progress(found, say, checkpoint)
    try:
        begin = _start(found, method, first, gap, limit, progress)
        _run(found, gap, limit, begin, progress, exact)
        found.seconds["search"] = time.monotonic() - began
        if baseline:
            began = time.monotonic()
            say("the same system without the programme")
            found.baseline = _without(found)
            found.seconds["baseline"] = time.monotonic() - began
    except InfeasibleError as error:
        found.pool.close()
        raise conflicts.explain(found.master, say, found.relaxed is not None) from error
    except BaseException:
        found.pool.close()
        raise
    return found


class _Progress:
    """Says each round, and keeps what is proved so far in the checkpoint."""

    def __init__(self, found: Search, say: Say, checkpoint: Path | None):
        self._found, self.say, self._checkpoint = found, say, checkpoint
        self.step = "round"
        self._written = time.monotonic()

    def __call__(self, r: Round) -> None:
        due = time.monotonic() - self._written > CHECKPOINT_SECONDS
        if self._checkpoint is not None and due:
            reuse.keep(self._found.proof(), self._checkpoint)
            self._written = time.monotonic()
        above = f"{r.upper:,.3f}" if np.isfinite(r.upper) else "?"
        self.say(
            f"{self.step} {r.number}: between {r.lower:,.3f} and {above} BUSD, gap {r.gap:.1e}, "
            f"{r.seconds:.0f} s"
        )


@dataclass
class _Begin:
    """Where a search starts: a point to stabilise around, a plan with certified costs, or neither.

    Warm, the master has the cuts of a search that ended.
    """

    point: np.ndarray | None = None
    known: Known | None = None
    warm: bool = False
    built: Mapping[str, np.ndarray] = field(default_factory=dict)
    points: int = 0  # that the known plan is a mixture of
    lower: float = -np.inf  # certified


def _start(
    found: Search,
    method: str,
    first: pd.Series | None,
    gap: float,
    limit: Limit,
    progress: _Progress,
) -> _Begin:
    """An earlier proof, the monolith's optimum, or that of a few days."""
    kept = found.go_on()
    if kept is not None:
        progress.say(str(kept))
        if kept.whole is not None:
            found.candidates.append(kept.whole)
        if kept.cuts or (kept.repriced and kept.built):
            known, lower = _known(found, kept, gap, progress.say)
            return _Begin(
                None if kept.cuts else _as_built(found, kept.built),
                known=known,
                warm=kept.ended and kept.cuts > 0,
                built=kept.built,
                points=0 if kept.priced is None else kept.priced.count,
                lower=lower,
            )
    if method == "monolith":
        point = _monolith(found.inputs, found.weights, found.master, progress.say)
        if len(found.master.whole):
            found.candidates.append(np.round(point[found.master.whole]))
        return _Begin(point)
    if method in METHODS:
        first_duals(found, method, progress.say)
        return _Begin()
    if len(found.weights) < MANY or first is None:
        return _Begin()
    progress.say(f"{len(first)} representative days first")
    point = _first(found, first, limit, progress)
    progress.say(f"all {len(found.weights)} days of each planning year")
    return _Begin(point)


def _as_built(found: Search, built: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """The best point at which the system builds what it built in the earlier plan, if any."""
    with held(found.master, built):
        try:
            engine.bound(found.master, found.evaluator, QUICK_GAP)  # what the pool knows
            return found.master.solve()[1]
        except InfeasibleError:
            return None


def _known(found: Search, kept: Kept, gap: float, say: Say) -> tuple[Known | None, float]:
    """The best plan among the mixtures of points that an earlier search has priced, and a bound.

    The master is solved meanwhile, if it has that search's cuts, as far as the gap needs it; later
    solves start there.
    """
    priced = kept.priced
    if priced is None or len(found.master.whole):
        return None, -np.inf
    with ThreadPoolExecutor(1) as beside:
        mixing = beside.submit(found.mixture, priced)

        def enough(lower: float) -> bool:
            best = mixing.result()
            return best is not None and _close(found, best, lower, gap)

        lower = found.master.solve(enough)[0] if kept.ended and kept.cuts else -np.inf
        best = mixing.result()
    if best is None:
        say("no mixture of the plans that were priced before is a plan now")
    return best, lower


def _close(found: Search, known: Known, lower: float, gap: float) -> bool:
    """Whether a lower bound certifies that a known plan is good enough."""
    above = engine.value(found.master, found.evaluator.columns, known) - lower
    return above <= gap * found.scale(known.point, known.costs)


def _run(
    found: Search,
    gap: float,
    limit: Limit,
    begin: _Begin,
    progress: _Progress,
    exact: bool = True,
) -> None:
    """Search until the gap is met, also at the point made exact; then in whole units."""
    start, whole = begin.point, len(found.master.whole) > 0
    if whole:
        stop = Stop(gap, found.scale, limit)
        found.relaxed = engine.run(
            found.master, found.evaluator, stop, start, progress, warm=begin.warm
        )
        start = None
        progress.say(f"whole units: {len(found.master.whole)} numbers")
        progress.step = "node"
    # of many days costs may still change in the last digits (see settle)
    for tighter in (0.999 if len(found.weights) >= MANY else 1.0, 0.7):
        stop = Stop(gap * tighter, found.scale, limit)
        if found.relaxed is not None:
            found.result, nodes = branch(
                found.master, found.evaluator, stop, found.sums, found.relaxed,
                found.candidates, progress, start,
            )  # fmt: skip
            found.nodes, found.candidates = found.nodes + nodes, []
        else:
            found.result = engine.run(
                found.master, found.evaluator, stop, start, progress,
                known=begin.known, warm=begin.warm,
                near=_near(found, begin, gap) if begin.warm else (),
            )  # fmt: skip
            found.priced += found.result.priced
            if not exact:
                if begin.known is not None and found.result.point is begin.known.point:
                    found.mixture_of = begin.points
                return
            begin = _Begin()
        found.settle()
        if found.result.status != "optimal" or found.gap() <= gap:
            return
        start = found.result.point
    raise SolverError(
        f"the point made exact misses the gap asked for: {found.gap():.2e} instead of {gap:.2e}"
    )


def _near(found: Search, begin: _Begin, gap: float) -> Iterator[engine.Near]:
    """Where to look if the known plan is not good enough, and lower bounds.

    After a look the cuts are sharp there, so the next is near it.
    """
    master = found.master
    if begin.known is not None and _close(found, begin.known, begin.lower, gap):
        yield None, begin.lower
        return
    before = begin.built if begin.known is None else built(master, begin.known.point)
    for _ in range(LOOKS):
        point, lower = near(master, found.evaluator, before, gap, found.scale)
        yield point, lower
        if point is None:
            return
        before = built(master, point)


def _without(found: Search) -> float:
    """Least that the system costs without the programme [BUSD, discounted].

    A lower bound from the same cuts and dual vectors: the two systems are so near that little is
    left to find.
    """
    master, evaluator = without_programme(found)
    return engine.bound(master, evaluator, BASELINE_TOLERANCE) + constant_cost(found.inputs)


def _first(
    found: Search, days: pd.Series, limit: Limit, progress: Callable[[Round], None]
) -> np.ndarray:
    """The best point on a few days, in the columns of the master of all days."""
    years = [int(y) for y in found.inputs["year"].values]
    model = build_master(found.inputs, days)
    master = Master(model)
    evaluator = DispatchEvaluator(master, found.family, found.pool, days, years, found.duals)

    def scale(point: np.ndarray, costs: np.ndarray) -> float:
        dispatched = float(master.cost[evaluator.columns] @ costs)
        return system_cost(found.inputs, master, point) + dispatched

    result = engine.run(master, evaluator, Stop(QUICK_GAP, scale, limit), None, progress)
    point = np.zeros(len(found.master.cost))
    for name in found.model.variables:
        if "day" in found.model.variables[name].dims:
            continue
        point[found.master.columns(str(name))] = result.point[master.columns(str(name))]
    if "emission_allowance" in found.model.variables:
        _spread_allowance(found, point)
    return point


def _spread_allowance(found: Search, point: np.ndarray) -> None:
    """Start the days' emission allowances at an equal share of the yearly cap."""
    for year in found.inputs["year"].values.tolist():
        cap = float(found.inputs["emission_cap"].sel(year=year))
        share = cap / float(found.weights.sum()) if np.isfinite(cap) else 1e5
        point[found.master.columns("emission_allowance", year=year)] = share


def _monolith(inputs: xr.Dataset, weights: pd.Series, master: Master, say: Say) -> np.ndarray:
    """Optimal point of the plan as one linear programme, in the master's columns."""
    say("one linear programme for everything")
    model = build_monolith(inputs, weights)
    banner_to_stderr()
    solver = model.to_highspy()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", MONOLITH_GAP)
    solver.run()
    status = solver.modelStatusToString(solver.getModelStatus())
    if status == "Infeasible":
        raise InfeasibleError("no plan meets every limit")
    if status != "Optimal":
        raise SolverError(f"the monolith ended with status {status!r}, not optimal")
    values = np.array(solver.getSolution().col_value)
    at = {int(label): i for i, label in enumerate(model.matrices.vlabels)}
    point = np.zeros(len(master.cost))
    for name in master.model.variables:
        if name in model.variables:
            labels = model.variables[name].labels.values.ravel()
            point[master.columns(str(name))] = [values[at[int(i)]] for i in labels]
    return point
