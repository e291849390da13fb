"""Check a plan against the inputs, with arithmetic of its own: nothing of the model is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from gigaplan.errors import CheckError
from gigaplan.model.dispatch import HOURS
from gigaplan.solving.answer import _by_zone, cumulated
from gigaplan.solving.verify_campus import (
    TOLERANCE,
    _over,
    accelerators,
    campus_bus,
    campuses,
    cooling,
    equipment,
    fab_draw,
    whole_units,
)
from gigaplan.solving.verify_capital import verify_capital
from gigaplan.solving.verify_facility import facility_drawn
from gigaplan.solving.verify_onsite import onsite_output, onsite_units, shifting, still_there

Check = dict[str, Any]
Finding = tuple[float, str, float]  # worst residual, unit, tolerance


def verify(
    inputs: xr.Dataset,
    plan: xr.Dataset,
    objective: float,
    elsewhere: Mapping[str, Finding] | None = None,
) -> dict[str, Check]:
    """Worst residual of every rule that a plan must keep.

    Parameters
    ----------
    inputs, plan : the two Datasets
    objective : what the solver says the plan costs [BUSD]
    elsewhere : result of :func:`dispatch` on days that the plan does not store

    Raises
    ------
    CheckError
        naming each check that fails; a plan that fails is never handed out.
    """
    found: dict[str, Finding] = {}
    for part in (
        _nothing_negative, _capacities, _limits, accelerators, equipment, whole_units, cooling,
        campuses, campus_bus, onsite_units, shifting, _money, _reserve, dispatch, verify_capital,
    ):  # fmt: skip
        found |= part(inputs, plan)
    if elsewhere:
        found = worst(found, elsewhere)
        # the stored days are an excerpt: the cap is held by all of them together
        emitted = plan["year_emissions"].sum("zone").values
        found["emission_cap"] = (_over(emitted, inputs["emission_cap"].values), "Mt", 1e-3)
    found["objective"] = (*_objective(inputs, plan, objective), 1e-6)
    checks = {
        name: {"passed": bool(worst <= tolerance), "worst": float(worst), "unit": unit}
        for name, (worst, unit, tolerance) in found.items()
    }
    failed = [
        f"{name} is off by {c['worst']:.3g} {c['unit']}"
        for name, c in checks.items()
        if not c["passed"]
    ]
    if failed:
        raise CheckError("the solution fails its checks and is no plan: " + "; ".join(failed))
    return checks


def _nothing_negative(inputs: xr.Dataset, plan: xr.Dataset) -> dict[str, tuple[float, str, float]]:
    names = [n for n in plan.data_vars if plan[n].attrs.get("signed") is None]
    skip = {"cost", "marginal_it_value", "marginal_it_cost", "year_unserved_hour"}
    worst = max(float(-plan[n].min()) for n in names if n not in skip and plan[n].size)
    return {"non_negativity": (max(worst, 0.0), "GW", TOLERANCE)}


def _capacities(inputs: xr.Dataset, plan: xr.Dataset) -> dict[str, tuple[float, str, float]]:
    """What stands is what was there plus what was built."""
    total = (still_there(inputs, plan) * inputs["option_output"]).sum("owner")
    kind, worst = inputs["option_kind"].values.astype(str), 0.0
    for asset, name in (
        ("plant", "plant_capacity"), ("renewable", "renewable_capacity"), ("store", "store_power"),
        ("onsite", "onsite_capacity"), ("onsite_renewable", "onsite_renewable_capacity"),
        ("onsite_store", "onsite_store_power"),
    ):  # fmt: skip
        labels = inputs[asset].values
        chosen = kind == asset
        new = _by_zone(
            total.transpose("option", "year").values[chosen],
            inputs["option_asset"].values[chosen],
            labels,
        )
        there = inputs[f"{asset}_existing"].transpose(asset, "year").values
        held = plan[name].transpose(asset, "year").values
        worst = max(worst, float(np.abs(there + new - held).max(initial=0.0)))
    lines = cumulated(plan["corridor_build"]).sum("owner").transpose("corridor", "year").values
    for way in ("forward", "reverse"):
        held = plan[f"corridor_{way}_capacity"].transpose("corridor", "year").values
        there = inputs[f"corridor_{way}"].transpose("corridor", "year").values
        worst = max(worst, float(np.abs(there + lines - held).max(initial=0.0)))
    it_power = cumulated(plan["it_build"]).transpose("zone", "year").values
    worst = max(
        worst, float(np.abs(it_power - plan["it_power"].transpose("zone", "year").values).max())
    )
    return {"capacity": (worst, "GW", TOLERANCE)}


def _limits(inputs: xr.Dataset, plan: xr.Dataset) -> dict[str, tuple[float, str, float]]:
    """Lead times, potentials, build, interconnection and campus limits, the path asked for."""
    build = plan["build"].transpose("owner", "option", "year")
    allowed = inputs["option_buildable"].transpose("owner", "option", "year").values
    early = float(np.where(allowed, 0.0, build.values).max(initial=0.0))
    ever = build.sum(["owner", "year"]).values
    names = inputs["option"].values.astype(str)
    on_site = _by_zone(ever[:, None], inputs["option_site"].values.astype(str), names)[:, 0]
    potential = _over(on_site, inputs["option_potential"].values)
    in_service = cumulated(build).sum("owner").transpose("option", "year").values
    caps = inputs["cap"].values
    used = np.zeros((len(caps), inputs.sizes["year"]))
    for column in ("option_national_cap", "option_zonal_cap"):
        labels = inputs[column].values.astype(str)
        member = labels != ""
        used += _by_zone(in_service[member], labels[member], caps.astype(str))
    rate = _over(used, inputs["cap_limit"].transpose("cap", "year").values)
    closed = ~inputs["campus_buildable"].transpose("zone", "year").values
    early = max(
        early, float(np.where(closed, plan["it_build"].transpose("zone", "year").values, 0.0).max())
    )
    path = np.nan_to_num(inputs["it_path"].values, nan=0.0)
    filled = (inputs["accelerator_power"] * plan["accelerators"]).sum(["chip", "year_built"])
    missed = _over(path, filled.transpose("year").values)
    return {
        "lead_times": (early, "GW", TOLERANCE),
        "resource_potential": (potential, "GW", TOLERANCE),
        "build_limits": (rate, "GW", TOLERANCE),
        "it_path": (missed, "GW", TOLERANCE),
    }


def _money(inputs: xr.Dataset, plan: xr.Dataset) -> dict[str, tuple[float, str, float]]:
    """Draws add up to capital, and stay within what is available."""
    own = plan["build"].sel(owner="programme", drop=True)
    spent = float((plan["it_build"] * inputs["campus_overnight_cost"]).sum())
    spent += float((plan["accelerator_first"] * inputs["accelerator_overnight_cost"]).sum())
    spent += float((own * inputs["option_capital"]).sum())
    spent += float((plan["equipment_order"] * inputs["equipment_premium"]).sum())
    spent += float((plan["fab_build"] * inputs["fab_capital"]).sum())
    lines = plan["corridor_build"].sel(owner="programme", drop=True)
    spent += float((lines * inputs["corridor_overnight_cost"]).sum())
    balance = max(
        abs(float(plan["capital_draw"].sum()) - spent), abs(float(plan["capital"].sum()) - spent)
    )
    drawn = np.cumsum(plan["capital_draw"].sum("asset_class").values)
    over = _over(drawn, inputs["budget_available"].values)
    over = max(over, _over(spent, float(inputs["budget_total"])))
    return {"money_balance": (balance, "BUSD", 1e-6), "budget": (over, "BUSD", TOLERANCE)}


def _reserve(inputs: xr.Dataset, plan: xr.Dataset) -> dict[str, tuple[float, str, float]]:
    """Planning reserve and additionality by region, and the emission cap."""
    region = dict(zip(inputs["zone"].values, inputs["zone_region"].values, strict=True))
    regions = inputs["region"].values
    of_option = np.array([region[z] for z in inputs["option_zone"].values], dtype=object)
    standing = still_there(inputs, plan)
    credit = inputs["option_capacity_credit"].values[:, None]
    load = plan["campus_load"].transpose("zone", "year").values
    load = _by_zone(load, inputs["zone_region"].values, regions)
    of_campus = np.array([region[z] for z in inputs["campus"].values], dtype=object)
    shed = plan["campus_flexible"].transpose("campus", "year").values
    shed = _by_zone(shed * float(inputs["campus_utilisation"]), of_campus, regions)
    margin = 1 + inputs["reserve_margin"].transpose("region", "year").values
    firm = _by_zone(standing.sum("owner").values * credit, of_option, regions)
    firm = firm + inputs["reserve_existing"].transpose("region", "year").values
    firm = firm + plan["reserve_shortage"].transpose("region", "year").values
    peak = inputs["reserve_peak"].transpose("region", "year").values
    reserve = _over(margin * (peak + load - shed), firm)
    own = standing.sel(owner="programme").values
    brought = _by_zone(own * credit, of_option, regions)
    firm_need = float(inputs["additional_firm_share"]) * margin * (load - shed)
    energy = _by_zone(own * inputs["option_energy"].values[:, None] / 1e3, of_option, regions)
    energy_need = float(inputs["additional_energy_share"]) * 8.76 * load
    emitted = plan["generation"] * inputs["plant_emissions"] * plan["day_weight"] / 1e3
    total = emitted.sum(["plant", "day", "hour_of_day"]).transpose("year").values
    own_units = plan["onsite_generation"] * inputs["onsite_emissions"] * plan["day_weight"] / 1e3
    total = total + own_units.sum(["onsite", "day", "hour_of_day"]).transpose("year").values
    return {
        "planning_reserve": (reserve, "GW", TOLERANCE),
        "additionality_firm": (_over(firm_need, brought), "GW", TOLERANCE),
        "additionality_energy": (_over(energy_need, energy), "TWh/year", 1e-4),
        "emission_cap": (_over(total, inputs["emission_cap"].values), "Mt", 1e-3),
    }


def worst(found: Mapping[str, Finding], others: Mapping[str, Finding]) -> dict[str, Finding]:
    """The worse of two findings of each rule."""
    out = dict(found)
    for name, finding in others.items():
        out[name] = max(finding, out[name]) if name in out else finding
    return out


def dispatch(inputs: xr.Dataset, plan: xr.Dataset) -> dict[str, Finding]:
    """Energy balance of every zone and hour; output, storage and flows within limits."""
    supply = plan["renewable_available"] - plan["curtailment"] + plan["unserved"] - plan["demand"]
    net = supply.transpose("zone", "year", "day", "hour_of_day").values.copy()
    zones = inputs["zone"].values
    order = ("year", "day", "hour_of_day")
    net += _by_zone(
        plan["generation"].transpose("plant", *order).values, inputs["plant_zone"].values, zones
    )
    storage = (plan["discharge"] - plan["charge"]).transpose("store", *order).values
    net += _by_zone(storage, inputs["store_zone"].values, zones)
    net += onsite_output(inputs, plan, zones)
    shed = (plan["campus_curtailed"] + plan["campus_unserved"]).transpose("campus", *order).values
    net += _by_zone(shed, inputs["campus"].values, zones)
    moved = (plan["campus_deferred"] - plan["campus_made_up"]).transpose("shifting", *order).values
    net += _by_zone(moved, inputs["shifting"].values, zones)
    ahead = plan["flow_forward"].transpose("corridor", *order).values
    back = plan["flow_reverse"].transpose("corridor", *order).values
    kept = (1 - inputs["corridor_loss"].values)[:, None, None, None]
    net += _by_zone(kept * ahead - back, inputs["corridor_to"].values, zones)
    net += _by_zone(kept * back - ahead, inputs["corridor_from"].values, zones)
    days = plan["day"].values
    load = inputs["load"].transpose("zone", "year", "hour").values
    load = load.reshape(*load.shape[:2], -1, HOURS)[:, :, days, :]
    drawn = facility_drawn(inputs, plan) * float(inputs["campus_utilisation"]) + fab_draw(
        inputs, plan
    )
    demand = plan["demand"].transpose("zone", *order).values
    right_load = float(np.abs(load + drawn[:, :, None, None] - demand).max())
    over = _over(
        plan["generation"].transpose("plant", *order),
        (inputs["plant_availability"] * plan["plant_capacity"])
        .transpose("plant", "year")
        .values[:, :, None, None],
    )
    limited = inputs["plant_energy_limited"].values.astype(bool)
    used = plan["generation"].sum("hour_of_day").transpose("plant", "year", "day").values[limited]
    inflow = inputs["plant_daily_energy"].transpose("plant", "day").values[limited][:, days]
    capacity = plan["plant_capacity"].transpose("plant", "year").values[limited]
    over = max(over, _over(used, capacity[:, :, None] * inflow[:, None, :]))
    for way, flow in (("forward", ahead), ("reverse", back)):
        limit = plan[f"corridor_{way}_capacity"].transpose("corridor", "year").values
        over = max(over, _over(flow, limit[:, :, None, None]))
    return {
        "energy_balance": (float(np.abs(net).max()), "GW", TOLERANCE),
        "demand": (right_load, "GW", TOLERANCE),
        "dispatch_limits": (over, "GW", TOLERANCE),
        "storage": (_storage(inputs, plan), "GWh", TOLERANCE),
    }


def _storage(inputs: xr.Dataset, plan: xr.Dataset) -> float:
    """State of charge follows charge and discharge round the day, within power and energy."""
    order = ("store", "year", "day", "hour_of_day")
    soc = plan["state_of_charge"].transpose(*order).values
    charge, out = (
        plan["charge"].transpose(*order).values,
        plan["discharge"].transpose(*order).values,
    )
    one_way = np.sqrt(inputs["store_efficiency"].values)[:, None, None, None]
    worst = float(
        np.abs(soc - np.roll(soc, 1, axis=-1) - charge * one_way + out / one_way).max(initial=0.0)
    )
    power = plan["store_power"].transpose("store", "year").values
    power = (power * inputs["store_availability"].values[:, None])[:, :, None, None]
    hours = inputs["store_hours"].values[:, None, None, None]
    return max(worst, _over(charge, power), _over(out, power), _over(soc, power * hours))


def _objective(inputs: xr.Dataset, plan: xr.Dataset, claimed: float) -> tuple[float, str]:
    """Objective from the plan's own tables against the solver's [share of the system's cost]."""
    weight = inputs["year_weight"]
    cost = float((plan["cost"].sum("cost_item") * weight).sum())
    worth = 0.0
    used = float(inputs["campus_utilisation"])
    for k in range(inputs.sizes["year"]):
        installed = plan["accelerators"].transpose("year", "chip", "year_built").values[k]
        units = installed.sum(axis=1)
        per_unit = float(inputs["value_of_compute"][k]) * inputs["accelerator_power"].values
        per_unit = (
            per_unit
            + float(inputs["value_of_h100e"][k]) * used * inputs["accelerator_h100e"].values
        )
        worth += float(weight[k]) * float(units @ per_unit)
    return abs(cost - worth - claimed) / max(abs(cost), 1.0), "share of the system's cost"
