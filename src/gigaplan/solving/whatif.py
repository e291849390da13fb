"""What if: a programme asked again with some settings changed, from what its plan has proved."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pandas as pd
import xarray as xr

from gigaplan.errors import UsageError
from gigaplan.inputs.build import build_inputs
from gigaplan.model.aim import constant_cost
from gigaplan.plan.store import PROGRAMME, PROOF
from gigaplan.solving import answer, reuse
from gigaplan.solving import days as representative
from gigaplan.solving.limit import Limit
from gigaplan.solving.memory import Memory
from gigaplan.solving.prepared import Search, prepared
from gigaplan.solving.search import search

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan
    from gigaplan.programme.schema import Programme

Say = Callable[[str], None]
COLUMNS = ["quantity", "where", "year", "unit", "before", "after", "difference"]


@dataclass(frozen=True)
class WhatIf:
    """The changed programme's best plan in short, beside the plan that it was asked of.

    ``table`` has one row for each figure that differs, the largest of its kind first: quantity,
    where, year, unit, before, after, difference.  Money in BUSD; ``gap`` is certified, relative
    to the whole system's cost, on the days that the plan was solved on.  The check over all hours
    and the dispatch need a plan of its own (``gigaplan what-if --out``).

    ``mixture_of`` plans that were priced before, if more than 0: then no day was solved, and the
    dispatch is only known to cost no more than ``objective`` counts.
    """

    changes: dict[str, Any]
    status: str
    objective: float
    lower_bound: float
    gap: float
    kept: str
    mixture_of: int
    seconds: dict[str, float]
    table: pd.DataFrame


def programme_of(plan: Plan) -> Programme:
    """The programme that a saved plan answers.

    Raises
    ------
    UsageError
        the plan holds no programme (it was made from an inputs Dataset).
    """
    from gigaplan.programme import load

    files = {n: n.split("/", 1)[1] for n in plan.attachments if n.startswith(f"{PROGRAMME}/")}
    if not files:
        raise UsageError("the plan holds no programme; make it again with gigaplan plan")
    with tempfile.TemporaryDirectory() as folder:
        for stored, name in files.items():
            (Path(folder) / name).write_bytes(plan.attachments[stored])
        return load(folder)


def what_if(
    plan: Plan,
    changes: Mapping[str, Any],
    *,
    gap: float | None = None,
    workers: int | None = None,
    time_limit: float | None = None,
    progress: Say | None = None,
) -> WhatIf:
    """Solve a plan's programme again with some settings changed, on the same number of days.

    Assets and campuses of the plan stay in the dispatch, empty where nothing can be built now, so
    that a zone or a technology left out leaves cuts valid.  What is built for one question about a
    plan is kept for the next, as long as the plan is there: parts of inputs and models, each used
    again only where all that it read is the same.

    Parameters
    ----------
    plan : from :func:`gigaplan.solve` or :func:`gigaplan.open`
    changes : dotted settings and their values as in a file, ``{"money.budget": "150 BUSD"}``
    gap : certified gap to reach, relative to the whole system's cost; default: the plan's
    workers, time_limit, progress : as in :func:`gigaplan.solve`

    Raises
    ------
    UsageError, InputError, InfeasibleError, SolverError
    """
    from gigaplan.programme import with_changes

    say = progress or (lambda _: None)
    began = time.monotonic()
    programme = with_changes(programme_of(plan), changes)
    with _memory(plan) as memory:
        inputs = build_inputs(programme, like=plan.inputs, kept=memory.parts)
        seconds = {"data": time.monotonic() - began}
        # where nothing of the plan is of use: the days whose dispatch it keeps
        days = pd.Index(plan.data["day"].values, name="day")
        few = pd.Series(plan.data["day_weight"].values, index=days)
        said: list[str] = []

        def listen(text: str) -> None:
            said.append(text)
            say(text)

        found = search(
            inputs, _weights(plan, inputs), gap or float(plan.meta["gap_asked"]), workers,
            Limit.after(time_limit), say=listen, baseline=False, first=few,
            saved=_proof(plan, memory), check_hours=False, exact=False, memory=memory,
        )  # fmt: skip
        found.pool.close()
        memory.proof = found.earlier.result() if found.earlier is not None else None
        constant = constant_cost(inputs)
        result = found.result
        return WhatIf(
            changes=dict(changes),
            status=result.status,
            objective=result.upper + constant,
            lower_bound=result.lower + constant,
            gap=found.gap(),
            kept=next((t for t in said if t.startswith("from the earlier plan")), ""),
            mixture_of=found.mixture_of,
            seconds={k: round(v, 3) for k, v in (seconds | found.seconds).items()},
            table=_differences(plan, found, constant),
        )


def make_ready(plan: Plan) -> None:
    """Build for a plan what its first question would wait for; nothing is solved.

    Raises
    ------
    UsageError, InputError
        as :func:`what_if`.
    """
    with _memory(plan) as memory:
        inputs = build_inputs(programme_of(plan), like=plan.inputs, kept=memory.parts)
        found = prepared(
            inputs, _weights(plan, inputs), check_hours=False, saved=_proof(plan, memory),
            memory=memory,
        )  # fmt: skip
        found.pool.close()
        found.memory.digests(found.cases)
        memory.proof = found.earlier.result() if found.earlier is not None else None


# what questions about a plan have built, as long as the plan is there; for one at a time
_MEMORIES: WeakKeyDictionary[Plan, tuple[Memory, threading.Lock]] = WeakKeyDictionary()


@contextmanager
def _memory(plan: Plan) -> Iterator[Memory]:
    """What earlier questions about the plan have built; nothing if one is being answered."""
    memory, taken = _MEMORIES.setdefault(plan, (Memory(), threading.Lock()))
    if not taken.acquire(blocking=False):
        yield Memory()
        return
    try:
        yield memory
    finally:
        taken.release()


def _proof(plan: Plan, memory: Memory) -> reuse.Saved:
    """What the plan has proved, read once."""
    return memory.proof if memory.proof is not None else lambda: plan.attachments.get(PROOF)


def _weights(plan: Plan, inputs: xr.Dataset) -> pd.Series:
    """As many days as the plan was solved on, and what each stands for."""
    count, hardest = int(plan.meta["days_asked"]), int(plan.meta["hardest_asked"])
    return representative.choose(inputs, count, hardest).weights


def _differences(plan: Plan, found: Search, constant: float) -> pd.DataFrame:
    """Every figure that differs, kinds in the order of a reader's interest."""
    decided = answer.decisions(found.inputs, found.master, found.result.point)
    decided = decided.merge(answer.capital(found.inputs, decided))
    before = _figures(plan.inputs, plan.data, float(plan.meta["objective"]))
    after = _figures(found.inputs, decided, found.result.upper + constant)
    rows = []
    for key in {**before, **after}:
        x, y = before.get(key, 0.0), after.get(key, 0.0)
        if abs(y - x) > 1e-6 * max(abs(x), abs(y), 1.0):
            rows.append((*key, x, y, y - x))
    order = {name: i for i, name in enumerate(dict.fromkeys(k[0] for k in {**before, **after}))}
    rows.sort(key=lambda r: (order[r[0]], -abs(r[6])))
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.attrs["units"] = {
        c: "see unit" if c in ("before", "after", "difference") else "" for c in COLUMNS
    }
    return table


Figures = dict[tuple[str, str, str, str], float]


def _figures(inputs: xr.Dataset, data: xr.Dataset, objective: float) -> Figures:
    """Objective, power of campuses, capital and what the programme builds, by place and year."""
    out: Figures = {("objective", "", "", "BUSD"): objective}
    years = [int(y) for y in inputs["year"].values]
    for y in years:
        out["IT power", "all", str(y), "GW"] = float(data["it_power"].sel(year=y).sum())
    for c in data["asset_class"].values.tolist():
        out["capital", str(c), "", "BUSD"] = float(data["capital"].sel(asset_class=c).sum())
    power = data["facility_power"].transpose("zone", "year").values
    for i, zone in enumerate(inputs["zone"].values.tolist()):
        for k, y in enumerate(years):
            out["facility power", str(zone), str(y), "GW"] = float(power[i, k])
    if "funding_amount" in data:
        paid = data["funding_amount"].to_series().groupby(inputs["funding_investor"].values).sum()
        out |= {("called", str(n), "", "BUSD"): float(v) for n, v in paid.items()}
    own = data["build"].sel(owner="programme").transpose("option", "year").values
    technology = inputs["option_technology"].values.astype(str)
    for name in sorted(set(technology)):
        for k, y in enumerate(years):
            built = float(own[technology == name, k].sum())
            out["built by the programme", name, str(y), "GW"] = built
    return out
