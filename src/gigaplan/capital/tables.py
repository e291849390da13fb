"""The money of a plan as tables: sources and uses, calls, stakes.

Functions of the inputs and the plan Dataset; ``attrs["units"]`` maps each column to its unit.
Within a place every funding pays for the same share of each zone's assets, so the allocation to
states is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.errors import UsageError
from gigaplan.model.capital import drawn_until
from gigaplan.plan.frames import frame
from gigaplan.programme.roster import EQUITY, INSTRUMENTS
from gigaplan.solving.allocate import class_capital

SMALL = 1e-9
SHOWN = 1e-6  # BUSD: less is not a line of its own


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
    place = dict(
        zip(inputs["zone"].values.tolist(), inputs["zone_place"].values.tolist(), strict=True)
    )
    movable = uses["asset_class"].isin(table.loc[table["place"] == "everywhere", "asset_class"])
    uses["place"] = uses["zone"].map(place).where(~movable, "everywhere")
    whole = uses.groupby(["asset_class", "place", "year"])["capital"].transform("sum")
    uses["part"] = np.where(whole > SMALL, uses["capital"] / whole.where(whole > SMALL, 1.0), 0.0)
    uses = uses[uses["part"] > 0]
    keys = ["asset_class", "place", "year"]
    joined = table.merge(uses[[*keys, "zone", "part"]], on=keys, how="left")
    joined["amount"] = joined["amount"] * joined["part"]
    return joined


def capital(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Sources and uses by class of capital, zone and year in service [BUSD].

    ``cost`` is the overnight cost, ``tax_credit`` what investment credits (and
    ``chips.fab_grant_share``) pay of it, ``uses`` the rest, which the instruments sum up to.
    ``weighted_cost`` is the return that the money asks for, real, weighted by amount.
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
    """Cost before credits of the programme's generation and storage, and of its fab lines."""
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
    lines = inputs["fab_overnight_cost"] * data["fab_build"]
    spent = lines.sum("chip_step").transpose("zone", "year").values
    rows += [
        ("fabs", z, int(y), spent[i, k])
        for i, z in enumerate(inputs["zone"].values.tolist())
        for k, y in enumerate(inputs["year"].values.tolist())
        if spent[i, k] > 0
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


def records(table: pd.DataFrame) -> Iterator[Any]:
    """Rows with a name for each column."""
    return iter(table.itertuples())
