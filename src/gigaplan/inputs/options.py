"""What can be built, where, from when, at what cost: options and their limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.inputs import credits
from gigaplan.inputs.campus import open_zones, programme_power_rate
from gigaplan.inputs.context import Context, annuity, interest_during_construction, schedule
from gigaplan.inputs.resale import resale

Variables = dict[str, tuple[tuple[str, ...], Any]]
OWNERS = ("system", "programme")
GROUP_OF = {
    "gas_cc_new": "gas",
    "gas_ct_new": "gas",
    "gas_ice_new": "gas_ice",
    "wind_new": "wind",
    "solar_new": "solar",
    "battery_4h": "battery",
    "battery_8h": "battery",
    "nuclear_new": "nuclear",
    "nuclear_smr": "nuclear",
    "fuel_cell": "fuel_cell",
    "onsite_turbine": "gas",
    "onsite_engine": "gas_ice",
    "onsite_fuel_cell": "fuel_cell",
    "onsite_frame": "gas",
    "onsite_smr": "nuclear",
    "onsite_solar": "solar",
    "onsite_battery": "battery",
}
# on-site technologies that may be built where the programme names none
USUAL_ONSITE = ("onsite_turbine", "onsite_engine", "onsite_fuel_cell")


def option_table(context: Context) -> pd.DataFrame:
    """One row for each option: zone, technology, bin, potential [GW], output, adder [USD/kW].

    ``site`` is shared by options that differ in the federal credit that they take alone.
    Campuses of an earlier plan keep their on-site options (:func:`buildable` closes them).
    """
    traits = context.traits
    wanted = _wanted(context)
    bins = _bins(context)
    campuses = open_zones(context) if context.programme.campus.onsite else set()
    if campuses:
        campuses |= context.kept_campuses
    rows: list[dict[str, Any]] = []
    for zone in context.zones:
        for technology in wanted:
            kind = str(traits.loc[technology, "kind"])
            base = {"zone": zone, "technology": technology, "kind": kind}
            if kind.startswith("onsite") and zone not in campuses:
                continue
            if kind == "renewable":
                part = bins[(bins["zone"] == zone) & (bins["technology"] == technology)]
                rows += [
                    base
                    | {
                        "option": f"{zone} {technology} bin{int(b['bin'])}",
                        "potential": b["potential_mw"] / 1e3,
                        "capacity_factor": b["capacity_factor"],
                        "adder": b["adder_usd_kw"],
                    }
                    for b in part.to_dict("records")
                ]
            else:
                most = np.inf
                if kind == "onsite_renewable":
                    grid = str(traits.loc[technology, "profile"])
                    part = bins[(bins["zone"] == zone) & (bins["technology"] == grid)]
                    most = float(part["potential_mw"].sum()) / 1e3
                rows.append(
                    base | {"option": f"{zone} {technology}", "potential": most, "adder": 0.0}
                )
    table = pd.DataFrame(rows)
    table["asset"] = table["zone"] + " " + table["technology"]
    stored = table["kind"].isin(["store", "onsite_store"])
    table["class"] = np.where(stored, "storage", "generation")
    return credits.with_elections(context, table, costs(context).to_dict("index"))


def _wanted(context: Context) -> list[str]:
    """Technologies that may be built, in the order of the atlas."""
    power, asked = context.programme.power, context.programme.campus.onsite_technologies
    traits = context.traits
    buildable = [t for t in traits.index if bool(traits.loc[t, "buildable"])]
    onsite = [t for t in buildable if str(traits.loc[t, "kind"]).startswith("onsite")]
    listed = buildable if power.technologies == "all" else list(power.technologies)
    own: list[str] = [t for t in listed if t in onsite]
    if asked is not None:
        own = onsite if asked == "all" else list(asked)
    elif power.technologies == "all":
        own = list(USUAL_ONSITE)
    wanted = {*(t for t in listed if t not in onsite), *own}
    return [t for t in buildable if t in wanted]


def _bins(context: Context) -> pd.DataFrame:
    """Resource bins by zone: potentials add up, factor and adder are potential-weighted."""
    bins = context.table("resource_bins")
    bins["w"] = bins["potential_mw"].clip(lower=1e-6)
    for column in ("capacity_factor", "adder_usd_kw"):
        bins[column] = bins[column] * bins["w"]
    summed = bins.groupby(["zone", "technology", "bin"], as_index=False)[
        ["potential_mw", "capacity_factor", "adder_usd_kw", "w"]
    ].sum()
    for column in ("capacity_factor", "adder_usd_kw"):
        summed[column] /= summed["w"]
    return summed[summed["potential_mw"] > 0]


def costs(context: Context) -> pd.DataFrame:
    """Technology costs and performance by (technology, year), own rows first."""
    case = context.programme.power.prices
    table = atlas.table("technologies")
    table = table[table["price_case"] == case].set_index(["technology", "year"])
    own = context.own("technologies")
    if own is not None:
        own = own.set_index(["technology", "year"])
        table.loc[own.index.intersection(table.index), own.columns] = own
    return table


def multipliers(context: Context, table: pd.DataFrame) -> np.ndarray:
    """Location multiplier of each option's overnight cost."""
    by_state = context.table("cost_multipliers").pivot(
        index="state", columns="technology", values="multiplier"
    )
    zonal = {
        t: dict(zip(context.zones, context.by_zone(by_state[t]), strict=True)) for t in by_state
    }
    pairs = zip(table["zone"], table["technology"], strict=True)
    return np.array([zonal[t][z] if t in zonal else 1.0 for z, t in pairs])


def option_costs(context: Context, table: pd.DataFrame, energy: np.ndarray) -> Variables:
    """Overnight cost, capital after credits and annual charge of each option and year.

    ``energy`` is what a GW can give in a year [GWh], on which production credits are paid.
    """
    cost, traits = costs(context).to_dict("index"), context.traits
    credit = credits.investment_credit(context, table)
    paid = credits.production_credit(context, table, energy)
    rate = power_rate(context)
    factor = multipliers(context, table)
    shape = (len(table), len(context.years))
    overnight, capital = np.zeros(shape), np.zeros(shape)
    charge = np.zeros((*shape, len(OWNERS)))
    operation = np.zeros(shape)
    own_rate = {"system": rate, "programme": programme_power_rate(context)}
    yearly = np.stack([capital_charge(context, table, own_rate[o]) for o in OWNERS], axis=1)
    for k, year in enumerate(context.years):
        base = np.array([cost[t, year]["overnight_usd_kw"] for t in table["technology"]])
        fixed = np.array([cost[t, year]["fixed_om_usd_kw_year"] for t in table["technology"]])
        # USD/kW are thousandths of BUSD/GW
        overnight[:, k] = (base * factor + table["adder"].to_numpy()).clip(min=1.0) / 1e3
        capital[:, k] = overnight[:, k] * (1.0 - credit[:, k])
        operation[:, k] = fixed / 1e3
        charge[:, k] = capital[:, k, None] * yearly + (operation - paid)[:, k, None]
    life = np.array([float(traits.loc[t, "life_years"]) for t in table["technology"]])
    years = np.array(context.years)
    alive = (years[None, :, None] >= years[None, None, :]) & (
        years[None, :, None] < years[None, None, :] + life[:, None, None]
    )
    terms: Variables = {
        "option_overnight_cost": (("option", "year"), overnight),
        "option_capital": (("option", "year"), capital),
        "option_fixed": (("option", "year"), operation),
    }
    return {
        **resale(context, table, terms, own_rate["programme"]),
        "option_site": (("option",), table["site"].to_numpy(dtype=object)),
        "option_credit": (("option",), table["credit"].to_numpy(dtype=object)),
        "option_production_credit": (("option", "year"), paid),
        "option_overnight_cost": (("option", "year"), overnight),
        "option_capital": (("option", "year"), capital),
        "option_annual_charge": (("option", "year", "owner"), charge),
        "option_alive": (("option", "year", "year_built"), alive),
    }


def power_rate(context: Context) -> float:
    """Real capital charge rate of generation and storage."""
    given = context.programme.money.capital_charge_rates.power
    return context.constants["capital_rate_power"] if given is None else float(given)


def capital_charge(context: Context, table: pd.DataFrame, rate: float) -> np.ndarray:
    """Annuity with interest during construction, per unit of capital [1/year]."""
    by_technology = {}
    for technology in table["technology"].unique():
        traits = context.traits.loc[technology]
        shares = schedule(str(traits["draw_schedule"]))
        idc = interest_during_construction(shares, rate)
        by_technology[technology] = annuity(rate, float(traits["life_years"])) * idc
    return np.array([by_technology[t] for t in table["technology"]])


def buildable(context: Context, table: pd.DataFrame) -> np.ndarray:
    """Whether an option can be in service in a year (dims option, year, owner)."""
    programme = context.programme
    years = np.array(context.years)
    earliest = np.array(
        [float(context.traits.loc[t, "earliest_year"]) for t in table["technology"]]
    )
    if not programme.power.lead_times:
        earliest[:] = 0
    banned = {(b.zone, b.technology) for b in programme.policy.technology_bans}
    allowed = np.array(
        [
            (z, t) not in banned and ("all", t) not in banned
            for z, t in zip(table["zone"], table["technology"], strict=True)
        ]
    )
    flags = (years[None, :] >= earliest[:, None]) & allowed[:, None]
    out = np.repeat(flags[:, :, None], len(OWNERS), axis=2)
    # on-site units stand on the programme's campuses
    own = table["kind"].str.startswith("onsite").to_numpy()
    out[own, :, OWNERS.index("system")] = False
    out[own & ~table["zone"].isin(open_zones(context)).to_numpy()] = False
    # who elects 45Y has it, or builds the twin under 48E
    granted = credits.rates(context)
    for i in np.flatnonzero((table["credit"] == credits.PRODUCTION).to_numpy()):
        out[i] &= np.array([[(table["technology"][i], y) in granted] for y in context.years])
    return out


def caps(context: Context, table: pd.DataFrame) -> tuple[Variables, list[str], list[str]]:
    """National and zonal limits on what can be in service by a year [GW, cumulative].

    National build limits count from 2026, so planned additions of the same group are taken off;
    a programme of some states gets the share of their load.  Returns the variables and the
    national and zonal label of each option.
    """
    power = context.programme.power
    limits: dict[str, list[float]] = {}
    national, zonal = [""] * len(table), [""] * len(table)
    groups = [GROUP_OF.get(t, t) for t in table["technology"]]
    if power.build_limits:
        for group, values in _national(context).items():
            limits[f"US {group}"] = values
        national = [f"US {g}" if f"US {g}" in limits else "" for g in groups]
    if power.interconnection_limits:
        queue = context.table("interconnection_limits")
        summed = queue.groupby(["zone", "technology_group", "year"])["cumulative_mw"].sum()
        last = int(queue["year"].max())
        for zone, group in sorted({(z, g) for z, g in zip(table["zone"], groups, strict=True)}):
            if (zone, group, last) in summed.index:
                # the queue tells nothing beyond its last year
                limits[f"{zone} {group}"] = [
                    float(summed[(zone, group, y)]) / 1e3 if y <= last else np.inf
                    for y in context.years
                ]
        zonal = [
            f"{z} {g}" if f"{z} {g}" in limits and not k.startswith("onsite") else ""
            for z, g, k in zip(table["zone"], groups, table["kind"], strict=True)
        ]
    own = context.own("cap_limits")
    if own is not None:
        for cap, year, gw in own[["cap", "year", "gw"]].to_numpy():
            if cap not in limits:
                expected = ", ".join(limits) or "no limit, as both kinds are switched off"
                remedy = "see power.build_limits and power.interconnection_limits"
                context.fail("tables.cap_limits", f"no limit is named {cap!r}", expected, remedy)
            elif int(year) in context.years:
                limits[cap][context.years.index(int(year))] = float(gw)
    names = list(limits)
    most = np.array([limits[n] for n in names]).reshape(len(names), len(context.years))
    variables: Variables = {
        "cap": (("cap",), np.array(names, dtype=object)),
        "cap_limit": (("cap", "year"), most),
    }
    return variables, national, zonal


def _national(context: Context) -> dict[str, list[float]]:
    """National build limits less what is planned anyway, scaled to the programme's zones [GW]."""
    table = atlas.table("build_limits")
    planned = atlas.table("fleet_changes")
    planned = planned.assign(group=planned["technology"].map(_planned_group))
    out = {}
    for group, rows in table.groupby("technology_group"):
        by_year = rows.set_index("year")["cumulative_gw"]
        values = []
        for year in context.years:
            done = planned[(planned["group"] == group) & (planned["year"] <= year)]
            left = float(by_year[year]) - float(done["addition_mw"].sum()) / 1e3
            values.append(max(left, 0.0) * context.load_share)
        out[str(group)] = values
    return out


def _planned_group(technology: str) -> str:
    """Build-limit group of an existing technology's planned additions.

    Planned nuclear additions are restarts: they use nothing of what can be built.
    """
    if technology == "nuclear":
        return "restart"
    if technology.startswith(("gas_cc", "gas_ct")):
        return "gas"
    return {"wind_offshore": "wind"}.get(technology, technology)
