"""HiGHS's own search for whole numbers in a master with cuts: a start, and a bound.

Its rounding finds good numbers at once where many are loose; its bound is good where few are tight.
It is stopped early: what it leaves open is for :mod:`gigaplan.solving.branching`.
"""

from __future__ import annotations

import highspy
import numpy as np

from gigaplan.errors import InfeasibleError, SolverError
from gigaplan.solving.highs import new_highs
from gigaplan.solving.master import Master

NODES, SECONDS = 30, 15.0
# sub-problems of whole numbers and restarts cost more than they bring
OFF = (
    "mip_heuristic_run_rens", "mip_heuristic_run_rins", "mip_heuristic_run_root_reduced_cost",
    "mip_allow_restart", "mip_heuristic_run_feasibility_jump",
)  # fmt: skip
ENDED = (
    highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit,
    highspy.HighsModelStatus.kSolutionLimit,
)  # fmt: skip


def whole_start(
    master: Master, within: float, seconds: float = SECONDS
) -> tuple[float, np.ndarray | None]:
    """A bound on what whole numbers cost in the master, and such numbers if any were found.

    The bound is HiGHS's dual bound, never the objective of what it found.

    Parameters
    ----------
    master : with its cuts, the whole numbers within their own bounds
    within : difference of bound and objective that is good enough, in the objective's unit

    Raises
    ------
    InfeasibleError
        no whole numbers meet the rows.
    SolverError
        HiGHS ended otherwise than optimal, infeasible or at a limit.
    """
    h = new_highs()
    h.passModel(master.linear())
    kinds = np.full(len(master.whole), highspy.HighsVarType.kInteger)
    h.changeColsIntegrality(len(kinds), master.whole.astype(np.int32), kinds)
    for option in OFF:
        h.setOptionValue(option, False)
    # the bound that these bring is not worth their time; what is found is as good without them
    h.setOptionValue("presolve", "off")
    h.setOptionValue("mip_pscost_minreliable", 0)
    for option, value in (
        ("mip_heuristic_effort", 0.0), ("mip_rel_gap", 0.0), ("mip_abs_gap", within),
        ("time_limit", seconds), ("mip_feasibility_tolerance", 1e-7),
        ("primal_feasibility_tolerance", 1e-9), ("dual_feasibility_tolerance", 1e-9),
    ):  # fmt: skip
        h.setOptionValue(option, value)
    h.setOptionValue("mip_max_nodes", NODES)
    h.run()
    status = h.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        raise InfeasibleError("no plan in whole units meets every limit")
    if status not in ENDED:
        text = h.modelStatusToString(status)
        raise SolverError(f"the search for whole units ended with status {text!r}")
    bound = float(h.getInfo().mip_dual_bound)
    solution = h.getSolution()
    found = np.array(solution.col_value)[master.whole] if solution.value_valid else None
    return bound - 1e-8 * (1 + abs(bound)), None if found is None else np.round(found)
