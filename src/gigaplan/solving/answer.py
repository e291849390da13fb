"""From a point of the master and its exact dispatch to the plan Dataset."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.inputs.check import expected
from gigaplan.inputs.cooling import facility_built, facility_in_service
from gigaplan.inputs.declaration import ASSET_CLASSES
from gigaplan.model import campus_bus
from gigaplan.model.dispatch import COUPLING, HOURS
from gigaplan.plan.declaration import COST_ITEMS, VARIABLES
from gigaplan.solving.cases import Family
from gigaplan.solving.master import Master

NOISE = 1e-9
BUILDS = ("build", "corridor_build", "it_build", "accelerator_first", "fab_build")
DISPATCHED = {
    "generation": "plant",
    "charge": "store",
    "discharge": "store",
    "state_of_charge": "store",
    "flow_forward": "corridor",
    "flow_reverse": "corridor",
    "unserved": "zone",
    **campus_bus.VARIABLES,
}

CAPACITIES = (
    "it_power", "campus_load", "plant_capacity", "renewable_capacity", "store_power",
    "corridor_forward_capacity", "corridor_reverse_capacity", "onsite_capacity",
    "campus_connection", "campus_flexible", "fab_build", "onsite_renewable_capacity",
    "onsite_store_power", "campus_shiftable",
)  # fmt: skip


def decisions(inputs: xr.Dataset, master: Master, point: np.ndarray) -> xr.Dataset:
    """What is built and what stands, from the master's columns; tiny negatives become zero."""
    out: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    names = ["build", "corridor_build", "it_build", "it_power", "campus_load", "reserve_shortage"]
    names += [
        "accelerator_build",
        "accelerator_first",
        "accelerators",
        "idle_it_power",
        "fab_build",
    ]
    if "air_build" in master.model.variables:
        names.append("air_build")
    for name in [*names, *(n for n in COUPLING if n != "campus_load")]:
        variable = master.model.variables[name]
        values = point[master.columns(name)].reshape(variable.shape)
        # what is noise in the plan is no use of money either
        least = NOISE if name in BUILDS else 0.0
        out[name] = (tuple(str(d) for d in variable.dims), np.where(values <= least, 0.0, values))
    if "funding" in master.model.variables:
        values = point[master.columns("funding")]
        out["funding_amount"] = (("funding",), np.where(values < 0, 0.0, values))
    coords = {
        d: inputs[d].values for d in ("zone", "year", "owner", "option", "plant", "renewable")
    }
    coords |= {d: inputs[d].values for d in ("store", "corridor", "region", "calendar")}
    coords |= {d: inputs[d].values for d in ("funding",) if d in inputs.coords}
    coords |= {
        d: inputs[d].values
        for d in ("chip", "year_built", "equipment", "price_step", "campus", "chip_step")
    }
    coords |= {d: inputs[d].values for d in ("onsite", "onsite_renewable", "onsite_store")}
    coords |= {"shifting": inputs["shifting"].values}
    data = xr.Dataset(out, coords=coords)
    if "air_build" not in data:
        data["air_build"] = xr.zeros_like(data["it_build"])
    data["air_build"] = np.minimum(data["air_build"], data["it_build"])
    shape = tuple(inputs.sizes[d] for d in ("equipment", "price_step", "year"))
    ordered = np.zeros(shape)
    if "equipment_order" in master.model.variables:
        variable = master.model.variables["equipment_order"]
        columns = point[master.columns("equipment_order")].reshape(variable.shape)
        held = xr.DataArray(columns, dims=variable.dims)
        ordered = np.maximum(held.transpose("equipment", "price_step", "year").values, 0.0)
    dims = ("equipment", "price_step", "year")
    kept = _without_surplus(inputs, data, ordered)
    data["equipment_order"] = (dims, np.where(kept <= NOISE, 0.0, kept))
    data["onsite_sold"] = _sold(inputs, master, point)
    data["facility_power"] = (("zone", "year"), facility_in_service(inputs, data))
    data["compute"] = compute(inputs, data)
    return data


def _sold(inputs: xr.Dataset, master: Master, point: np.ndarray) -> xr.DataArray:
    """On-site capacity sold, by option, year of sale and year built [GW]; 0 where none can be."""
    dims = ("option", "year", "year_built")
    coords = {d: inputs[d].values for d in dims}
    out = xr.DataArray(np.zeros(tuple(inputs.sizes[d] for d in dims)), coords, dims)
    if "onsite_sold" in master.model.variables:
        variable = master.model.variables["onsite_sold"]
        values = point[master.columns("onsite_sold")].reshape(variable.shape)
        kept = np.where(values <= NOISE, 0.0, values)
        out.loc[{"option": variable.indexes["option"]}] = kept
    return out


def _without_surplus(inputs: xr.Dataset, plan: xr.Dataset, ordered: np.ndarray) -> np.ndarray:
    """Orders at list price cut to what is used, for they cost nothing more in the model.

    Axes equipment, price step (listed, premium), year.
    """
    own = plan["build"].sel(owner="programme").transpose("option", "year").values
    facility = facility_built(inputs, plan)
    need = inputs["equipment_need_option"].transpose("equipment", "option").values @ own
    need = need + inputs["equipment_need_campus"].values[:, None] * facility.sum(axis=0)
    left = np.maximum(need.cumsum(axis=1) - ordered[:, 1].cumsum(axis=1), 0.0)
    held = np.minimum(np.maximum.accumulate(left, axis=1), ordered[:, 0].cumsum(axis=1))
    out = ordered.copy()
    out[:, 0] = np.maximum(np.diff(held, axis=1, prepend=0.0), 0.0)
    return out


def compute(inputs: xr.Dataset, plan: xr.Dataset) -> xr.DataArray:
    """Compute in use by generation and year [thousand H100e]."""
    used = inputs["accelerator_h100e"] * float(inputs["campus_utilisation"])
    return (used * plan["accelerators"]).sum("year_built").transpose("chip", "year")


def equipment_by_zone(inputs: xr.Dataset, plan: xr.Dataset) -> xr.DataArray:
    """First fits' capital by zone and year [BUSD], shared by what each zone builds in the year.

    Accelerators are not tied to zones; a year without new campuses is shared by standing power.
    """
    paid = (inputs["accelerator_overnight_cost"] * plan["accelerator_first"]).sum("chip")
    new, there = plan["it_build"].sum("zone"), plan["it_power"].sum("zone")
    by_build = plan["it_build"] / new.where(new > 1e-9)
    by_power = plan["it_power"] / there.where(there > 1e-9)
    even = xr.ones_like(plan["it_power"]) / inputs.sizes["zone"]
    share = by_build.fillna(by_power).fillna(even)
    return (paid * share).transpose("zone", "year")


def dispatch(
    inputs: xr.Dataset, family: Family, details: Mapping[Any, Any], weights: pd.Series
) -> xr.Dataset:
    """Hourly dispatch and prices on the chosen days [GW, GWh, USD/MWh]."""
    years, days = inputs["year"].values.tolist(), weights.index.tolist()
    out: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    for name, dim in DISPATCHED.items():
        shape = (inputs.sizes[dim], len(years), len(days), HOURS)
        values = np.zeros(shape)
        for i, year in enumerate(years):
            for j, day in enumerate(days):
                primal = details[(year, day)][1][family.columns[name]]
                values[:, i, j, :] = primal.reshape(inputs.sizes[dim], HOURS)
        out[name] = ((dim, "year", "day", "hour_of_day"), np.maximum(values, 0.0))
    price = np.zeros((inputs.sizes["zone"], len(years), len(days), HOURS))
    for i, year in enumerate(years):
        for j, day in enumerate(days):
            dual = details[(year, day)][2][family.rows["balance"]]
            # MUSD/GWh to USD/MWh
            price[:, i, j, :] = np.maximum(dual.reshape(-1, HOURS), 0.0) * 1e3
    out["price"] = (("zone", "year", "day", "hour_of_day"), price)
    out["campus_price"] = (
        ("campus", "year", "day", "hour_of_day"),
        _campus_price(inputs, family, details, days, price),
    )
    out["day_weight"] = (("day",), weights.to_numpy(dtype=float))
    coords = {"day": np.array(days), "hour_of_day": np.arange(HOURS)}
    return xr.Dataset(out, coords=coords)


def _campus_price(
    inputs: xr.Dataset, family: Family, details: Mapping[Any, Any], days: list[Any],
    price: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Price of load at a campus [USD/MWh]: that of its zone and what its connection lacks."""
    zones = inputs["zone"].values.tolist()
    out = price[[zones.index(z) for z in inputs["campus"].values.tolist()]].copy()
    for i, year in enumerate(inputs["year"].values.tolist()):
        for j, day in enumerate(days):
            dual = details[(year, day)][2][family.rows["import_limit"]]
            out[:, i, j, :] += np.maximum(dual.reshape(-1, HOURS), 0.0) * 1e3
    return out


def balances(inputs: xr.Dataset, plan: xr.Dataset) -> xr.Dataset:
    """Demand, renewable output and curtailment of every zone and hour [GW]."""
    days = plan["day"].values
    zones = inputs["zone"].values
    shape = inputs["load"].shape
    load = inputs["load"].values.reshape(*shape[:2], -1, HOURS)[:, :, days, :]
    demand = load + plan["campus_load"].transpose("zone", "year").values[:, :, None, None]
    profile = inputs["renewable_profile"].values
    profile = profile.reshape(profile.shape[0], -1, HOURS)[:, days, :]
    capacity = plan["renewable_capacity"].transpose("renewable", "year").values
    by_asset = capacity[:, :, None, None] * profile[:, None, :, :]
    available = _by_zone(by_asset, inputs["renewable_zone"].values, zones)
    net = _by_zone(plan["generation"].values, inputs["plant_zone"].values, zones)
    storage = (plan["discharge"] - plan["charge"]).values
    net = net + _by_zone(storage, inputs["store_zone"].values, zones)
    ahead, back = plan["flow_forward"].values, plan["flow_reverse"].values
    kept = (1 - inputs["corridor_loss"].values)[:, None, None, None]
    net = net + _by_zone(kept * ahead - back, inputs["corridor_to"].values, zones)
    net = net + _by_zone(kept * back - ahead, inputs["corridor_from"].values, zones)
    order = ("year", "day", "hour_of_day")
    net = net + onsite_net(inputs, plan, zones)
    shed = (plan["campus_curtailed"] + plan["campus_unserved"]).transpose("campus", *order).values
    net = net + _by_zone(shed, inputs["campus"].values, zones) + put_off(inputs, plan, zones)
    spare = available + net + plan["unserved"].values - demand
    dims = ("zone", "year", "day", "hour_of_day")
    return xr.Dataset(
        {
            "demand": (dims, demand),
            "renewable_available": (dims, available),
            "curtailment": (dims, np.clip(spare, 0.0, None)),
        }
    )


def onsite_net(inputs: xr.Dataset, plan: xr.Dataset, places: np.ndarray) -> np.ndarray:
    """What on-site units give, storage net of charging, by zone or campus and hour [GW]."""
    order = ("year", "day", "hour_of_day")
    made = plan["onsite_generation"].transpose("onsite", *order).values
    net = _by_zone(made, inputs["onsite_zone"].values, places) + onsite_sun(inputs, plan, places)
    stored = (plan["onsite_discharge"] - plan["onsite_charge"]).transpose("onsite_store", *order)
    return net + _by_zone(stored.values, inputs["onsite_store_zone"].values, places)


def onsite_sun(inputs: xr.Dataset, plan: xr.Dataset, places: np.ndarray) -> np.ndarray:
    """What on-site solar gives, spilled output left out, by zone or campus and hour [GW]."""
    order = ("year", "day", "hour_of_day")
    profile = inputs["onsite_renewable_profile"].transpose("onsite_renewable", "hour").values
    profile = profile.reshape(len(profile), profile.shape[1] // HOURS, HOURS)
    profile = profile[:, plan["day"].values.astype(int), :]
    capacity = plan["onsite_renewable_capacity"].transpose("onsite_renewable", "year").values
    sun = capacity[:, :, None, None] * profile[:, None, :, :]
    sun = sun - plan["onsite_spilled"].transpose("onsite_renewable", *order).values
    return _by_zone(sun, inputs["onsite_renewable_zone"].values, places)


def put_off(inputs: xr.Dataset, plan: xr.Dataset, places: np.ndarray) -> np.ndarray:
    """Campus load put off less load made up, by zone or campus and hour [GW]."""
    moved = (plan["campus_deferred"] - plan["campus_made_up"]).transpose(
        "shifting", "year", "day", "hour_of_day"
    )
    return _by_zone(moved.values, inputs["shifting"].values, places)


def _by_zone(values: np.ndarray, labels: np.ndarray, zones: np.ndarray) -> np.ndarray:
    """Sum the first axis by zone."""
    position = {z: i for i, z in enumerate(zones.tolist())}
    out = np.zeros((len(zones), *values.shape[1:]))
    np.add.at(out, [position[label] for label in labels.tolist()], values)
    return out


def capital(inputs: xr.Dataset, plan: xr.Dataset) -> xr.Dataset:
    """Programme capital by asset class, zone and year [BUSD], and its draw by calendar year."""
    zones, years = inputs["zone"].values, inputs["year"].values
    spent = xr.DataArray(
        np.zeros((len(ASSET_CLASSES), len(zones), len(years))),
        dims=("asset_class", "zone", "year"),
        coords={"asset_class": list(ASSET_CLASSES), "zone": zones, "year": years},
    )
    spent.loc["campus"] = (inputs["campus_overnight_cost"] * plan["it_build"]).transpose(
        "zone", "year"
    )
    spent.loc["accelerators"] = equipment_by_zone(inputs, plan)
    own = inputs["option_capital"] * plan["build"].sel(owner="programme")
    of_class = inputs["option_class"].values.astype(str)
    labels = inputs["option_zone"].values
    for name in ("generation", "storage"):
        part = np.where((of_class == name)[:, None], own.transpose("option", "year").values, 0.0)
        spent.loc[name] = _by_zone(part, labels, zones)
    lines = inputs["corridor_overnight_cost"] * plan["corridor_build"].sel(owner="programme")
    by_line = lines.transpose("corridor", "year").values
    spent.loc["corridors"] = _by_zone(by_line, inputs["corridor_from"].values, zones)
    lines = (inputs["fab_capital"] * plan["fab_build"]).sum("chip_step")
    spent.loc["fabs"] = lines.transpose("zone", "year").values
    premium = inputs["equipment_premium"] * plan["equipment_order"]
    spent.loc["equipment"] = premium_by_zone(premium.sum(["equipment", "price_step"]), spent)
    draw = xr.DataArray(
        np.zeros((len(ASSET_CLASSES), inputs.sizes["calendar"])),
        dims=("asset_class", "calendar"),
        coords={"asset_class": list(ASSET_CLASSES), "calendar": inputs["calendar"].values},
    )
    for name in ("campus", "accelerators", "corridors", "equipment", "fabs"):
        total = spent.sel(asset_class=name).sum("zone")
        draw.loc[name] = (total * inputs["draw"].sel(draw_class=name)).sum("year").values
    technology = inputs["option_technology"].values.astype(str)
    for name in sorted(set(technology)):
        chosen = technology == name
        total = own.isel(option=chosen).sum("option")
        drawn = (total * inputs["draw"].sel(draw_class=name)).sum("year")
        draw.loc[of_class[chosen][0]] += drawn.values
    return xr.Dataset({"capital": spent, "capital_draw": draw})


def annual_cost(inputs: xr.Dataset, plan: xr.Dataset, dispatch_cost: xr.DataArray) -> xr.Dataset:
    """Annual cost of the system with the programme by item [BUSD/year].

    ``dispatch_cost`` has the dim year.  Recomputed from the inputs, not from the model.
    """
    # each vintage pays the charge of the year in which it was built
    charged = plan["build"] * inputs["option_annual_charge"]
    by_owner = stands(inputs, charged).sum("option")
    campus = cumulated(plan["it_build"] * inputs["campus_annual_charge"])
    lines = cumulated(plan["corridor_build"]) * inputs["corridor_annual_charge"]
    items = {
        "dispatch": dispatch_cost,
        "existing_fixed": inputs["existing_fixed_cost"],
        "system_new": by_owner.sel(owner="system", drop=True),
        "programme_power": by_owner.sel(owner="programme", drop=True),
        "corridors": lines.sum(["owner", "corridor"]),
        "campus": campus.sum("zone"),
        "accelerators": accelerator_charge(inputs, plan),
        "fabs": cumulated(inputs["fab_annual_charge"] * plan["fab_build"]).sum(
            ["chip_step", "zone"]
        ),
        "equipment": (
            inputs["equipment_premium"]
            * float(inputs["equipment_charge_rate"])
            * cumulated(plan["equipment_order"])
        ).sum(["equipment", "price_step"]),
        "reserve_shortage": plan["reserve_shortage"].sum("region")
        * float(inputs["reserve_shortage_price"]),
        "onsite_resale": -resale_relief(inputs, plan),
        "capital": xr.zeros_like(inputs["existing_fixed_cost"]),
    }
    if "funding_amount" in plan:
        coefficient = inputs["funding_charge"] * inputs["funding_alive"]
        # fundings pay for first fits; refits stay at the flat charge
        first = (inputs["accelerator_annual_charge"] * plan["accelerator_first"]).rename(
            year="year_built"
        )
        relief = (first * inputs["accelerator_standing"]).sum(["chip", "year_built"])
        items["accelerators"] = items["accelerators"] - relief
        items["capital"] = (coefficient * plan["funding_amount"]).sum("funding")
    parts = [items[name].reset_coords(drop=True) for name in COST_ITEMS]
    index = pd.Index(COST_ITEMS, name="cost_item")
    return xr.Dataset({"cost": xr.concat(parts, dim=index, coords="minimal")})


def premium_by_zone(paid: xr.DataArray, spent: xr.DataArray) -> np.ndarray:
    """Premiums by zone and year, shared by what is spent there in all; evenly where nothing is."""
    total = spent.sum("asset_class").transpose("zone", "year").values
    share = np.full_like(total, 1.0 / total.shape[0])
    some = total.sum(axis=0) > 1e-9
    share[:, some] = total[:, some] / total[:, some].sum(axis=0)
    return share * paid.transpose("year").values[None, :]


def accelerator_charge(inputs: xr.Dataset, plan: xr.Dataset) -> xr.DataArray:
    """Capital charge of accelerators while they live [BUSD/year], by year."""
    charge = inputs["accelerator_annual_charge"] * plan["accelerator_build"]
    charge = charge.rename(year="year_built")
    return (charge * inputs["accelerator_standing"]).sum(["chip", "year_built"])


def resale_relief(inputs: xr.Dataset, plan: xr.Dataset) -> xr.DataArray:
    """Yearly charge that on-site units sold so far no longer cost [BUSD/year], by year."""
    dims = ("option", "year", "year_built")
    alive = inputs["option_alive"].transpose(*dims).values.astype(float)
    saved = (inputs["option_resale_relief"] * plan["onsite_sold"]).transpose(*dims).values
    values = (np.cumsum(saved, axis=1) * alive).sum(axis=(0, 2))
    return xr.DataArray(values, dims="year", coords={"year": inputs["year"].values})


def stands(inputs: xr.Dataset, build: xr.DataArray) -> xr.DataArray:
    """New capacity that stands in each year, sold or not, dims owner, option, year [GW]."""
    alive = inputs["option_alive"].transpose("option", "year", "year_built").values.astype(float)
    values = np.einsum("oyb,wob->woy", alive, build.transpose("owner", "option", "year").values)
    return build.transpose("owner", "option", "year").copy(data=values)


def cumulated(build: xr.DataArray) -> xr.DataArray:
    """Running sum over planning years."""
    return build.cumsum("year").assign_coords(year=build["year"])


def _plain(array: xr.DataArray) -> xr.DataArray:
    """Solver noise below 1e-9 and negative zeros become zero."""
    return array.where(abs(array) > NOISE, 0.0)


def complete(plan: xr.Dataset, names: Collection[str] | None = None) -> xr.Dataset:
    """Order as declared, without noise; only the variables of ``names``, if they are given."""
    declared = expected(plan, VARIABLES)
    if names is not None:
        declared = {n: v for n, v in declared.items() if n in names}
    missing = [name for name in declared if name not in plan]
    if missing:
        raise KeyError(f"the plan lacks {', '.join(missing)}")
    ordered = xr.Dataset({n: _plain(plan[n].transpose(*v.dims)) for n, v in declared.items()})
    text = {
        name: np.array([str(v) for v in index], dtype=object)
        for name, index in ordered.indexes.items()
        if not pd.api.types.is_numeric_dtype(index)
    }
    return ordered.assign_coords({name: ((name,), values) for name, values in text.items()})
