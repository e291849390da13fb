"""The money of a plan as tables: sources and uses, calls, investors, stakes, outreach, clearance.

Functions of the inputs and the plan Dataset; ``attrs["units"]`` maps each column to its unit.
Within a place every funding pays for the same share of each zone's assets, so the allocation to
states is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.clearance.fees import filing_fee
from gigaplan.clearance.screening import Investor as Person
from gigaplan.clearance.screening import Stake, screen_whole
from gigaplan.errors import UsageError
from gigaplan.inputs.capital import shared_cash
from gigaplan.inputs.clearance import KINDS, asset_of
from gigaplan.inputs.context import annuity
from gigaplan.model.capital import drawn_until
from gigaplan.plan.statistics import frame
from gigaplan.programme.roster import EQUITY, INSTRUMENTS
from gigaplan.solving.allocate import class_capital

SMALL = 1e-9
SHOWN = 1e-6  # BUSD: less is not a line of its own
DAYS = 365.0


def need_roster(inputs: xr.Dataset) -> None:
    """Raise where one purse paid."""
    if "funding" not in inputs.dims:
        raise UsageError(
            "this plan has no roster: one purse paid for it (see show PLAN money); "
            "set capital.roster: atlas, or bring tables.investors, and plan again"
        )


def fundings(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """One row for each funding with its cell, terms and amount [BUSD]."""
    need_roster(inputs)
    position = {c: i for i, c in enumerate(inputs["cell"].values.tolist())}
    at = np.array([position[c] for c in inputs["funding_cell"].values.tolist()], dtype=int)
    names = (
        "investor", "instrument", "cell", "return", "years", "charge", "filed", "filing", "delay",
        "delay_most", "free", "most", "mitigation", "shared", "shared_after",
    )  # fmt: skip
    table = pd.DataFrame({n: inputs[f"funding_{n}"].values for n in names})
    table["asset_class"] = inputs["cell_class"].values[at]
    table["place"] = inputs["cell_place"].values[at]
    table["year"] = inputs["cell_year"].values[at].astype(int)
    table["amount"] = data["funding_amount"].values
    table["equity"] = table["instrument"].isin(EQUITY)
    return table


def by_state(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Fundings shared out to zones: columns of :func:`fundings`, zone and its amount [BUSD]."""
    table = fundings(inputs, data)
    table = table[table["amount"] > SMALL]
    uses = class_capital(inputs, data)
    place = dict(zip(inputs["zone"].values.tolist(), inputs["zone_place"].values.tolist(), strict=True))
    uses["place"] = uses["zone"].map(place)
    whole = uses.groupby(["asset_class", "place", "year"])["capital"].transform("sum")
    uses["part"] = np.where(whole > SMALL, uses["capital"] / whole.where(whole > SMALL, 1.0), 0.0)
    uses = uses[uses["part"] > 0]
    keys = ["asset_class", "place", "year"]
    joined = table.merge(uses[[*keys, "zone", "part"]], on=keys, how="left")
    joined["amount"] = joined["amount"] * joined["part"]
    return joined


def capital(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Sources and uses by class of capital, zone and year in service [BUSD].

    ``cost`` is the overnight cost, ``tax_credit`` what investment credits pay of it, ``uses`` the
    rest, which the instruments sum up to.  ``weighted_cost`` is the return that the money asks
    for, real, weighted by amount.
    """
    table = by_state(inputs, data)
    keys = ["asset_class", "zone", "year"]
    uses = class_capital(inputs, data).set_index(keys)["capital"]
    uses = uses[uses > SHOWN]
    table["weight"] = table["amount"] * table["return"]
    parts = table.pivot_table(index=keys, columns="instrument", values="amount", aggfunc="sum")
    parts = parts.reindex(index=uses.index, columns=list(INSTRUMENTS)).fillna(0.0)
    rate = table.groupby(keys)["weight"].sum().reindex(uses.index) / uses
    cost = _overnight(inputs, data).reindex(uses.index).fillna(uses)
    index = uses.index.to_frame(index=False)
    columns: dict[str, tuple[Any, str]] = {
        "asset_class": (index["asset_class"], ""),
        "zone": (index["zone"], ""),
        "year": (index["year"], "year"),
        "cost": (cost, "BUSD"),
        "tax_credit": (cost - uses, "BUSD"),
        "uses": (uses, "BUSD"),
        **{n: (parts[n], "BUSD") for n in INSTRUMENTS},
        "sources": (parts.sum(axis=1), "BUSD"),
        "weighted_cost": (rate, "1/year"),
    }
    return frame(columns)


def _overnight(inputs: xr.Dataset, data: xr.Dataset) -> pd.Series:
    """Cost before investment credits of the programme's generation and storage."""
    own = data["build"].sel(owner="programme")
    cost = (inputs["option_overnight_cost"] * own).transpose("option", "year").values
    rows = [
        (t, z, int(y), cost[i, k])
        for i, (t, z) in enumerate(
            zip(inputs["option_technology"].values, inputs["option_zone"].values, strict=True)
        )
        for k, y in enumerate(inputs["year"].values.tolist())
        if cost[i, k] > 0
    ]
    table = pd.DataFrame(rows, columns=["asset_class", "zone", "year", "cost"])
    return table.groupby(["asset_class", "zone", "year"])["cost"].sum()


def calls(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Capital calls by investor and calendar year [BUSD], and what its commitment leaves.

    ``counted`` adds the calls of those whose announced sums this investor's contains.
    """
    table = fundings(inputs, data)
    until = drawn_until(inputs).values * table["amount"].to_numpy()[:, None]
    calendar = inputs["calendar"].values
    names = inputs["investor"].values
    total = np.array([until[(table["investor"] == n).to_numpy()].sum(axis=0) for n in names])
    against = pd.DataFrame(
        {"who": inputs["account_investor"].values, "funding": inputs["account_funding"].values}
    )
    place = {f: i for i, f in enumerate(inputs["funding"].values.tolist())}
    rows = against["funding"].map(place).to_numpy()
    counted = np.array([until[rows[(against["who"] == n).to_numpy()]].sum(axis=0) for n in names])
    available = inputs["investor_available"].transpose("investor", "calendar").values
    call = np.diff(total, axis=1, prepend=0.0)
    keep = np.repeat(total[:, -1:] > SHOWN, len(calendar), axis=1) & (
        (call > SHOWN) | (np.diff(available, axis=1, prepend=0.0) > SHOWN)
    )
    grid = np.meshgrid(np.arange(len(names)), np.arange(len(calendar)), indexing="ij")
    columns = {
        "investor": (names[grid[0]], ""),
        "calendar": (calendar[grid[1]], "year"),
        "call": (call, "BUSD"),
        "cumulative": (total, "BUSD"),
        "counted": (counted, "BUSD"),
        "available": (available, "BUSD"),
        "unfunded": (available - counted, "BUSD"),
    }
    return frame(columns, keep=keep)


def stakes(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """What each investor holds by class of capital, zone and instrument [BUSD].

    ``share_of_equity`` relates equity to all equity of the class in the zone.
    """
    table = by_state(inputs, data)
    keys = ["investor", "asset_class", "zone", "instrument"]
    held = table.groupby(keys, sort=False)["amount"].sum().reset_index()
    equity = table[table["equity"]].groupby(["asset_class", "zone"])["amount"].sum()
    owned = held["instrument"].isin(EQUITY)
    whole = pd.Series(
        [equity.get((c, z), np.nan) for c, z in zip(held["asset_class"], held["zone"], strict=True)]
    )
    columns = {
        **{k: (held[k], "") for k in keys},
        "stake": (held["amount"], "BUSD"),
        "share_of_equity": ((held["amount"] / whole).where(owned), "1"),
    }
    return frame(columns, keep=(held["amount"] > SHOWN).to_numpy())


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
    rows = []
    for i, name in enumerate(names):
        mine = table[(table["investor"] == name) & (table["amount"] > SMALL)]
        total = float(mine["amount"].sum())
        placed = states[states["investor"] == name].groupby("zone")["amount"].sum()
        cash, rate = expected(inputs, mine)
        rows.append(
            (
                name, str(inputs["investor_name"].values[i]), str(inputs["investor_country"].values[i]),
                str(inputs["investor_kind"].values[i]), float(inputs["investor_stated"].values[i]),
                float(inputs["investor_likelihood"].values[i]), float(last[i]), total, rest[i],
                float(mine.loc[mine["equity"], "amount"].sum()),
                float(mine.loc[~mine["equity"], "amount"].sum()),
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
        "commitment": "BUSD", "called": "BUSD", "unfunded": "BUSD", "equity": "BUSD", "debt": "BUSD",
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


def expected(inputs: xr.Dataset, mine: pd.DataFrame) -> tuple[float, float]:
    """Yearly cash while all lasts [BUSD/year] and internal rate of return, real [1/year].

    Each funding is paid out as drawn and earns a level payment from the year after its assets enter
    service, for its life or tenor: at its rate the value of the draws at the end of construction,
    interest included, is paid back.  Money that shares the cash in two tiers earns its shares of
    the flat charge instead.  ``yearly cash`` is that of the first year of payments.
    """
    if mine.empty:
        return 0.0, np.nan
    flows: dict[int, float] = {}
    yearly = 0.0
    until = drawn_until(inputs)
    position = {c: i for i, c in enumerate(inputs["funding"].values.tolist())}
    calendar = inputs["calendar"].values.astype(int)
    flat = dict(
        zip(inputs["draw_class"].values.tolist(), inputs["reference_charge"].values, strict=True)
    )
    for row in mine.itertuples():
        label = funding_label(row)
        shares = np.diff(until.values[position[label]], prepend=0.0)
        rate, amount = float(row[mine.columns.get_loc("return") + 1]), float(row.amount)
        grown = 0.0
        for year, share in zip(calendar.tolist(), shares.tolist(), strict=True):
            flows[year] = flows.get(year, 0.0) - share * amount
            grown += share * amount * (1 + rate) ** (row.year - year)
        years = int(round(min(float(row.years), 200.0)))
        payments = [grown * annuity(rate, years)] * years
        if row.shared > 0:
            earned = shared_cash(flat[row.asset_class], years, (row.shared, row.shared_after))
            payments = [amount * c for c in earned]
        yearly += payments[0]
        for k, payment in enumerate(payments):
            flows[row.year + 1 + k] = flows.get(row.year + 1 + k, 0.0) + payment
    return yearly, _irr(flows)


def funding_label(row: Any) -> str:
    """The label of a row of :func:`fundings`."""
    return f"{row.investor} | {row.instrument}{' after filing' if row.filed else ''} | {row.cell}"


def _irr(flows: dict[int, float]) -> float:
    """Internal rate of yearly flows [1/year] (pyxirr, Newton with Brent's method behind)."""
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
    dual = dict(zip(inputs["limit"].values.tolist(), data["dual_limit"].values.tolist(), strict=True))
    reason = dict(zip(inputs["limit"].values.tolist(), inputs["limit_reason"].values, strict=True))
    who = dict(zip(inputs["funding"].values.tolist(), inputs["funding_investor"].values, strict=True))
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


def clearance(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Filings that the plan's holdings need: when, how long, what they cost and hold up.

    One row for each foreign investor and class with equity: share of the votes held, limits, the
    filing, days of review (planned and longest), fee [USD], and the capital of the class that waits
    until the review is over.  ``fee`` is that of 31 CFR 800.1101 on the stake.
    """
    whole = structure(inputs, data)
    table = fundings(inputs, data)
    start = int(inputs["calendar"].values[0])
    country = dict(zip(inputs["investor"].values, inputs["investor_country"].values, strict=True))
    equity = table[table["equity"]].groupby("cell")["amount"].sum()
    rows = []
    foreign = table["equity"] & (table["free"] < 1) & (table["amount"] > SHOWN)
    for (name, asset_class), mine in table[foreign].groupby(["investor", "asset_class"], sort=False):
        votes = mine[mine["instrument"] != "fund"]
        share = votes.groupby("cell")["amount"].sum() / equity
        filed = mine[mine["filed"]]
        filing = str(filed["filing"].iloc[0]) if len(filed) else "none"
        stake = float(mine["amount"].sum())
        fee = filing_fee(stake * 1e9) if filing == "notice" else 0.0
        days = float(filed["delay"].max()) if len(filed) else 0.0
        done = start + days / DAYS
        waiting = float(table.loc[table["cell"].isin(filed["cell"]), "amount"].sum()) if len(filed) else 0.0
        rows.append(
            (
                name, country[str(name)], asset_class, stake, float(share.max()) if len(votes) else 0.0,
                float(mine["free"].min()), float(mine["most"].min()), filing,
                str(filed["mitigation"].iloc[0]) if len(filed) else "none",
                start, days, float(filed["delay_most"].max()) if len(filed) else 0.0, done, fee, waiting,
                *_judged(whole, str(name), str(asset_class), bool(len(filed))),
                "after the filing" if len(filed) else
                "without a filing" if len(votes) else "as limited partner of a US fund",
            )
        )  # fmt: skip
    units = {
        "investor": "", "country": "", "asset_class": "", "stake": "BUSD", "votes": "1",
        "free_share": "1", "most_share": "1", "filing": "", "mitigation": "", "file_in": "year",
        "days": "day", "days_most": "day", "cleared_by": "year", "fee": "USD", "holds_up": "BUSD",
        "covered": "", "consistent": "", "structure": "",
    }  # fmt: skip
    out = pd.DataFrame(rows, columns=list(units))
    out.attrs["units"] = units
    return out


def _judged(whole: pd.DataFrame, name: str, asset_class: str, filed: bool) -> tuple[str, bool]:
    """Whether the engine finds the holding covered in the whole, and whether the filing fits that."""
    here = whole[whole["asset_class"] == asset_class]
    mine = here[[name in held.split("; ") for held in here["investors"]]]
    answers = set(mine["covered"])
    word = next((w for w in ("yes", "possible", "depends", "no") if w in answers), "no")
    return word, filed or word == "no"


def structure(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """The chosen structure screened again as a whole, cell by cell, one state's holdings added.

    One row for each foreign holder, or state with several investors, in each cell: share of the
    votes, structure, whether the engine finds a covered transaction, the duty to declare, and why
    (31 CFR 800.213(d): the substance of the whole counts).
    """
    table = fundings(inputs, data)
    table = table[table["equity"] & (table["amount"] > SHOWN)]
    people = _people(inputs)
    rows = []
    for (cell, asset_class), mine in table.groupby(["cell", "asset_class"], sort=False):
        equity = float(mine["amount"].sum())
        stakes, members = [], {}
        for name, held in mine.groupby("investor", sort=False):
            votes = held[held["instrument"] != "fund"]
            share = 100 * float(votes["amount"].sum()) / equity
            how = "fund_partner"
            if len(votes):
                how = "passive" if share <= 10 else "minority"
                if votes["filed"].any():
                    how = "substantial" if share <= 49 else "control"
            if people[str(name)].foreign:
                stakes.append(Stake(people[str(name)], how, share))
                members[str(name)] = [str(name)]
        if not stakes:
            continue
        for stake in stakes:
            for code in stake.investor.by_state():
                members.setdefault(f"state:{code}", []).append(stake.investor.name)
        held_by = {s.investor.name: s for s in stakes}
        for holder, found in screen_whole(stakes, asset_of(str(asset_class))).items():
            own = held_by.get(holder)
            share = own.share_pct if own else sum(held_by[n].share_pct for n in members[holder])
            covered = found.find("covered_transaction")
            rows.append(
                (
                    cell, asset_class, holder, "; ".join(members[holder]), share / 100,
                    own.structure if own else "together", _word(found.answer("covered_transaction")),
                    _word(found.answer("mandatory_declaration")),
                    covered.reason if covered else "", covered.citation if covered else "",
                )
            )  # fmt: skip
    names = [
        "cell", "asset_class", "holder", "investors", "votes", "structure", "covered",
        "mandatory_declaration", "reason", "citation",
    ]  # fmt: skip
    out = pd.DataFrame(rows, columns=names)
    out.attrs["units"] = dict.fromkeys(names, "") | {"votes": "1"}
    return out


def _word(answer: Any) -> str:
    return {True: "yes", False: "no"}.get(answer, str(answer))


def _people(inputs: xr.Dataset) -> dict[str, Person]:
    """The investors as the clearance engine knows them, owners looked through."""
    out = {}
    for name, country, kind, text in zip(
        inputs["investor"].values, inputs["investor_country"].values,
        inputs["investor_kind"].values, inputs["investor_governments"].values, strict=True,
    ):  # fmt: skip
        held = dict(item.split(" ") for item in str(text).split("; ") if item)
        shares = {code: float(pct) for code, pct in held.items()}
        out[str(name)] = Person(str(name), str(country), KINDS.get(str(kind), "corporation"), shares)
    return out


def summary(inputs: xr.Dataset, data: xr.Dataset) -> dict[str, Any]:
    """What the plan's summary says of capital; without a roster only that one purse paid."""
    if "funding" not in inputs.dims:
        return {
            "capital_by_investor": {"one purse": {"called_busd": float(data["capital"].sum())}},
            "weighted_cost_of_capital": None,
            "filings": [],
            "unfunded": None,
        }
    people = investors(inputs, data)
    table = fundings(inputs, data)
    table["weight"] = table["amount"] * table["return"]
    summed = table.groupby("asset_class", sort=False)[["amount", "weight"]].sum()
    summed = summed[summed["amount"] > SHOWN]
    named = {
        str(r.investor): {
            "called_busd": r.called, "unfunded_busd": r.unfunded, "equity_busd": r.equity,
            "debt_busd": r.debt, "marginal_value": r.marginal_value,
        }
        for r in people.itertuples()
        if r.called > SHOWN or r.commitment > SHOWN
    }  # fmt: skip
    filings = clearance(inputs, data)
    filings = filings[filings["filing"] != "none"]
    overlap = inputs["investor_within"].values.astype(str) == ""
    left = calls_left(inputs, data)
    return {
        "capital_by_investor": named,
        "weighted_cost_of_capital": {
            str(c): float(r["weight"] / r["amount"]) for c, r in summed.iterrows()
        },
        "filings": filings.to_dict("records"),
        "unfunded": float(np.maximum(left, 0.0)[overlap].sum()),
    }
