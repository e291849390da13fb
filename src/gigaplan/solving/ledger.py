"""What the master's optimum says of every row and column: duals, prices and the slope of its cuts.

A *piece* is a direction over the master's columns: what is built and paid together.  Its reduced
cost is what the objective rises by per unit of the piece,

    c d + (slope of the cuts) d - sum_i y_i (A d)_i

over the rows ``i`` that the piece shares with the rest of the plan.  Rows that only tie the columns
of a piece to one another (:data:`INTERNAL`) are met by the piece itself; they have no price, so
that their duals, which are not unique, never enter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
import xarray as xr

from gigaplan.solving.master import Master

INTERNAL = (
    "it_power_definition", "campus_load_definition", "onsite_capacity_definition",
    "flexible_share", "campus_supply",
    "accelerators_standing", "accelerators_first", "accelerators_fill", "accelerators_paid",
    "equipment_balance",
    "capital_uses", "capital_sources", "capital_equity", "limit_capital", "limit_equity",
)  # fmt: skip
# rows that tie capacity to units of it: a piece is a part of a unit, which moves along for nothing
UNITS = ("it_build_definition", "build_definition", "corridor_build_definition",
         "fab_build_definition")  # fmt: skip


@dataclass
class Ledger:
    """A master at its optimum.

    Attributes
    ----------
    inputs : inputs Dataset
    master : solved; its duals are those of its last solve
    point : its optimal point, by column
    """

    inputs: xr.Dataset
    master: Master
    point: np.ndarray

    @cached_property
    def own(self) -> sp.csr_matrix:
        """Coefficients of the model's own rows, cuts left out."""
        return self.master.matrix

    @cached_property
    def dual(self) -> np.ndarray:
        """Duals of the model's own rows [BUSD per unit of the row]."""
        return self.master.row_dual[: self.own.shape[0]]

    @cached_property
    def slope(self) -> np.ndarray:
        """What the cuts add to the cost of each column: sum of dual times coefficient [BUSD]."""
        out = np.zeros(len(self.master.cost))
        prices = self.master.row_dual[self.master.own_rows :]
        for cut, price in zip(self.master.cuts, prices, strict=True):
            if price != 0.0:
                moving = ~np.isfinite(self.master.fixed[cut.indices])
                np.add.at(out, cut.indices[moving], price * cut.coefficients[moving])
        return out

    @cached_property
    def internal(self) -> np.ndarray:
        """Whether a row only ties the columns of a piece to one another."""
        out = np.zeros(self.own.shape[0], dtype=bool)
        for name in INTERNAL:
            if name in self.master.model.constraints:
                rows = self.master.rows(name)
                out[rows[rows >= 0]] = True
        out[self.units] = True
        return out

    @cached_property
    def units(self) -> np.ndarray:
        """Rows that tie capacity to units."""
        held = [self.master.rows(n) for n in UNITS if n in self.master.model.constraints]
        rows = np.concatenate([np.zeros(0, dtype=int), *held])
        return rows[rows >= 0]

    @cached_property
    def slack(self) -> np.ndarray:
        """Room in each of the model's own rows: to the bound that it has, inf where it has none."""
        lp, used = self.master.problem, self.own @ self.point
        return np.maximum(np.minimum(used - lp.row_lower_, lp.row_upper_ - used), 0.0)

    @cached_property
    def price(self) -> np.ndarray:
        """Cost of one unit of each column, internal rows being met by others [BUSD]."""
        shared = np.where(self.internal, 0.0, self.dual)
        return np.asarray(self.master.cost + self.slope - self.own.T @ shared)

    def has(self, name: str) -> bool:
        """Whether the model has a constraint of that name."""
        return name in self.master.model.constraints

    def at(self, values: np.ndarray, name: str) -> np.ndarray:
        """Values by column, for one variable in the shape of its labels."""
        return values[self.columns(name)]

    def columns(self, name: str) -> np.ndarray:
        """Columns of a variable in the shape of its labels."""
        return self.master.columns(name).reshape(self.master.model.variables[name].shape)

    def rows(self, name: str) -> np.ndarray:
        """Rows of a constraint in the shape of its labels, -1 where there is none."""
        return self.master.rows(name).reshape(self.master.model.constraints[name].shape)
