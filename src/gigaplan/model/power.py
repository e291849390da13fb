"""Power layer of the master: what is built, what stands, what is firm."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.model import resale
from gigaplan.model.dispatch import COUPLING
from gigaplan.model.language import grouped_sum, index_of, total
from gigaplan.model.units import come_whole

# what dispatch sees of each kind of asset
CAPACITIES = {
    "plant": "plant_capacity",
    "renewable": "renewable_capacity",
    "store": "store_power",
    "onsite": "onsite_capacity",
    "onsite_renewable": "onsite_renewable_capacity",
    "onsite_store": "onsite_store_power",
}


def add_builds(model: linopy.Model, inputs: xr.Dataset) -> None:
    """New capacity by owner, only where and when it can be in service.

    Both are held at zero in the years before the lead time is over.  In plans of whole units
    reactors and HVDC lines are counted.

    Variables
    ---------
    build[owner, option, year] [GW]
        nameplate capacity that enters service in the year
    corridor_build[owner, corridor, year] [GW]
        new corridor capacity, the same both ways
    option_units[owner, option, year] [1]
        whole units that enter service, of options that have a size
    corridor_units[owner, corridor, year] [1]
        whole new lines, of corridors whose lines have a size

    Constraints
    -----------
    build_definition[owner, option, year] [GW]
        build = option_unit * option_units
        Dual [BUSD/GW]: cost of one GW beside the units held.
    corridor_build_definition[owner, corridor, year] [GW]
        corridor_build = corridor_unit * corridor_units
        Dual [BUSD/GW]: cost of one GW beside the lines held.
    """
    buildable = inputs["option_buildable"].transpose("owner", "option", "year")
    model.add_variables(
        lower=0, upper=xr.where(buildable, np.inf, 0.0), name="build", coords=buildable.coords
    )
    corridor = (inputs["corridor_buildable"].expand_dims(owner=inputs["owner"].values)).transpose(
        "owner", "corridor", "year"
    )
    model.add_variables(
        lower=0,
        upper=xr.where(corridor, np.inf, 0.0),
        name="corridor_build",
        coords=corridor.coords,
    )
    come_whole(model, inputs, "build", "option_units", inputs["option_unit"])
    come_whole(model, inputs, "corridor_build", "corridor_units", inputs["corridor_unit"])


def add_potential(model: linopy.Model, inputs: xr.Dataset) -> None:
    """What is ever built on a site stays within its potential.

    Options of one site differ in the federal credit that they take.

    Constraints
    -----------
    potential[option] [GW]
        sum_owner,year,option of the site build <= option_potential
        Dual [BUSD/GW]: worth of one GW more of the resource.
    """
    potential, site = inputs["option_potential"], inputs["option_site"]
    bounded = index_of(inputs, "option")[np.isfinite(potential.values)]
    sites = index_of(inputs, "option")[
        np.isfinite(potential.values) & (site.values == inputs["option"].values)
    ]
    if len(bounded):
        built = model.variables["build"].sel(option=bounded).sum(["owner", "year"])
        if len(sites) < len(bounded):
            built = grouped_sum(built, site.sel(option=bounded), sites)
        model.add_constraints(built <= potential.sel(option=sites), name="potential")


def standing(model: linopy.Model, inputs: xr.Dataset, charge: xr.DataArray | None = None) -> Any:
    """New capacity that stands in each year [GW], by owner: dims owner, option, year.

    With ``charge`` [BUSD/GW/year, by the year built], what it costs in each year [BUSD/year].
    """
    built = model.variables["build"].rename(year="year_built")
    alive = inputs["option_alive"].astype(float)
    if charge is not None:
        alive = alive * charge.rename(year="year_built")
    return total((alive, built)).sum("year_built")


def cumulative(
    model: linopy.Model, inputs: xr.Dataset, variable: str, charge: xr.DataArray | None = None
) -> Any:
    """Sum of what was built up to and in each year, for assets that outlive the horizon.

    With ``charge``, by the year built, each vintage times its own.
    """
    years = inputs["year"].values
    until = xr.DataArray(
        (years[:, None] >= years[None, :]).astype(float),
        coords={"year": years, "year_built": years},
        dims=["year", "year_built"],
    )
    if charge is not None:
        until = until * charge.rename(year="year_built")
    return total((until, model.variables[variable].rename(year="year_built"))).sum("year_built")


def add_capacities(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Capacities that dispatch sees: what is there anyway plus what was built and still stands.

    Options feed assets: several resource bins of wind add to one asset, each with its output
    relative to the asset's profile.

    Variables
    ---------
    plant_capacity[plant, year] [GW]
        capacity of a dispatched plant
    renewable_capacity[renewable, year] [GW]
        capacity in units of the asset's hourly profile
    store_power[store, year] [GW]
        power of a store, charging and discharging
    onsite_capacity[onsite, year] [GW]
        capacity of an on-site unit at a campus
    onsite_renewable_capacity[onsite_renewable, year] [GW]
        capacity of on-site solar, in units of its hourly profile
    onsite_store_power[onsite_store, year] [GW]
        power of an on-site battery, charging and discharging
    corridor_forward_capacity[corridor, year] [GW]
        limit from the first zone to the second
    corridor_reverse_capacity[corridor, year] [GW]
        limit from the second zone to the first

    Constraints
    -----------
    plant_capacity_definition[plant, year] [GW]
        plant_capacity = plant_existing + sum_owner,option,built alive * output * build
        Dual [BUSD/GW]: worth of one GW more of the plant.
    renewable_capacity_definition[renewable, year] [GW]
        renewable_capacity = renewable_existing + sum_owner,option,built alive * output * build
        Dual [BUSD/GW]: worth of one GW more of the asset.
    store_power_definition[store, year] [GW]
        store_power = store_existing + sum_owner,option,built alive * output * build
        Dual [BUSD/GW]: worth of one GW more of the store.
    onsite_capacity_definition[onsite, year] [GW]
        onsite_capacity = onsite_existing + sum_owner,option,built alive * output * build
        - sum_option,built,sold<=year alive * onsite_sold
        Dual [BUSD/GW]: worth of one GW more of the on-site unit.
    onsite_renewable_capacity_definition[onsite_renewable, year] [GW]
        onsite_renewable_capacity = onsite_renewable_existing + sum_owner,option,built
        alive * output * build
        Dual [BUSD/GW]: worth of one GW more of on-site solar.
    onsite_store_power_definition[onsite_store, year] [GW]
        onsite_store_power = onsite_store_existing + sum_owner,option,built alive * output * build
        Dual [BUSD/GW]: worth of one GW more of the on-site battery.
    corridor_forward_capacity_definition[corridor, year] [GW]
        corridor_forward_capacity = corridor_forward + sum_owner,built<=year corridor_build
        Dual [BUSD/GW]: worth of one GW more from the first zone to the second.
    corridor_reverse_capacity_definition[corridor, year] [GW]
        corridor_reverse_capacity = corridor_reverse + sum_owner,built<=year corridor_build
        Dual [BUSD/GW]: worth of one GW more from the second zone to the first.
    """
    added = total((inputs["option_output"], standing(model, inputs))).sum("owner")
    kind = inputs["option_kind"].values.astype(str)
    for asset, name in CAPACITIES.items():
        dim = index_of(inputs, asset)
        existing = inputs[f"{asset}_existing"]
        variable = model.add_variables(lower=0, coords=existing.coords, name=name)
        chosen = index_of(inputs, "option")[kind == asset]
        new: list[Any] = [variable]
        if len(chosen):
            targets = inputs["option_asset"].sel(option=chosen)
            new.append((-1, grouped_sum(added.sel(option=chosen), targets, dim)))
        if asset == "onsite":
            new += resale.gone(model, inputs, inputs["option_asset"], dim)
        model.add_constraints(total(*new) == existing, name=f"{name}_definition")
    lines = cumulative(model, inputs, "corridor_build").sum("owner")
    for way in ("forward", "reverse"):
        existing = inputs[f"corridor_{way}"]
        name = f"corridor_{way}_capacity"
        variable = model.add_variables(lower=0, coords=existing.coords, name=name)
        row = total(variable, (-1, lines))
        model.add_constraints(row == existing, name=f"{name}_definition")


def add_caps(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Build-rate and interconnection limits: cumulative GW in service by each year.

    Constraints
    -----------
    national_cap[cap, year] [GW]
        sum_owner,option of the cap,built<=year build <= cap_limit
        Dual [BUSD/GW]: worth of one GW more that the country can build by the year.
    zonal_cap[cap, year] [GW]
        sum_owner,option of the cap,built<=year build <= cap_limit
        Dual [BUSD/GW]: worth of one GW more of interconnection in the zone.
    """
    caps = index_of(inputs, "cap")
    if not len(caps):
        return
    built = cumulative(model, inputs, "build").sum("owner")
    parts: dict[str, Any] = {}
    for column in ("option_national_cap", "option_zonal_cap"):
        labels = inputs[column].values.astype(str)
        member = index_of(inputs, "option")[labels != ""]
        if len(member):
            kept = pd.Index(sorted(set(labels) - {""}), name="cap")
            parts[column] = grouped_sum(
                built.sel(option=member), inputs[column].sel(option=member), kept
            )
    for column, used in parts.items():
        limit = inputs["cap_limit"].sel(cap=used.indexes["cap"])
        finite = np.isfinite(limit)
        name = "national_cap" if column == "option_national_cap" else "zonal_cap"
        model.add_constraints(used <= limit.where(finite, 0.0), name=name, mask=finite)


def add_reserve(model: linopy.Model, inputs: xr.Dataset) -> None:
    """Planning reserve by region; what is missing is paid for at the shortage price.

    The margin is soft because today's fleet misses some regions' reference margins whatever is
    built by the first planning years.

    Variables
    ---------
    reserve_shortage[region, year] [GW]
        firm capacity that is missing

    Constraints
    -----------
    reserve[region, year] [GW]
        existing + sum credit * (standing - sold) + reserve_shortage
            >= (1 + margin) * (peak + firm campus load)
        Dual [BUSD/GW]: capacity price of the region.
    """
    regions = index_of(inputs, "region")
    shortage = model.add_variables(
        lower=0, coords=[regions, index_of(inputs, "year")], name="reserve_shortage"
    )
    new = total((inputs["option_capacity_credit"], standing(model, inputs))).sum("owner")
    firm = grouped_sum(new, option_region(inputs), regions)
    load = firm_load(model, inputs)
    need = 1 + inputs["reserve_margin"]
    missing = need * inputs["reserve_peak"] - inputs["reserve_existing"]
    sold = resale.gone(
        model, inputs, option_region(inputs), regions, inputs["option_capacity_credit"]
    )
    lost = [(-1, part) for part in sold]
    row = total(firm, shortage, (-need, load), *lost)
    model.add_constraints(row >= missing, name="reserve")


def firm_load(model: linopy.Model, inputs: xr.Dataset) -> Any:
    """Campus load that is not curtailable, by region [GW]."""
    regions = index_of(inputs, "region")
    load = grouped_sum(model.variables["campus_load"], inputs["zone_region"], regions)
    region = inputs["zone_region"].sel(zone=inputs["campus"].values)
    of_campus = xr.DataArray(
        region.values, dims="campus", coords={"campus": inputs["campus"].values}
    )
    flexible = grouped_sum(model.variables["campus_flexible"], of_campus, regions)
    return total(load, (-float(inputs["campus_utilisation"]), flexible))


def option_region(inputs: xr.Dataset) -> xr.DataArray:
    """The reserve region of every option."""
    region = dict(
        zip(inputs["zone"].values.tolist(), inputs["zone_region"].values.tolist(), strict=True)
    )
    labels = np.array([region[z] for z in inputs["option_zone"].values.tolist()], dtype=object)
    return xr.DataArray(labels, dims="option", coords={"option": inputs["option"].values})


def coupling(model: linopy.Model, year: int) -> dict[str, Any]:
    """The quantities of one year that dispatch depends on, as variables of the master."""
    names = [
        *COUPLING,
        *(["emission_allowance"] if "emission_allowance" in model.variables else []),
    ]
    return {name: model.variables[name].sel(year=year, drop=True) for name in names}
