"""Dispatch days as members of one family, and the evaluator that the engine drives.

The template comes from the linopy model of one day.  What differs between days (load, wind and
solar output, daily hydro energy) and years (costs) is written into copies of its numbers by name;
a test compares each with the linopy model of that very day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import linopy
import numpy as np
import pandas as pd
import scipy.sparse as sp
import xarray as xr

from gigaplan.model.assemble import build_dispatch, has_emission_cap
from gigaplan.model.dispatch import COUPLING, HOURS
from gigaplan.solving.engine import cuts_from
from gigaplan.solving.master import Cut, Master
from gigaplan.solving.pool import Pool
from gigaplan.solving.template import Case, Template, extract

Key = tuple[int, int]  # year, day


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
        name: np.array([row_at[int(i)] for i in model.constraints[name].labels.values.ravel()])
        for name in model.constraints
        if int(model.constraints[name].labels.values.ravel()[0]) in row_at
    }
    columns = {
        name: np.array([column_at[int(i)] for i in model.variables[name].labels.values.ravel()])
        for name in model.variables
        if name not in names
    }
    sizes = {name: _size(model, name) for name in names}
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
    shared = {day: numbers.shared(day) for day in sorted({d for _, d in keys})}
    load = np.asarray(inputs["load"].values)
    out = {}
    for year, day in keys:
        rhs = family.base.rhs.copy()
        hours = slice(day * HOURS, (day + 1) * HOURS)
        rhs[family.rows["balance"]] = load[:, years.index(year), hours].ravel()
        out[(year, day)] = Case(cost[year], rhs, shared[day])
    return out


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
        row = [balance[at].ravel(), balance.ravel()]
        column = [
            np.repeat(offsets["renewable_capacity"] + np.arange(len(at)), HOURS),
            np.repeat(offsets["campus_load"] + np.arange(len(zones)), HOURS),
        ]
        self._fixed = [np.full(balance.size, -1.0)]
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
        values = [self._profile[:, day * HOURS : (day + 1) * HOURS].ravel(), *self._fixed]
        if len(self._limited):
            values.append(-self._energy[:, day])
        if self._capped:
            values.append(np.array([-1.0]))
        data = np.concatenate(values)[self._order]
        return sp.csr_matrix((data, self._indices, self._indptr), self._shape)


class DispatchEvaluator:
    """Every (year, day) as a sub-problem whose cost enters the master in BUSD per year."""

    def __init__(self, master: Master, family: Family, pool: Pool, weights: pd.Series, years: Sequence[int]):
        self._pool = pool
        self._keys: list[Key] = [(y, int(d)) for y in years for d in weights.index]
        self._scale = [float(weights[d]) / 1e3 for _, d in self._keys]
        self._theta = [int(master.columns("dispatch_cost", year=y, day=d)[0]) for y, d in self._keys]
        per_year = {y: [master.columns(n, year=y) for n in COUPLING] for y in years}
        self._index = []
        for year, day in self._keys:
            parts = list(per_year[year])
            if "emission_allowance" in family.coupling:
                parts.append(master.columns("emission_allowance", year=year, day=day))
            self._index.append(np.concatenate(parts))

    @property
    def columns(self) -> np.ndarray:
        """Master columns that hold the cost of each day."""
        return np.array(self._theta)

    def evaluate(self, point: np.ndarray) -> tuple[np.ndarray, list[Cut]]:
        """Exact cost of each day at a point of the master [BUSD/year], and its cut."""
        points = {k: point[i] for k, i in zip(self._keys, self._index, strict=True)}
        answers = self._pool.solve(points)
        found = [answers[k] for k in self._keys]
        costs = np.array([a.cost * s for a, s in zip(found, self._scale, strict=True)])
        return costs, cuts_from(found, self._theta, self._index, self._scale, self._keys)
