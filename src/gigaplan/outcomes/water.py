"""Water and land: campuses, fab lines and power plants, with the programme and without."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan import atlas
from gigaplan.inputs.cooling import water_of_campuses
from gigaplan.outcomes.fuel import CASES, generation, technologies
from gigaplan.outcomes.pair import COUNTRY, RANGE, Pair, table
from gigaplan.plan.frames import KEYS, grouped, labels
from gigaplan.plan.statistics import standing

USES = ("withdrawal", "consumption")
WHERE = ("campuses", "fab_lines", "power_plants", "all")


def water(pair: Pair) -> pd.DataFrame:
    """Water by zone, use, user and year, with and without [million m3/year]; ``US`` sums zones.

    Campuses: what cooling withdraws, and the part that evaporates; fab lines before reuse, counted
    as withdrawn and not as consumed.  Power plants by technology, cooled by recirculation;
    ``change_low`` and ``change_high`` span all cooling systems.  Engines, fuel cells, wind, sun and
    stores have no rate and count nothing.
    """
    rates = atlas.table("water_rates").set_index(["technology", "use"])
    campus, fabs = _campus(pair), _fabs(pair)
    made = generation(pair)
    shape = (len(pair.zones), len(USES), len(WHERE), len(pair.years))
    found = {(c, level): np.zeros(shape) for c in CASES for level in RANGE}
    for u, use in enumerate(USES):
        for level in RANGE:
            known = rates.xs(use, level="use")[level].reindex(technologies(pair)).fillna(0.0)
            per_mwh = known.to_numpy(float)
            for case in CASES:
                part = found[case, level][:, u]
                # TWh x m3/MWh is million m3
                part[:, 2] = (made[case] * per_mwh[None, :, None]).sum(axis=1)
                if case == "with":
                    part[:, 0] = campus[use]
                    part[:, 1] = fabs if use == "withdrawal" else 0.0
                part[:, 3] = part[:, :3].sum(axis=1)
    total = {k: np.concatenate([v, v.sum(axis=0, keepdims=True)]) for k, v in found.items()}
    change = {level: total["with", level] - total["without", level] for level in RANGE}
    ends = np.stack(list(change.values()))
    index = xr.Dataset(
        coords={"zone": [*pair.zones, COUNTRY], "use": list(USES), "user": list(WHERE)}
    ).assign_coords(year=pair.years)
    unit = "million m3/year"
    return table(
        {
            **labels(index, ("zone", "use", "user", "year"), KEYS),
            "without": (total["without", "central"], unit),
            "with": (total["with", "central"], unit),
            "change": (change["central"], unit),
            "change_low": (ends.min(axis=0), unit),
            "change_high": (ends.max(axis=0), unit),
        },
        [
            "plan: generation over all 8,760 hours; campuses' IT power, utilisation and cooling",
            "water_rates.central", "water_rates.low", "cooling.water_withdrawal_l_per_kwh_it",
            "cooling.water_consumption_l_per_kwh_it",
        ],
        keep=np.maximum(total["with", "central"], total["without", "central"]) > 1e-6,
    )  # fmt: skip


def _campus(pair: Pair) -> dict[str, np.ndarray]:
    """Campuses' cooling water by use; axes zone, year [million m3/year]."""
    table_ = atlas.table("cooling")
    wet = table_[table_["water_withdrawal_l_per_kwh_it"] > 0]
    # the same share evaporates of whatever is withdrawn
    share = float(
        wet["water_consumption_l_per_kwh_it"].sum() / wet["water_withdrawal_l_per_kwh_it"].sum()
    )
    withdrawn = water_of_campuses(pair.inputs, pair.with_)
    return {"withdrawal": withdrawn, "consumption": withdrawn * share}


def _fabs(pair: Pair) -> np.ndarray:
    """Water of the programme's fab lines; axes zone, year [million m3/year]."""
    lines = pair.with_["fab_build"].cumsum("year").assign_coords(year=pair.with_["year"])
    used = (lines * pair.inputs["fab_water"]).sum("chip_step")
    return np.asarray(used.transpose("zone", "year").values)


def land(pair: Pair) -> pd.DataFrame:
    """Land under what the programme has built and the system builds otherwise, by zone and year.

    Campuses by facility power, new generation and storage by nameplate [ha]; ``without`` and
    ``with`` hold new capacity of both owners that stands.  Technologies without a source for
    their land are listed with no value.
    """
    inputs = pair.inputs
    rates = atlas.table("land_use").set_index("what")
    zones = np.array(pair.zones, dtype=object)
    technology = inputs["option_technology"].values.astype(str)
    names = ["campus", *dict.fromkeys(technology.tolist())]
    shape = (len(zones), len(names), len(pair.years))
    amount = {case: np.zeros(shape) for case in CASES}
    facility = pair.with_["facility_power"].transpose("zone", "year").values * 1e3
    amount["with"][:, 0] = facility
    energy = inputs["option_energy"].values[:, None]
    for case, data in zip(CASES, (pair.without, pair.with_), strict=True):
        new = standing(inputs, data).sum(axis=0)
        for k, name in enumerate(names[1:], start=1):
            chosen = technology == name
            # GW to MW, or to GWh/year
            size = new[chosen] * (energy[chosen] if _per_energy(rates, name) else 1e3)
            amount[case][:, k] = grouped(size, inputs["option_zone"].values[chosen], zones)
    per = {level: rates[level].reindex(names).to_numpy(float)[None, :, None] for level in RANGE}
    size = amount["with"] - amount["without"]
    ends = np.stack([size * per["low"], size * per["high"]])
    index = xr.Dataset(coords={"zone": zones, "what": names, "year": pair.years})
    return table(
        {
            **labels(index, ("zone", "what", "year"), KEYS),
            "without": (amount["without"] * per["central"], "ha"),
            "with": (amount["with"] * per["central"], "ha"),
            "change": (size * per["central"], "ha"),
            "change_low": (ends.min(axis=0), "ha"),
            "change_high": (ends.max(axis=0), "ha"),
        },
        [
            "plan: what stands of new capacity, and facility power",
            "land_use.central",
            "land_use.low",
        ],
        keep=np.abs(size) > 1.0,  # MW, or GWh a year
    )


def _per_energy(rates: pd.DataFrame, name: str) -> bool:
    """Whether land is per energy of a year instead of per power."""
    return name in rates.index and str(rates.loc[name, "per"]) == "GWh/year"
