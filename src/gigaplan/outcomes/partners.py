"""Partner countries: money and its return, pro-rata compute, share of the chip chain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan import atlas
from gigaplan.capital.people import investors
from gigaplan.capital.tables import by_state, need_roster
from gigaplan.outcomes.pair import Pair, table

STEPS = ("logic", "packaging", "memory")


def partners(pair: Pair) -> pd.DataFrame:
    """What each country of the roster brings and gets, largest first.

    ``called`` and its parts are the plan's calls [BUSD]; ``returned`` the yearly cash of all that
    its investors hold while it lasts; ``required_return`` is weighted by calls.
    ``compute_share`` is its share of the equity in accelerators, and ``compute`` that share of the
    programme's compute in the last planning year: pro rata, no contract.  ``logic_orders``,
    ``packaging_orders`` and ``memory_orders`` are what the programme's accelerators take of each
    step from makers who are at home there, all years together.  ``chip_licence`` says whether
    advanced chips for the country need a licence.

    Raises
    ------
    UsageError
        the plan has no roster.
    """
    need_roster(pair.inputs)
    people = investors(pair.inputs, pair.with_)
    paid = people[people["called"] > 1e-6].copy()
    paid["weighted"] = paid["called"] * paid["required_return"]
    orders = _orders(pair)
    countries = sorted({*map(str, paid["country"]), *(c for _, c in orders)})
    total = float(paid["called"].sum())
    equity = _equity(pair)
    compute = float(pair.with_["compute"].sum("chip").isel(year=-1)) * 1e3
    groups = atlas.table("country_groups").set_index("code")
    rows = []
    for code in countries:
        mine = paid[paid["country"] == code]
        called = float(mine["called"].sum())
        share = equity.get(code, 0.0)
        licence = groups["chip_licence"].get(code)
        rows.append(
            (
                code,
                "; ".join(mine["investor"]),
                called,
                float(mine["equity"].sum()),
                float(mine["debt"].sum()),
                called / total if total > 0 else np.nan,
                float(mine["yearly_cash"].sum()),
                float(mine["weighted"].sum() / called) if called > 0 else np.nan,
                share,
                share * compute,
                *(orders.get((step, code), 0.0) for step in STEPS),
                "" if licence is None or code == "US" else ("yes" if int(licence) else "no"),
            )
        )
    rows.sort(key=lambda r: (-float(r[2]), str(r[0])))
    units = {
        "country": "", "investors": "", "called": "BUSD", "equity": "BUSD", "debt": "BUSD",
        "share_of_capital": "1", "returned": "BUSD/year", "required_return": "1/year",
        "compute_share": "1", "compute": "H100e", "logic_orders": "thousand wafers",
        "packaging_orders": "thousand wafers", "memory_orders": "PB", "chip_licence": "",
    }  # fmt: skip
    found = pd.DataFrame(rows, columns=list(units))
    columns: dict[str, tuple[Any, str]] = {n: (found[n].to_numpy(), u) for n, u in units.items()}
    return table(
        columns,
        [
            "plan: calls, stakes and returns of the roster",
            "commitments", "investors.country", "instruments",
            "supply_chain.share", "country_groups.chip_licence",
        ],
    )  # fmt: skip


def _orders(pair: Pair) -> dict[tuple[str, str], float]:
    """What accelerators take of each step that own fab lines do not give, by maker's country."""
    inputs, data = pair.inputs, pair.with_
    needed = (inputs["chip_need"] * data["accelerator_build"]).sum(["chip", "year"])
    built = data["fab_build"].sum("zone").rename(year="year_built")
    own = (inputs["fab_output"] * (inputs["fab_ramp"] * built).sum("year_built")).sum("year")
    out = {}
    chain = atlas.table("supply_chain")
    for step, country, share in zip(chain["step"], chain["country"], chain["share"], strict=True):
        if step in inputs["chip_step"].values.tolist():
            left = float(needed.sel(chip_step=step)) - float(own.sel(chip_step=step))
            out[str(step), str(country)] = max(left, 0.0) * float(share)
    return out


def _equity(pair: Pair) -> dict[str, float]:
    """Share of the equity in accelerators by country of the investor."""
    held = by_state(pair.inputs, pair.with_)
    held = held[held["equity"] & (held["asset_class"] == "accelerators")]
    home = _homes(pair.inputs)
    by_country = held["amount"].groupby(held["investor"].map(home)).sum()
    total = float(by_country.sum())
    return {str(k): float(v) / total for k, v in by_country.items()} if total > 1e-9 else {}


def _homes(inputs: xr.Dataset) -> dict[str, str]:
    """Country of each investor."""
    pairs = zip(inputs["investor"].values, inputs["investor_country"].values, strict=True)
    return {str(k): str(v) for k, v in pairs}
