"""From programme to plan: inputs, days, search, all hours, checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.inputs.build import build_inputs
from gigaplan.model.aim import constant_cost
from gigaplan.plan.store import PROGRAMME, PROOF, WITHOUT
from gigaplan.plan.without import pack
from gigaplan.programme.loading import as_files
from gigaplan.programme.schema import Programme
from gigaplan.solving import adequacy, allocate, answer, verify
from gigaplan.solving import days as representative
from gigaplan.solving.explore import explore
from gigaplan.solving.facts import adequacy as adequacy_of
from gigaplan.solving.facts import facts_of
from gigaplan.solving.limit import Limit
from gigaplan.solving.onesided import one_sided
from gigaplan.solving.pool import Details, View
from gigaplan.solving.prepared import MANY, Search
from gigaplan.solving.search import search
from gigaplan.solving.without import solve_without
from gigaplan.solving.worths import worths

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

Say = Callable[[str], None]
QUICK_DAYS = 4  # representative days that a solve of many days starts from
SMALL = 3_000_000  # columns of all cases of a system that takes a second
IDLE = 12  # solves after which a cut that did not bind is not kept with the plan
BLOCK = 15  # days whose dispatch is held in memory at a time


def solve(
    programme: Programme,
    *,
    days: int | None = None,
    gap: float | None = None,
    workers: int | None = None,
    time_limit: float | None = None,
    method: str = "decomposition",
    progress: Say | None = None,
    saved: bytes | None = None,
    checkpoint: Path | None = None,
    scheduler: str | None = None,
    integer: bool | None = None,
    stop: Callable[[], bool] | None = None,
) -> Plan:
    """The best plan of a programme, proved and checked.

    Parameters
    ----------
    programme : from :func:`gigaplan.load`
    days : representative days of each year, 365 for all; default: the programme's
    gap : certified gap relative to the whole system's cost; default: the programme's
    workers : days solved side by side; default: the programme's, else one for each core
    time_limit : seconds for the search; the best plan so far is given when they are over
    method : "decomposition", "monolith", or "pdlp", "cupdlpx", "cuopt": first cuts from a
        first-order method
    progress : called with one line of text at a time
    saved : ``plan.attachments["proof.npz"]`` of an earlier plan, to start from what it proved
    checkpoint : file for what is proved so far; a search that was killed goes on from it
    scheduler : address of a Dask scheduler, ``tcp://host:8786``, whose workers solve the days
    integer : campuses, reactors, fab lines and HVDC lines in whole units; default: the
        programme's, else where it costs little (``Programme.whole_units``)
    stop : asked between rounds; once it answers true, the best plan so far is given

    Raises
    ------
    InputError, InfeasibleError, SolverError, CheckError
    """
    from gigaplan.programme import with_changes

    whole = programme.whole_units(days) if integer is None else integer
    if whole != programme.whole_units():
        programme = with_changes(programme, {"solver.integer": whole})
    say = progress or (lambda _: None)
    began = time.monotonic()
    say(f"reading {programme.name}")
    inputs = build_inputs(programme)
    seconds = {"data": time.monotonic() - began}
    solver = programme.solver
    plan = solve_inputs(
        inputs,
        count=days or programme.days.count,
        hardest=programme.days.hardest,
        gap=gap or solver.gap,
        workers=workers or solver.workers,
        time_limit=time_limit or solver.time_limit_s,
        method=method,
        say=say,
        meta={
            "programme": programme.name,
            "title": programme.title,
            "aim": programme.aim.kind,
            "programme_sha256": programme.sha256(),
            "programme_document": programme.document,
        },
        seconds=seconds,
        saved=saved,
        checkpoint=checkpoint,
        scheduler=scheduler,
        stop=stop,
        attachments={f"{PROGRAMME}/{n}": c for n, c in as_files(programme).items()},
    )
    return plan


def solve_inputs(
    inputs: xr.Dataset,
    *,
    count: int,
    hardest: int = 1,
    gap: float = 1e-4,
    workers: int | None = None,
    time_limit: float | None = None,
    method: str = "decomposition",
    say: Say | None = None,
    meta: dict[str, Any] | None = None,
    seconds: dict[str, float] | None = None,
    saved: bytes | None = None,
    checkpoint: Path | None = None,
    scheduler: str | None = None,
    attachments: Mapping[str, bytes] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Plan:
    """The same from an inputs Dataset."""
    from gigaplan.plan.plan import Plan

    say = say or (lambda _: None)
    seconds = {} if seconds is None else seconds
    began = time.monotonic()
    chosen = representative.choose(inputs, count, hardest)
    seconds["days"] = time.monotonic() - began
    limit = Limit.after(time_limit, stop)
    # the plan of all days keeps the dispatch of a few, from which the search also starts
    few = representative.choose(inputs, QUICK_DAYS, hardest) if count >= MANY else chosen
    found = search(
        inputs, chosen.weights, gap, workers, limit, method, say,
        first=few.weights, saved=saved, checkpoint=checkpoint, scheduler=scheduler,
    )  # fmt: skip
    try:
        notes = _allocated(found)
        data, findings = _data(found, few.weights, say)
        kept = _without(found, few.weights, gap, say)
        # later searches start from the bases at the plan itself
        bases = found.pool.bases(found.evaluator.keys)
        if len(found.weights) >= MANY and found.result.status == "optimal":
            began = time.monotonic()
            explore(found, say)
            found.seconds["for_what_ifs"] = time.monotonic() - began
        found.master.drop_idle(IDLE)
        found.master.solve()  # the basis that is kept is that of its optimum
        proof = found.proof(bases)
    finally:
        found.pool.close()
    seconds |= found.seconds
    began = time.monotonic()
    checks = verify.verify(inputs, data, found.result.upper + constant_cost(inputs), findings)
    seconds["checks"] = time.monotonic() - began
    facts = facts_of(found, chosen, data, gap)
    facts |= {"checks": checks, "seconds": {k: round(v, 3) for k, v in seconds.items()}}
    facts["notes"] += notes
    facts["adequacy"] = adequacy_of(inputs, data)
    facts |= {"days_asked": count, "hardest_asked": hardest, "days_first": len(few.weights)}
    return Plan(inputs, data, facts | (meta or {}), {PROOF: proof, **kept, **(attachments or {})})


def _without(found: Search, stored: pd.Series, gap: float, say: Say) -> dict[str, bytes]:
    """The system without the programme as an attachment.

    Of many days, which take minutes, and of a small system, which takes a second, only when it is
    asked for.
    """
    size = found.family.template.A.shape[1] * len(found.cases)
    if not size > SMALL or len(found.weights) >= MANY or found.result.status != "optimal":
        return {}
    began = time.monotonic()
    content = pack(solve_without(found, stored, gap, say))
    found.seconds["without"] = time.monotonic() - began
    return {WITHOUT: content}


def _allocated(found: Search) -> list[str]:
    """Let the cheapest allocation of the money take the place of the search's mixture."""
    inputs, result = found.inputs, found.result
    if "funding" not in inputs.dims:
        return []
    built = answer.decisions(inputs, found.master, result.point)
    amounts, notes = allocate.allocate(inputs, allocate.cell_uses(inputs, built))
    columns = found.master.columns("funding")
    before = float(found.master.cost[columns] @ result.point[columns])
    result.point = result.point.copy()
    result.point[columns] = amounts
    result.upper += float(found.master.cost[columns] @ amounts) - before
    return notes


def _data(
    found: Search, stored: pd.Series, say: Say
) -> tuple[xr.Dataset, dict[str, verify.Finding]]:
    """The plan Dataset, and what was found on the days whose dispatch is not stored.

    ``stored`` are the days whose dispatch the plan keeps, with the days of the year that each
    stands for; when all days were solved they are an excerpt.
    """
    inputs, family, weights = found.inputs, found.family, found.weights
    point = found.result.point
    plan = answer.decisions(inputs, found.master, point)
    years = [int(y) for y in inputs["year"].values]
    every_day = set(weights.index) != set(stored.index)
    solved = found.evaluator.at(point)
    chosen = {k: np.maximum(xi, 0.0) for k, xi in solved.items() if k[1] in stored.index}
    details = found.pool.detail(chosen)
    plan = plan.merge(answer.dispatch(inputs, family, details, stored))
    plan = plan.merge(answer.balances(inputs, plan)).merge(answer.capital(inputs, plan))
    began = time.monotonic()
    findings: dict[str, verify.Finding] = {}
    if every_day:
        say("every day's dispatch against the inputs")
        reduced, findings = _every_day(found, plan)
    else:
        say("all 8,760 hours of each planning year at the plan's capacities")
        coupling = {y: _coupling(found, point, y) for y in years}
        reduced = _all_hours(found, coupling, adequacy.view(family))
    found.seconds["all_hours"] = time.monotonic() - began
    costs = found.result.costs
    paid = [
        sum(c for c, (y, _) in zip(costs, found.evaluator.keys, strict=True) if y == year)
        for year in years
    ]
    cost = xr.DataArray(paid, dims="year", coords={"year": years})
    plan = plan.merge(answer.annual_cost(inputs, plan, cost))
    plan = plan.merge(adequacy.summarise(inputs, plan, reduced))
    began = time.monotonic()
    duals = worths(found)
    plan = answer.complete(plan.merge(duals).merge(one_sided(found, duals)))
    found.seconds["worths"] = time.monotonic() - began
    return plan, findings


def _every_day(found: Search, plan: xr.Dataset) -> tuple[Details, dict[str, verify.Finding]]:
    """Each day's dispatch held against the inputs, in blocks; the result takes its exact costs."""
    inputs, family = found.inputs, found.family
    solved, view = found.evaluator.at(found.result.point), adequacy.view(family)
    stands = plan[[*answer.CAPACITIES, "it_build", "air_build"]]
    reduced: Details = {}
    findings: dict[str, verify.Finding] = {}
    days = [int(d) for d in found.weights.index]
    for first in range(0, len(days), BLOCK):
        part = pd.Series(1.0, index=pd.Index(days[first : first + BLOCK], name="day"))
        points = {k: np.maximum(xi, 0.0) for k, xi in solved.items() if k[1] in part.index}
        block = found.pool.detail(points)
        data = stands.merge(answer.dispatch(inputs, family, block, part))
        data = data.merge(answer.balances(inputs, data))
        findings = verify.worst(findings, verify.dispatch(inputs, data))
        findings = verify.worst(findings, verify.campus_bus(inputs, data))
        reduced |= {k: (c, view.sums @ x, y[view.rows]) for k, (c, x, y) in block.items()}
    scale = found.evaluator.scale_of
    costs = np.array([reduced[k][0] * scale[k] for k in found.evaluator.keys])
    found.restate(found.result.point, costs)
    return reduced, findings


def _coupling(found: Search, point: np.ndarray, year: int) -> np.ndarray:
    """The coupling vector of a year without emission allowance."""
    from gigaplan.model.dispatch import COUPLING

    parts = [point[found.master.columns(n, year=year)] for n in COUPLING]
    return np.maximum(np.concatenate(parts), 0.0)


def _all_hours(found: Search, coupling: dict[int, np.ndarray], view: View) -> Details:
    """Every day of every year; a yearly emission cap is not enforced here, days being apart."""
    points: dict[object, np.ndarray] = {}
    for year, xi in coupling.items():
        if "emission_allowance" in found.family.coupling:
            xi = np.concatenate([xi, [1e5]])
        points |= {(year, int(day)): xi for day in found.inputs["day"].values}
    return found.pool.detail(points, view)
