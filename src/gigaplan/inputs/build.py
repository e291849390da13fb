"""Programme and atlas to the one Dataset that the model reads."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.aside import Aside
from gigaplan.incremental import Incremental
from gigaplan.inputs import (
    assets,
    campus,
    chips,
    corridors,
    equipment,
    fabs,
    money,
    onsite,
    options,
    power,
)
from gigaplan.inputs.capital import add_capital
from gigaplan.inputs.check import finish
from gigaplan.inputs.coalition import capital_terms, reviewed
from gigaplan.inputs.context import Context
from gigaplan.programme.schema import Programme

if TYPE_CHECKING:
    from gigaplan.inputs.clearance import Reviews

HOURS = 8760


def build_inputs(
    programme: Programme, like: xr.Dataset | None = None, kept: Incremental | None = None
) -> xr.Dataset:
    """The inputs Dataset of a programme, checked against its declaration.

    Parameters
    ----------
    programme : what is asked
    like : earlier inputs; their assets and campuses are there too, without capacity where nothing
        stands or can be built now, so that both have the same dispatch problems
    kept : parts of inputs that were built before; parts that read the same are taken from there

    Raises
    ------
    InputError
        what the programme asks does not fit the atlas; every problem at once.
    """
    kept = Incremental() if kept is None else kept
    context = Context(programme)
    if like is not None and like["zone"].values.tolist() == context.zones:
        context.kept_assets, context.kept_campuses = _assets_of(like), set(like["campus"].values)
    fleet = kept.result("fleet", _fleet, context)
    table = kept.result("options", options.option_table, context)
    context.raise_problems()
    technologies = sorted(set(table["technology"]))
    spending = kept.result("budget", money.budget, context, technologies)
    classes = [str(c) for c in spending["draw_class"][1]]
    reviews = kept.memory("reviews")
    reviewing: Aside[Reviews] = Aside(lambda: reviewed(context, classes), worth=not reviews)
    with closing(reviewing) as beside:
        dataset = _without_capital(context, fleet, table, spending, kept)
        if not reviews:
            reviews |= beside.result()
        terms = capital_terms(context, classes, reviews)
    context.raise_problems()
    return finish(dataset if terms is None else add_capital(dataset, terms, kept))


def _fleet(context: Context) -> pd.DataFrame:
    """What stands, by zone and technology."""
    return assets.by_zone(context, power.standing_fleet(context))


def _without_capital(
    context: Context,
    fleet: pd.DataFrame,
    table: pd.DataFrame,
    spending: money.Variables,
    kept: Incremental,
) -> xr.Dataset:
    """Everything but who pays, from the standing fleet, what can be built and the budget."""
    things = kept.result("assets", assets.asset_table, context, fleet, table)
    load = kept.result("load", power.load, context)
    variables: dict[str, tuple[tuple[str, ...], Any]] = {**load, **spending}
    for name, job, sources in (
        ("settings", _settings, ()),
        ("years", money.years, ()),
        ("plants", assets.plants, (fleet, things)),
        ("renewables", assets.renewables, (fleet, things)),
        ("stores", assets.stores, (fleet, things)),
        ("onsite", onsite.onsite, (things,)),
        ("corridors", corridors.corridors, ()),
        ("options in full", _options, (table,)),
        ("reserves", _reserves, (load["load"][1], fleet)),
        ("campuses", campus.campuses, ()),
        ("chips", chips.accelerators, ()),
        ("equipment", equipment.equipment, (table,)),
        ("fabs", fabs.fabs, ()),
        ("fixed cost", _fixed_cost, (fleet,)),
    ):
        variables |= kept.result(name, job, context, *sources)
    context.raise_problems()
    open_ = variables["campus_buildable"][1].any(axis=1)
    own = context.kept_campuses
    campuses = [z for z, o in zip(context.zones, open_, strict=True) if o or z in own]
    shifts = context.programme.campus.shiftable_share > 0
    coords: dict[str, Any] = {
        "campus": np.array(campuses, dtype=object),
        "shifting": np.array(campuses if shifts else [], dtype=object),
        "zone": np.array(context.zones, dtype=object),
        "hour": np.arange(HOURS),
        "day": np.arange(HOURS // 24),
        "owner": np.array(options.OWNERS, dtype=object),
    }
    for name, (dims, values) in list(variables.items()):
        if dims == (name,):
            coords[name] = values
            del variables[name]
    return xr.Dataset(variables, coords=coords)


def _settings(context: Context) -> money.Variables:
    """Numbers that the programme itself gives."""
    programme = context.programme
    voll = programme.power.value_of_unserved_energy
    if voll is None:
        voll = context.constants["value_of_unserved_energy"]
    return {
        "whole_units": ((), programme.whole_units()),
        "value_of_unserved_energy": ((), float(voll)),
        "additional_firm_share": ((), float(programme.additionality.firm)),
        "additional_energy_share": ((), float(programme.additionality.energy)),
        "emission_cap": (("year",), _emission_cap(context)),
    }


def _reserves(context: Context, load: np.ndarray, fleet: pd.DataFrame) -> money.Variables:
    """What must be firm."""
    credit = context.traits["capacity_credit"].astype(float)
    return power.reserves(context, load, credit, fleet)


def _fixed_cost(context: Context, fleet: pd.DataFrame) -> money.Variables:
    """Fixed O&M of what stands."""
    return {"existing_fixed_cost": (("year",), assets.fixed_cost(context, fleet))}


def _assets_of(inputs: xr.Dataset) -> set[tuple[str, str]]:
    """Zone and technology of every dispatched asset."""
    return {
        (str(zone), str(technology))
        for kind in assets.KINDS
        for zone, technology in zip(
            inputs[f"{kind}_zone"].values, inputs[f"{kind}_technology"].values, strict=True
        )
    }


def _emission_cap(context: Context) -> np.ndarray:
    """Cap of each planning year [Mt], inf where there is none."""
    cap = context.programme.policy.co2_cap
    return np.array([float(cap.get(y, np.inf)) for y in context.years])


def _options(context: Context, table: pd.DataFrame) -> dict[str, tuple[tuple[str, ...], Any]]:
    """Everything about what can be built."""
    caps, national, zonal = options.caps(context, table)
    credit = context.traits["capacity_credit"].astype(float)
    available = context.traits["availability"].astype(float)
    profile = _mean_output(context, table)
    factor = table.get("capacity_factor", pd.Series(np.nan, index=table.index)).astype(float)
    renewable = (table["kind"] == "renewable").to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        output = np.where(renewable, factor / profile, 1.0)
    energy = np.where(renewable, factor * HOURS, table["technology"].map(available) * HOURS)
    energy = np.where(table["class"] == "storage", 0.0, energy)
    sun = table["kind"] == "onsite_renewable"
    hourly = onsite.solar_profiles(context, table[sun])
    for i in np.flatnonzero(sun):
        energy[i] = float(hourly[table["zone"][i], table["technology"][i]].sum())
    text = {
        "option_zone": table["zone"],
        "option_technology": table["technology"],
        "option_asset": table["asset"],
        "option_kind": table["kind"],
        "option_class": table["class"],
        "option_national_cap": pd.Series(national),
        "option_zonal_cap": pd.Series(zonal),
    }
    return {
        "option": (("option",), table["option"].to_numpy(dtype=object)),
        **{name: (("option",), column.to_numpy(dtype=object)) for name, column in text.items()},
        "option_output": (("option",), output),
        "option_buildable": (("option", "year", "owner"), options.buildable(context, table)),
        "option_unit": (
            ("option",),
            table["technology"].map(context.traits["unit_mw"]).to_numpy(float) / 1e3,
        ),
        "option_potential": (("option",), table["potential"].to_numpy(dtype=float)),
        **options.option_costs(context, table, np.asarray(energy, dtype=float)),
        "option_capacity_credit": (("option",), table["technology"].map(credit).to_numpy(float)),
        "option_construction": (
            ("option",),
            table["technology"].map(context.traits["construction_years"]).to_numpy(float),
        ),
        "option_energy": (("option",), np.asarray(energy, dtype=float)),
        **caps,
    }


def _mean_output(context: Context, table: pd.DataFrame) -> np.ndarray:
    """Mean of the hourly profile that an option's output is relative to."""
    renewable = table[table["kind"] == "renewable"]
    named = {t: str(context.traits.loc[t, "profile"]) for t in sorted(set(renewable["technology"]))}
    hourly = power.profiles(context, named)
    means = {key: float(values.mean()) for key, values in hourly.items()}
    pairs = zip(table["zone"], table["technology"], strict=True)
    return np.array([means.get(pair, np.nan) for pair in pairs])
