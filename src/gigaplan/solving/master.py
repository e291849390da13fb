"""The master problem in HiGHS, with cuts added and idle ones dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import highspy
import linopy
import numpy as np
import scipy.sparse as sp

from gigaplan.errors import InfeasibleError, SolverError
from gigaplan.solving.basis import BASIC, codes, from_codes
from gigaplan.solving.cutrows import Cut, CutRows
from gigaplan.solving.highs import new_highs

__all__ = ["Cut", "Master"]

RESIDUAL = 1e-7  # of the model's rows at an optimum, in their own units
ASLEEP, MANY = 3, 0.3  # solves without binding, and share of the rows, after which cuts rest


class Master:
    """A linopy model as a HiGHS object that keeps its basis while rows are added.

    Whole numbers are relaxed: :mod:`gigaplan.solving.branching` narrows their bounds.

    Attributes
    ----------
    cuts : the cuts that every optimum meets; not all are rows (:mod:`cutrows`)
    row_dual : dual values after a solve, of the model's rows, then of all cuts
    matrix : coefficients of the model's own rows
    whole : columns of the whole numbers
    """

    def __init__(self, model: linopy.Model):
        self.model = model
        matrices = model.matrices
        self._position = _positions(matrices.vlabels)
        self.row_labels = np.asarray(matrices.clabels)
        self._row_position = _positions(self.row_labels)
        self.cost = np.asarray(matrices.c, dtype=float)
        self.whole = np.flatnonzero(np.asarray(matrices.vtypes) == "I")
        lp = highspy.HighsLp()
        A: Any = matrices.A
        A = A.tocsc()
        A.data[np.abs(A.data) < 1e-9] = 0.0
        A.eliminate_zeros()
        b, sense = np.asarray(matrices.b, dtype=float), np.array([s[0] for s in matrices.sense])
        lp.num_row_, lp.num_col_ = A.shape
        lp.col_cost_ = self.cost
        lp.col_lower_, lp.col_upper_ = np.array(matrices.lb), np.array(matrices.ub)
        lp.row_lower_ = np.where(sense == "<", -np.inf, b)
        lp.row_upper_ = np.where(sense == ">", np.inf, b)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = A.indptr, A.indices, A.data
        self.matrix, self._rhs = A.tocsr(), b
        self.own_rows = A.shape[0]
        self.fixed = _fixed_columns(
            A.tocsr(), sense, b, np.array(matrices.lb), np.array(matrices.ub)
        )
        self._cuts = CutRows(len(self.cost))
        self._point: np.ndarray | None = None  # the last optimum
        self._started = False  # from a basis that was given
        self._passing = np.zeros(0, dtype=int)  # rows that hold until the first optimum alone
        self._added: sp.csr_matrix | None = None  # rows that only a basis needs, last of own_rows
        self._highs: Any = new_highs()
        for option in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            self._highs.setOptionValue(option, 1e-9)
        self._highs.passModel(lp)
        self.problem = lp
        self._basis: tuple[highspy.HighsBasis, int] | None = None

    def rows(self, name: str) -> np.ndarray:
        """Row numbers of a linopy constraint in label order; -1 where a row is masked."""
        labels = self.model.constraints[name].labels.values.ravel()
        known = (labels >= 0) & (labels < len(self._row_position))
        return np.where(known, self._row_position[np.where(known, labels, 0)], -1)

    @property
    def cuts(self) -> list[Cut]:
        """The cuts, in the order in which they were added."""
        return self._cuts.cuts

    def follow(self, other: Master) -> None:
        """Take another master's basis, of the same model and cuts; rows of sums may differ.

        Where the other has none, nothing changes: a basis only saves time.
        """
        theirs = other._highs.getBasis()
        own = self.matrix.shape[0]
        same = len(self.cuts) == len(other.cuts) and other.matrix.shape == self.matrix.shape
        if not theirs.valid or not same:
            return
        rows = np.full(self.own_rows, BASIC, dtype=np.uint8)
        statuses = codes(theirs.row_status)
        rows[:own] = statuses[:own]
        self.begin_at(
            codes(theirs.col_status)[: len(self.cost)], rows, other.cut_codes(statuses), False
        )

    def basis(self) -> highspy.HighsBasis | None:
        """The basis of the last solve, if any; columns that were added at zero come last."""
        basis = self._highs.getBasis()
        return basis if basis.valid else None

    def cut_codes(self, rows: np.ndarray) -> np.ndarray:
        """Codes of all cuts, by those of the rows of the basis; what is no row is basic."""
        out = np.full(len(self.cuts), BASIC, dtype=np.uint8)
        out[self._cuts.held] = rows[self.own_rows :]
        return out

    def add_at_zero(self, coefficients: sp.csc_matrix) -> None:
        """Add columns that are fixed at zero, by their coefficients in the model's own rows.

        No point has them; they may be members of a basis (:mod:`gigaplan.solving.carried`).
        """
        count = coefficients.shape[1]
        if not count:
            return
        none = np.zeros(count)
        entries = coefficients.nnz, coefficients.indptr[:-1], coefficients.indices
        self._highs.addCols(count, none, none, none, *entries, coefficients.data)

    def add_for_basis(
        self, matrix: sp.csr_matrix, low: np.ndarray, high: np.ndarray, passing: np.ndarray
    ) -> None:
        """Add rows that are members of a basis to begin at, after the model's own.

        ``passing`` ones hold until the first optimum and are then without bounds; the others must
        say nothing (of columns at zero).  No dual value tells of them.
        """
        if self._added is not None:
            raise ValueError("rows for a basis are added once")
        self._let_go(np.arange(len(self._cuts.held)))
        n = len(low)
        self._highs.addRows(
            n, low, high, matrix.nnz, matrix.indptr[:-1].astype(np.int32),
            matrix.indices.astype(np.int32), matrix.data,
        )  # fmt: skip
        self._passing = self.own_rows + np.flatnonzero(passing)
        self._added = matrix
        self.own_rows += n

    def _free_added(self, columns: np.ndarray) -> None:
        """Let go of the rows for a basis where the bounds of their columns are no longer theirs."""
        if self._added is not None and np.isin(columns, self._added.indices).any():
            self._let_be(np.arange(self.own_rows - self._added.shape[0], self.own_rows))

    def begin_at(
        self, columns: np.ndarray, rows: np.ndarray, cuts: np.ndarray, alien: bool = True
    ) -> None:
        """Start the next solve from a basis: the codes of columns, the model's rows and all cuts.

        Only cuts that are not basic become rows.
        """
        self._let_go(np.arange(len(self._cuts.held)))
        self._hold(np.flatnonzero(cuts != BASIC))
        statuses = np.concatenate([rows, cuts[self._cuts.held]])
        self._highs.setBasis(from_codes(columns, statuses, alien))
        self._started = True

    def forbid(self, columns: np.ndarray) -> None:
        """Fix columns at zero, for good."""
        n = len(columns)
        self._highs.changeColsBounds(n, columns.astype(np.int32), np.zeros(n), np.zeros(n))
        low, high = np.array(self.problem.col_lower_), np.array(self.problem.col_upper_)
        low[columns], high[columns] = 0.0, 0.0
        self.problem.col_lower_, self.problem.col_upper_ = low, high

    def linear(self) -> highspy.HighsLp:
        """The linear programme as it is now, with all cuts and bounds, for another HiGHS object."""
        self._hold(self._cuts.others)
        return self._highs.getLp()

    def bound(self, columns: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        """Set the bounds of columns."""
        self._free_added(columns)
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), low, high)

    @contextmanager
    def bounded(self, columns: np.ndarray, low: np.ndarray, high: np.ndarray) -> Iterator[None]:
        """Columns within other bounds, put back afterwards to what the model says."""
        before = np.array(self.problem.col_lower_), np.array(self.problem.col_upper_)
        self.bound(columns, low, high)
        try:
            yield
        finally:
            self.bound(columns, before[0][columns], before[1][columns])

    def add_sums(self, groups: Sequence[np.ndarray]) -> np.ndarray:
        """Rows without bounds that hold the sums of groups of columns; their row numbers.

        They stand among the model's own rows: cuts are added after them.
        """
        if self.cuts:
            raise ValueError("sums are added before cuts")
        for columns in groups:
            ones = np.ones(len(columns))
            self._highs.addRow(-np.inf, np.inf, len(columns), columns.astype(np.int32), ones)
        first, self.own_rows = self.own_rows, self.own_rows + len(groups)
        return np.arange(first, self.own_rows)

    def bound_rows(self, rows: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        """Set the bounds of rows, if any."""
        self._highs.changeRowsBounds(len(rows), rows.astype(np.int32), low, high)

    def _let_be(self, rows: np.ndarray) -> None:
        """Take away the bounds of rows."""
        free = np.full(len(rows), np.inf)
        self.bound_rows(rows, -free, free)

    def in_parts(self, sums: np.ndarray) -> None:
        """Let go of whole numbers that are held, and of the rows that hold their sums."""
        lp, whole = self.problem, self.whole
        low, high = np.array(lp.col_lower_)[whole], np.array(lp.col_upper_)[whole]
        self.bound(whole, low, high)
        self._let_be(sums)

    def release(self, rows: np.ndarray) -> None:
        """Take away the bounds of rows, for good."""
        self._let_be(rows)
        low, high = np.array(self.problem.row_lower_), np.array(self.problem.row_upper_)
        low[rows], high[rows] = -np.inf, np.inf
        self.problem.row_lower_, self.problem.row_upper_ = low, high

    @contextmanager
    def relaxed(self, changes: Mapping[int, float]) -> Iterator[None]:
        """Rows of the model with their right-hand sides moved, put back afterwards."""
        lower, upper = np.array(self.problem.row_lower_), np.array(self.problem.row_upper_)
        for row, change in changes.items():
            self._highs.changeRowBounds(int(row), lower[row] + change, upper[row] + change)
        try:
            yield
        finally:
            for row in changes:
                self._highs.changeRowBounds(int(row), lower[row], upper[row])

    @contextmanager
    def at_least(self, column: int, value: float) -> Iterator[None]:
        """A column with a lower bound of its own, taken away afterwards."""
        low, high = float(self.problem.col_lower_[column]), float(self.problem.col_upper_[column])
        self._free_added(np.array([column]))
        self._highs.changeColBounds(int(column), value, max(high, value))
        try:
            yield
        finally:
            self._highs.changeColBounds(int(column), low, high)

    def columns(self, name: str, **labels: object) -> np.ndarray:
        """Column numbers of a linopy variable, or of the part of it with the given labels."""
        chosen = self.model.variables[name].labels
        if labels:
            chosen = chosen.sel(labels)
        return self.of_labels(chosen.values)

    def of_labels(self, labels: np.ndarray) -> np.ndarray:
        """Column numbers of linopy's labels of variables."""
        found = self._position[np.ravel(labels)]
        if (np.ravel(labels) < 0).any() or (found < 0).any():
            raise KeyError("a label stands for no column of the model")
        return found

    def add(self, cuts: Sequence[Cut]) -> None:
        """Add cuts, met by every optimum from now on."""
        self._cuts.add(cuts, self.fixed)

    def _hold(self, which: np.ndarray) -> None:
        """Make cuts rows; in one call, for HiGHS copies its matrix each time."""
        if not len(which):
            return
        part, lower = self._cuts.matrix[which], self._cuts.lower[which]
        self._highs.addRows(
            len(which), lower, np.full(len(which), np.inf),
            part.nnz, part.indptr[:-1].astype(np.int32), part.indices.astype(np.int32), part.data,
        )  # fmt: skip
        self._cuts.held = np.concatenate([self._cuts.held, which])

    def _let_go(self, places: np.ndarray) -> None:
        """Have cuts be rows no longer, by their places among the rows of cuts; the basis stays."""
        if not len(places):
            return
        basis = self._highs.getBasis()
        rows = places + self.own_rows
        self._highs.deleteRows(len(rows), rows.astype(np.int32))
        if basis.valid:
            status = np.array(basis.row_status, dtype=object)
            basis.row_status = np.delete(status, rows).tolist()
            self._highs.setBasis(basis)
        self._cuts.held = np.delete(self._cuts.held, places)
        self._basis = None

    def _rest(self, solves: int) -> np.ndarray:
        """Places of the rows of cuts that are basic and did not bind in so many last solves."""
        idle = self._cuts.idle[self._cuts.held] >= solves
        basis = self._highs.getBasis()
        if basis.valid:
            idle &= codes(basis.row_status)[self.own_rows :] == BASIC
        return np.flatnonzero(idle)

    def solve(self, enough: Callable[[float], bool] | None = None) -> tuple[float, np.ndarray]:
        """Optimal objective and point.

        ``enough`` may say of a lower bound that it will do; then the point may miss some cuts, and
        the objective is that bound.

        Raises
        ------
        InfeasibleError
            no point meets the rows of the model.
        SolverError
            HiGHS ends otherwise than optimal, or at a point off the rows, with every method tried.
        """
        h, off = self._highs, np.inf
        for attempt in ("warm", "factored anew", "cold", "ipm"):
            if attempt == "factored anew":
                if off == np.inf:
                    continue
                h.setBasis(h.getBasis())
            if attempt == "cold":
                h.clearSolver()
            if attempt == "ipm":
                h.setOptionValue("solver", "ipm")
            status = self._run(enough)
            h.setOptionValue("solver", "choose")
            if status == highspy.HighsModelStatus.kOptimal:
                solution = h.getSolution()
                point = np.array(solution.col_value)[: len(self.cost)]
                off = self._off(point, np.array(solution.row_value))
                if off > RESIDUAL:
                    continue
                value = float(h.getObjectiveValue())
                self._take(solution, point)
                return value, point
            if attempt == "cold" and status in (
                highspy.HighsModelStatus.kInfeasible,
                highspy.HighsModelStatus.kUnboundedOrInfeasible,
            ):
                if self._basis is not None and self._basis[1] == h.getNumRow():
                    h.setBasis(self._basis[0])  # for the next bounds that are tried
                raise InfeasibleError("no plan meets every limit")
        text = h.modelStatusToString(status)
        if status == highspy.HighsModelStatus.kOptimal:
            raise SolverError(f"the master's optimum is off its rows by {off:.1e} at best")
        raise SolverError(f"the master problem ended with status {text!r}, not optimal")

    def _run(self, enough: Callable[[float], bool] | None) -> highspy.HighsModelStatus:
        """Solve until no cut is missed; what has no start yet has all cuts as rows.

        Rows that only a basis needs are let go of after the first solve, however it ends.
        """
        h = self._highs
        if self._point is not None:
            self._hold(self._cuts.missed(self._point))
        elif not self._started:
            self._hold(self._cuts.others)
        while True:
            h.run()
            status = h.getModelStatus()
            if len(self._passing):
                self._let_be(self._passing)
                self._passing = self._passing[:0]
                continue
            if status != highspy.HighsModelStatus.kOptimal:
                return status
            point = np.array(h.getSolution().col_value)[: len(self.cost)]
            missed = self._cuts.missed(point)
            # an optimum that misses cuts is one of fewer rows, so its value is a bound
            if not len(missed) or (enough is not None and enough(float(h.getObjectiveValue()))):
                return status
            self._hold(missed)

    def _take(self, solution: Any, point: np.ndarray) -> None:
        """What others ask of a solve; cuts that have not bound for long are rows no longer."""
        self._point = point
        self._cuts.count_idle(point)
        dual = np.array(solution.row_dual)
        self.row_dual = np.zeros(self.own_rows + len(self.cuts))
        self.row_dual[: self.own_rows] = dual[: self.own_rows]
        self.row_dual[self.own_rows + self._cuts.held] = dual[self.own_rows :]
        self.column_dual = np.array(solution.col_dual)[: len(self.cost)]
        if self._added is not None:
            part = slice(self.own_rows - self._added.shape[0], self.own_rows)
            self.column_dual += (self._added.T @ self.row_dual[part])[: len(self.cost)]
            self.row_dual[part] = 0.0
        resting = self._rest(ASLEEP)
        if len(resting) > MANY * len(self._cuts.held):
            self._let_go(resting)
        self._basis = self._highs.getBasis(), self._highs.getNumRow()

    def _off(self, point: np.ndarray, said: np.ndarray) -> float:
        """By how much the model's rows at a point differ from what HiGHS says of them.

        After many warm starts the factors of the basis are no longer exact, and HiGHS measures
        its infeasibilities by those factors.
        """
        own = self.matrix.shape[0]
        return float(np.abs(self.matrix @ point - said[:own]).max(initial=0.0))

    def off_rows(self, point: np.ndarray, moved: Mapping[int, float] | None = None) -> float:
        """By how much a point misses the model's own rows and bounds, at most.

        ``moved``: rows whose right-hand sides are others, and by how much.
        """
        lp, rows = self.problem, self.matrix @ point
        for row, change in (moved or {}).items():
            rows[row] -= change
        own = self.matrix.shape[0]
        misses = (
            np.asarray(lp.row_lower_)[:own] - rows,
            rows - np.asarray(lp.row_upper_)[:own],
            np.asarray(lp.col_lower_) - point,
            point - np.asarray(lp.col_upper_),
        )
        return max(float(miss.max(initial=0.0)) for miss in misses)

    def repaired(self, point: np.ndarray, whole: bool = False) -> np.ndarray:
        """A point within its bounds whose defined variables are exactly what they stand for.

        A constraint named ``X_definition`` gives the variable ``X`` by the others; solvers and
        averages of points leave residuals there.  Definitions follow one another as they were made.
        Whole numbers are those next to the point's where ``whole`` says that they are held.
        """
        out = np.clip(point, self.problem.col_lower_, self.problem.col_upper_)
        if whole:
            out[self.whole] = np.round(out[self.whole])
        for name in self.model.constraints:
            defined = str(name).removesuffix("_definition")
            if defined == name or defined not in self.model.variables:
                continue
            columns, rows = self._defined(defined), self.rows(str(name))
            if len(columns) != len(rows):
                raise ValueError(f"{name} does not define {defined} label by label")
            columns, rows = columns[rows >= 0], rows[rows >= 0]
            part = self.matrix[rows]
            own = np.asarray(part[np.arange(len(rows)), columns]).ravel()
            rest = part @ out - own * out[columns]
            out[columns] = (self._rhs[rows] - rest) / own
        return out

    def _defined(self, name: str) -> np.ndarray:
        """Columns of the labels of a variable that ``NAME_definition`` defines, in its order."""
        labels = self.model.constraints[f"{name}_definition"].labels
        part = self.model.variables[name].labels.sel({d: labels[d].values for d in labels.dims})
        return self.of_labels(part.transpose(*labels.dims).values)

    def drop_idle(self, solves: int = 1) -> int:
        """Remove cuts that did not bind in so many last solves; return how many were removed.

        The basis stays: a cut that does not bind is basic.
        """
        self._let_go(self._rest(solves))
        others = self._cuts.others
        gone = others[self._cuts.idle[others] >= solves]
        self._cuts.drop(gone)
        return len(gone)


def _positions(labels: np.ndarray) -> np.ndarray:
    """Where each of linopy's labels stands in the arrays of the problem; -1: nowhere."""
    out = np.full(int(np.max(labels, initial=-1)) + 1, -1)
    out[np.asarray(labels, dtype=int)] = np.arange(len(labels))
    return out


def _fixed_columns(
    A: object, sense: np.ndarray, b: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Value of every column that an equality row alone fixes, NaN for the others."""
    fixed = np.full(len(low), np.nan)
    fixed[low == high] = low[low == high]
    matrix = A.copy()  # type: ignore[attr-defined]
    dead = np.flatnonzero(low == high)
    if len(dead):
        keep = np.ones(len(low))
        keep[dead] = 0.0
        rhs = b - matrix @ np.where(low == high, low, 0.0)
        matrix = matrix.multiply(keep[None, :]).tocsr()
        matrix.eliminate_zeros()
    else:
        rhs = b
    single = np.flatnonzero((np.diff(matrix.indptr) == 1) & (sense == "="))
    column = matrix.indices[matrix.indptr[single]]
    fixed[column] = rhs[single] / matrix.data[matrix.indptr[single]]
    return fixed
