"""The same system without the programme, solved from what the plan's search has proved.

Its dispatch problems are the plan's own: the cuts and dual vectors hold, whatever is built.
Campuses, chips, fab lines and everything that the programme owns are held at zero.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.errors import GigaplanError, SolverError
from gigaplan.inputs.build import build_inputs
from gigaplan.model.aim import constant_cost
from gigaplan.model.dispatch import COUPLING
from gigaplan.plan.store import PROGRAMME, PROOF
from gigaplan.plan.without import NAMES, Without
from gigaplan.solving import adequacy, answer, engine
from gigaplan.solving.cases import DispatchEvaluator
from gigaplan.solving.engine import Known, Result, Round, Stop
from gigaplan.solving.facts import fingerprint
from gigaplan.solving.master import Master
from gigaplan.solving.near import built, near
from gigaplan.solving.prepared import MANY, Search, prepared, system_cost, without_programme
from gigaplan.solving.whatif import programme_of

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

Say = Callable[[str], None]
BLOCK = 15  # days whose dispatch is held in memory at a time
STATED = {"funding": "funding_amount"}  # names in the plan that differ from the model's
TIGHTER = 0.5  # gap of the second, closer solve relative to the first


def solve_without(found: Search, stored: pd.Series, gap: float, say: Say | None = None) -> Without:
    """The system's best plan without the programme, with its own certified gap.

    It is solved to ``gap`` and then to half of it; how far prices move between the two points is
    the measure of what the search leaves open in them.  Of many days the first point is the optimum
    of the cuts and the second lies as near to the plan as it pays: two systems that cost the same.

    Parameters
    ----------
    found : a search whose pool is open
    stored : days whose dispatch is kept, with the days of the year that each stands for
    gap : certified gap to reach, relative to the system's cost

    Raises
    ------
    SolverError
        the gap was not reached.
    """
    say = say or (lambda _: None)
    began = time.monotonic()
    inputs = found.inputs
    master, evaluator = without_programme(found)

    def scale(point: np.ndarray, costs: np.ndarray) -> float:
        return system_cost(inputs, master, point) + float(master.cost[evaluator.columns] @ costs)

    def told(r: Round) -> None:
        above = f"{r.upper:,.3f}" if np.isfinite(r.upper) else "?"
        say(f"without the programme, round {r.number}: gap {r.gap:.1e}, at most {above} BUSD")

    points: list[Result] = []
    many = len(found.weights) >= MANY
    # of many days the first point is the master's own, wherever it lies, the second near the plan
    start = None if many else _start(found, master)
    for share in (1.0, TIGHTER):
        stop = Stop(gap * share, scale)
        if many and points:
            before = built(found.master, found.result.point)
            start, _ = near(master, evaluator, before, gap * TIGHTER, scale)
        result = engine.run(master, evaluator, stop, start, told, warm=many)
        if result.status != "optimal":
            raise SolverError(
                f"the system without the programme was not solved to its gap: {result.status}"
            )
        points.append(_exact(master, evaluator, result))
        start = points[-1].point
    data = _data(found, master, evaluator, points, stored, say)
    constant, last = constant_cost(inputs), points[-1]
    facts = {
        "lower_bound_busd": last.lower + constant,
        "upper_bound_busd": last.upper + constant,
        "gap_busd": last.upper - last.lower,
        "gap": (last.upper - last.lower) / scale(last.point, last.costs),
        "seconds": round(time.monotonic() - began, 3),
    }
    return Without(data, facts)


def _start(found: Search, master: Master) -> np.ndarray:
    """The plan's point with nothing of the programme's, reserves made up by paid shortage.

    The search then stays near the plan wherever the cost does not tell, so that what differs is
    more the programme's doing than the search's.
    """
    inputs, point = found.inputs, found.result.point.copy()
    for name in (
        "it_build", "fab_build", "accelerator_build", "accelerator_first", "accelerators",
        "idle_it_power", "equipment_order", "funding", "campus_connection", "campus_flexible",
        "onsite_sold",
    ):  # fmt: skip
        if name in found.model.variables:
            point[master.columns(name)] = 0.0
    for name in ("build", "corridor_build"):
        point[master.columns(name, owner="programme")] = 0.0
    point = master.repaired(point)
    built = found.model.variables["build"]
    own = xr.DataArray(
        point[master.columns("build")].reshape(built.shape), dims=built.dims
    ).assign_coords({d: inputs[d].values for d in built.dims})
    new = answer.stands(inputs, own).sum("owner") * inputs["option_capacity_credit"]
    region = dict(zip(inputs["zone"].values, inputs["zone_region"].values, strict=True))
    at = np.array([region[z] for z in inputs["option_zone"].values.tolist()], dtype=object)
    firm = np.stack([new.values[at == r].sum(axis=0) for r in inputs["region"].values.tolist()])
    need = (1 + inputs["reserve_margin"]) * inputs["reserve_peak"] - inputs["reserve_existing"]
    short = np.maximum(need.transpose("region", "year").values - firm, 0.0)
    shape = found.model.variables["reserve_shortage"].dims
    columns = xr.DataArray(short, dims=("region", "year")).transpose(*shape).values.ravel()
    point[master.columns("reserve_shortage")] = columns
    return point


def _exact(master: Master, evaluator: DispatchEvaluator, result: Result) -> Result:
    """The best point repaired, with the exact cost of that very point as upper bound."""
    point = master.repaired(result.point)
    costs, _ = evaluator.evaluate(point)
    upper = engine.value(master, evaluator.columns, Known(point, costs))
    return Result(result.status, result.lower, upper, point, costs, result.rounds)


def _data(
    found: Search,
    master: Master,
    evaluator: DispatchEvaluator,
    points: list[Result],
    stored: pd.Series,
    say: Say,
) -> xr.Dataset:
    """What stands and is dispatched without the programme, and how far that moved."""
    inputs, family, last = found.inputs, found.family, points[-1]
    looks = []
    for result in points:
        chosen = {
            k: np.maximum(xi, 0.0)
            for k, xi in evaluator.at(result.point).items()
            if k[1] in stored.index
        }
        hourly = answer.dispatch(inputs, family, found.pool.detail(chosen), stored)
        looks.append((_weighted(inputs, hourly), _emitted(inputs, hourly)))
    plan = answer.decisions(inputs, master, last.point).merge(hourly)
    plan = plan.merge(answer.balances(inputs, plan))
    years = [int(y) for y in inputs["year"].values]
    keys = evaluator.keys
    paid = [sum(c for c, (y, _) in zip(last.costs, keys, strict=True) if y == k) for k in years]
    cost = xr.DataArray(paid, dims="year", coords={"year": years})
    plan = plan.merge(answer.annual_cost(inputs, plan, cost))
    say("all 8,760 hours of each planning year without the programme")
    details: dict[Any, Any] = {}
    view = adequacy.view(family)
    for day in range(0, inputs.sizes["day"], BLOCK):
        part: dict[Any, np.ndarray] = {}
        for year in years:
            xi = [last.point[master.columns(n, year=year)] for n in COUPLING]
            if "emission_allowance" in family.coupling:
                xi.append(np.array([1e5]))
            days = inputs["day"].values[day : day + BLOCK].tolist()
            part |= {(year, int(d)): np.maximum(np.concatenate(xi), 0.0) for d in days}
        details |= found.pool.detail(part, view)
    plan = plan.merge(adequacy.summarise(inputs, plan, details))
    (first_price, first_emitted), (price, emitted) = looks
    return answer.complete(plan, NAMES).assign(
        price_moved=abs(price - first_price), emissions_moved=emitted - first_emitted
    )


def _weighted(inputs: xr.Dataset, hourly: xr.Dataset) -> xr.DataArray:
    """Load-weighted price of the stored days by zone and year [USD/MWh]."""
    days = hourly["day"].values
    load = inputs["load"].transpose("zone", "year", "hour").values
    load = load.reshape(*load.shape[:2], -1, 24)[:, :, days] * hourly["day_weight"].values[:, None]
    price = hourly["price"].transpose("zone", "year", "day", "hour_of_day").values
    value = (price * load).sum(axis=(2, 3)) / load.sum(axis=(2, 3))
    coords = {"zone": inputs["zone"].values, "year": inputs["year"].values}
    return xr.DataArray(value, dims=("zone", "year"), coords=coords)


def _emitted(inputs: xr.Dataset, hourly: xr.Dataset) -> xr.DataArray:
    """Carbon dioxide of the stored days, weighted to the year, by zone and year [Mt]."""
    weight = hourly["day_weight"]
    out = np.zeros((inputs.sizes["zone"], inputs.sizes["year"]))
    zones = inputs["zone"].values.tolist()
    for kind, name in (("plant", "generation"), ("onsite", "onsite_generation")):
        energy = (hourly[name].sum("hour_of_day") * weight).sum("day").transpose(kind, "year")
        mass = energy.values * inputs[f"{kind}_emissions"].values[:, None] / 1e3
        np.add.at(out, [zones.index(z) for z in inputs[f"{kind}_zone"].values.tolist()], mass)
    coords = {"zone": zones, "year": inputs["year"].values}
    return xr.DataArray(out, dims=("zone", "year"), coords=coords)


def without_of(plan: Plan, workers: int | None = None, say: Say | None = None) -> Without:
    """The same for a plan that is saved without it, from the proof that it keeps.

    Parameters
    ----------
    plan : from :func:`gigaplan.open`
    workers : days solved side by side; None: one for each core

    Raises
    ------
    UsageError
        the plan's proof is damaged.
    SolverError
        the gap was not reached.
    """
    say = say or (lambda _: None)
    inputs, data = _inputs_of(plan), plan.data
    days = [int(d) for d in plan.meta["days"]]
    stored = pd.Series(data["day_weight"].values, index=pd.Index(data["day"].values, name="day"))
    weights = stored if set(days) == set(stored.index) else pd.Series(1.0, index=pd.Index(days))
    say(f"the same system without the programme, on {len(weights)} days of each planning year")
    found = prepared(
        inputs, weights.rename_axis("day"), workers, saved=lambda: plan.attachments.get(PROOF)
    )
    try:
        kept = found.go_on()
        if kept is not None:
            say(str(kept))
        found.result.point = _point_of(found, data)
        gap = max(float(plan.meta["gap_asked"]), float(plan.meta["gap"]))
        return solve_without(found, stored, gap, say)
    finally:
        found.pool.close()


def _inputs_of(plan: Plan) -> xr.Dataset:
    """The inputs as they were solved, if the programme still gives them; else as they are kept.

    A plan keeps hourly inputs in single precision, at which its cuts are priced anew.
    """
    if not any(n.startswith(f"{PROGRAMME}/") for n in plan.attachments):
        return plan.inputs
    try:
        built = build_inputs(programme_of(plan))
    except GigaplanError:  # this version's atlas has other tables
        return plan.inputs
    return built if fingerprint(built) == plan.meta.get("inputs_sha256") else plan.inputs


def _point_of(found: Search, data: xr.Dataset) -> np.ndarray:
    """The columns of the master that a saved plan states; the others zero."""
    point = np.zeros(len(found.master.cost))
    for name, variable in found.model.variables.items():
        stated = STATED.get(str(name), str(name))
        if stated in data.data_vars and set(variable.dims) == set(data[stated].dims):
            # the plan states some variables for more labels than may be decided
            part = data[stated].sel({d: variable.labels[d].values for d in variable.dims})
            values = part.transpose(*variable.dims).values
            point[found.master.columns(str(name))] = values.ravel()
    return point
