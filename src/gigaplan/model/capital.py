"""Capital layer of the master: whose money pays for what the programme builds."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.model.language import grouped_sum, index_of
from gigaplan.programme.roster import EQUITY


def has_roster(inputs: xr.Dataset) -> bool:
    """Whether investors pay, rather than one purse."""
    return "funding" in inputs.dims


def add_capital(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Sources equal uses in every cell; calls within commitments; shares within their limits [BUSD].

    Variables ``funding[funding]``, ``cell_capital[cell]``, ``cell_equity[cell]``.

    Rows::

        capital_uses      cell_capital = sum of cost * build of the programme in the cell
        capital_sources   sum of fundings of the cell = cell_capital
        capital_equity    sum of equity fundings of the cell = cell_equity
        commitment        sum of fundings against an investor, drawn up to c, <= available[i, c]
        cleared           the same in the first year for what needs a filing: what is left of it
        limit_amount, limit_capital, limit_equity
                          sum of the limit's fundings <= value, value * capital, value * equity

    Every funding is drawn as its assets are built, so sources equal uses in each calendar year
    too.  Dual of ``commitment``: worth of one BUSD more from an investor.
    """
    if not has_roster(inputs):
        return
    add_sources(model, inputs)
    cells = index_of(inputs, "cell")
    spent = _uses(model, inputs, cells)
    model.add_constraints(model.variables["cell_capital"] - spent == 0, name="capital_uses")


def add_sources(model: linopy.Model, inputs: xr.Dataset) -> None:
    """The layer without ``capital_uses``: how a given capital by cell can be paid for."""
    cells = index_of(inputs, "cell")
    funding = model.add_variables(lower=0, coords=[index_of(inputs, "funding")], name="funding")
    capital = model.add_variables(lower=0, coords=[cells], name="cell_capital")
    equity = model.add_variables(lower=0, coords=[cells], name="cell_equity")
    sources = grouped_sum(funding * 1, inputs["funding_cell"], cells)
    model.add_constraints(sources - capital == 0, name="capital_sources")
    owned = np.isin(inputs["funding_instrument"].values.astype(str), EQUITY)
    if owned.any():
        part = index_of(inputs, "funding")[owned]
        held = grouped_sum(
            funding.sel(funding=part) * 1, inputs["funding_cell"].sel(funding=part), cells
        )
        model.add_constraints(held - equity == 0, name="capital_equity")
    _commitments(model, inputs, funding)
    _limits(model, inputs, funding)


def capital_charge(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Yearly cost of the money that built what stands [BUSD/year], dim year."""
    coefficient = inputs["funding_charge"] * inputs["funding_alive"].astype(float)
    return (coefficient * model.variables["funding"]).sum("funding")


def _uses(model: linopy.Model, inputs: xr.Dataset, cells: pd.Index) -> Any:
    """Capital of what the programme builds in each cell."""
    place = dict(zip(inputs["zone"].values.tolist(), inputs["zone_place"].values.tolist(), strict=True))
    it_build = model.variables["it_build"]
    build = model.variables["build"].sel(owner="programme", drop=True)
    lines = model.variables["corridor_build"].sel(owner="programme", drop=True)
    parts: list[tuple[str, Any, xr.DataArray, np.ndarray, np.ndarray]] = [
        (dim, variable, cost, inputs[zone].values, classes)
        for dim, variable, cost, zone, classes in (
            ("zone", it_build, inputs["campus_overnight_cost"], "zone", _repeat("campus", inputs, "zone")),
            ("zone", it_build, inputs["accelerator_overnight_cost"], "zone", _repeat("accelerators", inputs, "zone")),
            ("option", build, inputs["option_capital"], "option_zone", inputs["option_technology"].values),
            ("corridor", lines, inputs["corridor_overnight_cost"], "corridor_from", _repeat("corridors", inputs, "corridor")),
        )
    ]  # fmt: skip
    total: Any = 0
    for dim, variable, cost, zones, classes in parts:
        for year in inputs["year"].values.tolist():
            labels = np.array(
                [f"{c} | {place[z]} | {year}" for c, z in zip(classes, zones, strict=True)], dtype=object
            )
            known = np.isin(labels, cells.values)
            if not known.any():
                continue
            part = index_of(inputs, dim)[known]
            spent = variable.sel(year=year, drop=True).sel({dim: part})
            price = cost.sel(year=year, drop=True) if "year" in cost.dims else cost
            price = price.sel({dim: part}) if dim in price.dims else price
            groups = xr.DataArray(labels[known], dims=dim, coords={dim: part.values})
            total = total + grouped_sum(price * spent, groups, cells)
    return total


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


def _commitments(model: linopy.Model, inputs: xr.Dataset, funding: Any) -> None:
    """Calls up to a year against every investor whose commitment they use.

    Calls never fall, so a row binds only where the commitment is about to rise, or at the end.
    """
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
    calls = grouped_sum(share * used, against, investors)
    mask = xr.DataArray(needed, dims=available.dims, coords=available.coords)
    model.add_constraints(calls <= available, name="commitment", mask=mask)
    filed = inputs["funding_filed"].values.astype(bool)
    cleared = inputs["investor_cleared"].values
    waiting = investors[cleared < 1 - 1e-9]
    if filed.any() and len(waiting):
        part = index_of(inputs, "funding")[filed]
        first = until.isel(calendar=0, drop=True).sel(funding=part)
        early = grouped_sum(
            first * funding.sel(funding=part), inputs["funding_investor"].sel(funding=part), investors
        )
        most = available.isel(calendar=0, drop=True) * inputs["investor_cleared"]
        kept = xr.DataArray(cleared < 1 - 1e-9, dims="investor", coords={"investor": investors})
        model.add_constraints(early <= most, name="cleared", mask=kept)


def _entries(variable: Any, labels: np.ndarray, dim: str) -> Any:
    """A variable at a list of labels, some more than once, along a new dimension."""
    at = xr.DataArray(labels, dims=dim)
    return (variable * 1).sel(funding=at).assign_coords({dim: pd.RangeIndex(len(labels))})


def _limits(model: linopy.Model, inputs: xr.Dataset, funding: Any) -> None:
    """Gearing, instruments, tickets, concentration, holdings."""
    if not inputs.sizes["limit"]:
        return
    limits = index_of(inputs, "limit")
    of = inputs["membership_limit"].values
    labels = pd.RangeIndex(len(of), name="membership")
    groups = xr.DataArray(of, dims="membership", coords={"membership": labels})
    used = grouped_sum(_entries(funding, inputs["membership_funding"].values, "membership"), groups, limits)
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
        model.add_constraints(part - most * whole <= 0, name=f"limit_{name}")
