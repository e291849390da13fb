"""The search for a plan: inputs Dataset in, best point with its bounds out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.errors import InfeasibleError, SolverError
from gigaplan.model.aim import constant_cost
from gigaplan.model.assemble import build_master, build_monolith
from gigaplan.solving import conflicts, engine
from gigaplan.solving.cases import DispatchEvaluator, Family, Key, dispatch_family, make_cases
from gigaplan.solving.engine import Result, Round, Stop
from gigaplan.solving.highs import banner_to_stderr
from gigaplan.solving.master import Master
from gigaplan.solving.pool import Pool, make_pool

Say = Callable[[str], None]
# a price range for the difference that the programme makes; its own gap is certified apart
BASELINE_GAP = 2e-4


@dataclass
class Search:
    """Everything that a solve has made and a plan is read from."""

    inputs: xr.Dataset
    weights: pd.Series
    family: Family
    pool: Pool
    model: linopy.Model
    master: Master
    evaluator: DispatchEvaluator
    result: Result
    baseline: Result | None
    seconds: dict[str, float]

    def cost_of(self, result: Result) -> float:
        """Discounted cost of the system at a point, without the value of compute [BUSD]."""
        return system_cost(self.inputs, self.master, result.point) + float(
            self.master.cost[self.evaluator.columns] @ result.costs
        )


def system_cost(inputs: xr.Dataset, master: Master, point: np.ndarray) -> float:
    """Discounted cost without dispatch, and without the value of compute [BUSD]."""
    own = master.cost.copy()
    own[master.columns("dispatch_cost")] = 0.0
    worth = (inputs["year_weight"] * inputs["value_of_compute"]).values
    it_power = point[master.columns("it_power")].reshape(master.model.variables["it_power"].shape)
    return float(own @ point) + float((it_power * worth).sum()) + constant_cost(inputs)


def search(
    inputs: xr.Dataset,
    weights: pd.Series,
    gap: float,
    workers: int | None = None,
    deadline: float = np.inf,
    method: str = "decomposition",
    say: Say | None = None,
    baseline: bool = True,
) -> Search:
    """Find the best plan on the given days, with certified bounds.

    Parameters
    ----------
    inputs : inputs Dataset
    weights : days of the year that each dispatched day stands for
    gap : certified gap to reach, relative to the whole system's cost
    deadline : time.monotonic() after which the best point so far is taken
    method : "decomposition", or "monolith" for one linear programme

    Raises
    ------
    InfeasibleError
        naming the limits that conflict.
    SolverError
        a problem was not solved to optimality by any method.
    """
    seconds: dict[str, float] = {}
    say = say or (lambda _: None)
    began = time.monotonic()
    family = dispatch_family(inputs)
    years = [int(y) for y in inputs["year"].values]
    keys: list[Key] = [(y, int(d)) for y in years for d in weights.index]
    model = build_master(inputs, weights)
    master = Master(model)
    cases = make_cases(inputs, family, _all_keys(years, keys, inputs))
    pool = make_pool(family.template, cases, workers)
    evaluator = DispatchEvaluator(master, family, pool, weights, years)
    seconds["model"] = time.monotonic() - began
    began = time.monotonic()

    def scale(point: np.ndarray, costs: np.ndarray) -> float:
        return system_cost(inputs, master, point) + float(master.cost[evaluator.columns] @ costs)

    def progress(r: Round) -> None:
        bounds = f"between {r.lower:,.3f} and {r.upper:,.3f} BUSD, gap {r.gap:.1e}"
        say(f"round {r.number}: {bounds}, {r.seconds:.0f} s")

    try:
        start = None
        if method == "monolith":
            start = _monolith(inputs, weights, master, say)
        result = engine.run(master, evaluator, Stop(gap, scale, deadline), start, progress)
    except InfeasibleError as error:
        pool.close()
        raise conflicts.explain(master) from error
    except BaseException:
        pool.close()
        raise
    seconds["search"] = time.monotonic() - began
    found = Search(inputs, weights, family, pool, model, master, evaluator, result, None, seconds)
    if baseline:
        began = time.monotonic()
        say("the same system without the programme")
        found.baseline = _without(found, deadline)
        seconds["baseline"] = time.monotonic() - began
    return found


def _all_keys(years: list[int], keys: list[Key], inputs: xr.Dataset) -> list[Key]:
    """Chosen days and all other days of the weather year, for the check over all hours."""
    return sorted({*keys, *((y, int(d)) for y in years for d in inputs["day"].values)})


def _without(found: Search, deadline: float) -> Result:
    """The system without the programme: the same cuts, no campus, nothing of the programme's."""
    years = [int(y) for y in found.inputs["year"].values]
    master = Master(found.model)
    master.add(found.master.cuts)
    for name in ("build", "corridor_build"):
        master.forbid(master.columns(name, owner="programme"))
    master.forbid(master.columns("it_build"))
    if "it_path" in found.model.constraints:
        rows = master.rows("it_path")
        master.release(rows[rows >= 0])
    evaluator = DispatchEvaluator(master, found.family, found.pool, found.weights, years)

    def scale(point: np.ndarray, costs: np.ndarray) -> float:
        cost = system_cost(found.inputs, master, point)
        return cost + float(master.cost[evaluator.columns] @ costs)

    return engine.run(master, evaluator, Stop(BASELINE_GAP, scale, deadline, rounds=60))


def _monolith(inputs: xr.Dataset, weights: pd.Series, master: Master, say: Say) -> np.ndarray:
    """Optimal point of the plan as one linear programme, in the master's columns."""
    say("one linear programme for everything")
    model = build_monolith(inputs, weights)
    banner_to_stderr()
    solver = model.to_highspy()
    solver.setOptionValue("output_flag", False)
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
