"""A family of linear programmes that differ in a few numbers, extracted from a linopy model.

``min c x  s.t.  A x (<=, =, >=) b - B xi,  0 <= x <= u + U xi``

``xi`` is the coupling vector that a master decides.  ``A``, ``U`` and ``u`` are shared by all
cases of the family; ``c``, ``b`` and ``B`` are a case's own.  Nothing here knows what the rows
and columns stand for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import linopy
import numpy as np
import scipy.sparse as sp

SENSES = {"<": -1, "=": 0, ">": 1}


@dataclass(frozen=True)
class Template:
    """What the cases of a family share. Shapes: m rows, n columns, k coupling quantities."""

    A: sp.csc_matrix  # m x n
    sense: np.ndarray  # m: -1, 0, 1 for <=, =, >=
    upper: np.ndarray  # n: u, may be inf
    U: sp.csr_matrix  # n x k
    row_labels: np.ndarray  # m: labels of the linopy rows
    column_labels: np.ndarray  # n: labels of the linopy variables
    # rows of a store over the day, by store and hour: see circles.py
    circles: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=int))


@dataclass(frozen=True)
class Case:
    """One member of a family."""

    cost: np.ndarray  # n
    rhs: np.ndarray  # m
    B: sp.csr_matrix  # m x k


def extract(model: linopy.Model, coupling: Sequence[str]) -> tuple[Template, Case]:
    """Split a linopy model into a template and the case that it was built with.

    Rows with a single column besides the coupling columns, that bound it from above by a
    non-negative combination of coupling quantities, become column bounds: dual simplex
    re-solves bounds several times faster than rows.

    Parameters
    ----------
    model : linopy model whose variables are all >= 0 and whose coupling variables cost nothing
    coupling : names of the coupling variables; their order defines the coupling vector
    """
    matrices = model.matrices
    position = {label: i for i, label in enumerate(matrices.vlabels)}
    tied = np.array(
        [position[x] for name in coupling for x in model.variables[name].labels.values.ravel()],
        dtype=int,
    )
    free = np.setdiff1d(np.arange(len(matrices.vlabels)), tied)
    if np.any(matrices.lb[free] != 0) or np.any(matrices.c[tied] != 0):
        raise ValueError("a sub-problem needs variables >= 0 and coupling columns without cost")
    A = sp.csr_matrix(matrices.A)
    own, shared = A[:, free].tocsr(), A[:, tied].tocsr()
    own.eliminate_zeros()
    shared.eliminate_zeros()
    sense = np.array([SENSES[s[0]] for s in matrices.sense])
    rhs = np.asarray(matrices.b, dtype=float)
    upper = np.asarray(matrices.ub, dtype=float)[free]
    bounds, U = _singletons(own, shared, sense, rhs, len(tied))
    kept = np.setdiff1d(np.arange(A.shape[0]), bounds)
    template = Template(
        A=own[kept].tocsc(),
        sense=sense[kept],
        upper=upper,
        U=U,
        row_labels=np.asarray(matrices.clabels)[kept],
        column_labels=np.asarray(matrices.vlabels)[free],
    )
    case = Case(np.asarray(matrices.c, dtype=float)[free], rhs[kept], shared[kept].tocsr())
    template.upper[np.unique(U.nonzero()[0])] = 0.0
    return template, case


def _singletons(
    own: sp.csr_matrix, shared: sp.csr_matrix, sense: np.ndarray, rhs: np.ndarray, k: int
) -> tuple[np.ndarray, sp.csr_matrix]:
    """Rows ``a x_j - B xi <= 0`` and the bounds they turn into, at most one for each column."""
    count = np.diff(own.indptr)
    candidates = np.flatnonzero((count == 1) & (sense == -1) & (rhs == 0))
    rows, columns, coefficients, taken = [], [], [], set()
    data: list[np.ndarray] = []
    for i in candidates:
        j, a = own.indices[own.indptr[i]], own.data[own.indptr[i]]
        part = slice(shared.indptr[i], shared.indptr[i + 1])
        if a <= 0 or j in taken or part.start == part.stop or np.any(shared.data[part] > 0):
            continue
        taken.add(j)
        rows.append(i)
        columns.append(np.full(part.stop - part.start, j))
        coefficients.append(-shared.data[part] / a)
        data.append(shared.indices[part])
    n = own.shape[1]
    if not rows:
        return np.array([], dtype=int), sp.csr_matrix((n, k))
    U = sp.csr_matrix(
        (np.concatenate(coefficients), (np.concatenate(columns), np.concatenate(data))), (n, k)
    )
    return np.array(rows), U
