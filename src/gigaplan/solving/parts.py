"""The reduced cost of one GW of IT more, by what it is made of.

Every row and every column of a piece is counted in exactly one part, so that the parts add up to
the reduced cost.  What is drawn beyond the IT (PUE - 1) is taken out of power and network into
``cooling``; energy is priced at the mean of all zones, weighted by load, and what a zone's price
differs from it is ``network``.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
import xarray as xr

from gigaplan.errors import CheckError
from gigaplan.plan.declaration import IT_PARTS
from gigaplan.solving.campus_pieces import campus_pieces
from gigaplan.solving.ledger import INTERNAL, UNITS, Ledger

ROW_PART = {
    "it_path": "compute",
    "reserve": "firm capacity",
    "additional_firm": "additionality",
    "additional_energy": "additionality",
    "campus_limit": "connection",
    "campus_limit_flexible": "connection",
    "campus_national_limit": "connection",
    "campus_national_limit_flexible": "connection",
    "chip_supply": "chips",
    "equipment_supply": "equipment",
    "labour": "labour",
    "national_cap": "build limits",
    "zonal_cap": "build limits",
    "potential": "build limits",
    "budget": "budget",
    "budget_total": "budget",
    "commitment": "commitments",
    "cleared": "commitments",
    "limit_amount": "commitments",
    "onsite_sale": "on-site supply",
    "shiftable_share": "interruption",
    "water": "cooling",
    "air_within": "cooling",
}
COLUMN_PART = {
    "accelerators": "compute",
    "accelerator_build": "accelerators",
    "accelerator_first": "money",
    "equipment_order": "equipment",
    "build": "on-site supply",
    "onsite_capacity": "on-site supply",
    "campus_flexible": "interruption",
}
CLASS_PART = {"campus": "money", "accelerators": "money", "equipment": "equipment"}
OVERHEAD = ("energy", "interruption", "firm capacity", "additionality", "network")
EXACT = 1e-9


def it_cost(ledger: Ledger) -> xr.DataArray:
    """Cost of one GW of IT more by part, zone and year [BUSD/GW]; what it earns is negative.

    Raises
    ------
    CheckError
        the parts do not add up to the reduced cost, or a piece leaves a row that it must meet.
    """
    pieces, pue = campus_pieces(ledger)
    _hold(ledger, pieces)
    parts = {name: np.zeros(pieces.shape[1]) for name in IT_PARTS}
    _rows(ledger, pieces, parts)
    _columns(ledger, pieces, parts)
    _energy(ledger, pieces, parts)
    _shell(ledger, parts)
    total = np.asarray(pieces.T @ ledger.price).ravel()
    inputs = ledger.inputs
    for name in OVERHEAD:
        parts["cooling"] += parts[name] * (1 - 1 / pue)
        parts[name] = parts[name] / pue
    values = np.stack(list(parts.values()))
    off = np.abs(values.sum(axis=0) - total)
    if (off > EXACT * np.abs(values).sum(axis=0) + EXACT).any():
        raise CheckError(
            f"the parts of the cost of one more GW of IT miss the reduced cost by {off.max():.3g} "
            "BUSD/GW; please report it"
        )
    coords = {"it_part": list(parts), "zone": inputs["zone"].values, "year": inputs["year"].values}
    shape = (len(parts), inputs.sizes["zone"], inputs.sizes["year"])
    return xr.DataArray(values.reshape(shape), dims=("it_part", "zone", "year"), coords=coords)


def _hold(ledger: Ledger, pieces: sp.csc_matrix) -> None:
    """Every piece meets the rows that tie its columns to one another."""
    lp, rows = ledger.master.problem, np.flatnonzero(ledger.internal)
    rows = np.setdiff1d(rows, ledger.units)
    if ledger.has("capital_uses"):
        # a cell that nobody can pay for is priced at the dual of its uses
        rows = np.setdiff1d(rows, ledger.rows("capital_uses"))
    moved = (ledger.own[rows] @ pieces).toarray()
    low, high = np.array(lp.row_lower_)[rows], np.array(lp.row_upper_)[rows]
    room = np.where(low == high, 0.0, ledger.slack[rows] * 10)[:, None]
    over = np.where(np.isfinite(high)[:, None], moved - room, 0.0)
    under = np.where(np.isfinite(low)[:, None], -moved - room, 0.0)
    worst = max(over.max(initial=0.0), under.max(initial=0.0))
    if worst > 1e-5:
        raise CheckError(
            f"a piece of one GW of IT leaves a row of its own open by {worst:.3g}; please report it"
        )


def _rows(ledger: Ledger, pieces: sp.csc_matrix, parts: dict[str, np.ndarray]) -> None:
    """What the rows that a piece shares with others cost it."""
    shared = sp.diags(np.where(ledger.internal, 0.0, -ledger.dual)) @ (ledger.own @ pieces)
    shared = sp.csr_matrix(shared)
    for name in map(str, ledger.master.model.constraints):
        if name in INTERNAL or name in UNITS:
            continue
        rows = ledger.rows(name).ravel()
        paid = np.asarray(shared[rows[rows >= 0]].sum(axis=0)).ravel()
        if name in ROW_PART:
            parts[ROW_PART[name]] += paid
        elif np.abs(paid).max(initial=0.0) > 0:
            raise CheckError(f"the rows {name} belong to no part of the cost of one more GW of IT")


def _columns(ledger: Ledger, pieces: sp.csc_matrix, parts: dict[str, np.ndarray]) -> None:
    """What the columns of a piece cost, shell and energy apart."""
    paid = sp.csr_matrix(sp.diags(ledger.master.cost + ledger.slope) @ pieces)
    known = np.zeros(len(ledger.price), dtype=bool)
    for name, part in COLUMN_PART.items():
        if name in ledger.master.model.variables:
            columns = ledger.columns(name).ravel()
            parts[part] += np.asarray(paid[columns].sum(axis=0)).ravel()
            known[columns] = True
    if "funding" in ledger.master.model.variables:
        cells = ledger.inputs["cell"].values.tolist()
        classes = dict(zip(cells, ledger.inputs["cell_class"].values.tolist(), strict=True))
        of = np.array([CLASS_PART.get(classes[c], "on-site supply")
                       for c in ledger.inputs["funding_cell"].values.tolist()])  # fmt: skip
        columns = ledger.columns("funding")
        for part in np.unique(of):
            parts[part] += np.asarray(paid[columns[of == part]].sum(axis=0)).ravel()
        known[columns] = True
    for name in ("it_build", "air_build", "campus_load", "campus_connection"):
        if name in ledger.master.model.variables:
            known[ledger.columns(name).ravel()] = True
    rest = np.abs(paid[np.flatnonzero(~known)]).sum()
    if rest > 0:
        raise CheckError("a column belongs to no part of the cost of one more GW of IT")
    parts["shell"] += np.asarray(paid[ledger.columns("it_build").ravel()].sum(axis=0)).ravel()


def _energy(ledger: Ledger, pieces: sp.csc_matrix, parts: dict[str, np.ndarray]) -> None:
    """The slope of the cuts by load and connection: system price, zone's price, connection."""
    inputs = ledger.inputs
    load, connection = ledger.columns("campus_load"), ledger.columns("campus_connection")
    price = ledger.slope + ledger.master.cost
    campus, carried = price[load], np.zeros(load.shape)
    zones = inputs["zone"].values.tolist()
    at = [zones.index(z) for z in inputs["campus"].values.tolist()]
    carried[at] = price[connection]
    # what a campus pays for being connected too thinly is no price of its zone
    zone = campus + carried
    weight = inputs["load"].sum("hour").transpose("zone", "year").values
    hub = np.broadcast_to((zone * weight).sum(axis=0) / weight.sum(axis=0), zone.shape)
    drawn = pieces[load.ravel()].T
    for name, value in (("energy", hub), ("network", zone - hub), ("connection", campus - zone)):
        parts[name] += np.asarray(drawn @ value.ravel()).ravel()
    parts["connection"] += np.asarray(pieces[connection.ravel()].T @ price[connection].ravel())


def _shell(ledger: Ledger, parts: dict[str, np.ndarray]) -> None:
    """The charge of the facility: tax and operation apart, money above or below the flat charge."""
    inputs = ledger.inputs
    years = np.asarray(inputs["year_weight"].values)[::-1].cumsum()[::-1]
    flat = float(inputs["reference_charge"].sel(draw_class="campus")) if (
        "reference_charge" in inputs) else 0.0  # fmt: skip
    zones = inputs.sizes["zone"]

    def by_piece(name: str) -> np.ndarray:
        values = inputs[name].transpose("zone", "year").values
        return np.asarray((values * years[None, :]).ravel())

    tax = by_piece("campus_tax_charge") + flat * by_piece("campus_tax_capital")
    operation = np.tile(years * float(inputs["campus_operation"]), zones)
    whole = flat * by_piece("campus_overnight_cost")
    parts["tax"] += tax
    parts["operation"] += operation
    parts["shell"] += whole - tax - operation
    parts["money"] -= whole
