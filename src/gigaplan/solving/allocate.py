"""Who pays for what is built: the cheapest exact allocation of the money, tickets included.

The search ends at a mixture of points.  With the builds held, the money is allocated anew by a
small problem of its own, which cannot cost more; where an investor would hold less than its
minimum ticket, whole numbers decide who stays out.
"""

from __future__ import annotations

from typing import Any

import highspy
import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.errors import SolverError
from gigaplan.model import capital
from gigaplan.model.language import grouped_sum, index_of, strict_semantics
from gigaplan.solving import answer

# a plan keeps no amount up to answer.NOISE: what it would drop must not be counted on here
DROPPED = 2 * answer.NOISE
# BUSD by which the search's tolerance may have let a commitment be exceeded: nothing to 100 USD
ALLOWANCES = (0.0, 1e-9, 1e-8, 1e-7)
MOST_SECONDS = 60.0


def allocate(inputs: xr.Dataset, uses: xr.DataArray) -> tuple[np.ndarray, list[str]]:
    """Sum of each funding [BUSD] for given capital by cell, and notes on tickets.

    Raises
    ------
    SolverError
        the small problem was not solved to optimality.
    """
    amounts, cost = None, np.inf
    for allowance in ALLOWANCES:
        amounts, cost = _solve(_eased(inputs, allowance), uses, tickets=False)
        if amounts is not None:
            break
    if amounts is None:
        raise SolverError("the money of the plan found cannot be allocated; no plan is handed out")
    if not _below(inputs, amounts):
        return _balanced(inputs, uses, amounts), []
    whole, dearer = _solve(_eased(inputs, allowance), uses, tickets=True)
    if whole is not None:
        note = f"minimum tickets kept: the money costs {dearer - cost:.6f} BUSD more (discounted)"
        return _balanced(inputs, uses, whole), [note]
    names = ", ".join(_below(inputs, amounts))
    note = f"no allocation keeps every minimum ticket; held below it, to be pooled: {names}"
    return _balanced(inputs, uses, amounts), [note]


def _eased(inputs: xr.Dataset, allowance: float) -> xr.Dataset:
    """The inputs with a little more in every limit and commitment [BUSD] that there is."""
    if allowance == 0:
        return inputs
    out = inputs.copy()
    pledged = inputs["investor_available"].isel(calendar=-1, drop=True) > 0
    out["investor_available"] = inputs["investor_available"] + allowance * pledged
    amount = inputs["limit_base"].values == "amount"
    out["limit_value"] = inputs["limit_value"] + allowance * np.where(amount, 1.0, 0.01)
    return out


def tickets(inputs: xr.Dataset) -> pd.DataFrame:
    """Ticket (investor, class, year) of each funding."""
    cells = pd.Series(np.arange(inputs.sizes["cell"]), index=inputs["cell"].values)
    at = cells[inputs["funding_cell"].values].to_numpy()
    table = pd.DataFrame(
        {
            "investor": inputs["funding_investor"].values,
            "asset_class": inputs["cell_class"].values[at],
            "year": inputs["cell_year"].values[at].astype(int),
        }
    )
    table["ticket"] = (
        table["investor"] + " | " + table["asset_class"] + " " + table["year"].astype(str)
    )
    least = dict(
        zip(inputs["investor"].values.tolist(), inputs["investor_min_ticket"].values, strict=True)
    )
    table["least"] = [least[i] for i in table["investor"]]
    return table


def _below(inputs: xr.Dataset, amounts: np.ndarray) -> list[str]:
    """Tickets that are held but smaller than the least."""
    table = tickets(inputs).assign(amount=amounts)
    held = table.groupby("ticket").agg(amount=("amount", "sum"), least=("least", "first"))
    small = held[(held["amount"] > 1e-6) & (held["amount"] < held["least"] - 1e-6)]
    return [str(t) for t in small.index]


def _solve(
    inputs: xr.Dataset, uses: xr.DataArray, tickets: bool
) -> tuple[np.ndarray | None, float]:
    """Amounts and their discounted cost; None where the money does not suffice."""
    with strict_semantics():
        model = linopy.Model()
        capital.add_sources(model, inputs)
        model.add_constraints(model.variables["cell_capital"] == uses, name="uses")
        if tickets:
            _add_tickets(model, inputs)
        cost = (inputs["year_weight"] * capital.capital_charge(model, inputs)).sum("year")
        model.add_objective(cost)
    solver = model.to_highspy()
    for option, value in (("output_flag", False), ("time_limit", MOST_SECONDS)):
        solver.setOptionValue(option, value)
    if not tickets:
        solver.setOptionValue("primal_feasibility_tolerance", 1e-9)
    solver.run()
    status = solver.getModelStatus()
    if status in (
        highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible,
        highspy.HighsModelStatus.kTimeLimit,
    ):  # fmt: skip
        return None, np.inf
    if status != highspy.HighsModelStatus.kOptimal:
        text = solver.modelStatusToString(status)
        raise SolverError(f"the allocation of the money ended with status {text!r}, not optimal")
    values = np.array(solver.getSolution().col_value)
    at = {int(label): i for i, label in enumerate(model.matrices.vlabels)}
    labels = model.variables["funding"].labels.values
    amounts = np.array([values[at[int(i)]] for i in labels])
    return np.where(amounts <= DROPPED, 0.0, amounts), float(solver.getObjectiveValue())


def _add_tickets(model: linopy.Model, inputs: xr.Dataset) -> None:
    """``least * held <= sum of the ticket's fundings <= largest * held``, held 0 or 1."""
    table = tickets(inputs)
    bound = table["least"].to_numpy() > 0
    names = pd.Index(dict.fromkeys(table["ticket"][bound]), name="ticket")
    part = index_of(inputs, "funding")[bound]
    groups = xr.DataArray(
        table["ticket"][bound].to_numpy(dtype=object),
        dims="funding",
        coords={"funding": part.values},
    )
    total = grouped_sum(model.variables["funding"].sel(funding=part) * 1, groups, names)
    held = model.add_variables(binary=True, coords=[names], name="held")
    first = table[bound].drop_duplicates("ticket").set_index("ticket")
    least = xr.DataArray(
        first["least"].reindex(names).to_numpy(), dims="ticket", coords={"ticket": names}
    )
    last = inputs["investor_available"].isel(calendar=-1, drop=True)
    most = xr.DataArray(
        last.sel(investor=first["investor"].reindex(names).to_numpy()).values,
        dims="ticket", coords={"ticket": names},
    )  # fmt: skip
    model.add_constraints(total - least * held >= 0, name="least_ticket")
    model.add_constraints(total - most * held <= 0, name="most_ticket")


def _balanced(inputs: xr.Dataset, uses: xr.DataArray, amounts: np.ndarray) -> np.ndarray:
    """Amounts scaled by what the solver's tolerance left, so that sources equal uses exactly.

    A use too small for the solver to pay for is paid by the first funding of its cell.
    """
    cells = inputs["funding_cell"].values
    given = pd.Series(amounts).groupby(cells).sum().reindex(uses["cell"].values).fillna(0.0)
    wanted = pd.Series(uses.values, index=uses["cell"].values)
    factor = (wanted / given.where(given > 0)).fillna(1.0)
    out = amounts * factor[cells].to_numpy()
    first = pd.Series(np.arange(len(cells)), index=cells).groupby(level=0).first()
    for cell in wanted.index[(given <= 0) & (wanted > 0)]:
        if cell in first.index:
            out[first[cell]] = wanted[cell]
    return np.asarray(out)


def cell_uses(inputs: xr.Dataset, plan: xr.Dataset) -> xr.DataArray:
    """Capital of what the programme builds in each cell [BUSD], from the plan's builds."""
    by_zone = class_capital(inputs, plan)
    place = dict(
        zip(inputs["zone"].values.tolist(), inputs["zone_place"].values.tolist(), strict=True)
    )
    grouped = by_zone.assign(place=by_zone["zone"].map(place))
    cells = pd.Index(inputs["cell"].values)
    grouped["cell"] = [
        capital.cell_labels([c], [p], int(y), cells)[0]
        for c, p, y in zip(grouped["asset_class"], grouped["place"], grouped["year"], strict=True)
    ]
    total = grouped.groupby("cell")["capital"].sum()
    values = total.reindex(cells).fillna(0.0).to_numpy()
    return xr.DataArray(values, dims="cell", coords={"cell": cells})


def class_capital(inputs: xr.Dataset, plan: xr.Dataset) -> pd.DataFrame:
    """Capital of what the programme builds: columns asset_class, zone, year, capital [BUSD]."""
    years = inputs["year"].values.astype(int)

    def rows(classes: Any, zones: np.ndarray, values: np.ndarray) -> pd.DataFrame:
        grid = np.repeat(np.arange(len(zones)), len(years))
        return pd.DataFrame(
            {
                "asset_class": np.broadcast_to(np.asarray(classes, dtype=object), len(zones))[grid],
                "zone": zones[grid],
                "year": np.tile(years, len(zones)),
                "capital": values.ravel(),
            }
        )

    spent = plan["capital"] if "capital" in plan else answer.capital(inputs, plan)["capital"]
    own = plan["build"].sel(owner="programme").transpose("option", "year")
    power = (inputs["option_capital"].transpose("option", "year") * own).values
    lines = plan["corridor_build"].sel(owner="programme").transpose("corridor", "year").values
    lines = lines * inputs["corridor_overnight_cost"].values[:, None]
    zones = inputs["zone"].values
    table = pd.concat(
        [
            *(
                rows(name, zones, spent.sel(asset_class=name).transpose("zone", "year").values)
                for name in ("campus", "accelerators", "equipment", "fabs")
            ),
            rows(inputs["option_technology"].values, inputs["option_zone"].values, power),
            rows("corridors", inputs["corridor_from"].values, lines),
        ]
    )
    keys = ["asset_class", "zone", "year"]
    return table.groupby(keys, sort=False)["capital"].sum().reset_index()
