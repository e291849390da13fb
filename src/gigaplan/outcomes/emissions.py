"""Greenhouse gases of the power system: what is emitted where, and whose they are by the hour."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan import atlas
from gigaplan.outcomes.fuel import CASES, technologies
from gigaplan.outcomes.pair import COUNTRY, HOURS_OF_YEAR, RANGE, Pair, constant, table
from gigaplan.plan.frames import KEYS, grouped, labels
from gigaplan.plan.statistics import standing
from gigaplan.solving.answer import onsite_sun, put_off

RATES = ("process_ch4", "process_n2o", "upstream_co2", "upstream_ch4", "upstream_n2o")
PARTS = ("direct_co2", "direct_other", "upstream_other", "upstream_methane")


def parts(pair: Pair, level: str = "central") -> dict[str, dict[str, np.ndarray]]:
    """Emissions by case and part [Mt CO2e]; axes zone, year.

    ``direct_co2`` at the plants, ``direct_other`` methane and nitrous oxide there,
    ``upstream_other`` from mines, wells and transport of fuel without the gas that leaks, and
    ``upstream_methane``, which leaks on its way to the plants.  ``level`` is of the leakage rate
    and the 100-year warming potentials.
    """
    rates = atlas.table("emission_rates").set_index("technology")
    names = technologies(pair)
    rate = {n: rates[n].reindex(names).fillna(0.0).to_numpy(float) for n in RATES}
    leaks = rates["leaks_gas"].reindex(names).fillna(False).to_numpy(bool)
    warming = {g: constant(f"gwp_{g}_100")[level] for g in ("ch4", "n2o")}
    leaked = constant("methane_leakage")[level] * constant("methane_t_per_mmbtu")[level]
    out = {}
    for case, used in pair.burnt.items():
        data = pair.with_ if case == "with" else pair.without

        def emitted(per_mmbtu: np.ndarray, used: np.ndarray = used) -> np.ndarray:
            # million MMBtu x t/MMBtu is Mt
            return np.asarray((used * per_mmbtu[None, :, None]).sum(axis=1))

        other = warming["ch4"] * rate["process_ch4"] + warming["n2o"] * rate["process_n2o"]
        before = rate["upstream_co2"] + warming["ch4"] * rate["upstream_ch4"]
        before = before + warming["n2o"] * rate["upstream_n2o"]
        out[case] = {
            "direct_co2": data["year_emissions"].transpose("zone", "year").values,
            "direct_other": emitted(other),
            "upstream_other": emitted(before),
            "upstream_methane": emitted(np.where(leaks, leaked * warming["ch4"], 0.0)),
        }
    return out


def emissions(pair: Pair) -> pd.DataFrame:
    """Emissions by zone, part and year, with and without [Mt CO2e/year]; ``US`` sums the zones.

    ``change_low`` and ``change_high`` span the leakage rates and warming potentials; ``noise`` is
    twice the move of direct carbon dioxide between two points of the search within its gap.
    ``per_h100_hour`` is the change in all of the country over the programme's compute in use
    [kg CO2e per H100-equivalent hour], on the row ``US``, ``all``.
    """
    by_level = {level: parts(pair, level) for level in RANGE}
    names = [*PARTS, "all"]

    def stacked(level: str, case: str) -> np.ndarray:
        found = by_level[level][case]
        values = np.stack([found[p] for p in PARTS], axis=1)
        values = np.concatenate([values, values.sum(axis=1, keepdims=True)], axis=1)
        return np.concatenate([values, values.sum(axis=0, keepdims=True)])

    without, with_ = (stacked("central", case) for case in CASES)
    changes = {level: stacked(level, "with") - stacked(level, "without") for level in RANGE}
    ends = np.stack([changes[level] for level in RANGE])
    intensity = np.full(without.shape, np.nan)
    hours = pair.with_["compute"].sum("chip").values * HOURS_OF_YEAR * 1e3  # H100e-hours
    some = hours > 0
    intensity[-1, -1, some] = changes["central"][-1, -1, some] * 1e9 / hours[some]
    moved = pair.without["emissions_moved"].transpose("zone", "year").values
    moved = 2.0 * np.abs(np.vstack([moved, moved.sum(axis=0)]))
    noise = np.full(without.shape, np.nan)
    noise[:, [0, -1]] = moved[:, None]
    index = xr.Dataset(coords={"zone": [*pair.zones, COUNTRY], "part": names, "year": pair.years})
    return table(
        {
            **labels(index, ("zone", "part", "year"), KEYS),
            "without": (without, "Mt CO2e/year"),
            "with": (with_, "Mt CO2e/year"),
            "change": (with_ - without, "Mt CO2e/year"),
            "change_low": (ends.min(axis=0), "Mt CO2e/year"),
            "change_high": (ends.max(axis=0), "Mt CO2e/year"),
            "noise": (noise, "Mt CO2e/year"),
            "per_h100_hour": (intensity, "kg CO2e/H100e-hour"),
        },
        [
            "plan: carbon dioxide over all 8,760 hours",
            *(f"emission_rates.{n}" for n in RATES),
            "constants.methane_leakage", "constants.methane_t_per_mmbtu",
            "constants.gwp_ch4_100", "constants.gwp_n2o_100",
        ],
        keep=np.maximum(np.abs(without), np.abs(with_)) > 1e-9,
    )  # fmt: skip


# --- accounting: whose emissions, by the hour and by the year -------------------------------------


def accounting(pair: Pair) -> pd.DataFrame:
    """Carbon dioxide of the campuses' power by four ways of counting, by year [Mt/year].

    On the stored days, weighted to the year.  ``hourly_average``: each hour's draw times the
    intensity of what the zone uses in that hour, imports traced to where they are generated;
    ``annual_average``: the year's draw times the year's mean intensity; ``with_less_without``:
    what the system emits more than without the programme, hour by hour (the long-run marginal:
    builds are included); ``own_generation``: what the programme's own plants emit at the output of
    their zone's technology.  ``matched_*`` is the share of the draw that the programme's own
    generation without carbon covers, in the same hour and over the year.
    """
    inputs, data = pair.inputs, pair.with_
    zones = np.array(pair.zones, dtype=object)
    draw = _draw(pair)
    factor = intensity(pair)
    weight = data["day_weight"].values
    total = _yearly(draw.sum(axis=0), weight)
    hourly = _yearly((draw * factor).sum(axis=0), weight)  # GWh x t/MWh is kt
    demand = data["demand"].transpose("zone", "year", "day", "hour_of_day").values
    use = np.stack([_yearly(demand[i], weight) for i in range(len(zones))])
    used = np.stack([_yearly(demand[i] * factor[i], weight) for i in range(len(zones))])
    mean = np.divide(used, use, out=np.zeros_like(used), where=use > 0)
    own_draw = np.stack([_yearly(draw[i], weight) for i in range(len(zones))])
    more = _yearly((_emitted(pair, data) - _emitted(pair, pair.without)).sum(axis=0), weight)
    clean, dirty = _own(pair)
    matched = _yearly(np.minimum(clean.sum(axis=0), draw.sum(axis=0)), weight)
    yearly_clean = np.minimum(_yearly(clean.sum(axis=0), weight), total)
    some = total > 1e-9
    share = [
        np.divide(m, total, out=np.full(total.shape, np.nan), where=some)
        for m in (matched, yearly_clean)
    ]
    return table(
        {
            "year": (inputs["year"].values, "year"),
            "campus_energy": (total / 1e3, "TWh/year"),
            "hourly_average": (hourly / 1e3, "Mt CO2/year"),
            "annual_average": ((own_draw * mean).sum(axis=0) / 1e3, "Mt CO2/year"),
            "with_less_without": (more / 1e3, "Mt CO2/year"),
            "own_generation": (_yearly(dirty.sum(axis=0), weight) / 1e3, "Mt CO2/year"),
            "matched_hourly": (share[0], "1"),
            "matched_annual": (share[1], "1"),
        },
        [
            "plan: dispatch of the stored days, weighted to the year; direct carbon dioxide only",
            "method: imports traced to their generation, hour by hour (de Chalendar, Taggart and "
            "Benson 2019)",
        ],
    )


def _yearly(hourly: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Sum over days and hours, each day weighted: axes year, day, hour -> year."""
    return np.einsum("ydh,d->y", hourly, weight)


def _draw(pair: Pair) -> np.ndarray:
    """What campuses draw, curtailed and put off left out [GW]; axes zone, year, day, hour."""
    data = pair.with_
    load = data["campus_load"].transpose("zone", "year").values[:, :, None, None]
    order = ("campus", "year", "day", "hour_of_day")
    shed = (data["campus_curtailed"] + data["campus_unserved"]).transpose(*order).values
    zones = np.array(pair.zones, dtype=object)
    days = np.ones((data.sizes["day"], data.sizes["hour_of_day"]))
    kept = grouped(shed, data["campus"].values, zones) + put_off(pair.inputs, data, zones)
    return np.maximum(load * days - kept, 0.0)


def _emitted(pair: Pair, data: xr.Dataset) -> np.ndarray:
    """Carbon dioxide of what is generated [kt/h]; axes zone, year, day, hour."""
    zones = np.array(pair.zones, dtype=object)
    out = np.zeros(1)
    order = ("year", "day", "hour_of_day")
    for kind, name in (("plant", "generation"), ("onsite", "onsite_generation")):
        rate = pair.inputs[f"{kind}_emissions"].values[:, None, None, None]
        made = data[name].transpose(kind, *order).values
        out = out + grouped(made * rate, pair.inputs[f"{kind}_zone"].values, zones)
    return out


def intensity(pair: Pair) -> np.ndarray:
    """Carbon dioxide of what each zone uses [t/MWh]; axes zone, year, day, hour.

    With ``g`` the generation of a zone, ``e`` its emissions, ``m_ab`` what arrives from ``a`` in
    ``b``: ``i_b (g_b + sum_a m_ab) = e_b + sum_a m_ab i_a``.  Storage gives back at the intensity
    of the zone's hour and so is left out; curtailed output is none.
    """
    inputs, data = pair.inputs, pair.with_
    zones = np.array(pair.zones, dtype=object)
    order = ("year", "day", "hour_of_day")
    made = grouped(
        data["generation"].transpose("plant", *order).values, inputs["plant_zone"].values, zones
    )
    made = made + grouped(
        data["onsite_generation"].transpose("onsite", *order).values,
        inputs["onsite_zone"].values,
        zones,
    )
    made = made + onsite_sun(inputs, data, zones)
    made = (
        made + (data["renewable_available"] - data["curtailment"]).transpose("zone", *order).values
    )
    emitted = _emitted(pair, data)
    n = len(zones)
    shape = made.shape[1:]
    arrives = np.zeros((n, n, *shape))  # to, from
    at = {z: i for i, z in enumerate(zones.tolist())}
    kept = 1 - inputs["corridor_loss"].values
    for c, (a, b) in enumerate(
        zip(
            inputs["corridor_from"].values.tolist(),
            inputs["corridor_to"].values.tolist(),
            strict=True,
        )
    ):
        arrives[at[b], at[a]] += kept[c] * data["flow_forward"].values[c]
        arrives[at[a], at[b]] += kept[c] * data["flow_reverse"].values[c]
    through = made + arrives.sum(axis=1)
    empty = through <= 1e-9
    matrix = -arrives.reshape(n, n, -1).transpose(2, 0, 1)
    diagonal = np.where(empty, 1.0, through).reshape(n, -1).T
    matrix[:, np.arange(n), np.arange(n)] += diagonal
    found = np.linalg.solve(matrix, emitted.reshape(n, -1).T[:, :, None])[:, :, 0]
    return np.asarray(found.T.reshape(n, *shape))


def _own(pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """What the programme's plants generate without carbon [GW] and emit [kt/h], by hour.

    A plant that others share gives the programme its share of the capacity; axes zone, year, day,
    hour.
    """
    inputs, data = pair.inputs, pair.with_
    zones = np.array(pair.zones, dtype=object)
    own = _standing_own(pair)
    order = ("year", "day", "hour_of_day")
    clean = np.zeros((len(zones), *(data.sizes[d] for d in order)))
    dirty = np.zeros_like(clean)
    for kind, name, capacity in (
        ("plant", "generation", "plant_capacity"),
        ("onsite", "onsite_generation", "onsite_capacity"),
    ):
        total = data[capacity].transpose(kind, "year").values
        share = np.divide(own[kind], total, out=np.zeros_like(total), where=total > 1e-9)
        made = data[name].transpose(kind, *order).values * share[:, :, None, None]
        rate = inputs[f"{kind}_emissions"].values
        place = inputs[f"{kind}_zone"].values
        clean += grouped(made * (rate == 0)[:, None, None, None], place, zones)
        dirty += grouped(made * rate[:, None, None, None], place, zones)
    profile = inputs["renewable_profile"].values
    profile = profile.reshape(profile.shape[0], -1, 24)[:, data["day"].values.astype(int)]
    output = own["renewable"][:, :, None, None] * profile[:, None]
    clean += grouped(output, inputs["renewable_zone"].values, zones)
    return clean + onsite_sun(inputs, data, zones), dirty


def _standing_own(pair: Pair) -> dict[str, np.ndarray]:
    """The programme's capacity in each asset [GW], axes asset, year."""

    inputs = pair.inputs
    programme = inputs["owner"].values.tolist().index("programme")
    built = standing(inputs, pair.with_)[programme] * inputs["option_output"].values[:, None]
    kind = inputs["option_kind"].values.astype(str)
    return {
        name: grouped(
            built[kind == name], inputs["option_asset"].values[kind == name], inputs[name].values
        )
        for name in ("plant", "renewable", "onsite")
    }
