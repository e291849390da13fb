"""Plants, renewables and stores: what is dispatched, with what is there already."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.inputs.context import Context
from gigaplan.inputs.options import costs
from gigaplan.inputs.power import fleet_traits, fuel_prices, profiles

Variables = dict[str, tuple[tuple[str, ...], Any]]
DAYS = 365
KINDS = ("plant", "renewable", "store", "onsite", "onsite_renewable", "onsite_store")


def by_zone(context: Context, fleet: pd.DataFrame) -> pd.DataFrame:
    """Standing fleet by (zone, technology) and year [GW]."""
    grouped = fleet.reset_index()
    grouped["zone"] = grouped["state"].map(context.zone_of)
    return grouped.drop(columns="state").groupby(["zone", "technology"]).sum()


def asset_table(context: Context, fleet: pd.DataFrame, options: pd.DataFrame) -> pd.DataFrame:
    """All assets that stand or can be built, one row each: label, zone, technology, kind."""
    standing = fleet[fleet.max(axis=1) > 1e-4].index.tolist()
    wanted = set(standing) | set(zip(options["zone"], options["technology"], strict=True))
    wanted |= context.kept_assets
    traits = context.traits
    rows = [
        {"asset": f"{z} {t}", "zone": z, "technology": t, "kind": str(traits.loc[t, "kind"])}
        for z, t in sorted(wanted, key=lambda p: (context.zones.index(p[0]), p[1]))
    ]
    return pd.DataFrame(rows)


def existing(context: Context, fleet: pd.DataFrame, table: pd.DataFrame) -> np.ndarray:
    """Standing capacity of each asset and year [GW]."""
    found = fleet.reindex(pd.MultiIndex.from_frame(table[["zone", "technology"]])).fillna(0.0)
    return found[context.years].to_numpy(dtype=float)


def plants(context: Context, fleet: pd.DataFrame, table: pd.DataFrame) -> Variables:
    """Dispatched plants: capacity, availability, running cost, emissions, daily hydro energy."""
    rows = table[table["kind"] == "plant"]
    traits = context.traits.loc[rows["technology"]]
    cost, emissions = running_cost(context, rows)
    limited = traits["energy_limited"].to_numpy(dtype=bool)
    return {
        "plant": (("plant",), rows["asset"].to_numpy(dtype=object)),
        "plant_zone": (("plant",), rows["zone"].to_numpy(dtype=object)),
        "plant_technology": (("plant",), rows["technology"].to_numpy(dtype=object)),
        "plant_existing": (("plant", "year"), existing(context, fleet, rows)),
        "plant_availability": (("plant",), traits["availability"].to_numpy(dtype=float)),
        "plant_cost": (("plant", "year"), cost),
        "plant_emissions": (("plant",), emissions),
        "plant_energy_limited": (("plant",), limited),
        "plant_daily_energy": (("plant", "day"), _daily_energy(context, rows, limited)),
    }


def running_cost(context: Context, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Fuel, variable O&M and carbon price by year [USD/MWh], and emissions [t/MWh]."""
    fleet = fleet_traits(context).to_dict("index")
    new, known = costs(context).to_dict("index"), context.traits.to_dict("index")
    prices = fuel_prices(context).to_dict()
    carbon = context.programme.policy.co2_price
    carbon_by_year = carbon if isinstance(carbon, dict) else dict.fromkeys(context.years, carbon)
    out = np.zeros((len(rows), len(context.years)))
    emitted = np.zeros(len(rows))
    for i, (zone, technology) in enumerate(rows[["zone", "technology"]].to_numpy()):
        traits = known[technology]
        fuel = str(traits["fuel"])
        for k, year in enumerate(context.years):
            if bool(traits["existing"]):
                at = fleet.get((zone, technology)) or _fleet_mean(technology)
            else:
                at = new[technology, year]
            heat, vom = float(at["heat_rate_mmbtu_mwh"]), float(at["variable_om_usd_mwh"])
            price = float(prices[year][fuel, zone]) if fuel != "none" else 0.0
            emitted[i] = heat * float(traits["co2_t_per_mmbtu"])
            out[i, k] = heat * price + vom + float(traits["variable_adder_usd_mwh"])
            out[i, k] += float(carbon_by_year.get(year, 0.0)) * emitted[i]
    return out, emitted


@cache
def _fleet_mean(technology: str) -> dict[str, float]:
    """Heat rate and variable O&M of the country's fleet, for zones that have none yet."""
    whole = atlas.table("fleet")
    part = whole[whole["technology"] == technology]
    weights = part["capacity_mw"].clip(lower=1e-6)
    return {
        name: float(np.average(part[name], weights=weights))
        for name in ("heat_rate_mmbtu_mwh", "variable_om_usd_mwh")
    }


def _daily_energy(context: Context, rows: pd.DataFrame, limited: np.ndarray) -> np.ndarray:
    """Energy that one GW gives in each day [GWh/GW]: 24 h, or the day's inflow where limited."""
    out = np.full((len(rows), DAYS), 24.0)
    technologies = sorted(set(rows["technology"][limited]))
    named = {t: str(context.traits.loc[t, "profile"]) for t in technologies}
    hourly = profiles(context, named)
    for i, (zone, technology) in enumerate(rows[["zone", "technology"]].to_numpy()):
        if limited[i]:
            out[i] = hourly[zone, technology].reshape(DAYS, 24).sum(axis=1)
    return out


def renewables(context: Context, fleet: pd.DataFrame, table: pd.DataFrame) -> Variables:
    """Assets with an hourly profile."""
    rows = table[table["kind"] == "renewable"]
    named = {t: str(context.traits.loc[t, "profile"]) for t in sorted(set(rows["technology"]))}
    hourly = profiles(context, named)
    pairs = zip(rows["zone"], rows["technology"], strict=True)
    profile = np.array([hourly[p] for p in pairs]).reshape(len(rows), -1)
    return {
        "renewable": (("renewable",), rows["asset"].to_numpy(dtype=object)),
        "renewable_zone": (("renewable",), rows["zone"].to_numpy(dtype=object)),
        "renewable_technology": (("renewable",), rows["technology"].to_numpy(dtype=object)),
        "renewable_existing": (("renewable", "year"), existing(context, fleet, rows)),
        "renewable_profile": (("renewable", "hour"), profile),
    }


def stores(context: Context, fleet: pd.DataFrame, table: pd.DataFrame) -> Variables:
    """Storage: power, hours of energy, round-trip efficiency."""
    rows = table[table["kind"] == "store"]
    traits = context.traits.loc[rows["technology"]]
    known = fleet_traits(context)["hours"]
    hours = []
    for row, default in zip(rows.itertuples(index=False), traits["hours"], strict=True):
        own = float(known.get((row.zone, row.technology), 0.0))
        hours.append(own if own > 0 else float(default))
    return {
        "store": (("store",), rows["asset"].to_numpy(dtype=object)),
        "store_zone": (("store",), rows["zone"].to_numpy(dtype=object)),
        "store_technology": (("store",), rows["technology"].to_numpy(dtype=object)),
        "store_existing": (("store", "year"), existing(context, fleet, rows)),
        "store_hours": (("store",), np.array(hours)),
        "store_efficiency": (("store",), traits["round_trip_efficiency"].to_numpy(dtype=float)),
        "store_availability": (("store",), traits["availability"].to_numpy(dtype=float)),
    }


def fixed_cost(context: Context, fleet: pd.DataFrame) -> np.ndarray:
    """Fixed O&M of the standing fleet by year [BUSD/year]."""
    known = fleet_traits(context)["fixed_om_usd_kw_year"]
    per_gw = np.array([float(known.get(key, 0.0)) for key in fleet.index]) / 1e3
    return np.asarray((fleet[context.years].to_numpy(dtype=float) * per_gw[:, None]).sum(axis=0))
