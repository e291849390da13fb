"""Dispatch days as members of one family, and the evaluator that the engine drives.

The template comes from the linopy model of one day.  What differs between days (load, wind and
solar output, daily hydro energy) and years (costs) is written into copies of its numbers by name;
a test compares each with the linopy model of that very day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import linopy
import numpy as np
import pandas as pd
import scipy.sparse as sp
import xarray as xr

from gigaplan.model.assemble import build_dispatch, has_emission_cap
from gigaplan.model.campus_bus import campuses_with_units
from gigaplan.model.dispatch import COUPLING, HOURS
from gigaplan.solving.duals import DualPool
from gigaplan.solving.master import Cut, Master
from gigaplan.solving.pool import Pool
from gigaplan.solving.subproblem import FIRST_METHOD, Answer
from gigaplan.solving.template import Case, Template, extract

Key = tuple[int, int]  # year, day
LEVELS = ("state_of_charge_balance", "onsite_state_of_charge_balance")


@dataclass(frozen=True)
class Family:
    """The template of one dispatched day, where its numbers stand, and its labels."""

    template: Template
    coupling: tuple[str, ...]
    sizes: Mapping[str, int]  # number of quantities of each coupling name, in order
    rows: Mapping[str, np.ndarray]  # template rows of the named linopy constraint
    columns: Mapping[str, np.ndarray]  # template columns of the named linopy variable
    base: Case

    def part(self, xi: np.ndarray, name: str) -> np.ndarray:
        """The piece of a coupling vector that belongs to one name."""
        start = 0
        for other in self.coupling:
            if other == name:
                return xi[start : start + self.sizes[other]]
            start += self.sizes[other]
        raise KeyError(name)


def dispatch_family(inputs: xr.Dataset) -> Family:
    """Extract the template from the linopy model of the first year's first day."""
    year = int(inputs["year"].values[0])
    model = build_dispatch(inputs, year, [int(inputs["day"].values[0])])
    names = (*COUPLING, *(("emission_allowance",) if has_emission_cap(inputs) else ()))
    template, base = extract(model, names)
    row_at = {int(label): i for i, label in enumerate(template.row_labels)}
    column_at = {int(label): i for i, label in enumerate(template.column_labels)}
    rows = {
        name: np.array([row_at[int(i)] for i in labels], dtype=int)
        for name in model.constraints
        # rows that became bounds are no rows here; an empty dimension has none
        if not len(labels := model.constraints[name].labels.values.ravel())
        or int(labels[0]) in row_at
    }
    columns = {
        name: np.array(
            [column_at[int(i)] for i in model.variables[name].labels.values.ravel()], dtype=int
        )
        for name in model.variables
        if name not in names
    }
    sizes = {name: _size(model, name) for name in names}
    circles = [rows[n].reshape(-1, HOURS) for n in LEVELS if n in rows]
    template = replace(template, circles=np.concatenate(circles).astype(int))
    return Family(template, names, sizes, rows, columns, base)


def _size(model: linopy.Model, name: str) -> int:
    return int(model.variables[name].labels.size)


def make_cases(inputs: xr.Dataset, family: Family, keys: Sequence[Key]) -> dict[Key, Case]:
    """The numbers of each (year, day): costs, loads, profiles and daily energy."""
    years = inputs["year"].values.tolist()
    numbers = _Numbers(inputs, family)
    cost = {}
    for i, year in enumerate(years):
        cost[year] = family.base.cost.copy()
        per_plant = np.asarray(inputs["plant_cost"].values)[:, i] / 1e3
        cost[year][family.columns["generation"]] = np.repeat(per_plant, HOURS)
        per_unit = np.asarray(inputs["onsite_cost"].values)[:, i] / 1e3
        cost[year][family.columns["onsite_generation"]] = np.repeat(per_unit, HOURS)
        lost = float(inputs["campus_curtailment_cost"].values[i]) / 1e3
        cost[year][family.columns["campus_curtailed"]] = lost
    shared = {day: numbers.shared(day) for day in sorted({d for _, d in keys})}
    load = np.asarray(inputs["load"].values)
    out = {}
    for year, day in keys:
        rhs = family.base.rhs.copy()
        hours = slice(day * HOURS, (day + 1) * HOURS)
        rhs[family.rows["balance"]] = load[:, years.index(year), hours].ravel()
        out[(year, day)] = Case(cost[year], rhs, shared[day])
    return out


def with_units(inputs: xr.Dataset) -> np.ndarray:
    """Positions of the campuses that may have on-site units."""
    return np.flatnonzero(np.isin(inputs["campus"].values, campuses_with_units(inputs)))


class _Numbers:
    """Coefficients of the coupling quantities in the rows; only values differ between days."""

    def __init__(self, inputs: xr.Dataset, family: Family):
        offsets, total = {}, 0
        for name in family.coupling:
            offsets[name] = total
            total += family.sizes[name]
        zones = {z: k for k, z in enumerate(inputs["zone"].values.tolist())}
        self._profile = np.asarray(inputs["renewable_profile"].values)
        self._limited = np.flatnonzero(inputs["plant_energy_limited"].values.astype(bool))
        self._energy = np.asarray(inputs["plant_daily_energy"].values)[self._limited]
        balance = family.rows["balance"].reshape(len(zones), HOURS)
        at = [zones[z] for z in inputs["renewable_zone"].values.tolist()]
        campus = [zones[z] for z in inputs["campus"].values.tolist()]
        load = offsets["campus_load"] + np.array(campus, dtype=int)
        connection = offsets["campus_connection"] + np.arange(len(campus))
        row = [balance[at].ravel(), balance.ravel()]
        column = [
            np.repeat(offsets["renewable_capacity"] + np.arange(len(at)), HOURS),
            np.repeat(offsets["campus_load"] + np.arange(len(zones)), HOURS),
        ]
        self._fixed = [np.full(balance.size, -1.0)]
        for name, members, signs in (
            ("import_limit", np.arange(len(campus)), (-1.0, 1.0)),
            ("export_limit", with_units(inputs), (-1.0, -1.0)),
        ):
            if len(members):
                for columns, sign in zip((load, connection), signs, strict=True):
                    row.append(family.rows[name])
                    column.append(np.repeat(columns[members], HOURS))
                    self._fixed.append(np.full(len(members) * HOURS, sign))
        self._solar = np.asarray(inputs["onsite_renewable_profile"].values)
        if len(self._solar):
            sun = inputs["onsite_renewable_zone"].values.tolist()
            columns = offsets["onsite_renewable_capacity"] + np.arange(len(sun))
            names = inputs["campus"].values.tolist()
            own = [names[k] for k in with_units(inputs)]
            for rows_of, at_bus in (
                (balance, [zones[z] for z in sun]),
                (family.rows["import_limit"].reshape(-1, HOURS), [names.index(z) for z in sun]),
                (family.rows["export_limit"].reshape(-1, HOURS), [own.index(z) for z in sun]),
            ):
                row.append(rows_of[at_bus].ravel())
                column.append(np.repeat(columns, HOURS))
        row.append(family.rows["curtailment_energy"])
        column.append(offsets["campus_flexible"] + np.arange(len(campus)))
        self._flexible = np.asarray(inputs["campus_flexible_hours"].values)
        self._flexible = self._flexible * float(inputs["campus_utilisation"])
        self._campuses = len(campus)
        if len(self._limited):
            row.append(family.rows["daily_energy_limit"])
            column.append(offsets["plant_capacity"] + self._limited)
        self._capped = "emission_allowance" in family.coupling
        if self._capped:
            row.append(family.rows["emission_limit"])
            column.append(np.array([offsets["emission_allowance"]]))
        rows, columns = np.concatenate(row), np.concatenate(column)
        self._order = np.lexsort((columns, rows))
        shape = (family.template.A.shape[0], total)
        pattern = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape)
        self._indices, self._indptr, self._shape = pattern.indices, pattern.indptr, shape

    def shared(self, day: int) -> sp.csr_matrix:
        """B of one day."""
        hours = slice(day * HOURS, (day + 1) * HOURS)
        values = [self._profile[:, hours].ravel(), *self._fixed]
        if len(self._solar):
            # in the balance, and in what each connection carries in and out
            values += [self._solar[:, hours].ravel()] * 3
        values.append(np.full(self._campuses, -self._flexible[day]))
        if len(self._limited):
            values.append(-self._energy[:, day])
        if self._capped:
            values.append(np.array([-1.0]))
        data = np.concatenate(values)[self._order]
        return sp.csr_matrix((data, self._indices, self._indptr), self._shape)


class DispatchEvaluator:
    """Every (year, day) as a sub-problem whose cost enters the master in BUSD per year."""

    def __init__(
        self,
        master: Master,
        family: Family,
        pool: Pool,
        weights: pd.Series,
        years: Sequence[int],
        duals: DualPool | None = None,
    ):
        """With ``duals``, a day is also priced by the dual vectors of all others."""
        self._pool, self._duals = pool, duals
        self.retried: Counter[str] = Counter()  # methods that took over where the first failed
        self.keys: list[Key] = [(y, int(d)) for y in years for d in weights.index]
        self._scale = np.array([float(weights[d]) / 1e3 for _, d in self.keys])
        self._theta = np.concatenate(
            [master.columns("dispatch_cost", year=y) for y in years], dtype=int
        )
        shared = {y: np.concatenate([master.columns(n, year=y) for n in COUPLING]) for y in years}
        self._index = [shared[y] for y, _ in self.keys]
        # whether all days of a year have the same coupling vector
        self.by_year = "emission_allowance" not in family.coupling
        if "emission_allowance" in family.coupling:
            own = [master.columns("emission_allowance", year=y, day=d) for y, d in self.keys]
            self._index = [np.concatenate(pair) for pair in zip(self._index, own, strict=True)]

    @property
    def columns(self) -> np.ndarray:
        """Master columns that hold the cost of each day."""
        return self._theta

    @property
    def scale_of(self) -> dict[Key, float]:
        """BUSD per year in the master for one MUSD of a day's dispatch."""
        return dict(zip(self.keys, self._scale.tolist(), strict=True))

    @property
    def columns_of(self) -> dict[Key, tuple[int, np.ndarray]]:
        """Master column of each day's cost, and those of its coupling vector."""
        thetas = self._theta.tolist()
        return {k: (t, i) for k, t, i in zip(self.keys, thetas, self._index, strict=True)}

    def at(self, point: np.ndarray, which: np.ndarray | None = None) -> dict[Key, np.ndarray]:
        """The coupling vectors at a point of the master, of all days or of those chosen."""
        chosen = range(len(self.keys)) if which is None else which
        return {self.keys[i]: point[self._index[i]] for i in chosen}

    def priced(self, point: np.ndarray, costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coupling vectors (years x quantities) at a point, costs in MUSD a day, for storing."""
        index = {y: i for (y, _), i in zip(self.keys, self._index, strict=True)}
        return np.maximum([point[index[y]] for y in sorted(index)], 0.0), costs / self._scale

    def evaluate(
        self, point: np.ndarray, which: np.ndarray | None = None
    ) -> tuple[np.ndarray, list[Cut]]:
        """Cost of each chosen day at a point of the master [BUSD/year], and its cut."""
        answers = self._pool.solve(self.at(point, which))
        self.retried.update(a.method for a in answers.values() if a.method != FIRST_METHOD)
        if self._duals is not None:
            self._duals.add({k: a.dual for k, a in answers.items() if a.dual is not None})
        return self._cuts(answers, which)

    def guess(self, point: np.ndarray) -> tuple[np.ndarray, list[Cut]] | None:
        """Lower bound on the cost of each day and the cut that gives it, nothing being solved."""
        if self._duals is None or self._duals.empty:
            return None
        return self._cuts(self._duals.price(self.at(point)), None)

    def _cuts(
        self, answers: Mapping[Key, Answer], which: np.ndarray | None
    ) -> tuple[np.ndarray, list[Cut]]:
        """Answers in the units of the master's columns, in the order asked."""
        costs, cuts = [], []
        for i in range(len(self.keys)) if which is None else which:
            a, scale = answers[self.keys[i]], self._scale[i]
            costs.append(a.cost * scale)
            cuts.append(
                Cut(
                    int(self._theta[i]),
                    a.constant * scale,
                    self._index[i],
                    a.slope * scale,
                    self.keys[i],
                )
            )
        return np.array(costs), cuts
