"""Solve members of a family, warm, and turn any dual vector into a valid cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import scipy.sparse as sp

from gigaplan.errors import SolverError
from gigaplan.solving.active import ROOM, Active, basic_columns, fits, unmet
from gigaplan.solving.basis import bits
from gigaplan.solving.circles import Circles
from gigaplan.solving.highs import new_highs
from gigaplan.solving.template import Case, Template

CUT_TOLERANCE = 1e-6
FIRST_METHOD = "warm simplex"
# no column without a bound of its own comes near this in a solution (GW in dispatch); it turns the
# rounding of a reduced cost into a small loss of the cut instead of an invalid one
FAR, ROUNDING = 2e3, 1e-6
FEW = 150  # steps of the simplex method
# options of HiGHS: as they are, and where few steps are expected
LIGHT = (
    ("dual_simplex_cost_perturbation_multiplier", 1.0, 0.0),
    ("simplex_dual_edge_weight_strategy", -1, 1),  # choose; Devex
    ("simplex_iteration_limit", highspy.kHighsIInf, 3 * FEW),
)


@dataclass(frozen=True)
class Answer:
    """Cost of a case at a point and the cut ``cost(xi) >= constant + slope @ xi``."""

    cost: float
    constant: float
    slope: np.ndarray
    method: str
    dual: np.ndarray | None = None  # proves the cut


# what a basis is of, the basis and which columns have a negative reduced cost, both packed
ReadOff = tuple[Active, np.ndarray, np.ndarray]


class Solver:
    """One HiGHS object for a family; cases are swapped in with their own basis.

    It holds what had room at any point so far.  Not shared between processes.  Bases are kept by
    key, so that a case re-solved at a nearby point takes few dual simplex steps.
    """

    def __init__(self, template: Template):
        self.template = template
        m, n = template.A.shape
        self._active = Active.of(template, np.zeros(n, dtype=bool), np.zeros(m, dtype=bool))
        self._bases: dict[object, highspy.HighsBasis] = {}  # of what is active
        self._read_off: dict[object, ReadOff] = {}  # the same, to be packed
        self._given: dict[object, np.ndarray] = {}  # of an earlier search, not yet used
        self._basic = np.zeros(n, dtype=bool)  # whether a column is basic in one of those
        self._detailed: dict[object, ReadOff] = {}  # where details were last asked for
        self._last: object = None  # key of the last case
        self._few: dict[object, bool] = {}  # whether a case took few steps the last time
        self._latest = True  # ... the last case
        self._steps = 0  # of the simplex method, in the last solve
        self._highs: Any = None
        self._held_cost = np.zeros(n)
        self._held_upper = self._held_rhs = np.zeros(0)
        self._room = np.zeros(n, dtype=bool)  # whether a column has any in the last solve
        self._unbounded = ~np.isfinite(template.upper)
        self._finite_upper = np.where(self._unbounded, FAR, template.upper)
        self._AT, self._UT = template.A.T.tocsr(), template.U.T.tocsr()
        self._circles = Circles(template)
        self._cost = 0.0
        self.primal: np.ndarray = np.zeros(0)  # of the last solve
        self.dual: np.ndarray = np.zeros(0)

    def basis_of(self, key: object) -> np.ndarray | None:
        """The basis of a case where its details were last asked for, packed; None before."""
        found = self._detailed.get(key)
        return None if found is None else found[0].packed(*found[1:])

    def take(self, bases: Mapping[Any, np.ndarray]) -> None:
        """Start cases from these bases; one of another shape is of no use and left out."""
        for key, basis in bases.items():
            if fits(basis, self.template):
                self._given[key] = basis
                self._basic |= basic_columns(basis, len(self._basic))

    def solve(self, key: object, case: Case, xi: np.ndarray) -> Answer:
        """Optimal cost and cut of a case at the coupling vector ``xi``.

        Raises
        ------
        SolverError
            no method of the solver ends optimal, or the cut does not meet the cost at ``xi``.
        """
        statuses = []
        for method, status in self._attempts(key, case, xi):
            statuses.append(f"{method}: {status}")
            if status != "Optimal":
                continue
            try:
                answer = self._answer(case, xi, method)
            except SolverError as refused:
                statuses[-1] += f", {refused}"
                continue
            error = abs(answer.constant + answer.slope @ xi - answer.cost)
            if error <= CUT_TOLERANCE * (1.0 + abs(answer.cost)):
                return answer
            statuses[-1] += f", cut off by {error:.3g}"
        raise _unsolved(key, statuses)

    def detail(self, key: object, case: Case, xi: np.ndarray) -> tuple[float, np.ndarray]:
        """Optimal cost and primal vector; the basis is kept for :meth:`basis_of`.

        Raises
        ------
        SolverError
            no method of the solver ends optimal.
        """
        statuses = []
        for method, status in self._attempts(key, case, xi):
            if status == "Optimal":
                if key in self._read_off:
                    self._detailed[key] = self._read_off[key]
                return self._cost, self.primal
            statuses.append(f"{method}: {status}")
        raise _unsolved(key, statuses)

    def _attempts(self, key: object, case: Case, xi: np.ndarray) -> Iterator[tuple[str, str]]:
        """Method and status of one solve after the other, each asked for when the last failed."""
        t = self.template
        rhs = case.rhs - case.B @ xi
        upper = t.upper + t.U @ np.maximum(xi, 0.0)
        for method in (FIRST_METHOD, "fresh simplex", "ipm"):
            yield method, self._run(key, case, rhs, upper, method)

    def _run(self, key: object, case: Case, rhs: np.ndarray, upper: np.ndarray, method: str) -> str:
        """Hand the case to HiGHS and return the model status as text."""
        warm = method == FIRST_METHOD
        self._room = upper > ROOM
        self._make_active(self._room, unmet(self.template.sense, rhs))
        active, sense = self._active, self.template.sense[self._active.rows_at]
        upper, rhs = upper[active.at], rhs[active.rows_at]
        row_lower = np.where(sense >= 0, rhs, -np.inf)
        row_upper = np.where(sense <= 0, rhs, np.inf)
        if not warm or self._highs is None:
            self._highs = _load(active.A, case.cost[active.at], upper, row_lower, row_upper)
            self._highs.setOptionValue("solver", "ipm" if method == "ipm" else "simplex")
            self._held_cost, self._held_upper, self._held_rhs = case.cost, upper, rhs
        h = self._highs
        if warm:
            # handing over a number costs more than comparing it
            if case.cost is not self._held_cost:
                cost = case.cost[active.at]
                other = np.flatnonzero(cost != self._held_cost[active.at]).astype(np.int32)
                h.changeColsCost(len(other), other, cost[other])
            other = np.flatnonzero(upper != self._held_upper).astype(np.int32)
            if len(other):
                h.changeColsBounds(len(other), other, np.zeros(len(other)), upper[other])
            self._held_cost, self._held_upper = case.cost, upper
            other = np.flatnonzero(rhs != self._held_rhs).astype(np.int32)
            h.changeRowsBounds(len(other), other, row_lower[other], row_upper[other])
            self._held_rhs = rhs
            basis = self._basis(key)
            if basis is not None:
                h.setBasis(basis)
        status = self._go(warm and self._expected(key))
        if status == "Optimal":
            self._note(key)
            self._read(key, case.cost)
        if not warm:
            self._highs = None if status != "Optimal" or method == "ipm" else h
        return status

    def _make_active(self, columns: np.ndarray, rows: np.ndarray) -> None:
        """Have these active, and what is basic in a basis that was given.

        What is active stays so: the bases of all cases then go on being bases.
        """
        held, columns = self._active, columns | self._basic
        if not held.holds(columns, rows):
            self._active = Active.of(self.template, held.columns | columns, held.rows | rows)
            self._highs = None
            self._bases.clear()

    def _basis(self, key: object) -> highspy.HighsBasis | None:
        """The basis to start a case from: its own, or that of the case before it."""
        if key not in self._given and key not in self._read_off:
            key = self._last
        if key is None:
            return None
        if key in self._given:
            self._bases[key] = self._active.basis(self._given.pop(key))
        elif key not in self._bases:
            active, *found = self._read_off[key]
            self._bases[key] = self._active.basis(active.packed(*found))
        return self._bases[key]

    def _read(self, key: object, cost: np.ndarray) -> None:
        """Keep cost, primal and dual vector and basis of the solve that has ended."""
        h, active = self._highs, self._active
        solution = h.getSolution()
        self._cost = float(h.getInfo().objective_function_value)
        values = np.fromiter(solution.col_value, float, len(active.at))
        duals = np.fromiter(solution.row_dual, float, len(active.rows_at))
        self.primal, self.dual = active.spread(values), active.spread(duals, rows=True)
        basis = h.getBasis()
        if basis.valid:
            paid = cost - self._AT @ self.dual < 0
            found = bits(h, values, self._held_upper, paid[active.at], len(duals))
            self._bases[key], self._last = basis, key
            self._read_off[key] = active, np.packbits(found, axis=1), np.packbits(paid)

    def _go(self, near: bool) -> str:
        """Run HiGHS and return its status; ``near``: few steps are expected.

        Few steps need neither perturbed costs nor exact weights, which take most of their time.
        """
        h, self._steps = self._highs, 0
        for light in (True, False) if near else (False,):  # goes on from where the steps ran out
            for option, plain, few in LIGHT:
                h.setOptionValue(option, few if light else plain)
            h.run()
            self._steps += h.getInfo().simplex_iteration_count
            status = str(h.modelStatusToString(h.getModelStatus()))
            if status == "Optimal":
                break
        return status

    def _expected(self, key: object) -> bool:
        """Whether a case is likely to take few steps from the basis that it has."""
        return key in self._bases and self._few.get(key, self._latest)

    def _note(self, key: object) -> None:
        """Remember whether a case took few steps."""
        self._few[key] = self._latest = self._steps <= FEW

    def _answer(self, case: Case, xi: np.ndarray, method: str) -> Answer:
        """The cost, and the cut that the dual vector proves whatever its accuracy.

        Weak duality with the bounds: for every ``y`` of the right sign,
        ``cost(xi) >= y (b - B xi) + sum_j min(0, c_j - A_j y) (u_j + U_j xi)``.
        """
        dual = self._circles.priced(case.cost, self.dual, self._room)
        y, reduced = clipped(self.template, self._AT, self._unbounded, case.cost, dual)
        # einsum, not BLAS: its threads cost milliseconds when processes share the cores
        constant = float(np.einsum("i,i", y, case.rhs))
        constant += float(np.einsum("i,i", reduced, self._finite_upper))
        slope = -(case.B.T @ y) + self._UT @ reduced
        return Answer(self._cost, constant, slope, method, y)


def _unsolved(key: object, statuses: list[str]) -> SolverError:
    return SolverError(f"dispatch problem {key} was not solved: {'; '.join(statuses)}")


def clipped(
    template: Template,
    transposed: sp.csr_matrix,
    unbounded: np.ndarray,
    cost: np.ndarray,
    dual: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """A dual vector made to prove a cut: signs of the rows, and the negative reduced costs.

    Parameters
    ----------
    template, transposed : the family and its ``A'``
    unbounded : columns without bound; where such a column stands in a single >= row, it caps the
        row's dual at its cost
    cost : c
    dual : any vector of length m

    Raises
    ------
    SolverError
        a column without bound keeps a negative reduced cost: no cut can be made.
    """
    y = np.where(template.sense > 0, np.maximum(dual, 0.0), dual)
    y = np.where(template.sense < 0, np.minimum(y, 0.0), y)
    A = template.A
    columns = np.flatnonzero((np.diff(A.indptr) == 1) & unbounded)
    first = A.indptr[columns]
    np.minimum.at(y, A.indices[first], cost[columns] / A.data[first])
    reduced = np.minimum(cost - transposed @ y, 0.0)
    if np.any(reduced[unbounded] < -ROUNDING):
        raise SolverError("a column without bound has a negative reduced cost: no valid cut")
    return y, reduced


def _load(
    A: sp.csc_matrix, cost: np.ndarray, upper: np.ndarray, low: np.ndarray, high: np.ndarray
) -> highspy.Highs:
    """A HiGHS object that holds one case."""
    lp = highspy.HighsLp()
    m, n = A.shape
    lp.num_col_, lp.num_row_ = n, m
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(n), upper
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = A.indptr, A.indices, A.data
    h = new_highs()
    h.passModel(lp)
    return h
