"""Check the money of a plan with arithmetic of its own: to the dollar, investor by investor."""

from __future__ import annotations

import numpy as np
import xarray as xr

DOLLAR = 1e-9  # BUSD
Found = dict[str, tuple[float, str, float]]


def verify_capital(inputs: xr.Dataset, plan: xr.Dataset) -> Found:
    """Worst residual of each rule of the capital layer; nothing where one purse pays.

    Uses are taken from what is built and its cost, calls from the draw of each class; commitments,
    overlaps and limits from the roster's own tables.
    """
    if "funding" not in inputs.dims:
        return {}
    amount = plan["funding_amount"].sel(funding=inputs["funding"]).values
    cells = {c: i for i, c in enumerate(inputs["cell"].values.tolist())}
    cell = np.array([cells[c] for c in inputs["funding_cell"].values.tolist()], dtype=int)
    uses, elsewhere = _uses(inputs, plan, cells)
    sources = np.bincount(cell, weights=amount, minlength=len(cells))
    instrument = inputs["funding_instrument"].values.astype(str)
    equity = np.isin(instrument, ("common", "preferred", "fund"))
    held = np.bincount(cell[equity], weights=amount[equity], minlength=len(cells))
    borrowed = np.isin(instrument, ("debt", "vendor", "grant"))
    rest = np.bincount(cell[borrowed], weights=amount[borrowed], minlength=len(cells))
    balance = max(float(np.abs(sources - uses).max(initial=0.0)), elsewhere)
    stakes = float(np.abs(held + rest - uses).max(initial=0.0))
    drawn = plan["capital_draw"].sum("asset_class").values
    calls = _calls(inputs, amount, cell)
    yearly = float(np.abs(calls.sum(axis=0) - drawn).max(initial=0.0))
    return {
        "sources_equal_uses": (balance, "BUSD", 2 * DOLLAR),
        "sources_equal_uses_by_year": (yearly, "BUSD", 2 * DOLLAR * len(cells)),
        "stakes_equal_equity": (stakes, "BUSD", 2 * DOLLAR),
        # the search itself keeps rows to a dollar, and its points are mixed
        "calls_within_commitments": (_over(inputs, calls), "BUSD", 100 * DOLLAR),
        "capital_limits": (_limits(inputs, amount, uses, held), "BUSD", 100 * DOLLAR),
        "cleared_in_time": (_cleared(inputs, amount, cell), "BUSD", 100 * DOLLAR),
    }


def _uses(inputs: xr.Dataset, plan: xr.Dataset, cells: dict[str, int]) -> tuple[np.ndarray, float]:
    """Capital of each cell from builds and costs, and what is built outside of any cell."""
    out = np.zeros(len(cells))
    outside = 0.0
    place = dict(
        zip(inputs["zone"].values.tolist(), inputs["zone_place"].values.tolist(), strict=True)
    )
    years = inputs["year"].values.tolist()
    it_build = plan["it_build"].transpose("zone", "year").values
    own = plan["build"].sel(owner="programme").transpose("option", "year").values
    lines = plan["corridor_build"].sel(owner="programme").transpose("corridor", "year").values
    campus = inputs["campus_overnight_cost"].transpose("zone", "year").values
    price = inputs["option_capital"].transpose("option", "year").values
    rows = [
        ("campus", z, it_build[i] * campus[i]) for i, z in enumerate(inputs["zone"].values.tolist())
    ]
    first = plan["accelerator_first"] * inputs["accelerator_overnight_cost"]
    premium = plan["equipment_order"] * inputs["equipment_premium"]
    anywhere = inputs["zone"].values.tolist()[0]
    rows += [
        ("accelerators", anywhere, first.sum("chip").transpose("year").values),
        ("equipment", anywhere, premium.sum(["equipment", "price_step"]).transpose("year").values),
    ]
    fabs = (plan["fab_build"] * inputs["fab_capital"]).sum("chip_step").transpose("zone", "year")
    rows += [("fabs", z, fabs.values[i]) for i, z in enumerate(inputs["zone"].values.tolist())]
    rows += [
        (t, z, own[i] * price[i])
        for i, (t, z) in enumerate(
            zip(inputs["option_technology"].values, inputs["option_zone"].values, strict=True)
        )
    ]
    rows += [
        ("corridors", z, lines[i] * float(inputs["corridor_overnight_cost"].values[i]))
        for i, z in enumerate(inputs["corridor_from"].values.tolist())
    ]
    for asset_class, zone, spent in rows:
        for k, year in enumerate(years):
            at = cells.get(f"{asset_class} | {place[zone]} | {year}")
            at = cells.get(f"{asset_class} | everywhere | {year}") if at is None else at
            if at is None:
                outside += abs(float(spent[k]))
            else:
                out[at] += spent[k]
    return out, outside


def _calls(inputs: xr.Dataset, amount: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Calls by funding and calendar year, as the assets are built."""
    draw = inputs["draw"].transpose("draw_class", "year", "calendar").values
    classes = inputs["draw_class"].values.tolist()
    years = inputs["year"].values.tolist()
    of_cell = [classes.index(c) for c in inputs["cell_class"].values.tolist()]
    in_year = [years.index(int(y)) for y in inputs["cell_year"].values]
    shares = draw[of_cell, in_year, :]
    return np.asarray(shares[cell] * amount[:, None])


def _over(inputs: xr.Dataset, calls: np.ndarray) -> float:
    """Largest excess of cumulated calls over a commitment, sums that it contains included."""
    names = inputs["investor"].values.tolist()
    who = inputs["funding_investor"].values
    own = {n: calls[who == n].sum(axis=0).cumsum() for n in names}
    within = {
        n: [p for p in str(w).split("; ") if p in own]
        for n, w in zip(names, inputs["investor_within"].values, strict=True)
    }
    total = {n: own[n].copy() for n in names}
    for name in names:
        above, seen = list(within[name]), set()
        while above:
            at = above.pop()
            if at not in seen:
                seen.add(at)
                total[at] = total[at] + own[name]
                above += within[at]
    available = inputs["investor_available"].transpose("investor", "calendar").values
    return (
        max(float((total[n] - available[i]).max()) for i, n in enumerate(names)) if names else 0.0
    )


def _limits(inputs: xr.Dataset, amount: np.ndarray, uses: np.ndarray, held: np.ndarray) -> float:
    """Largest excess over gearing, instruments, tickets, concentration and holdings."""
    position = {f: i for i, f in enumerate(inputs["funding"].values.tolist())}
    cells = {c: i for i, c in enumerate(inputs["cell"].values.tolist())}
    used: dict[str, float] = {}
    for limit, funding in zip(
        inputs["membership_limit"].values, inputs["membership_funding"].values, strict=True
    ):
        used[limit] = used.get(limit, 0.0) + float(amount[position[funding]])
    worst = 0.0
    for name, base, at, value in zip(
        inputs["limit"].values, inputs["limit_base"].values, inputs["limit_cell"].values,
        inputs["limit_value"].values, strict=True,
    ):  # fmt: skip
        whole = 1.0
        if base != "amount":
            whole = float((uses if base == "capital" else held)[cells[at]])
        worst = max(worst, used.get(name, 0.0) - value * whole)
    return worst


def _cleared(inputs: xr.Dataset, amount: np.ndarray, cell: np.ndarray) -> float:
    """Largest excess of the first year's calls that need a filing over what clearance leaves."""
    calls = _calls(inputs, amount, cell)[:, 0]
    filed = inputs["funding_filed"].values.astype(bool)
    who = inputs["funding_investor"].values
    first = inputs["investor_available"].transpose("investor", "calendar").values[:, 0]
    left = first * inputs["investor_cleared"].values
    worst = 0.0
    for i, name in enumerate(inputs["investor"].values.tolist()):
        if inputs["investor_cleared"].values[i] < 1:
            worst = max(worst, float(calls[filed & (who == name)].sum() - left[i]))
    return worst
