"""Representative days: chosen from the 365 of the weather year, the hardest forced in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

HOURS, DAYS = 24, 365


@dataclass(frozen=True)
class Days:
    """Days of the year with the number of days that each stands for.

    ``error`` holds what the weighted days give against the whole year (share), by quantity.
    """

    weights: pd.Series
    hardest: tuple[int, ...]
    error: dict[str, float]


def choose(inputs: xr.Dataset, count: int, hardest: int) -> Days:
    """Representative days by hierarchical clustering (medoids), hardest days, and weights that fit.

    The hardest days have the highest net load (load less wind and solar that stands) of all zones
    in the last planning year.  Weights start from the clusters' sizes and move as little as
    needed for annual load, wind and solar to agree with the year's, region by region: five days
    as clustered carried 0.962 of the annual load.

    Parameters
    ----------
    inputs : inputs Dataset
    count : number of days, 1 ... 365; 365 takes every day once
    hardest : how many of them are the system's hardest days
    """
    if count >= DAYS:
        every = pd.Series(1.0, index=pd.Index(np.arange(DAYS), name="day"))
        return Days(every, (), {})
    features, scale = _features(inputs)
    forced = _hardest(inputs, min(hardest, count))
    chosen, size = _clusters(features, count - len(forced), forced)
    days = np.array(sorted([*forced, *chosen]))
    start = np.array([size.get(int(d), 1.0) for d in days])
    weights = _fit(features, scale, days, start * DAYS / start.sum())
    error = {
        name: float((values[days] * weights).sum() / values.sum() - 1.0)
        for name, values in _national(features).items()
        if values.sum() > 0
    }
    return Days(pd.Series(weights, index=pd.Index(days, name="day")), tuple(forced), error)


def _daily(values: np.ndarray) -> np.ndarray:
    """Energy by day from hourly values of one year."""
    return np.asarray(values.reshape(DAYS, HOURS).sum(axis=1))


def _features(inputs: xr.Dataset) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Daily energy of load, wind, solar and hydro by region, and what each counts in the fit."""
    year = int(inputs["year"].values[-1])
    region = dict(zip(inputs["zone"].values, inputs["zone_region"].values, strict=True))
    out: dict[str, np.ndarray] = {}
    load = inputs["load"].sel(year=year).values
    for i, zone in enumerate(inputs["zone"].values):
        name = f"load {region[zone]}"
        out[name] = out.get(name, np.zeros(DAYS)) + _daily(load[i])
    profile = inputs["renewable_profile"].values
    standing = inputs["renewable_existing"].sel(year=year).values
    labels = zip(
        inputs["renewable_zone"].values, inputs["renewable_technology"].values, strict=True
    )
    for i, (zone, technology) in enumerate(labels):
        kind = "wind" if "wind" in str(technology) else "solar"
        name = f"{kind} {region[zone]}"
        # capacity that may be built counts too, as one GW each
        weight = max(float(standing[i]), 1.0)
        out[name] = out.get(name, np.zeros(DAYS)) + _daily(profile[i]) * weight
    importance = {name: 3.0 if name.startswith("load") else 1.0 for name in out}
    return out, importance


def _national(features: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Features summed over regions."""
    out: dict[str, np.ndarray] = {}
    for name, values in features.items():
        kind = name.split(" ", 1)[0]
        out[kind] = out.get(kind, np.zeros(DAYS)) + values
    return out


def _hardest(inputs: xr.Dataset, count: int) -> list[int]:
    """Days with the highest hourly net load of all zones."""
    year = int(inputs["year"].values[-1])
    net = inputs["load"].sel(year=year).values.sum(axis=0)
    standing = inputs["renewable_existing"].sel(year=year).values
    net = net - standing @ inputs["renewable_profile"].values
    peak = net.reshape(DAYS, HOURS).max(axis=1)
    return [int(d) for d in np.argsort(-peak, kind="stable")[:count]]


def _clusters(
    features: dict[str, np.ndarray], count: int, forced: list[int]
) -> tuple[list[int], dict[int, float]]:
    """Medoid days of hierarchical clusters (Ward, as in tsam), and the size of each cluster."""
    if count < 1:
        return [], {}
    table = np.array([v for v in features.values() if v.std() > 0]).T
    scaled = (table - table.mean(axis=0)) / table.std(axis=0)
    import scipy.cluster.hierarchy as sch  # a plan of all days needs none of it

    assigned = sch.fcluster(sch.linkage(scaled, method="ward"), count, criterion="maxclust")
    chosen, size = [], {}
    for cluster in sorted(set(assigned.tolist())):
        members = np.flatnonzero(assigned == cluster)
        free = np.array([m for m in members if m not in forced])
        if not len(free):
            continue
        distance = ((scaled[free] - scaled[members].mean(axis=0)) ** 2).sum(axis=1)
        day = int(free[np.argmin(distance)])
        chosen.append(day)
        size[day] = float(len(members))
    return chosen, size


def _fit(
    features: dict[str, np.ndarray],
    importance: dict[str, float],
    days: np.ndarray,
    start: np.ndarray,
) -> np.ndarray:
    """Weights near ``start`` whose totals agree with the year's; at least a tenth of a day each."""
    rows, goals = [], []
    national = _national(features)
    parts = [(features, importance, 1.0), (national, {n: 10.0 for n in national}, 1.0)]
    for group, weight, factor in parts:
        for name, values in group.items():
            total = values.sum()
            if total > 0:
                rows.append(values[days] / total * weight[name] * factor)
                goals.append(weight[name] * factor)
    rows.append(np.full(len(days), 100.0 / DAYS))
    goals.append(100.0)
    stay = 0.02 / np.maximum(start, 1.0)
    matrix = np.vstack([np.array(rows), np.diag(stay)])
    target = np.concatenate([goals, stay * start])
    import scipy.optimize as so

    found = so.lsq_linear(matrix, target, bounds=(0.1, float(DAYS)))
    weights = found.x * (DAYS / found.x.sum())
    return np.asarray(weights)
