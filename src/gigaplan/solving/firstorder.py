"""First cuts from a first-order method, on a GPU where there is one.

The plan as one linear programme is given to PDLP (HiGHS, cuPDLPx or cuOpt, all by linopy).  What
comes back is inexact, so its plan is not used; but any dual vector of the right signs proves a cut,
so its duals are put among those that the search starts from, and the search proves the answer.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gigaplan.errors import SolverError, UsageError
from gigaplan.model.assemble import build_monolith
from gigaplan.solving.highs import banner_to_stderr

if TYPE_CHECKING:
    from gigaplan.solving.cases import Key
    from gigaplan.solving.prepared import Search

Say = Callable[[str], None]
# method: solver's name in linopy, module, options, how it is had
METHODS: Mapping[str, tuple[str, str, dict[str, Any], str]] = {
    "pdlp": ("highs", "highspy", {"solver": "pdlp", "output_flag": False}, ""),
    "cupdlpx": ("cupdlpx", "cupdlpx", {}, "pip install 'gigaplan[gpu]'"),
    "cuopt": ("cuopt", "cuopt", {"method": 1}, "install NVIDIA's cuOpt for Python"),
}


def check_method(method: str) -> None:
    """Refuse a method that there is not, or whose solver is not installed.

    Raises
    ------
    UsageError
    """
    known = ("decomposition", "monolith", *METHODS)
    if method not in known:
        raise UsageError(f"method {method!r}: choose {', '.join(known)}")
    if method in METHODS and importlib.util.find_spec(METHODS[method][1]) is None:
        raise UsageError(
            f"method {method}: its solver is not installed; {METHODS[method][3]}, or use pdlp, "
            "which needs no GPU"
        )


def first_duals(found: Search, method: str, say: Say) -> None:
    """Give the search the dual vectors that a first-order method finds for every day.

    Raises
    ------
    SolverError
        the method gives no duals.
    """
    solver, _, options, _ = METHODS[method]
    say(f"one linear programme for everything, by {method}")
    model = build_monolith(found.inputs, found.weights)
    if len(model.integers):
        model.variables.relax()
    banner_to_stderr()
    status, condition = model.solve(solver_name=solver, io_api="direct", **options)
    if status != "ok":
        raise SolverError(f"{method} ended with {condition}, and no duals to start from")
    found.duals.add({key: _vector(found, model, key) for key in found.evaluator.keys})


def _vector(found: Search, model: Any, key: Key) -> np.ndarray:
    """The dual vector of one day in the rows of its own problem [MUSD per unit]."""
    year, day = key
    per_day = float(found.inputs["year_weight"].sel(year=year)) * found.evaluator.scale_of[key]
    out = np.zeros(found.family.template.A.shape[0])
    for name, rows in found.family.rows.items():
        if len(rows):
            dual = model.constraints[f"{name}_{year}"].dual
            if "day" in dual.dims:
                dual = dual.sel(day=[day])
            out[rows] = dual.values.ravel() / per_day
    return np.nan_to_num(out)
