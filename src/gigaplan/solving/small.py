"""A small linear programme solved at once."""

from __future__ import annotations

import highspy
import numpy as np
import scipy.sparse as sp

from gigaplan.errors import SolverError
from gigaplan.solving.highs import new_highs


def solve_small(
    cost: np.ndarray,
    matrix: sp.csr_matrix,
    low: np.ndarray,
    high: np.ndarray,
    least: np.ndarray,
    most: np.ndarray,
) -> tuple[float, np.ndarray]:
    """``min cost x  s.t.  low <= matrix x <= high, least <= x <= most``: its value and point.

    Raises
    ------
    SolverError
        it was not solved to optimality.
    """
    lp = highspy.HighsLp()
    columns = sp.csc_matrix(matrix)
    lp.num_row_, lp.num_col_ = columns.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, least, most
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = columns.indptr, columns.indices
    lp.a_matrix_.value_ = columns.data
    h = new_highs()
    for option in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        h.setOptionValue(option, 1e-9)
    h.passModel(lp)
    h.run()
    status = h.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        text = h.modelStatusToString(status)
        raise SolverError(f"a small problem beside the master ended with status {text!r}")
    return float(h.getObjectiveValue()), np.array(h.getSolution().col_value)
