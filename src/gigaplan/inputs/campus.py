"""Campuses as inputs: where, how much power, at what cost, with which taxes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.inputs.chips import offered
from gigaplan.inputs.context import Context, annuity, interest_during_construction, schedule
from gigaplan.inputs.cooling import cooling

Variables = dict[str, tuple[tuple[str, ...], Any]]


def campus_rate(context: Context) -> float:
    """Real capital charge rate of campuses and IT equipment."""
    given = context.programme.money.capital_charge_rates.campus
    return context.constants["capital_rate_campus"] if given is None else float(given)


def programme_power_rate(context: Context) -> float:
    """Real capital charge rate of what the programme owns of the power system.

    Its money asks what it asks of campuses, more than a utility's: so it owns what additionality
    asks for, and leaves the rest to the system.
    """
    given = context.programme.money.capital_charge_rates.programme_power
    return campus_rate(context) if given is None else float(given)


def draw_schedule(context: Context, asset_class: str) -> np.ndarray:
    """Shares of capital by calendar year of construction, the last in the first year of service."""
    table = atlas.table("draw_schedules").set_index("asset_class")
    return schedule(str(table.loc[asset_class, "schedule"]))


def facility_cost(context: Context) -> np.ndarray:
    """Facility cost by zone [BUSD per GW of IT], with the programme's choice of index."""
    campus, constants = context.programme.campus, context.constants
    national = constants["facility_musd_per_mw_it"]
    own = context.own("campus_costs")
    raw = context.by_zone(context.table("campus_costs").set_index("state")["index_raw"])
    factor = {"damped": campus.cost_index_factor, "raw": 1.0, "uniform": 0.0}[campus.cost_index]
    cost = national * (1.0 + factor * (raw - 1.0))
    if own is not None:
        for zone, value in own[["zone", "facility_musd_per_mw_it"]].to_numpy():
            cost[context.zones.index(zone)] = float(value)
    return np.asarray(cost)


def sales_tax(context: Context, exempt: bool = True) -> np.ndarray:
    """Sales tax that campuses pay by zone and year; zero where an exemption is in force.

    Without ``exempt``, what would be due if there were no exemptions.
    """
    policy = context.table("state_policy").set_index("state")
    rate = policy["avg_sales_tax_pct"].astype(float) / 100.0
    out = np.zeros((len(context.zones), len(context.years)))
    for k, year in enumerate(context.years):
        free = policy["dc_sales_tax_exemption"].astype(str) == "yes"
        paused = policy["dc_sales_tax_exemption"].astype(str) == "paused"
        until = policy["exemption_pause_to"].astype(str).str.slice(0, 4)
        over = paused & (pd.to_numeric(until, errors="coerce") < year)
        waived = (free | over) & context.programme.policy.state_incentives & exempt
        out[:, k] = context.by_zone(rate.where(~waived, 0.0))
    return out


def campuses(context: Context) -> Variables:
    """Cost, limits and cooling of campuses by zone and year."""
    campus, constants = context.programme.campus, context.constants
    shape = (len(context.zones), len(context.years))
    rate = campus_rate(context)
    idc = interest_during_construction(draw_schedule(context, "campus"), rate)
    equipment = newest_equipment(context)
    # what of a facility's cost is taxable goods rather than labour and land
    taxed = constants["facility_taxable_share"]
    tax, due = sales_tax(context), sales_tax(context, exempt=False)
    facility = np.repeat(facility_cost(context)[:, None], shape[1], 1)
    facility_tax, equipment_tax = facility * taxed * tax, equipment[None, :] * tax
    base = facility * taxed + equipment[None, :]
    shell = annuity(rate, constants["facility_life_years"]) * idc
    it_life = annuity(rate, constants["accelerator_life_years"])
    charge = (facility + facility_tax) * shell + equipment_tax * it_life
    charge = charge + constants["campus_opex_musd_per_mw_it_year"]
    utilisation = campus.utilisation
    if utilisation is None:
        utilisation = constants["campus_utilisation"]
    block = constants["campus_block_mw"] / 1e3 if campus.block is None else float(campus.block)
    return {
        "campus_buildable": (("zone", "year"), _buildable(context)),
        "campus_unit": ((), block),
        **_limits(context),
        **_flexibility(context),
        **cooling(context),
        "campus_utilisation": ((), float(utilisation)),
        "campus_construction": ((), constants["campus_construction_years"]),
        "campus_ramp": ((), constants["campus_ramp_years"]),
        "campus_overnight_cost": (("zone", "year"), facility + facility_tax + equipment_tax),
        "campus_sales_tax": (("zone", "year"), facility_tax + equipment_tax),
        "campus_sales_tax_waived": (("zone", "year"), base * (due - tax)),
        "campus_annual_charge": (("zone", "year"), charge),
        "campus_tax_capital": (("zone", "year"), facility_tax + equipment_tax),
        "campus_tax_charge": (("zone", "year"), facility_tax * shell + equipment_tax * it_life),
        "campus_operation": ((), constants["campus_opex_musd_per_mw_it_year"]),
        "it_path": (("year",), _path(context)),
    }


def newest_equipment(context: Context) -> np.ndarray:
    """IT equipment of the newest generation sold in each year [BUSD per GW of IT]; 0 for tenants.

    Sales tax on equipment is reckoned on it, as accelerators are not tied to a zone.
    """
    table = offered(context)
    out = np.zeros(len(context.years))
    if not context.programme.campus.accelerators:
        return out
    for k, year in enumerate(context.years):
        sold = table[(table["first_year"] <= year) & (table["last_year"] >= year)]
        if len(sold):
            out[k] = float(sold["equipment_usd"].iloc[-1] / sold["it_kw"].iloc[-1]) / 1e3
    return out


def _path(context: Context) -> np.ndarray:
    """IT power asked for by year [GW], NaN where nothing is."""
    aim = context.programme.aim
    if aim.kind != "cost" or not aim.it_path:
        return np.full(len(context.years), np.nan)
    return np.array([float(aim.it_path[y]) for y in context.years])


def open_zones(context: Context) -> set[str]:
    """Zones where a campus may be in service in some planning year."""
    open_ = np.asarray(_buildable(context).any(axis=1)).tolist()
    return {z for z, o in zip(context.zones, open_, strict=True) if o}


def _flexibility(context: Context) -> Variables:
    """What of a campus may be curtailed, on which days, and what that costs.

    Only on the days with the highest peak load, so many that the hours a year stay
    within ``flexible_hours``.
    """
    campus, constants = context.programme.campus, context.constants
    share = campus.flexible_share
    share = constants["campus_flexible_share"] if share is None else float(share)
    per_day = constants["campus_flexible_hours_per_day"]
    hours = np.zeros(365)
    count = int(campus.flexible_hours // per_day)
    if count > 0:
        hours[hardest_days(context)[:count]] = per_day
    trains = campus.training_share
    trains = constants["campus_training_share"] if trains is None else float(trains)
    value = constants["value_of_compute_busd_per_gw_it_year"]
    # BUSD/GW/year over 8,760 h; a GW of facility carries 1/PUE of IT, which counts as 1 here
    return {
        "campus_flexible_share": ((), share),
        "campus_flexible_hours": (("day",), hours),
        "campus_training_share": ((), trains),
        "campus_shiftable_share": ((), float(campus.shiftable_share)),
        "campus_curtailment_cost": (
            ("year",),
            np.full(len(context.years), value / constants["campus_utilisation"] / 8.76e-3),
        ),
    }  # fmt: skip


def hardest_days(context: Context) -> np.ndarray:
    """Days of the weather year by falling peak of metered load, all zones together."""
    own = context.own("load")
    if own is not None:
        total = own[context.zones].to_numpy(dtype=float).sum(axis=1)
    else:
        total = atlas.hourly("load")[context.states].to_numpy(dtype=float).sum(axis=1)
    return np.argsort(-total.reshape(365, 24).max(axis=1), kind="stable")


def _buildable(context: Context) -> np.ndarray:
    """A campus may be in service: allowed, built in time, no statewide moratorium."""
    programme = context.programme
    flags = np.ones((len(context.zones), len(context.years)), dtype=bool)
    allowed = set(programme.campus_zones)
    earliest = programme.start_year + int(context.constants["campus_construction_years"])
    policy = context.table("state_policy").set_index("state")["statewide_moratorium"].astype(bool)
    for i, zone in enumerate(context.zones):
        flags[i] &= zone in allowed
        if programme.policy.moratoria and all(policy[s] for s in programme.zones[zone]):
            flags[i] = False
        if programme.power.lead_times:
            flags[i] &= np.array(context.years) >= earliest
    return flags


def _limits(context: Context) -> Variables:
    """Energised large-load interconnection by zone and in all [GW of facility power]."""
    campus = context.programme.campus
    table = atlas.table("large_load_limits")
    by_year = table.pivot(index="zone", columns="year", values="facility_gw")
    last = int(table["year"].max())
    ahead = round(context.constants["flexible_connection_years_earlier"])
    early = [min(y + ahead, last) for y in context.years]
    zonal = np.stack([context.sum_by_zone(by_year[y]) for y in context.years], axis=1)
    flexible = np.stack([context.sum_by_zone(by_year[y]) for y in early], axis=1)
    for zone, limit in campus.limits.items():
        for limits in (zonal, flexible):
            at = context.zones.index(zone)
            limits[at] = np.minimum(limits[at], limit)
    national = np.array([float(by_year[y]["US"]) for y in context.years])
    national_flexible = np.array([float(by_year[y]["US"]) for y in early])
    for year, limit in campus.national_limit.items():
        if year in context.years:
            k = context.years.index(year)
            national[k] = min(national[k], limit)
            national_flexible[k] = min(national_flexible[k], limit)
    return {
        "campus_limit": (("zone", "year"), zonal),
        "campus_national_limit": (("year",), national),
        "campus_limit_flexible": (("zone", "year"), flexible),
        "campus_national_limit_flexible": (("year",), national_flexible),
    }
