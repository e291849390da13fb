"""What a search works on: master, dispatch problems and workers, and what it has found so far."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.model.aim import constant_cost, worth_by_year
from gigaplan.model.assemble import build_master
from gigaplan.model.units import sums
from gigaplan.solving import engine, reuse
from gigaplan.solving.branching import Sums
from gigaplan.solving.cases import DispatchEvaluator, Family, Key
from gigaplan.solving.duals import DualPool
from gigaplan.solving.engine import Known, Result
from gigaplan.solving.inner import Priced, inner
from gigaplan.solving.master import Master
from gigaplan.solving.memory import Memory
from gigaplan.solving.near import built
from gigaplan.solving.pool import Pool, make_pool
from gigaplan.solving.template import Case

MANY = 100  # days from which a few representative ones are solved first
HARDLY = 1e-8  # GW
PRICED = 16  # points with exact costs that are kept for later searches


@dataclass
class Search:
    """Everything that a solve has made and a plan is read from."""

    inputs: xr.Dataset
    weights: pd.Series
    family: Family
    pool: Pool
    cases: Mapping[Key, Case]
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
    earlier: reuse.Reading | None = None  # what an earlier search left
    memory: Memory = field(default_factory=Memory)
    mixture_of: int = 0  # priced points that the result is a mixture of, no day having been solved

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
            self._state(Known(point, self.result.costs))
        else:
            costs, _ = self.evaluator.evaluate(point)
            self.restate(point, costs)

    def restate(self, point: np.ndarray, costs: np.ndarray) -> None:
        """Give the result a best point and its exact costs."""
        self._state(Known(point, costs))
        self.priced.append(Known(point, costs))

    def _state(self, best: Known) -> None:
        self.result.point, self.result.costs = best.point, best.costs
        self.result.upper = engine.value(self.master, self.evaluator.columns, best)

    def proof(self, bases: Mapping[Key, np.ndarray] | None = None) -> bytes:
        """Cuts, dual vectors and bases for a later solve; by default the bases of the days now."""
        point, whole = self.result.point, None
        if self.relaxed is not None and len(point):
            whole = point[self.master.whole]
        return reuse.write(
            self.master,
            self.evaluator,
            self.family.template,
            self.cases,
            self.duals,
            whole=whole,
            bases=self.pool.bases(self.evaluator.keys) if bases is None else bases,
            points=self.priced[-PRICED:],
            ended=self.result.status == "optimal",
            built=built(self.master, point) if len(point) else None,
        )

    def go_on(self) -> reuse.Kept | None:
        """Take over what of the earlier proof is still valid; None where there is none.

        Raises
        ------
        UsageError
            the file is damaged.
        """
        saved = None if self.earlier is None else self.earlier.result()
        if saved is None:
            return None
        kept = reuse.read(
            saved, self.master, self.evaluator, self.family.template, self.cases, self.duals,
            here=self.memory.digests(self.cases),
        )  # fmt: skip
        self.pool.take(kept.bases)
        return kept

    def mixture(self, priced: Priced, moved: Mapping[int, float] | None = None) -> Known | None:
        """The best plan, in parts of units, among the mixtures of points that were priced.

        ``moved``: rows of the master with other right-hand sides, and by how much.
        """
        return inner(self.master, self.evaluator, self.family.template, self.cases, priced, moved)

    def cost_of(self, result: Result) -> float:
        """Discounted cost of the system at a point, without the value of compute [BUSD]."""
        return self.scale(result.point, result.costs)


def system_cost(inputs: xr.Dataset, master: Master, point: np.ndarray) -> float:
    """Discounted cost without dispatch, and without the value of compute [BUSD]."""
    own = engine.own_cost(master, master.columns("dispatch_cost"))
    variable = master.model.variables["accelerators"]
    installed = xr.DataArray(
        point[master.columns("accelerators")].reshape(variable.shape), dims=variable.dims
    ).assign_coords({d: inputs[d].values for d in variable.dims})
    worth = float((inputs["year_weight"] * worth_by_year(inputs, installed)).sum())
    return float(own @ point) + worth + constant_cost(inputs)


def prepared(
    inputs: xr.Dataset,
    weights: pd.Series,
    workers: int | None = None,
    scheduler: str | None = None,
    check_hours: bool = True,
    saved: reuse.Saved | None = None,
    memory: Memory | None = None,
) -> Search:
    """Master, dispatch problems and workers; nothing is solved.

    Parameters
    ----------
    saved : what an earlier search left, for :meth:`Search.go_on`
    memory : what was built before, for a next search after this one too: then the model of the
        search before it is no longer what it was
    """
    began = time.monotonic()
    kept = Memory() if memory is None else memory
    years = [int(y) for y in inputs["year"].values]
    keys: list[Key] = [(y, int(d)) for y in years for d in weights.index]
    with closing(kept.family(inputs)) as beside:
        earlier = None if saved is None else reuse.Reading(saved)  # a copy is made without threads
        model = build_master(inputs, weights, kept.master(inputs, weights))
        master = Master(model)
        groups = [master.of_labels(labels) for labels in sums(model, inputs)]
        held = Sums(groups, master.add_sums(groups))
        family = beside.result()
    wanted = _all_keys(years, keys, inputs) if check_hours else keys
    cases = kept.cases(inputs, family, wanted)
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
        earlier=earlier,
        memory=kept,
    )


def _all_keys(years: list[int], keys: list[Key], inputs: xr.Dataset) -> list[Key]:
    """Chosen days and all other days of the weather year, for the check over all hours."""
    return sorted({*keys, *((y, int(d)) for y in years for d in inputs["day"].values)})


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
