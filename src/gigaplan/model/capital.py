"""Capital layer of the master: whose money pays for what the programme builds."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.model import equipment
from gigaplan.model.accelerators import first_fit_capital
from gigaplan.model.language import grouped_sum, index_of, total
from gigaplan.programme.roster import EQUITY


def has_roster(inputs: xr.Dataset) -> bool:
    """Whether investors pay, rather than one purse."""
    return "funding" in inputs.dims


def add_sources(model: linopy.Model, inputs: xr.Dataset) -> None:
    """How the capital of the cells is paid for, whatever it is spent on."""
    for add in (add_fundings, add_commitments, add_limits):
        add(model, inputs)


def add_fundings(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Sources of the capital of each cell; they equal its uses.

    A cell is the capital of one class, in one place, for one year in service.  A funding is one
    investor's money in one instrument for one cell; it is drawn as the cell's assets are built, so
    that sources equal uses in each calendar year too.

    Variables
    ---------
    funding[funding] [BUSD]
        money of an investor in an instrument for a cell
    cell_capital[cell] [BUSD]
        capital of what enters service in the cell
    cell_equity[cell] [BUSD]
        its equity: common, preferred and fund interests

    Constraints
    -----------
    capital_sources[cell] [BUSD]
        sum_funding of the cell = cell_capital
        Dual [BUSD/BUSD]: cost of the dearest money in use for the cell.
    capital_equity[cell] [BUSD]
        sum_funding of the cell in equity = cell_equity
        Dual [BUSD/BUSD]: worth of one BUSD more of equity that holdings may count on.
    """
    if not has_roster(inputs):
        return
    cells = index_of(inputs, "cell")
    funding = model.add_variables(lower=0, coords=[index_of(inputs, "funding")], name="funding")
    capital = model.add_variables(lower=0, coords=[cells], name="cell_capital")
    equity = model.add_variables(lower=0, coords=[cells], name="cell_equity")
    sources = grouped_sum(funding, inputs["funding_cell"], cells)
    model.add_constraints(total(sources, (-1, capital)) == 0, name="capital_sources")
    owned = np.isin(inputs["funding_instrument"].values.astype(str), EQUITY)
    if owned.any():
        part = index_of(inputs, "funding")[owned]
        held = grouped_sum(
            funding.sel(funding=part), inputs["funding_cell"].sel(funding=part), cells
        )
        model.add_constraints(total(held, (-1, equity)) == 0, name="capital_equity")


def capital_charge(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Yearly cost of the money that built what stands [BUSD/year], dim year."""
    coefficient = inputs["funding_charge"] * inputs["funding_alive"]
    return total((coefficient, model.variables["funding"])).sum("funding")


def first_fit_relief(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Flat charge of the accelerators that fundings pay for [BUSD/year], dim year.

    Refits stay at the flat charge, as a running cost.
    """
    first = model.variables["accelerator_first"].rename(year="year_built")
    charge = inputs["accelerator_annual_charge"].rename(year="year_built")
    return total((charge * inputs["accelerator_standing"], first)).sum(["chip", "year_built"])


def add_uses(model: linopy.Model, inputs: xr.Dataset) -> None:
    """What the programme builds in a cell is the cell's capital.

    Accelerators count once, when a campus is first equipped.

    Constraints
    -----------
    capital_uses[cell] [BUSD]
        cell_capital = sum_asset cost * build of the programme in the cell
        Dual [BUSD/BUSD]: cost of the money for one BUSD more of the cell's capital.
    """
    if has_roster(inputs):
        spent = _uses(model, inputs, index_of(inputs, "cell"))
        row = total(model.variables["cell_capital"], (-1, spent))
        model.add_constraints(row == 0, name="capital_uses")


def _uses(model: linopy.Model, inputs: xr.Dataset, cells: pd.Index) -> Any:
    """Capital of what the programme builds in each cell."""
    place = dict(
        zip(inputs["zone"].values.tolist(), inputs["zone_place"].values.tolist(), strict=True)
    )
    shells = total((inputs["campus_overnight_cost"], model.variables["it_build"]))
    build = model.variables["build"].sel(owner="programme", drop=True)
    lines = model.variables["corridor_build"].sel(owner="programme", drop=True)
    fab_lines = total((inputs["fab_capital"], model.variables["fab_build"])).sum("chip_step")
    technology = inputs["option_technology"].values
    at_option, at_line = inputs["option_zone"].values, inputs["corridor_from"].values
    zones = inputs["zone"].values
    parts: list[tuple[str, Any, np.ndarray, np.ndarray]] = [
        ("zone", shells, zones, _repeat("campus", inputs, "zone")),
        ("zone", fab_lines, zones, _repeat("fabs", inputs, "zone")),
        ("option", total((inputs["option_capital"], build)), at_option, technology),
        (
            "corridor", total((inputs["corridor_overnight_cost"], lines)), at_line,
            _repeat("corridors", inputs, "corridor"),
        ),
    ]  # fmt: skip
    sums: list[Any] = []
    for dim, spent, where, classes in parts:
        for year in inputs["year"].values.tolist():
            labels = cell_labels(classes, [place[z] for z in where], year, cells)
            known = np.isin(labels, cells.values)
            if not known.any():
                continue
            part = index_of(inputs, dim)[known]
            groups = xr.DataArray(labels[known], dims=dim, coords={dim: part.values})
            paid = spent.sel(year=year, drop=True).sel({dim: part})
            sums.append(grouped_sum(paid, groups, cells))
    movable = {"accelerators": first_fit_capital(model, inputs)}
    if "equipment_order" in model.variables:
        movable["equipment"] = equipment.premium(model, inputs)
    for name, spent in movable.items():
        years = index_of(inputs, "year")
        labels = np.array([f"{name} | everywhere | {y}" for y in years], dtype=object)
        known = np.isin(labels, cells.values)
        if known.any():
            groups = xr.DataArray(labels[known], dims="year", coords={"year": years[known]})
            sums.append(grouped_sum(spent.sel(year=years[known]), groups, cells))
    return total(*sums)


def cell_labels(classes: Any, places: Any, year: int, cells: pd.Index) -> np.ndarray:
    """The cell of each asset: that of its place, or the one for everywhere."""
    out = []
    for name, place in zip(classes, places, strict=True):
        label = f"{name} | {place} | {year}"
        out.append(label if label in cells else f"{name} | everywhere | {year}")
    return np.array(out, dtype=object)


def _repeat(name: str, inputs: xr.Dataset, dim: str) -> np.ndarray:
    return np.full(inputs.sizes[dim], name, dtype=object)


def drawn_until(inputs: xr.Dataset) -> xr.DataArray:
    """Share of each funding that is drawn up to and in a calendar year (dims funding, calendar)."""
    until = inputs["draw"].cumsum("calendar").transpose("draw_class", "year", "calendar").values
    classes = {c: i for i, c in enumerate(inputs["draw_class"].values.tolist())}
    years = {int(y): k for k, y in enumerate(inputs["year"].values.tolist())}
    cells = {c: i for i, c in enumerate(inputs["cell"].values.tolist())}
    at = [cells[c] for c in inputs["funding_cell"].values.tolist()]
    rows = [classes[c] for c in inputs["cell_class"].values[at].tolist()]
    columns = [years[int(y)] for y in inputs["cell_year"].values[at].tolist()]
    return xr.DataArray(
        until[rows, columns, :],
        dims=("funding", "calendar"),
        coords={"funding": inputs["funding"].values, "calendar": inputs["calendar"].values},
    )


def add_commitments(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Calls up to a year stay within every commitment that they count against.

    An investor's calls count against its own sum and against each announced sum that contains it.
    Calls never fall, so a row is needed only where the commitment is about to rise, and at the end.

    Constraints
    -----------
    commitment[investor, calendar] [BUSD]
        sum_account draw up to the year * funding <= investor_available
        Dual [BUSD/BUSD]: worth of one BUSD more that can be called by then.
    cleared[investor] [BUSD]
        sum draw in the first year * funding after a filing <= investor_cleared * investor_available
        Dual [BUSD/BUSD]: worth of one BUSD more that is cleared within the first year.
    """
    if not has_roster(inputs):
        return
    funding = model.variables["funding"]
    investors = index_of(inputs, "investor")
    entries = inputs["account_funding"].values
    until = drawn_until(inputs)
    labels = pd.RangeIndex(len(entries), name="account")
    against = xr.DataArray(
        inputs["account_investor"].values, dims="account", coords={"account": labels}
    )
    used = _entries(funding, entries, "account")
    share = until.sel(funding=entries).rename(funding="account").assign_coords(account=labels)
    available = inputs["investor_available"].transpose("investor", "calendar")
    rising = np.diff(available.values, axis=1) > 1e-12
    needed = np.concatenate([rising, np.ones((len(investors), 1), dtype=bool)], axis=1)
    calls = grouped_sum(total((share, used)), against, investors)
    mask = xr.DataArray(needed, dims=available.dims, coords=available.coords)
    model.add_constraints(calls <= available, name="commitment", mask=mask)
    filed = inputs["funding_filed"].values.astype(bool)
    cleared = inputs["investor_cleared"].values
    waiting = investors[cleared < 1 - 1e-9]
    if filed.any() and len(waiting):
        part = index_of(inputs, "funding")[filed]
        first = until.isel(calendar=0, drop=True).sel(funding=part)
        early = grouped_sum(
            total((first, funding.sel(funding=part))),
            inputs["funding_investor"].sel(funding=part),
            investors,
        )
        most = available.isel(calendar=0, drop=True) * inputs["investor_cleared"]
        kept = xr.DataArray(cleared < 1 - 1e-9, dims="investor", coords={"investor": investors})
        model.add_constraints(early <= most, name="cleared", mask=kept)


def _entries(variable: Any, labels: np.ndarray, dim: str) -> Any:
    """A variable at a list of labels, some more than once, along a new dimension."""
    at = xr.DataArray(labels, dims=dim)
    return (variable * 1).sel(funding=at).assign_coords({dim: pd.RangeIndex(len(labels))})


def add_limits(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Gearing, instruments, tickets, concentration, and what clearance leaves of the votes.

    Constraints
    -----------
    limit_amount[limit] [BUSD]
        sum_membership funding <= limit_value
        Dual [BUSD/BUSD]: worth of one BUSD more in the mandate.
    limit_capital[limit] [BUSD]
        sum_membership funding <= limit_value * cell_capital
        Dual [BUSD/BUSD]: worth of one BUSD more of the instrument.
    limit_equity[limit] [BUSD]
        sum_membership funding <= limit_value * cell_equity
        Dual [BUSD/BUSD]: worth of one BUSD more that mandate or clearance would allow.
    """
    if not has_roster(inputs) or not inputs.sizes["limit"]:
        return
    funding = model.variables["funding"]
    limits = index_of(inputs, "limit")
    of = inputs["membership_limit"].values
    labels = pd.RangeIndex(len(of), name="membership")
    groups = xr.DataArray(of, dims="membership", coords={"membership": labels})
    used = grouped_sum(
        _entries(funding, inputs["membership_funding"].values, "membership"), groups, limits
    )
    base = inputs["limit_base"].values.astype(str)
    value = inputs["limit_value"]
    for name in ("amount", "capital", "equity"):
        chosen = limits[base == name]
        if not len(chosen):
            continue
        part, most = used.sel(limit=chosen), value.sel(limit=chosen)
        if name == "amount":
            model.add_constraints(part <= most, name="limit_amount")
            continue
        at = inputs["limit_cell"].sel(limit=chosen).values
        whole = (model.variables[f"cell_{name}"] * 1).sel(cell=xr.DataArray(at, dims="limit"))
        whole = whole.assign_coords(limit=chosen.values)
        model.add_constraints(total(part, (-most, whole)) <= 0, name=f"limit_{name}")
