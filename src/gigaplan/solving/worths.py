"""What one more unit of each scarce thing is worth: duals of the master with its final cuts.

Of a plan in whole units they are those with the units held: the search leaves them so.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from gigaplan.solving.search import Search


def worths(found: Search) -> xr.Dataset:
    """Duals of the master with its final cuts: what one more unit is worth [BUSD per unit]."""
    found.master.solve()
    inputs = found.inputs
    out = {}
    names = {
        "dual_budget": ("budget", ("calendar",)),
        "dual_campus_limit": ("campus_limit", ("campus", "year")),
        "dual_campus_national_limit": ("campus_national_limit", ("year",)),
        "dual_reserve": ("reserve", ("region", "year")),
        "dual_additional_firm": ("additional_firm", ("region", "year")),
        "dual_additional_energy": ("additional_energy", ("region", "year")),
        "dual_campus_supply": ("campus_supply", ("campus", "year")),
        "dual_equipment": ("equipment_supply", ("equipment", "price_step", "year")),
        "dual_labour": ("labour", ("zone", "year")),
        "dual_chip_supply": ("chip_supply", ("chip_step", "year")),
        "dual_water": ("water", ("zone", "year")),
    }
    for name, (row, dims) in names.items():
        out[name] = _dual(found, row, dims)
    cap = _dual(found, "national_cap", ("cap", "year")) + _dual(found, "zonal_cap", ("cap", "year"))
    out["dual_cap"] = cap
    # supply is cumulated: a unit that arrives by a year is there in all later ones
    later = out["dual_equipment"][..., ::-1].cumsum("year")[..., ::-1]
    out["dual_equipment"] = later.assign_coords(year=inputs["year"].values)
    out["marginal_it_value"] = _marginal_it(found)
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


def _marginal_it(found: Search) -> xr.DataArray:
    """Gain of the objective per GW of IT more in a zone, brought in one piece [BUSD/GW].

    The piece is the shell with its load and its connection, interruptible as far as it may be or
    not at all, cooled by water or by air, whichever is better.  Where no campus stands the duals of
    the rows that tie these together are not unique; moved together they cancel, and what is left
    is.
    """
    inputs, master = found.inputs, found.master
    shape = master.model.variables["it_build"].shape

    def reduced(name: str) -> np.ndarray:
        variable = master.model.variables[name]
        return master.column_dual[master.columns(name)].reshape(variable.shape)

    used = float(inputs["campus_utilisation"])
    built = reduced("it_build")
    if "it_build_definition" in master.model.constraints:
        # the units being held, what one GW beside them would cost
        built = built + master.row_dual[master.rows("it_build_definition")].reshape(shape)
    zones = inputs["zone"].values.tolist()
    at = [zones.index(z) for z in inputs["campus"].values.tolist()]
    share = float(inputs["campus_flexible_share"])
    rows = master.rows("flexible_share")
    tie = np.abs(master.row_dual[rows]).reshape(len(at), -1)

    def standing(pue: np.ndarray) -> np.ndarray:
        yearly = reduced("it_power") + pue * used * reduced("campus_load")
        firm, flexible = yearly.copy(), yearly.copy()
        connection = pue[at] * reduced("campus_connection")
        firm[at] += connection + share * pue[at] * tie
        flexible[at] += connection + share * pue[at] * reduced("campus_flexible")
        # what is built in a year stands in all later ones
        cost = [np.cumsum(c[:, ::-1], axis=1)[:, ::-1] for c in (firm, flexible)]
        return np.minimum(*cost)

    cost = standing(inputs["campus_pue"].values[:, None])
    if "air_build" in master.model.variables:
        air = standing(inputs["campus_pue_air"].values[:, None]) + reduced("air_build")
        cost = np.minimum(cost, air)
    total = built + cost
    coords = {d: inputs[d].values for d in ("zone", "year")}
    return xr.DataArray(-total.reshape(shape), dims=("zone", "year"), coords=coords)


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
