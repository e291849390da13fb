"""All 8,760 hours of every planning year at a plan's capacities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
import xarray as xr

from gigaplan.model.dispatch import HOURS
from gigaplan.solving.answer import _by_zone
from gigaplan.solving.cases import Family
from gigaplan.solving.pool import View

DAYS = 365
# what is kept of every day: energy over the day, and hour by hour
SUMMED = ("generation", "onsite_generation", "campus_curtailed")
HOURLY = ("unserved", "campus_unserved")


def view(family: Family) -> View:
    """Daily energy of plants, on-site units and curtailment, hourly unserved load, and prices."""
    n = family.template.A.shape[1]
    rows, columns = [], []
    first = 0
    for name in SUMMED:
        for hours in family.columns[name].reshape(-1, HOURS):
            rows.append(np.full(HOURS, first))
            columns.append(hours)
            first += 1
    for name in HOURLY:
        for hours in family.columns[name].reshape(-1, HOURS):
            rows.append(first + np.arange(HOURS))
            columns.append(hours)
            first += HOURS
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (first, n)
    return View(sp.csr_matrix((np.ones(len(row)), (row, column)), shape), family.rows["balance"])


def summarise(inputs: xr.Dataset, plan: xr.Dataset, details: Mapping[Any, Any]) -> xr.Dataset:
    """Cost, unserved energy, generation, prices and emissions over all hours.

    ``details`` holds for every (year, day) the cost [MUSD], the sums of :func:`view` and the
    balance duals.
    """
    years, zones = inputs["year"].values.tolist(), inputs["zone"].values
    plants, own, campuses = (inputs.sizes[d] for d in ("plant", "onsite", "campus"))
    where = [zones.tolist().index(z) for z in inputs["campus"].values.tolist()]
    cost = np.zeros(len(years))
    energy = np.zeros((plants + own, len(years)))
    curtailed = np.zeros((campuses, len(years)))
    short = np.zeros((len(zones), len(years), DAYS * HOURS))
    price, others, scarcity = (np.zeros((len(zones), len(years))) for _ in range(3))
    scarce = 0.5 * float(inputs["value_of_unserved_energy"])
    own_load = inputs["load"].transpose("zone", "year", "hour").values
    load = own_load + plan["campus_load"].transpose("zone", "year").values[:, :, None]
    for k, year in enumerate(years):
        paid, by_others, when_scarce = (np.zeros(len(zones)) for _ in range(3))
        for day in range(DAYS):
            day_cost, sums, dual = details[(year, day)]
            hours = slice(day * HOURS, (day + 1) * HOURS)
            cost[k] += day_cost / 1e3
            energy[:, k] += np.maximum(sums[: plants + own], 0.0)
            curtailed[:, k] += np.maximum(sums[plants + own : plants + own + campuses], 0.0)
            hourly = np.maximum(sums[plants + own + campuses :].reshape(-1, HOURS), 0.0)
            short[:, k, hours] = hourly[: len(zones)]
            short[where, k, hours] += hourly[len(zones) :]
            dual = np.maximum(dual.reshape(-1, HOURS), 0.0) * 1e3
            paid += (dual * load[:, k, hours]).sum(axis=1)
            for_others = dual * own_load[:, k, hours]
            by_others += for_others.sum(axis=1)
            when_scarce += np.where(dual > scarce, for_others, 0.0).sum(axis=1)
        price[:, k] = paid / load[:, k].sum(axis=1)
        others[:, k] = by_others / own_load[:, k].sum(axis=1)
        scarcity[:, k] = when_scarce / own_load[:, k].sum(axis=1)
    short[short < 1e-7] = 0.0
    total = short.sum(axis=0)
    worst = total.argmax(axis=1)
    rate = np.concatenate([inputs["plant_emissions"].values, inputs["onsite_emissions"].values])
    place = np.concatenate([inputs["plant_zone"].values, inputs["onsite_zone"].values])
    emitted = energy * rate[:, None] / 1e3
    coords = {"zone": zones, "year": years, "campus": inputs["campus"].values}
    return xr.Dataset(
        {
            "year_dispatch_cost": (("year",), cost),
            "year_unserved": (("zone", "year"), short.sum(axis=2)),
            "year_unserved_worst": (("year",), total.max(axis=1)),
            "year_unserved_hour": (
                ("year",), np.where(total.max(axis=1) > 0, worst, -1).astype(float)
            ),
            "year_generation": _generation(inputs, plan, energy),
            "year_curtailed": (("campus", "year"), curtailed),
            "year_price": (("zone", "year"), price),
            "year_price_others": (("zone", "year"), others),
            "year_price_scarcity": (("zone", "year"), scarcity),
            "year_emissions": (
                ("zone", "year"), _by_zone(emitted, place, zones)
            ),
        },
        coords=coords,
    )  # fmt: skip


def _generation(inputs: xr.Dataset, plan: xr.Dataset, energy: np.ndarray) -> xr.DataArray:
    """Generation by zone, technology and year [GWh]; profiles count as available output."""
    zones, years = inputs["zone"].values.tolist(), inputs["year"].values
    output = {}
    for kind in ("renewable", "onsite_renewable"):
        hours = inputs[f"{kind}_profile"].transpose(kind, "hour").values.sum(axis=1)[:, None]
        output[kind] = hours * plan[f"{kind}_capacity"].transpose(kind, "year").values
    kinds = ("plant", "onsite", "renewable", "onsite_renewable")
    technologies = sorted({t for k in kinds for t in inputs[f"{k}_technology"].values.tolist()})
    out = np.zeros((len(zones), len(technologies), len(years)))
    plants = inputs.sizes["plant"]
    for kind, values in (
        ("plant", energy[:plants]), ("onsite", energy[plants:]), *output.items(),
    ):  # fmt: skip
        where = zip(
            inputs[f"{kind}_zone"].values.tolist(),
            inputs[f"{kind}_technology"].values.tolist(),
            strict=True,
        )
        for i, (zone, technology) in enumerate(where):
            out[zones.index(zone), technologies.index(technology)] += values[i]
    coords = {"zone": zones, "technology": technologies, "year": years}
    return xr.DataArray(out, dims=("zone", "technology", "year"), coords=coords)
