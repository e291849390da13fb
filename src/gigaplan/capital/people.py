"""Investors and outreach: what each one pays, earns and is worth, and whom to talk to next."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.capital.tables import SHOWN, SMALL, by_state, fundings, records
from gigaplan.inputs.capital_terms import shared_cash
from gigaplan.inputs.context import annuity
from gigaplan.model.capital import drawn_until
from gigaplan.plan.frames import frame
from gigaplan.programme.roster import BORROWED, GRANT


def investors(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Every investor: commitment, calls, cash and return expected, exposure, marginal value.

    ``commitment`` is what the plan counts on; ``unfunded`` what is left of it when calls on sums
    that it contains are counted too.  ``yearly_cash`` is the sum of yearly payments of all that it
    holds while each lasts (real); ``expected_return`` is their internal rate, real, from the
    calls on, and ``required_return`` the weighted return asked for.  ``exposure`` is the largest
    share of its money in one state.  ``marginal_value`` is the fall of the objective per dollar
    more from it, given its mandate and clearance.
    """
    table = fundings(inputs, data)
    states = by_state(inputs, data)
    names = inputs["investor"].values
    last = inputs["investor_available"].isel(calendar=-1).values
    rest = calls_left(inputs, data)
    payments = _Payments(inputs)
    rows = []
    for i, name in enumerate(names):
        mine = table[(table["investor"] == name) & (table["amount"] > SMALL)]
        total = float(mine["amount"].sum())
        placed = states[states["investor"] == name].groupby("zone")["amount"].sum()
        cash, rate = payments.expected(mine)
        rows.append(
            (
                name, str(inputs["investor_name"].values[i]),
                str(inputs["investor_country"].values[i]),
                str(inputs["investor_kind"].values[i]), float(inputs["investor_stated"].values[i]),
                float(inputs["investor_likelihood"].values[i]), float(last[i]), total, rest[i],
                float(mine.loc[mine["equity"], "amount"].sum()),
                float(mine.loc[mine["instrument"].isin(BORROWED), "amount"].sum()),
                float(mine.loc[mine["instrument"] == GRANT, "amount"].sum()),
                cash,
                float((mine["amount"] * mine["return"]).sum() / total) if total > SHOWN else np.nan,
                rate,
                float(placed.max() / total) if total > SHOWN and len(placed) else np.nan,
                str(placed.idxmax()) if total > SHOWN and len(placed) else "",
                float(data["dual_commitment"].values[i]),
            )
        )  # fmt: skip
    units = {
        "investor": "", "name": "", "country": "", "kind": "", "stated": "BUSD", "likelihood": "1",
        "commitment": "BUSD", "called": "BUSD", "unfunded": "BUSD", "equity": "BUSD",
        "debt": "BUSD", "grant": "BUSD",
        "yearly_cash": "BUSD/year", "required_return": "1/year", "expected_return": "1/year",
        "exposure": "1", "exposed_to": "", "marginal_value": "BUSD/BUSD",
    }  # fmt: skip
    out = pd.DataFrame(rows, columns=list(units))
    out = out.sort_values(["called", "marginal_value"], ascending=False, kind="stable")
    out = out.reset_index(drop=True)
    out.attrs["units"] = units
    return out


def calls_left(inputs: xr.Dataset, data: xr.Dataset) -> np.ndarray:
    """What is left of each commitment at the end [BUSD], contained sums counted."""
    table = fundings(inputs, data)
    amount = dict(zip(inputs["funding"].values.tolist(), table["amount"], strict=True))
    used = dict.fromkeys(inputs["investor"].values.tolist(), 0.0)
    for who, funding in zip(
        inputs["account_investor"].values, inputs["account_funding"].values, strict=True
    ):
        used[who] += amount[funding]
    last = inputs["investor_available"].isel(calendar=-1).values
    left = last - np.array([used[n] for n in inputs["investor"].values.tolist()])
    return np.where(np.abs(left) < SMALL, 0.0, left)


class _Payments:
    """When fundings are drawn, and what each pays."""

    def __init__(self, inputs: xr.Dataset):
        until = drawn_until(inputs).values
        shares = np.diff(until, prepend=0.0, axis=-1)
        self._drawn = dict(zip(inputs["funding"].values.tolist(), shares, strict=True))
        self._calendar = inputs["calendar"].values.astype(int).tolist()
        flat = inputs["reference_charge"].values
        self._flat = dict(zip(inputs["draw_class"].values.tolist(), flat, strict=True))

    def expected(self, mine: pd.DataFrame) -> tuple[float, float]:
        """Yearly cash while all lasts [BUSD/year] and internal rate of return, real [1/year].

        Each funding is paid out as drawn and earns a level payment from the year after its assets
        enter service, for its life or tenor: at its rate the value of the draws at the end of
        construction, interest included, is paid back.  Money that shares the cash in two tiers
        earns its shares of the flat charge instead.  ``yearly cash`` is that of the first year of
        payments.
        """
        if mine.empty:
            return 0.0, np.nan
        flows: dict[int, float] = {}
        yearly = 0.0
        for row in records(mine.rename(columns={"return": "asked"})):
            rate, amount = float(row.asked), float(row.amount)
            grown = 0.0
            for year, share in zip(self._calendar, self._drawn[funding_label(row)], strict=True):
                flows[year] = flows.get(year, 0.0) - float(share) * amount
                grown += float(share) * amount * (1 + rate) ** (row.year - year)
            years = round(min(float(row.years), 200.0))
            if row.instrument == GRANT:
                continue
            payments = [grown * annuity(rate, years)] * years
            if row.shared > 0:
                tiers = (row.shared, row.shared_after)
                payments = [
                    amount * c for c in shared_cash(self._flat[row.asset_class], years, tiers)
                ]
            yearly += payments[0]
            for k, payment in enumerate(payments):
                flows[row.year + 1 + k] = flows.get(row.year + 1 + k, 0.0) + payment
        return yearly, _irr(flows)


def funding_label(row: Any) -> str:
    """The label of a row of :func:`fundings`."""
    return f"{row.investor} | {row.instrument}{' after filing' if row.filed else ''} | {row.cell}"


def _irr(flows: dict[int, float]) -> float:
    """Internal rate of yearly flows [1/year] (pyxirr, Newton with Brent's method behind).

    There is none where nothing comes back, as of a grant.
    """
    if max(flows.values()) <= 0:
        return float("nan")
    import pyxirr

    years = range(min(flows), max(flows) + 1)
    rate = pyxirr.irr([flows.get(y, 0.0) for y in years])
    return float("nan") if rate is None else float(rate)


def outreach(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Whom to talk to next: likelihood times marginal value, and what holds a sum back.

    ``held_back_by`` names what stops more money: its own commitment, a mandate or clearance limit
    that binds (dearest first), a sum that contains its own, or its price.
    """
    table = investors(inputs, data)
    names = inputs["investor"].values.tolist()
    index = [names.index(n) for n in table["investor"]]
    reasons = _held_back(inputs, data)
    columns: dict[str, tuple[Any, str]] = {
        "investor": (table["investor"], ""),
        "name": (table["name"], ""),
        "stage": (inputs["investor_stage"].values[index], ""),
        "last_talk": (inputs["investor_last_talk"].values[index], ""),
        "likelihood": (table["likelihood"], "1"),
        "in_view": (inputs["investor_in_view"].values[index], "BUSD"),
        "commitment": (table["commitment"], "BUSD"),
        "unfunded": (table["unfunded"], "BUSD"),
        "marginal_value": (table["marginal_value"], "BUSD/BUSD"),
        "priority": (table["likelihood"] * table["marginal_value"], "BUSD/BUSD"),
        "held_back_by": ([reasons[n] for n in table["investor"]], ""),
        "in_kind": (inputs["investor_in_kind"].values[index], ""),
    }
    out = frame(columns)
    units = out.attrs["units"]
    out = out.sort_values(["priority", "marginal_value"], ascending=False, kind="stable")
    out = out.reset_index(drop=True)
    out.attrs["units"] = units
    return out


def _held_back(inputs: xr.Dataset, data: xr.Dataset) -> dict[str, str]:
    """By investor, the limit that keeps more of its money out."""
    dual = dict(
        zip(inputs["limit"].values.tolist(), data["dual_limit"].values.tolist(), strict=True)
    )
    reason = dict(zip(inputs["limit"].values.tolist(), inputs["limit_reason"].values, strict=True))
    who = dict(
        zip(inputs["funding"].values.tolist(), inputs["funding_investor"].values, strict=True)
    )
    binding: dict[str, list[tuple[float, str]]] = {}
    for limit, funding in zip(
        inputs["membership_limit"].values, inputs["membership_funding"].values, strict=True
    ):
        if dual[limit] > 1e-6:
            where = limit.split(" | ", 1)[1]
            binding.setdefault(who[funding], []).append((dual[limit], f"{reason[limit]} [{where}]"))
    left = calls_left(inputs, data)
    rest = dict(zip(inputs["investor"].values.tolist(), left.tolist(), strict=True))
    out = {}
    for name, barred, within, worth in zip(
        inputs["investor"].values.tolist(), inputs["investor_held_back"].values,
        inputs["investor_within"].values, data["dual_commitment"].values, strict=True,
    ):  # fmt: skip
        above = [p for p in str(within).split("; ") if p in rest and rest[p] <= 1e-6]
        limits = [text for _, text in sorted(binding.get(name, ()), reverse=True)]
        if barred:
            out[name] = str(barred)
        elif worth > 1e-6 and rest[name] <= 1e-6:
            out[name] = "nothing: its commitment is used up"
        elif above:
            out[name] = f"overlap: {', '.join(above)} contains it and is used up"
        elif limits:
            out[name] = limits[0]
        elif worth > 1e-6:
            out[name] = "an earlier date: its commitment comes later than it is needed"
        else:
            out[name] = "price: its money costs more than a dollar is worth here"
    return out
