"""From programme to plan: inputs, days, search, all hours, checks."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.inputs.build import build_inputs
from gigaplan.plan.store import PROGRAMME, PROOF
from gigaplan.programme.loading import as_files
from gigaplan.programme.schema import Programme
from gigaplan.solving import adequacy, allocate, answer, verify
from gigaplan.solving import days as representative
from gigaplan.solving.pool import Details, View
from gigaplan.solving.search import MANY, Search, search

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

Say = Callable[[str], None]
NEAR = 0.01
QUICK_DAYS = 4  # representative days that a solve of many days starts from
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
) -> Plan:
    """The best plan of a programme, proved and checked.

    Parameters
    ----------
    programme : from :func:`gigaplan.load`
    days : representative days of each year, 365 for all; default: the programme's
    gap : certified gap relative to the whole system's cost; default: the programme's
    workers : processes side by side; default: the programme's, else one for each core
    time_limit : seconds for the search; the best plan so far is given when they are over
    method : "decomposition" or "monolith"
    progress : called with one line of text at a time
    saved : ``plan.attachments["proof.npz"]`` of an earlier plan, to start from what it proved
    checkpoint : file for what is proved so far; a search that was killed goes on from it, and it
        is removed once there is a plan
    scheduler : address of a Dask scheduler, ``tcp://host:8786``, whose workers solve the days

    Raises
    ------
    InputError, InfeasibleError, SolverError, CheckError
    """
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
) -> Plan:
    """The same from an inputs Dataset."""
    from gigaplan.plan.plan import Plan

    say = say or (lambda _: None)
    seconds = {} if seconds is None else seconds
    began = time.monotonic()
    chosen = representative.choose(inputs, count, hardest)
    seconds["days"] = time.monotonic() - began
    deadline = np.inf if time_limit is None else time.monotonic() + time_limit
    # the plan of all days keeps the dispatch of a few, from which the search also starts
    few = representative.choose(inputs, QUICK_DAYS, hardest) if count >= MANY else chosen
    found = search(
        inputs, chosen.weights, gap, workers, deadline, method, say,
        first=few.weights, saved=saved, checkpoint=checkpoint, scheduler=scheduler,
    )  # fmt: skip
    notes = _allocated(found)
    try:
        data, findings = _data(found, few.weights, say)
        proof = found.proof()
    finally:
        found.pool.close()
    seconds |= found.seconds
    began = time.monotonic()
    checks = verify.verify(inputs, data, found.result.upper + _constant(inputs), findings)
    seconds["checks"] = time.monotonic() - began
    facts = _facts(found, chosen, data, gap)
    facts |= {"checks": checks, "seconds": {k: round(v, 3) for k, v in seconds.items()}}
    facts["notes"] += notes
    facts["adequacy"] = _adequacy(inputs, data)
    facts |= {"days_asked": count, "hardest_asked": hardest, "days_first": len(few.weights)}
    return Plan(inputs, data, facts | (meta or {}), {PROOF: proof, **(attachments or {})})


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


def _constant(inputs: xr.Dataset) -> float:
    from gigaplan.model.aim import constant_cost

    return constant_cost(inputs)


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
    costs = found.result.costs
    paid = [
        sum(c for c, (y, _) in zip(costs, found.evaluator.keys, strict=True) if y == year)
        for year in years
    ]
    cost = xr.DataArray(paid, dims="year", coords={"year": years})
    plan = plan.merge(answer.annual_cost(inputs, plan, cost))
    began = time.monotonic()
    findings: dict[str, verify.Finding] = {}
    view = adequacy.view(family)
    if every_day:
        say("every day's dispatch against the inputs")
        reduced: Details = {}
        days = [int(d) for d in weights.index]
        for first in range(0, len(days), BLOCK):
            part = pd.Series(1.0, index=pd.Index(days[first : first + BLOCK], name="day"))
            points = {k: np.maximum(xi, 0.0) for k, xi in solved.items() if k[1] in part.index}
            block = found.pool.detail(points)
            data = plan[[*answer.CAPACITIES]].merge(answer.dispatch(inputs, family, block, part))
            data = data.merge(answer.balances(inputs, data))
            findings = verify.worst(findings, verify.dispatch(inputs, data))
            findings = verify.worst(findings, verify.campus_bus(inputs, data))
            reduced |= {k: (c, view.sums @ x, y[view.rows]) for k, (c, x, y) in block.items()}
    else:
        say("all 8,760 hours of each planning year at the plan's capacities")
        coupling = {y: _coupling(found, point, y) for y in years}
        reduced = _all_hours(found, coupling, view)
    plan = plan.merge(adequacy.summarise(inputs, plan, reduced))
    found.seconds["all_hours"] = time.monotonic() - began
    return answer.complete(plan.merge(_duals(found))), findings


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


def _duals(found: Search) -> xr.Dataset:
    """Duals of the master with its final cuts: what one more unit is worth [BUSD per unit]."""
    found.master.solve()
    inputs = found.inputs
    out = {}
    names = {
        "dual_budget": ("budget", ("calendar",)),
        "dual_campus_limit": ("campus_limit", ("campus", "year")),
        "dual_campus_national_limit": ("campus_national_limit", ("year",)),
        "dual_reserve": ("reserve", ("region", "year")),
        "dual_equipment": ("equipment_supply", ("equipment", "price_step", "year")),
        "dual_labour": ("labour", ("zone", "year")),
        "dual_chip_supply": ("chip_supply", ("chip_step", "year")),
    }
    for name, (row, dims) in names.items():
        out[name] = _dual(found, row, dims)
    cap = _dual(found, "national_cap", ("cap", "year")) + _dual(found, "zonal_cap", ("cap", "year"))
    out["dual_cap"] = cap
    # supply is cumulated: a unit that arrives by a year is there in all later ones
    later = out["dual_equipment"][..., ::-1].cumsum("year")[..., ::-1]
    out["dual_equipment"] = later.assign_coords(year=inputs["year"].values)
    out["marginal_it_value"] = _marginal_it(found)
    if "funding" in inputs.dims:
        out |= money_duals(found)
    return xr.Dataset(out)


def money_duals(found: Search) -> dict[str, xr.DataArray]:
    """What one more BUSD is worth, from each investor and within each limit [BUSD/BUSD].

    Dims investor and limit; duals of the last solve of the master.  A dollar more from an investor
    counts against every sum that contains its own, raises what clearance leaves of the first year,
    and what its concentration allows.
    """
    inputs = found.inputs
    rows = _dual(found, "commitment", ("investor", "calendar")).sum("calendar")
    rows = rows + _dual(found, "cleared", ("investor",)) * inputs["investor_cleared"]
    limit = _dual(found, "limit_amount", ("limit",))
    limit = limit + _dual(found, "limit_capital", ("limit",))
    limit = limit + _dual(found, "limit_equity", ("limit",))
    names = inputs["investor"].values.tolist()
    own = dict(zip(names, rows.values.tolist(), strict=True))
    chains = containing(inputs)
    worth = np.array([own[n] + sum(own[p] for p in chains[n]) for n in names])
    last = dict(zip(names, inputs["investor_available"].isel(calendar=-1).values, strict=True))
    part = inputs["limit_kind"].values == "concentration"
    for name, value, dual in zip(
        inputs["limit_investor"].values[part], inputs["limit_value"].values[part],
        limit.values[part], strict=True,
    ):  # fmt: skip
        if last[name] > 0:
            worth[names.index(name)] += dual * value / last[name]
    coords = {"investor": inputs["investor"].values}
    return {
        "dual_commitment": xr.DataArray(worth, dims="investor", coords=coords),
        "dual_limit": limit,
    }


def containing(inputs: xr.Dataset) -> dict[str, set[str]]:
    """By investor, everyone whose announced sum contains its own."""
    within = {
        str(n): [p for p in str(w).split("; ") if p]
        for n, w in zip(inputs["investor"].values, inputs["investor_within"].values, strict=True)
    }
    out: dict[str, set[str]] = {}
    for name in within:
        found, queue = set(), list(within[name])
        while queue:
            at = queue.pop()
            if at in within and at not in found:
                found.add(at)
                queue += within[at]
        out[name] = found
    return out


def _marginal_it(found: Search) -> xr.DataArray:
    """Gain of the objective per GW of IT more in a zone, brought in one piece [BUSD/GW].

    The piece is the shell with its load and its connection, interruptible as far as it may be or
    not at all, whichever is better.  Where no campus stands the duals of the rows that tie these
    together are not unique; moved together they cancel, and what is left is.
    """
    inputs, master = found.inputs, found.master
    shape = master.model.variables["it_build"].shape

    def reduced(name: str) -> np.ndarray:
        variable = master.model.variables[name]
        return master.column_dual[master.columns(name)].reshape(variable.shape)

    pue, used = inputs["campus_pue"].values[:, None], float(inputs["campus_utilisation"])
    yearly = reduced("it_power") + pue * used * reduced("campus_load")
    zones = inputs["zone"].values.tolist()
    at = [zones.index(z) for z in inputs["campus"].values.tolist()]
    share = float(inputs["campus_flexible_share"])
    rows = master.rows("flexible_share")
    tie = np.abs(master.row_dual[rows]).reshape(len(at), -1)
    firm, flexible = yearly.copy(), yearly.copy()
    connection = pue[at] * reduced("campus_connection")
    firm[at] += connection + share * pue[at] * tie
    flexible[at] += connection + share * pue[at] * reduced("campus_flexible")
    # what is built in a year stands in all later ones
    cost = [np.cumsum(c[:, ::-1], axis=1)[:, ::-1] for c in (firm, flexible)]
    total = reduced("it_build") + np.minimum(*cost)
    coords = {d: inputs[d].values for d in ("zone", "year")}
    return xr.DataArray(-total.reshape(shape), dims=("zone", "year"), coords=coords)


def _dual(found: Search, name: str, dims: tuple[str, ...]) -> xr.DataArray:
    """Size of the duals of a constraint by label, zero where there is no row."""
    inputs, model = found.inputs, found.model
    shape = tuple(inputs.sizes[d] for d in dims)
    values = xr.DataArray(np.zeros(shape), dims=dims, coords={d: inputs[d].values for d in dims})
    if name not in model.constraints:
        return values
    labels = model.constraints[name].labels
    rows = found.master.rows(name)
    dual = np.where(rows >= 0, np.abs(found.master.row_dual[np.maximum(rows, 0)]), 0.0)
    held = xr.DataArray(dual.reshape(labels.shape), dims=labels.dims, coords=labels.coords)
    return (values + held.reindex_like(values, fill_value=0.0)).transpose(*dims)


def _facts(
    found: Search, chosen: representative.Days, data: xr.Dataset, gap: float
) -> dict[str, Any]:
    """What a plan says of itself: status, bounds, gaps, near ties, versions."""
    result, inputs = found.result, found.inputs
    constant = _constant(inputs)
    cost = found.cost_of(result)
    width = result.upper - result.lower
    facts: dict[str, Any] = {
        "status": result.status,
        "objective": result.upper + constant,
        "upper_bound": result.upper + constant,
        "lower_bound": result.lower + constant,
        "gap": width / cost,
        "gap_busd": width,
        "gap_asked": gap,
        "system_cost_busd": cost,
        "rounds": len(result.rounds),
        "cuts": len(found.master.cuts),
        "dollar_year": 2025,
        "days": [int(d) for d in chosen.weights.index],
        "hardest_days": list(chosen.hardest),
        "day_error": chosen.error,
        "near_ties": near_ties(inputs, data),
        "inputs_sha256": fingerprint(inputs),
        "versions": versions(),
        "notes": [],
    }
    if found.baseline is not None:
        added = cost - found.cost_of(found.baseline)
        facts["programme_cost_busd"] = added
        facts["baseline_cost_busd"] = found.cost_of(found.baseline)
        facts["gap_of_programme"] = width / added if added > 0 else float("inf")
    return facts


def near_ties(inputs: xr.Dataset, data: xr.Dataset) -> dict[str, list[str]]:
    """States within 1 % of the best at the margin, by planning year in which campuses are built.

    One more GW of IT there costs at most 1 % more than in the best state, relative to the
    discounted cost of its facility and power without IT equipment, which is the same everywhere.
    """
    out = {}
    weight = inputs["year_weight"]
    power = data["year_price"] * inputs["campus_pue"] * float(inputs["campus_utilisation"])
    # USD/MWh x 8760 h = 8.76e-3 BUSD/GW/year
    yearly = inputs["campus_annual_charge"] + power * 8.76e-3
    if "reference_charge" in inputs:
        flat = float(inputs["reference_charge"].sel(draw_class="campus"))
        yearly = yearly + inputs["campus_overnight_cost"] * flat
    for year in inputs["year"].values.tolist():
        later = inputs["year"].values >= year
        cost = (yearly * weight).isel(year=later).sum("year")
        loss = -data["marginal_it_value"].sel(year=year)
        open_ = inputs["campus_buildable"].sel(year=year)
        if not bool(open_.any()) or float(data["it_build"].sel(year=year).sum()) < 1e-6:
            continue
        best = float(loss.where(open_).min())
        near = open_ & (loss - best <= NEAR * cost)
        out[str(year)] = [str(z) for z in inputs["zone"].values[near.values.astype(bool)]]
    return out


def _adequacy(inputs: xr.Dataset, data: xr.Dataset) -> dict[str, dict[str, float]]:
    """Unserved energy, worst hour and true dispatch cost beside the model's own, by year."""
    out = {}
    for year in inputs["year"].values.tolist():
        at = data.sel(year=year)
        out[str(year)] = {
            "unserved_gwh": float(at["year_unserved"].sum()),
            "worst_hour": float(at["year_unserved_hour"]),
            "worst_hour_gw": float(at["year_unserved_worst"]),
            "dispatch_cost_busd": float(at["year_dispatch_cost"]),
            "model_dispatch_cost_busd": float(at["cost"].sel(cost_item="dispatch")),
        }
    return out


def fingerprint(inputs: xr.Dataset) -> str:
    """SHA-256 of the inputs: names, labels and values."""
    digest = hashlib.sha256()
    for name in sorted([*map(str, inputs.data_vars), *map(str, inputs.coords)]):
        values = inputs[name].values
        digest.update(name.encode())
        if values.dtype == object or values.dtype.kind in "US":
            digest.update("\0".join(map(str, values.ravel())).encode())
        else:
            digest.update(np.ascontiguousarray(values, dtype=float).tobytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Versions of what made the plan."""
    names = ("gigaplan", "linopy", "highspy", "numpy", "pandas", "xarray")
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except ModuleNotFoundError:
            found[name] = "source"
    return found
