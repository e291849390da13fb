"""The search for a plan: inputs Dataset in, best point with its bounds out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.errors import InfeasibleError, SolverError
from gigaplan.model.aim import constant_cost, worth_by_year
from gigaplan.model.assemble import build_master, build_monolith
from gigaplan.model.units import sums
from gigaplan.solving import conflicts, engine, reuse
from gigaplan.solving.aside import Aside
from gigaplan.solving.branching import Sums, branch
from gigaplan.solving.cases import DispatchEvaluator, Family, Key, dispatch_family, make_cases
from gigaplan.solving.duals import DualPool
from gigaplan.solving.engine import Known, Result, Round, Stop
from gigaplan.solving.firstorder import METHODS, check_method, first_duals
from gigaplan.solving.highs import banner_to_stderr
from gigaplan.solving.inner import Priced, inner
from gigaplan.solving.limit import NEVER, Limit
from gigaplan.solving.master import Master
from gigaplan.solving.near import built, near
from gigaplan.solving.pool import Pool, make_pool
from gigaplan.solving.template import Case

Say = Callable[[str], None]
BASELINE_TOLERANCE = 1e-5  # what shared dual vectors may still add to the bound
MANY = 100  # days from which a few representative ones are solved first
HARDLY = 1e-8  # GW
QUICK_GAP = 1e-3
MONOLITH_GAP = 1e-6  # of the objective, where units are whole
CHECKPOINT_SECONDS = 30.0
PRICED = 16  # points with exact costs that are kept for later searches


@dataclass
class Search:
    """Everything that a solve has made and a plan is read from."""

    inputs: xr.Dataset
    weights: pd.Series
    family: Family
    pool: Pool
    cases: dict[Key, Case]
    duals: DualPool
    model: linopy.Model
    master: Master
    evaluator: DispatchEvaluator
    result: Result
    baseline: float | None  # least that the system costs without the programme [BUSD]
    seconds: dict[str, float]
    sums: Sums
    relaxed: Result | None = None  # the search with parts of units, where the result has none
    nodes: int = 0  # of the branch and bound
    candidates: list[np.ndarray] = field(default_factory=list)  # whole units to look at first
    priced: list[Known] = field(default_factory=list)  # points whose days were all solved

    def scale(self, point: np.ndarray, costs: np.ndarray) -> float:
        """What the gap is relative to: the system's cost at a point [BUSD]."""
        dispatched = float(self.master.cost[self.evaluator.columns] @ costs)
        return system_cost(self.inputs, self.master, point) + dispatched

    def gap(self) -> float:
        """Certified gap of the result, relative to the system's cost."""
        return (self.result.upper - self.result.lower) / self.cost_of(self.result)

    def settle(self) -> None:
        """Make the best point exact, with the exact cost of that very point as upper bound.

        Of many days the costs stay where the point hardly moved: every day is solved once more when
        its dispatch is held against the inputs, and :meth:`restate` then says what it costs.
        """
        point = self.master.repaired(self.result.point, whole=self.relaxed is not None)
        moved = float(np.abs(point - self.result.point).max(initial=0.0))
        if len(self.weights) >= MANY and self.relaxed is None and moved <= HARDLY:
            costs = self.result.costs
        else:
            costs, _ = self.evaluator.evaluate(point)
        self.restate(point, costs)

    def restate(self, point: np.ndarray, costs: np.ndarray) -> None:
        """Give the result a best point and its exact costs."""
        own = self.master.cost.copy()
        own[self.evaluator.columns] = 0.0
        self.result.point, self.result.costs = point, costs
        self.result.upper = float(own @ point + self.master.cost[self.evaluator.columns] @ costs)
        self.priced.append(Known(point, costs))

    def proof(self) -> bytes:
        """Cuts and dual vectors for a later solve."""
        point, whole = self.result.point, None
        if self.relaxed is not None and len(point):
            whole = point[self.master.whole]
        return reuse.write(
            self.master, self.evaluator, self.family.template, self.cases, self.duals, whole,
            self.pool.bases(self.evaluator.keys), self.priced[-PRICED:],
            self.result.status == "optimal",
            built(self.master, point) if len(point) else None,
        )  # fmt: skip

    def go_on(self, saved: bytes) -> reuse.Kept:
        """Take over what of an earlier proof is still valid."""
        kept = reuse.read(
            saved, self.master, self.evaluator, self.family.template, self.cases, self.duals
        )
        self.pool.take(kept.bases)
        return kept

    def mixture(self, priced: Priced, moved: Mapping[int, float] | None = None) -> Known | None:
        """The best plan, in parts of units, among the mixtures of points that were priced.

        ``moved``: rows of the master with other right-hand sides, and by how much.
        """
        best = inner(self.master, self.evaluator, self.family.template, self.cases, priced, moved)
        return None if best is None else Known(best.point, best.costs)

    def cost_of(self, result: Result) -> float:
        """Discounted cost of the system at a point, without the value of compute [BUSD]."""
        return self.scale(result.point, result.costs)


def system_cost(inputs: xr.Dataset, master: Master, point: np.ndarray) -> float:
    """Discounted cost without dispatch, and without the value of compute [BUSD]."""
    own = master.cost.copy()
    own[master.columns("dispatch_cost")] = 0.0
    variable = master.model.variables["accelerators"]
    installed = xr.DataArray(
        point[master.columns("accelerators")].reshape(variable.shape), dims=variable.dims
    ).assign_coords({d: inputs[d].values for d in variable.dims})
    worth = float((inputs["year_weight"] * worth_by_year(inputs, installed)).sum())
    return float(own @ point) + worth + constant_cost(inputs)


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
    saved: bytes | None = None,
    check_hours: bool = True,
    checkpoint: Path | None = None,
    scheduler: str | None = None,
    exact: bool = True,
) -> Search:
    """Find the best plan on the given days, with certified bounds.

    Parameters
    ----------
    inputs : inputs Dataset
    weights : days of the year that each dispatched day stands for
    first : a few days, weighted alike, to start from when ``weights`` are many
    saved : what an earlier solve left (:mod:`gigaplan.solving.reuse`)
    check_hours : the other days of the year will be asked for as well
    checkpoint : file that holds what is proved so far, written anew every half minute; it is read
        first if it is there, so that a search that was killed goes on
    scheduler : address of a Dask scheduler whose workers solve the days
    exact : solve every day at the very point that is given; else its cost may be stated by the
        most that it can be, which the gap then holds
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
    found = prepared(inputs, weights, workers, scheduler, check_hours)
    began = time.monotonic()
    progress = _Progress(found, say, checkpoint)
    if checkpoint is not None and checkpoint.is_file():
        say(f"going on from {checkpoint}")
        saved = checkpoint.read_bytes()
    try:
        begin = _start(found, method, saved, first, limit, progress)
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


def prepared(
    inputs: xr.Dataset,
    weights: pd.Series,
    workers: int | None = None,
    scheduler: str | None = None,
    check_hours: bool = True,
) -> Search:
    """Master, dispatch problems and workers; nothing is solved."""
    began = time.monotonic()
    beside = Aside(lambda: dispatch_family(inputs))
    years = [int(y) for y in inputs["year"].values]
    keys: list[Key] = [(y, int(d)) for y in years for d in weights.index]
    model = build_master(inputs, weights)
    master = Master(model)
    groups = [master.of_labels(labels) for labels in sums(model, inputs)]
    held = Sums(groups, master.add_sums(groups))
    family = beside.result()
    wanted = _all_keys(years, keys, inputs) if check_hours else keys
    cases = make_cases(inputs, family, wanted)
    pool = make_pool(family.template, cases, workers, scheduler)
    duals = DualPool(family.template, cases)
    evaluator = DispatchEvaluator(master, family, pool, weights, years, duals)
    nothing = Result("not started", -np.inf, np.inf, np.zeros(0), np.zeros(0))
    seconds = {"model": time.monotonic() - began}
    return Search(
        inputs,
        weights,
        family,
        pool,
        cases,
        duals,
        model,
        master,
        evaluator,
        nothing,
        None,
        seconds,
        held,
    )


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


def _start(
    found: Search,
    method: str,
    saved: bytes | None,
    first: pd.Series | None,
    limit: Limit,
    progress: _Progress,
) -> _Begin:
    """An earlier proof, the monolith's optimum, or that of a few days."""
    if saved is not None:
        kept = found.go_on(saved)
        progress.say(str(kept))
        if kept.whole is not None:
            found.candidates.append(kept.whole)
        if kept.cuts or kept.repriced:
            warm = kept.ended and kept.cuts > 0
            return _Begin(None, _known(found, kept.priced, progress.say), warm, kept.built)
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


def _known(found: Search, priced: Priced | None, say: Say) -> Known | None:
    """The best plan among the mixtures of points that an earlier search has priced."""
    if priced is None or len(found.master.whole):
        return None
    best = found.mixture(priced)
    if best is None:
        say("no mixture of the plans that were priced before is a plan now")
    return best


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
            start = _near(found, begin, gap) if begin.warm else start
            found.result = engine.run(
                found.master, found.evaluator, stop, start, progress,
                known=begin.known, warm=begin.warm,
            )  # fmt: skip
            begin = _Begin()
            found.priced += found.result.priced
            if not exact:
                return
        found.settle()
        if found.result.status != "optimal" or found.gap() <= gap:
            return
        start = found.result.point
    raise SolverError(
        f"the point made exact misses the gap asked for: {found.gap():.2e} instead of {gap:.2e}"
    )


def _near(found: Search, begin: _Begin, gap: float) -> np.ndarray | None:
    """Where to look first if the known plan is not good enough."""
    master, theta = found.master, found.evaluator.columns
    lower, point = master.solve()
    allowed = gap * found.scale(point, point[theta])
    if begin.known is not None:
        own = master.cost.copy()
        own[theta] = 0.0
        above = float(own @ begin.known.point + master.cost[theta] @ begin.known.costs)
        if above - lower <= allowed:
            return None
    lower = engine.bound(master, found.evaluator, 0.1 * gap)
    return near(master, begin.built, lower, allowed)


def _all_keys(years: list[int], keys: list[Key], inputs: xr.Dataset) -> list[Key]:
    """Chosen days and all other days of the weather year, for the check over all hours."""
    return sorted({*keys, *((y, int(d)) for y in years for d in inputs["day"].values)})


def _without(found: Search) -> float:
    """Least that the system costs without the programme [BUSD, discounted].

    A lower bound from the same cuts and dual vectors: the two systems are so near that little is
    left to find.
    """
    master, evaluator = without_programme(found)
    return engine.bound(master, evaluator, BASELINE_TOLERANCE) + constant_cost(found.inputs)


def without_programme(found: Search) -> tuple[Master, DispatchEvaluator]:
    """The master with the search's cuts, no campus, no fab line and nothing of the programme's."""
    years = [int(y) for y in found.inputs["year"].values]
    master = Master(found.model)
    master.add(found.master.cuts)
    master.follow(found.master)
    for name in ("build", "corridor_build"):
        master.forbid(master.columns(name, owner="programme"))
    for name in ("it_build", "fab_build"):
        master.forbid(master.columns(name))
    if "it_path" in found.model.constraints:
        rows = master.rows("it_path")
        master.release(rows[rows >= 0])
    evaluator = DispatchEvaluator(
        master, found.family, found.pool, found.weights, years, found.duals
    )
    return master, evaluator


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
