"""What one more unit of each scarce thing is worth: duals of the master with its final cuts.

Of a plan in whole units they are those of the plan in parts of units, with the same cuts: with the
units held, what buys part of a unit would be worth nothing.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from gigaplan.solving.ledger import Ledger
from gigaplan.solving.parts import it_cost
from gigaplan.solving.prepared import Search

LIMITS: dict[str, tuple[str, tuple[str, ...]]] = {
    "dual_budget": ("budget", ("calendar",)),
    "dual_budget_total": ("budget_total", ()),
    "dual_campus_limit": ("campus_limit", ("campus", "year")),
    "dual_campus_limit_flexible": ("campus_limit_flexible", ("campus", "year")),
    "dual_campus_national_limit": ("campus_national_limit", ("year",)),
    "dual_campus_national_limit_flexible": ("campus_national_limit_flexible", ("year",)),
    "dual_potential": ("potential", ("option",)),
    "dual_emission_cap": ("emission_cap", ("year",)),
    "dual_reserve": ("reserve", ("region", "year")),
    "dual_additional_firm": ("additional_firm", ("region", "year")),
    "dual_additional_energy": ("additional_energy", ("region", "year")),
    "dual_campus_supply": ("campus_supply", ("campus", "year")),
    "dual_equipment": ("equipment_supply", ("equipment", "price_step", "year")),
    "dual_labour": ("labour", ("zone", "year")),
    "dual_chip_supply": ("chip_supply", ("chip_step", "year")),
    "dual_water": ("water", ("zone", "year")),
}


def worths(found: Search) -> xr.Dataset:
    """Duals of the master with its final cuts: what one more unit is worth [BUSD per unit]."""
    found.master.in_parts(found.sums.rows)
    _, point = found.master.solve()
    out = row_duals(found)
    out["marginal_it_cost"] = it_cost(Ledger(found.inputs, found.master, point))
    out["marginal_it_value"] = -out["marginal_it_cost"].sum("it_part")
    return out


def row_duals(found: Search) -> xr.Dataset:
    """Duals of the last solve of the master, by limit [BUSD per unit]."""
    inputs = found.inputs
    out = {name: _dual(found, row, dims) for name, (row, dims) in LIMITS.items()}
    cap = _dual(found, "national_cap", ("cap", "year")) + _dual(found, "zonal_cap", ("cap", "year"))
    out["dual_cap"] = cap
    # supply is cumulated: a unit that arrives by a year is there in all later ones
    later = out["dual_equipment"][..., ::-1].cumsum("year")[..., ::-1]
    out["dual_equipment"] = later.assign_coords(year=inputs["year"].values)
    if "funding" in inputs.dims:
        out |= money_duals(found)
    return xr.Dataset(out)


def money_duals(found: Search) -> dict[str, xr.DataArray]:
    """What one more BUSD is worth, from each investor and within each limit [BUSD/BUSD].

    Dims investor and limit; duals of the last solve of the master.  A dollar more from an investor
    counts against every sum that contains its own, raises what clearance leaves of the first year,
    and what its concentration allows.
    """
    inputs = found.inputs
    rows = _dual(found, "commitment", ("investor", "calendar")).sum("calendar")
    rows = rows + _dual(found, "cleared", ("investor",)) * inputs["investor_cleared"]
    limit = _dual(found, "limit_amount", ("limit",))
    limit = limit + _dual(found, "limit_capital", ("limit",))
    limit = limit + _dual(found, "limit_equity", ("limit",))
    names = inputs["investor"].values.tolist()
    own = dict(zip(names, rows.values.tolist(), strict=True))
    chains = containing(inputs)
    worth = np.array([own[n] + sum(own[p] for p in chains[n]) for n in names])
    last = dict(zip(names, inputs["investor_available"].isel(calendar=-1).values, strict=True))
    part = inputs["limit_kind"].values == "concentration"
    for name, value, dual in zip(
        inputs["limit_investor"].values[part], inputs["limit_value"].values[part],
        limit.values[part], strict=True,
    ):  # fmt: skip
        if last[name] > 0:
            worth[names.index(name)] += dual * value / last[name]
    coords = {"investor": inputs["investor"].values}
    return {
        "dual_commitment": xr.DataArray(worth, dims="investor", coords=coords),
        "dual_limit": limit,
    }


def containing(inputs: xr.Dataset) -> dict[str, set[str]]:
    """By investor, everyone whose announced sum contains its own."""
    within = {
        str(n): [p for p in str(w).split("; ") if p]
        for n, w in zip(inputs["investor"].values, inputs["investor_within"].values, strict=True)
    }
    out: dict[str, set[str]] = {}
    for name in within:
        found, queue = set(), list(within[name])
        while queue:
            at = queue.pop()
            if at in within and at not in found:
                found.add(at)
                queue += within[at]
        out[name] = found
    return out


def _dual(found: Search, name: str, dims: tuple[str, ...]) -> xr.DataArray:
    """Size of the duals of a constraint by label, zero where there is no row."""
    inputs, model = found.inputs, found.model
    shape = tuple(inputs.sizes[d] for d in dims)
    values = xr.DataArray(np.zeros(shape), dims=dims, coords={d: inputs[d].values for d in dims})
    if name not in model.constraints:
        return values
    labels = model.constraints[name].labels
    rows = found.master.rows(name)
    dual = np.where(rows >= 0, np.abs(found.master.row_dual[np.maximum(rows, 0)]), 0.0)
    held = xr.DataArray(dual.reshape(labels.shape), dims=labels.dims, coords=labels.coords)
    return (values + held.reindex_like(values, fill_value=0.0)).transpose(*dims)
