"""Clearance of a plan's holdings: filings, and the whole structure screened again."""

from __future__ import annotations

from typing import Any

import pandas as pd
import xarray as xr

from gigaplan.capital.tables import SHOWN, fundings
from gigaplan.clearance.fees import filing_fee
from gigaplan.clearance.screening import Investor as Person
from gigaplan.clearance.screening import Stake, screen_whole
from gigaplan.inputs.clearance import KINDS, asset_of

DAYS = 365.0


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
    for (name, asset_class), mine in table[foreign].groupby(
        ["investor", "asset_class"], sort=False
    ):
        votes = mine[mine["instrument"] != "fund"]
        share = votes.groupby("cell")["amount"].sum() / equity
        filed = mine[mine["filed"]]
        filing = str(filed["filing"].iloc[0]) if len(filed) else "none"
        stake = float(mine["amount"].sum())
        fee = filing_fee(stake * 1e9) if filing == "notice" else 0.0
        days = float(filed["delay"].max()) if len(filed) else 0.0
        done = start + days / DAYS
        waiting = (
            float(table.loc[table["cell"].isin(filed["cell"]), "amount"].sum())
            if len(filed)
            else 0.0
        )
        rows.append(
            (
                name, country[str(name)], asset_class, stake,
                float(share.max()) if len(votes) else 0.0,
                float(mine["free"].min()), float(mine["most"].min()), filing,
                str(filed["mitigation"].iloc[0]) if len(filed) else "none",
                start, days, float(filed["delay_most"].max()) if len(filed) else 0.0,
                done, fee, waiting,
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
    """Whether the engine finds the holding covered in the whole, and whether the filing fits."""
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
                    own.structure if own else "together",
                    _word(found.answer("covered_transaction")),
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
        out[str(name)] = Person(
            str(name), str(country), KINDS.get(str(kind), "corporation"), shares
        )
    return out
