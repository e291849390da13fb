"""One GW of IT more in a zone from a year on, brought in one piece, as directions of the master.

The piece is the shell with its load, its supply, its accelerators, its equipment and its money.
It is connected to the grid or supplied by units of its own, interruptible as far as it may be or
not at all, year by year, whichever is cheaper at the plan's prices.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from gigaplan.solving.ledger import Ledger
from gigaplan.solving.money_pieces import STEP, Money, equipment, money
from gigaplan.solving.small import solve_small

TIE = 1e-7  # BUSD per GW: on-site supply must be cheaper than the grid by more


def campus_pieces(ledger: Ledger) -> tuple[sp.csc_matrix, np.ndarray]:
    """Columns x (zone, year): one GW of IT more in a zone from a year on; and the PUE of each.

    Cooled as is usual or, where that may be chosen, by air, whichever is cheaper.
    """
    inputs = ledger.inputs
    wet, years = inputs["campus_pue"].values, inputs.sizes["year"]
    pieces, pue = _pieces(ledger, wet, air=False), np.repeat(wet, years)
    if "air_build" not in ledger.master.model.variables:
        return pieces, pue
    dry = np.where(inputs["campus_air_possible"].values, inputs["campus_pue_air"].values, wet)
    other = _pieces(ledger, dry, air=True)
    better = np.asarray(other.T @ ledger.price < pieces.T @ ledger.price - TIE).ravel()
    columns = [(other if b else pieces)[:, [i]] for i, b in enumerate(better)]
    return sp.hstack(columns, format="csc"), np.where(better, np.repeat(dry, years), pue)


def _pieces(ledger: Ledger, pue: np.ndarray, air: bool) -> sp.csc_matrix:
    """The pieces at a PUE by zone."""
    inputs, n = ledger.inputs, len(ledger.price)
    funded = money(ledger)
    bought = equipment(ledger, funded)
    shells = _shells(ledger, pue, air)
    filled = accelerators(ledger, funded)
    zones, years = inputs.sizes["zone"], inputs.sizes["year"]
    plain = sp.csc_matrix(shells + sp.hstack([filled] * zones, format="csc"))
    plain = _with_equipment(ledger, bought, funded.with_money(ledger, plain))
    grid = sp.csc_matrix(plain + _connections(ledger, pue))
    own = _own_supply(ledger, funded, bought, pue)
    cost = np.asarray(_connections(ledger, pue).T @ ledger.price).ravel()
    columns = [grid[:, [i]] for i in range(zones * years)]
    for i, pieces in own.items():
        price = np.asarray(pieces.T @ ledger.price).ravel()
        best = int(np.argmin(price))
        if price[best] < cost[i] - TIE:
            columns[i] = plain[:, [i]] + pieces[:, [best]]
    flexible = _interruptible(ledger, pue)
    out = sp.hstack(columns, format="csc") + flexible
    assert out.shape == (n, zones * years)
    return sp.csc_matrix(out)


def _later(years: int) -> np.ndarray:
    """Year of a piece x year: whether the piece is there."""
    return np.triu(np.ones((years, years)))


def _assembled(
    ledger: Ledger, parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
) -> sp.csc_matrix:
    """(columns, pieces, values) as one matrix of columns x (zone, year)."""
    count = ledger.inputs.sizes["zone"] * ledger.inputs.sizes["year"]
    index, of, values = (np.concatenate([np.ravel(p[k]) for p in parts]) for k in range(3))
    return sp.csc_matrix((values, (index, of)), shape=(len(ledger.price), count))


def _spread(ledger: Ledger, columns: np.ndarray, zones: np.ndarray, amount: np.ndarray) -> tuple[
    np.ndarray, np.ndarray, np.ndarray
]:  # fmt: skip
    """An amount of ``columns`` [member, year] in every year of the pieces of the members' zones.

    ``amount`` [member] or [member, year].
    """
    years = columns.shape[1]
    amount = np.broadcast_to(np.reshape(amount, (len(columns), -1)), columns.shape)
    member, first, year = np.nonzero(np.broadcast_to(_later(years), (len(columns), years, years)))
    return columns[member, year], zones[member] * years + first, amount[member, year]


def _shells(ledger: Ledger, pue: np.ndarray, air: bool) -> sp.csc_matrix:
    """The shell and the load that dispatch sees."""
    build = ledger.columns("it_build")
    zones = np.arange(len(build))
    drawn = pue * float(ledger.inputs["campus_utilisation"])
    parts = [
        (build, np.arange(build.size), np.ones(build.size)),
        _spread(ledger, ledger.columns("it_power"), zones, np.ones(len(zones))),
        _spread(ledger, ledger.columns("campus_load"), zones, drawn),
    ]
    if air:
        parts.append((ledger.columns("air_build"), np.arange(build.size), np.ones(build.size)))
    return _assembled(ledger, parts)


def _zone_of_campus(ledger: Ledger) -> np.ndarray:
    zones = ledger.inputs["zone"].values.tolist()
    return np.array([zones.index(z) for z in ledger.inputs["campus"].values.tolist()], dtype=int)


def _connections(ledger: Ledger, pue: np.ndarray) -> sp.csc_matrix:
    """A connection of the whole facility power."""
    at = _zone_of_campus(ledger)
    return _assembled(ledger, [_spread(ledger, ledger.columns("campus_connection"), at, pue[at])])


def _interruptible(ledger: Ledger, pue: np.ndarray) -> sp.csc_matrix:
    """What may be interrupted, in the years in which that is worth something."""
    at = _zone_of_campus(ledger)
    columns = ledger.columns("campus_flexible")
    share = float(ledger.inputs["campus_flexible_share"])
    amount = share * pue[at][:, None]
    amount = np.where(ledger.price[columns] < 0, amount, 0.0)
    return _assembled(ledger, [_spread(ledger, columns, at, amount)])


def _with_equipment(
    ledger: Ledger, bought: list[sp.csc_matrix], pieces: sp.csc_matrix, first: int | None = None
) -> sp.csc_matrix:
    """Pieces with the equipment that they use from their year on.

    ``first`` is the year of all of them; by default they are ordered by zone and year.
    """
    if not ledger.has("equipment_balance"):
        return pieces
    years = len(bought)
    need = -(ledger.own[ledger.rows("equipment_balance")[:, -1]] @ pieces).tocsc()
    year = [first if first is not None else i % years for i in range(pieces.shape[1])]
    more = sp.hstack([bought[k] @ need[:, [i]] for i, k in enumerate(year)], format="csc")
    return sp.csc_matrix(pieces + more)


def _own_supply(
    ledger: Ledger, funded: Money, bought: list[sp.csc_matrix], pue: np.ndarray
) -> dict[int, sp.csc_matrix]:
    """By (zone, year): the on-site units that may supply the campus, each a piece of its own."""
    inputs = ledger.inputs
    years = inputs.sizes["year"]
    owner = inputs["owner"].values.tolist().index("programme")
    alive = inputs["option_alive"].transpose("option", "year", "year_built").values
    open_ = inputs["option_buildable"].transpose("option", "year", "owner").values[:, :, owner]
    build, capacity = ledger.columns("build")[owner], ledger.columns("onsite_capacity")
    zones = inputs["zone"].values.tolist()
    built: dict[int, list[sp.csc_matrix]] = {}
    asset_of = inputs["option_asset"].values.astype(str)
    kind = inputs["option_kind"].values.astype(str)
    for o, unit in enumerate(inputs["onsite"].values.tolist()):
        zone = zones.index(str(inputs["onsite_zone"].values[o]))
        firm = float(inputs["onsite_availability"].values[o])
        for i in np.flatnonzero((asset_of == unit) & (kind == "onsite")):
            output = float(inputs["option_output"].values[i])
            for k in range(years):
                if not open_[i, k] or not alive[i, k:, k].all() or firm * output <= 0:
                    continue
                size = float(pue[zone]) / (firm * output)
                index = np.concatenate([[build[i, k]], capacity[o, k:]])
                values = np.concatenate([[size], np.full(years - k, size * output)])
                piece = sp.csc_matrix(
                    (values, (index, np.zeros(len(index), dtype=int))),
                    shape=(len(ledger.price), 1),
                )
                piece = funded.with_money(ledger, piece)
                piece = _with_equipment(ledger, bought, piece, k)
                built.setdefault(zone * years + k, []).append(piece)
    return {at: sp.hstack(found, format="csc") for at, found in built.items()}


def accelerators(ledger: Ledger, funded: Money) -> sp.csc_matrix:
    """By planning year: what fills one GW of shells from that year on, with its money.

    The cheapest way at the plan's prices; what the plan has bought, and what it has to spare, may
    move by a piece of ``STEP``.
    """
    names = ("accelerator_build", "accelerator_first", "accelerators", "idle_it_power")
    columns = np.concatenate([ledger.columns(n).ravel() for n in names])
    n = len(ledger.price)
    single = sp.csc_matrix(
        (np.ones(len(columns)), (columns, np.arange(len(columns)))), shape=(n, len(columns))
    )
    cost = np.asarray(funded.with_money(ledger, single).T @ ledger.price).ravel()
    rows = {
        name: ledger.rows(name).ravel()
        for name in ("accelerators_standing", "accelerators_first", "accelerators_paid")
    }
    fill = ledger.rows("accelerators_fill").ravel()
    chosen = np.concatenate([*rows.values(), fill])
    lp = ledger.master.problem
    low, high = np.array(lp.row_lower_)[chosen], np.array(lp.row_upper_)[chosen]
    room = np.where(low == high, 0.0, ledger.slack[chosen]) / STEP
    low = np.where(np.isfinite(low), -room, -np.inf)
    high = np.where(np.isfinite(high), room, np.inf)
    least = np.minimum(-ledger.point[columns] / STEP, 0.0)
    upper = np.array(lp.col_upper_)[columns]
    most = np.where(upper <= 0, 0.0, np.inf)
    pieces = []
    for first in range(len(fill)):
        wanted = np.where(np.arange(len(fill)) >= first, 1.0, 0.0)
        low[-len(fill) :] = high[-len(fill) :] = wanted
        _, found = solve_small(cost, ledger.own[chosen][:, columns], low, high, least, most)
        pieces.append(sp.csc_matrix((found, (columns, np.zeros(len(columns), dtype=int))),
                                    shape=(n, 1)))  # fmt: skip
    return funded.with_money(ledger, sp.hstack(pieces, format="csc"))
