"""Solve members of a family, warm, and turn any dual vector into a valid cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import scipy.sparse as sp

from gigaplan.errors import SolverError
from gigaplan.solving.basis import packed, size, unpacked
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


class Solver:
    """One HiGHS object for a family; cases are swapped in with their own basis.

    Not shared between processes.  Bases are kept by key, so that a case re-solved at a nearby
    point takes few dual simplex steps.
    """

    def __init__(self, template: Template):
        self.template = template
        self._bases: dict[object, highspy.HighsBasis] = {}
        self._bits: dict[object, np.ndarray] = {}  # the same, as they are stored
        self._last: highspy.HighsBasis | None = None
        self._few: dict[object, bool] = {}  # whether a case took few steps the last time
        self._latest = True  # ... the last case
        self._steps = 0  # of the simplex method, in the last solve
        self._highs: Any = None
        self._held_cost: np.ndarray | None = None
        self._held_upper = np.zeros(0)
        self._solution: Any = None
        self._unbounded = ~np.isfinite(template.upper)
        self._finite_upper = np.where(self._unbounded, FAR, template.upper)
        self._AT, self._UT = template.A.T.tocsr(), template.U.T.tocsr()
        self.dual: np.ndarray = np.zeros(0)

    @property
    def primal(self) -> np.ndarray:
        """Primal vector of the last solve."""
        return np.fromiter(self._solution.col_value, float, len(self._held_upper))

    def basis_of(self, key: object) -> np.ndarray | None:
        """The basis of a case where its details were last asked for, packed; None before."""
        return self._bits.get(key)

    def detail(self, key: object, case: Case, xi: np.ndarray) -> tuple[float, np.ndarray]:
        """Optimal cost and primal vector; the basis is kept for :meth:`basis_of`."""
        cost = self.optimum(key, case, xi)
        primal = self.primal
        if self._highs is not None:
            reduced = case.cost - self._AT @ self.dual
            rows = self.template.A.shape[0]
            self._bits[key] = packed(self._highs, primal, self._held_upper, reduced, rows)
        return cost, primal

    def take(self, bases: Mapping[Any, np.ndarray]) -> None:
        """Start cases from these bases; one of another shape is of no use and left out."""
        m, n = self.template.A.shape
        self._bits |= {k: b for k, b in bases.items() if b.shape == size(n, m)}

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

    def optimum(self, key: object, case: Case, xi: np.ndarray) -> float:
        """Optimal cost alone; primal and dual are kept, no cut is made.

        Raises
        ------
        SolverError
            no method of the solver ends optimal.
        """
        statuses = []
        for method, status in self._attempts(key, case, xi):
            if status == "Optimal":
                return self._cost
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
        t = self.template
        row_lower = np.where(t.sense >= 0, rhs, -np.inf)
        row_upper = np.where(t.sense <= 0, rhs, np.inf)
        if method != FIRST_METHOD or self._highs is None:
            self._highs = _load(t, case.cost, upper, row_lower, row_upper)
            self._highs.setOptionValue("solver", "ipm" if method == "ipm" else "simplex")
            self._held_cost, self._held_upper = case.cost, upper
        h, m = self._highs, len(rhs)
        if method == FIRST_METHOD:
            # handing over a number costs more than comparing it
            if case.cost is not self._held_cost:
                other = np.flatnonzero(case.cost != self._held_cost).astype(np.int32)
                h.changeColsCost(len(other), other, case.cost[other])
            other = np.flatnonzero(upper != self._held_upper).astype(np.int32)
            if len(other):
                h.changeColsBounds(len(other), other, np.zeros(len(other)), upper[other])
            self._held_cost, self._held_upper = case.cost, upper
            h.changeRowsBounds(m, np.arange(m, dtype=np.int32), row_lower, row_upper)
            basis = self._bases.get(key)
            if basis is None and key in self._bits:
                basis = unpacked(self._bits[key], len(upper), m)
            basis = basis or self._last
            if basis is not None:
                h.setBasis(basis)
        status = self._go(method == FIRST_METHOD and self._expected(key))
        if status == "Optimal":
            self._note(key)
            self._solution = h.getSolution()
            self._cost = float(h.getInfo().objective_function_value)
            self.dual = np.fromiter(self._solution.row_dual, float, m)
            self._last = h.getBasis()
            if self._last.valid:
                self._bases[key] = self._last
        if method != FIRST_METHOD:
            self._highs = None if status != "Optimal" or method == "ipm" else h
        return status

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
        known = key in self._bases or key in self._bits
        return known and self._few.get(key, self._latest)

    def _note(self, key: object) -> None:
        """Remember whether a case took few steps."""
        self._few[key] = self._latest = self._steps <= FEW

    def _answer(self, case: Case, xi: np.ndarray, method: str) -> Answer:
        """The cost, and the cut that the dual vector proves whatever its accuracy.

        Weak duality with the bounds: for every ``y`` of the right sign,
        ``cost(xi) >= y (b - B xi) + sum_j min(0, c_j - A_j y) (u_j + U_j xi)``.
        """
        y, reduced = clipped(self.template, self._AT, self._unbounded, case.cost, self.dual)
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
    template: Template, cost: np.ndarray, upper: np.ndarray, low: np.ndarray, high: np.ndarray
) -> highspy.Highs:
    """A HiGHS object that holds one case."""
    lp = highspy.HighsLp()
    m, n = template.A.shape
    lp.num_col_, lp.num_row_ = n, m
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(n), upper
    lp.row_lower_, lp.row_upper_ = low, high
    A = sp.csc_matrix(template.A)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = A.indptr, A.indices, A.data
    h = new_highs()
    h.passModel(lp)
    return h
