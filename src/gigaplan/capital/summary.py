"""What the plan's summary says of capital."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr


def summary(inputs: xr.Dataset, data: xr.Dataset) -> dict[str, Any]:
    """What the plan's summary says of capital; without a roster only that one purse paid."""
    if "funding" not in inputs.dims:
        return {
            "capital_by_investor": {"one purse": {"called_busd": float(data["capital"].sum())}},
            "weighted_cost_of_capital": None,
            "filings": [],
            "unfunded": None,
        }
    return _of_roster(inputs, data)


def _of_roster(inputs: xr.Dataset, data: xr.Dataset) -> dict[str, Any]:
    """The same of a plan with a roster; reading the rules of clearance takes its time."""
    from gigaplan.capital.filings import clearance
    from gigaplan.capital.people import calls_left, investors
    from gigaplan.capital.tables import SHOWN, fundings, records

    people = investors(inputs, data)
    table = fundings(inputs, data)
    table["weight"] = table["amount"] * table["return"]
    summed = table.groupby("asset_class", sort=False)[["amount", "weight"]].sum()
    summed = summed[summed["amount"] > SHOWN]
    named = {
        str(r.investor): {
            "called_busd": r.called, "unfunded_busd": r.unfunded, "equity_busd": r.equity,
            "debt_busd": r.debt, "grant_busd": r.grant, "marginal_value": r.marginal_value,
        }
        for r in records(people)
        if r.called > SHOWN or r.commitment > SHOWN
    }  # fmt: skip
    filings = clearance(inputs, data)
    filings = filings[filings["filing"] != "none"]
    # sums that contain no other are counted once, and only those that could have been called
    alone = inputs["investor_within"].values.astype(str) == ""
    useful = np.isin(inputs["investor"].values, inputs["account_investor"].values)
    left = np.where(alone & useful, calls_left(inputs, data), 0.0)
    return {
        "capital_by_investor": named,
        "weighted_cost_of_capital": {
            str(c): float(r["weight"] / r["amount"]) for c, r in summed.iterrows()
        },
        "filings": filings.to_dict("records"),
        "unfunded": float(np.maximum(left, 0.0).sum()),
    }
