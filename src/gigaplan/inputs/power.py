"""Load, the existing fleet, profiles and reserves as inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.inputs.context import Context

HOURS = 8760
Variables = dict[str, tuple[tuple[str, ...], Any]]
# a data center draws about half its capacity on average (dc_load_factor_lbnl)
DATA_CENTER_LOAD_FACTOR = 0.5


def load(context: Context) -> Variables:
    """Hourly load at the bus [GW]: metered load with distribution losses and growth."""
    power = context.programme.power
    own = context.own("load")
    if own is not None:
        hourly = own.set_index("hour")[context.zones].to_numpy(dtype=float).T / 1e3
        values = np.repeat(hourly[:, None, :], len(context.years), axis=1)
        return {"load": (("zone", "year", "hour"), values * power.load_scale)}
    metered = atlas.hourly("load")[context.states] / 1e3
    delivered = 1.0 - context.constants["distribution_loss"]
    growth = context.table("load_growth")
    growth = growth[growth["case"] == power.load_case]
    factor = growth.pivot(index="state", columns="year", values="multiplier")
    extra = np.zeros(len(context.states))
    if power.existing_data_centers == "additional":
        building = context.table("data_centers").set_index("state")["under_construction_mw"]
        extra = building.reindex(context.states).fillna(0.0).to_numpy() / 1e3
        status = atlas.table("realisation").set_index("status")["survival"]
        extra = extra * DATA_CENTER_LOAD_FACTOR * float(status["under_construction"])
    out = np.zeros((len(context.zones), len(context.years), HOURS))
    for i, state in enumerate(context.states):
        z = context.zones.index(context.zone_of[state])
        for k, year in enumerate(context.years):
            scaled = metered[state].to_numpy() * float(factor[year][state]) / delivered
            out[z, k] += scaled * power.load_scale + extra[i]
    return {"load": (("zone", "year", "hour"), out)}


def standing_fleet(context: Context) -> pd.DataFrame:
    """Existing capacity [GW] by state and technology (rows) and planning year (columns).

    Announced retirements up to and including a year are out, planned additions are in.
    """
    fleet = context.table("fleet").groupby(["state", "technology"])["capacity_mw"].sum()
    changes = context.table("fleet_changes")
    keys = sorted(set(fleet.index) | set(zip(changes["state"], changes["technology"], strict=True)))
    index = pd.MultiIndex.from_tuples(keys, names=["state", "technology"])
    base = fleet.reindex(index).fillna(0.0).to_numpy(dtype=float)
    frame = pd.DataFrame(index=index)
    for year in context.years:
        done = changes[changes["year"] <= year].groupby(["state", "technology"])
        moved = done[["addition_mw", "retirement_mw"]].sum().reindex(index).fillna(0.0)
        now = base + (moved["addition_mw"] - moved["retirement_mw"]).to_numpy(dtype=float)
        frame[year] = np.maximum(now, 0.0) / 1e3
    return frame


def fleet_traits(context: Context) -> pd.DataFrame:
    """Capacity-weighted heat rate, variable and fixed O&M, hours by zone and technology."""
    fleet = context.table("fleet")
    fleet["weight"] = fleet["capacity_mw"].clip(lower=1e-6)
    for column in ("heat_rate_mmbtu_mwh", "variable_om_usd_mwh", "fixed_om_usd_kw_year"):
        fleet[column] = fleet[column].fillna(0.0) * fleet["weight"]
    summed = fleet.groupby(["zone", "technology"])[
        [
            "weight",
            "energy_mwh",
            "heat_rate_mmbtu_mwh",
            "variable_om_usd_mwh",
            "fixed_om_usd_kw_year",
        ]
    ].sum()
    for column in ("heat_rate_mmbtu_mwh", "variable_om_usd_mwh", "fixed_om_usd_kw_year"):
        summed[column] /= summed["weight"]
    summed["hours"] = summed["energy_mwh"] / summed["weight"]
    return summed


def fuel_prices(context: Context) -> pd.DataFrame:
    """USD/MMBtu by (fuel, zone) and planning year, the programme's own rows first."""
    table = context.table("fuel_prices")
    case = context.programme.power.fuel_case
    cases = set(table["case"])
    kept = []
    for _, rows in table.groupby("fuel"):
        wanted = case if (rows["case"] == case).any() else "baseline"
        kept.append(rows[rows["case"] == wanted] if wanted in cases else rows)
    table = pd.concat(kept)
    weights = context.state_load
    table["w"] = table["state"].map(weights)
    table["vw"] = table["usd_mmbtu"] * table["w"]
    grouped = table.groupby(["fuel", "zone", "year"])[["vw", "w"]].sum()
    price = (grouped["vw"] / grouped["w"]).unstack("year")
    own = context.own("fuel_prices")
    if own is not None:
        for fuel, zone, year, value in own[["fuel", "zone", "year", "usd_mmbtu"]].to_numpy():
            price.loc[(fuel, zone), int(year)] = float(value)
    years = sorted({*price.columns, *context.years})
    return price.reindex(columns=years).interpolate(axis=1)[context.years]


def profiles(context: Context, technologies: dict[str, str]) -> dict[tuple[str, str], np.ndarray]:
    """Hourly available share by (zone, technology), capacity-weighted over the states of a zone.

    ``technologies`` maps a technology to the name of its hourly table.
    """
    fleet = context.table("fleet").groupby(["state", "technology"])["capacity_mw"].sum()
    out = {}
    for technology, table in technologies.items():
        hourly = atlas.hourly(table)
        own = context.own(f"profiles_{technology.removesuffix('_new')}")
        for zone, states in context.programme.zones.items():
            if own is not None and zone in own.columns:
                out[zone, technology] = own[zone].to_numpy(dtype=float)
                continue
            if technology.endswith("_new"):
                weights = context.state_load[list(states)].to_numpy(dtype=float)
            else:
                weights = np.array([fleet.get((s, technology), 0.0) for s in states], dtype=float)
            if weights.sum() <= 0:
                weights = np.ones(len(states))
            values = hourly[list(states)].to_numpy(dtype=float) @ weights / weights.sum()
            out[zone, technology] = np.clip(values, 0.0, 1.0)
    return out


def reserves(
    context: Context, load_gw: np.ndarray, firm: pd.Series, existing: pd.DataFrame
) -> Variables:
    """Planning reserve by region: margin, coincident peak and firm capacity that is there [GW].

    ``firm`` is the capacity credit by technology, ``existing`` the standing fleet by
    (zone, technology) and year.
    """
    reserve = context.programme.power.reserve
    zones = atlas.table("zones").set_index("zone")["region"]
    by_zone = []
    for states in context.programme.zones.values():
        weight = (
            context.state_load[list(states)].groupby(zones.reindex(list(states)).to_dict()).sum()
        )
        by_zone.append(str(weight.idxmax()))
    regions = sorted(set(by_zone))
    margins = atlas.table("reserve_margins").pivot(index="region", columns="year", values="margin")
    scale = reserve.margin_scale if reserve.enforce else 0.0
    margin = np.zeros((len(regions), len(context.years)))
    peak, there = np.zeros_like(margin), np.zeros_like(margin)
    for r, region in enumerate(regions):
        members = [i for i, name in enumerate(by_zone) if name == region]
        if reserve.enforce:
            peak[r] = load_gw[members].sum(axis=0).max(axis=-1)
        for k, year in enumerate(context.years):
            margin[r, k] = scale * float(margins.T[region].reindex([year]).ffill().to_numpy()[0])
            names = [context.zones[i] for i in members]
            part = existing[existing.index.get_level_values("zone").isin(names)][year]
            credit = firm.reindex(part.index.get_level_values("technology"))
            there[r, k] = float((part.to_numpy() * np.asarray(credit, dtype=float)).sum())
    price = reserve.shortage_price
    if price is None:
        price = context.constants["reserve_shortage_price"]
    return {
        "zone_region": (("zone",), np.array(by_zone, dtype=object)),
        "region": (("region",), np.array(regions, dtype=object)),
        "reserve_margin": (("region", "year"), margin),
        "reserve_peak": (("region", "year"), peak),
        "reserve_existing": (("region", "year"), there),
        "reserve_shortage_price": ((), float(price)),
    }
