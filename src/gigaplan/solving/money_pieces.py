"""The money and the scarce equipment that come with a unit of capital or of use, as pieces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from gigaplan.solving.ledger import Ledger
from gigaplan.solving.small import solve_small

STEP = 0.1  # GW: what is there may give way by a piece of this size
LARGE = 1e4  # BUSD per BUSD: money that there is not
USED = 1e-7


@dataclass(frozen=True)
class Money:
    """How one BUSD of each cell's capital is paid for.

    Attributes
    ----------
    rows : row of the uses of each cell
    pieces : columns x cells; empty where nobody can pay for a cell
    payable : whether somebody can
    """

    rows: np.ndarray
    pieces: sp.csc_matrix
    payable: np.ndarray

    def with_money(self, ledger: Ledger, pieces: sp.csc_matrix) -> sp.csc_matrix:
        """Pieces together with the money that pays for them."""
        if not len(self.rows):
            return pieces
        need = -(ledger.own[self.rows] @ pieces)
        return sp.csc_matrix(pieces + self.pieces @ need)


def money(ledger: Ledger) -> Money:
    """How each cell is paid for: as the plan pays for it, or the cheapest way where it is empty.

    The mix of a cell in use is one of its cheapest, for the problem of one cell is homogeneous;
    where a cell is empty a small problem finds one at the same prices.
    """
    inputs, n = ledger.inputs, len(ledger.price)
    if "funding" not in inputs.dims:
        return Money(np.zeros(0, dtype=int), sp.csc_matrix((n, 0)), np.zeros(0, dtype=bool))
    cells = inputs.sizes["cell"]
    funding, equity = ledger.columns("funding"), ledger.columns("cell_equity")
    capital, rows = ledger.columns("cell_capital"), ledger.rows("capital_uses")
    position = {c: i for i, c in enumerate(inputs["cell"].values.tolist())}
    cell_of = np.array([position[c] for c in inputs["funding_cell"].values.tolist()])
    total = ledger.point[capital]
    share, most = _cheapest(ledger, funding, equity, capital, cells)
    used = total > USED
    held = used[cell_of]
    share[held] = ledger.point[funding[held]] / total[cell_of[held]]
    part = np.where(used, ledger.point[equity] / np.where(used, total, 1.0), most)
    paid = np.bincount(cell_of, share, cells)
    payable = paid > 0.5
    # what the solver's tolerance left of a sum of shares that is one
    share = share / np.where(payable, paid, 1.0)[cell_of]
    ones = np.where(payable, 1.0, 0.0)
    index = np.concatenate([funding, equity, capital])
    of = np.concatenate([cell_of, np.arange(cells), np.arange(cells)])
    values = np.concatenate([share * ones[cell_of], part * ones, ones])
    return Money(rows, sp.csc_matrix((values, (index, of)), shape=(n, cells)), payable)


def _cheapest(
    ledger: Ledger, funding: np.ndarray, equity: np.ndarray, capital: np.ndarray, cells: int
) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the fundings and of equity in the cheapest BUSD of every cell at once."""
    names = [n for n in ("capital_sources", "capital_equity", "limit_capital", "limit_equity")
             if ledger.has(n)]  # fmt: skip
    rows = np.concatenate([ledger.rows(n).ravel() for n in names])
    columns = np.concatenate([funding, equity])
    own = ledger.own[rows]
    # one BUSD in each cell, and money that there is not where nobody pays
    fixed = np.asarray(own[:, capital].sum(axis=1)).ravel()
    lacking = sp.eye(len(rows), cells, format="csr")
    matrix = sp.hstack([own[:, columns], lacking], format="csr")
    equal = np.array([n in ("capital_sources", "capital_equity") for n in names])
    sizes = [ledger.rows(n).size for n in names]
    low = np.where(np.repeat(equal, sizes), -fixed, -np.inf)
    cost = np.concatenate([ledger.price[columns], np.full(cells, LARGE)])
    _, found = solve_small(
        cost, matrix, low, -fixed, np.zeros(len(cost)), np.full(len(cost), np.inf)
    )
    shares, parts = found[: len(funding)], found[len(funding) : len(columns)]
    short = found[len(columns) :] > 1e-6
    position = {c: i for i, c in enumerate(ledger.inputs["cell"].values.tolist())}
    lost = [short[position[c]] for c in ledger.inputs["funding_cell"].values.tolist()]
    return np.where(lost, 0.0, shares), np.where(short, 0.0, parts)


def _largest_need(ledger: Ledger) -> np.ndarray:
    """Units of each class that one GW of IT may need at most, one at least."""
    inputs = ledger.inputs
    own = inputs["equipment_need_option"].transpose("equipment", "option").values
    firm = float(inputs["onsite_availability"].min()) if inputs.sizes["onsite"] else 1.0
    by_option = own.max(axis=1, initial=0.0) / max(firm, 0.1)
    need = inputs["equipment_need_campus"].values + by_option
    return np.asarray(np.maximum(need * float(inputs["campus_pue_air"].max()), 1.0))


def equipment(ledger: Ledger, funded: Money) -> list[sp.csc_matrix]:
    """By planning year: one unit of each class of equipment from that year on, with its money.

    Orders that the plan has made, and what it has to spare, may move by a piece of ``STEP``.
    """
    n, count = len(ledger.price), ledger.inputs.sizes["equipment"]
    years = ledger.inputs.sizes["year"]
    if not ledger.has("equipment_balance"):
        return [sp.csc_matrix((n, count)) for _ in range(years)]
    order, rows = ledger.columns("equipment_order"), ledger.rows("equipment_balance")
    columns, at = order.ravel(), np.repeat(np.arange(count), order[0].size)
    single = sp.csc_matrix(
        (np.ones(len(columns)), (columns, np.arange(len(columns)))), shape=(n, len(columns))
    )
    cost = np.asarray(funded.with_money(ledger, single).T @ ledger.price).ravel()
    matrix = ledger.own[rows.ravel()][:, columns]
    step = STEP * _largest_need(ledger)[:, None]
    spare = ledger.slack[rows] / step
    least = np.minimum(-ledger.point[order].reshape(count, -1) / step, 0.0).ravel()
    out = []
    for first in range(years):
        needed = np.where(np.arange(years) >= first, 1.0, 0.0) - spare
        _, found = solve_small(
            cost, matrix, needed.ravel(), np.full(rows.size, np.inf),
            least, np.full(len(columns), np.inf),
        )  # fmt: skip
        pieces = sp.csc_matrix((found, (columns, at)), shape=(n, count))
        out.append(funded.with_money(ledger, pieces))
    return out
