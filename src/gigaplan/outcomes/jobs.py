"""Jobs by place and year: construction, manufacturing, operation; direct, indirect, induced.

Spending meets the national input-output tables of 2023 (:mod:`gigaplan.outcomes.input_output`).
National multipliers overstate one state, whose suppliers are partly elsewhere: a state keeps the
share of its inputs that a region of its size buys at home (Flegg and Webber 2000), and what is
left of the national effect is shown for the rest of the country.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.outcomes import input_output as io
from gigaplan.outcomes.pair import RANGE, Pair, constant, table
from gigaplan.outcomes.spending import NO_INDUSTRY, drawn, spending
from gigaplan.plan.statistics import power

EFFECTS = ("direct", "indirect", "induced")
PHASES = ("construction", "manufacturing", "operation")
ELSEWHERE = "elsewhere in the US"
DELTA = {"low": "high", "central": "central", "high": "low"}  # a high exponent keeps less
HOSTING, UTILITIES, CHIPS = "514", "22", "334"
SOURCES = (
    "plan: capital by asset, zone and year; IT power; what the programme's plants generate",
    "method: Leontief's model, Type I and II (Miller and Blair 2009); what a state keeps by Flegg "
    "and Webber 2000, with its share of the country's building workers for its size",
    "method: servers count as made at home like all computers bought by business (BEA); AI servers "
    "are likely imported more, and their makers pay more a job, so manufacturing is a high figure "
    "whose range begins at none",
    "io_requirements.coefficient", "io_industries.jobs_per_musd",
    "io_industries.consumption_share", "io_industries.equipment_made_at_home",
    "constants.household_spending_share", "constants.regional_delta",
    "constants.facility_construction_share", "constants.facility_land_share",
    "constants.fab_construction_share", "constants.fab_jobs_per_busd",
    "constants.campus_jobs_per_mw_it", "employment_factors.central",
    "construction_labour.thousand_workers",
)  # fmt: skip


def jobs(pair: Pair) -> pd.DataFrame:
    """Jobs by place, calendar year, phase and effect, with a range.

    A job is one for a year.  Construction and manufacturing follow the draw of capital, operation
    what stands at the last planning year.  ``elsewhere in the US`` holds the makers of equipment,
    whose states are not known, and what the states do not keep; all places together are the
    national effect, the upper bound for any one state.  ``low`` and ``high`` are the least and
    most of three consistent settings, row by row: they do not add up, ``central`` does.
    """
    found: dict[tuple[str, int, str, str], dict[str, float]] = {}
    for level in RANGE:
        for key, value in _at(pair, level).items():
            found.setdefault(key, dict.fromkeys(RANGE, 0.0))[level] = value
    order = {z: i for i, z in enumerate([*pair.zones, ELSEWHERE])}
    keys = sorted(found, key=lambda k: (order[k[0]], k[1], PHASES.index(k[2]), EFFECTS.index(k[3])))
    kept = [k for k in keys if max(found[k].values()) >= 0.05]
    columns: dict[str, tuple[Any, str]] = {
        "place": (np.array([k[0] for k in kept], dtype=object), ""),
        "year": (np.array([k[1] for k in kept], dtype=int), "year"),
        "phase": (np.array([k[2] for k in kept], dtype=object), ""),
        "effect": (np.array([k[3] for k in kept], dtype=object), ""),
    }
    values = np.array([[found[k][level] for level in RANGE] for k in kept], dtype=float)
    values = values.reshape(-1, len(RANGE))
    columns |= {
        "low": (values.min(axis=1), "jobs"),
        "central": (values[:, 1], "jobs"),
        "high": (values.max(axis=1), "jobs"),
    }
    return table(columns, SOURCES)


Found = dict[tuple[str, int, str, str], float]


def _at(pair: Pair, level: str) -> Found:
    """Jobs at one level of the range."""
    out: Found = {}
    spent = drawn(pair.inputs, spending(pair.inputs, pair.with_, level))
    spent = spent[~spent["item"].isin(NO_INDUSTRY)]
    for (zone, calendar, item), rows in _groups(spent):
        by_industry = rows.groupby("industry")["amount"].sum() * 1e3  # MUSD
        if item == "equipment":
            home = {n: _made_at_home(str(n), level) for n in by_industry.index}
            demand = {str(n): v * home[n] for n, v in by_industry.items()}
            _add(out, ELSEWHERE, calendar, "manufacturing", demand, level, pair)
        else:
            demand = {str(n): float(v) for n, v in by_industry.items()}
            _add(out, zone, calendar, "construction", demand, level, pair)
    for zone, calendar, demand in _operation(pair, level):
        _add(out, zone, calendar, "operation", demand, level, pair)
    return out


def _groups(spent: pd.DataFrame) -> list[tuple[tuple[str, int, str], pd.DataFrame]]:
    """Rows by zone, calendar year and item."""
    grouped = spent.groupby(["zone", "calendar", "item"], sort=False)
    found: list[tuple[Any, pd.DataFrame]] = list(grouped)
    return [((str(z), int(c), str(i)), rows) for (z, c, i), rows in found]


def _add(
    out: Found, place: str, year: int, phase: str, demand: dict[str, float], level: str, pair: Pair
) -> None:
    """Add the effects of a demand [MUSD by industry]; what a state does not keep goes elsewhere."""
    industries = _industries()
    vector = np.zeros(len(industries))
    for name, value in demand.items():
        vector[industries.index(name)] += value
    national = _effects(1.0, level) @ vector
    kept = national
    if place != ELSEWHERE:
        share = io.location_share(
            _part(tuple(pair.states.get(place, ()))), constant("regional_delta")[DELTA[level]]
        )
        kept = _effects(share, level) @ vector
    for name, here, all_of_it in zip(EFFECTS, kept, national, strict=True):
        for where, value in ((place, here), (ELSEWHERE, all_of_it - here)):
            if value != 0:
                out[where, year, phase, name] = out.get((where, year, phase, name), 0.0) + float(
                    value
                )


def _operation(pair: Pair, level: str) -> list[tuple[str, int, dict[str, float]]]:
    """Demand whose direct jobs run the campuses, plants and lines, by zone and year [MUSD]."""
    inputs, data = pair.inputs, pair.with_
    per_musd = atlas.table("io_industries").set_index("industry")["jobs_per_musd"]
    campus = data["it_power"].transpose("zone", "year").values * 1e3
    direct = {
        HOSTING: campus * constant("campus_jobs_per_mw_it")[level],
        UTILITIES: _plant_jobs(pair, level),
        CHIPS: _fab_jobs(pair) * constant("fab_jobs_per_busd")[level],
    }
    out = []
    years = pair.years
    for calendar in inputs["calendar"].values.astype(int).tolist():
        past = [k for k, y in enumerate(years) if y <= calendar]
        if not past:
            continue
        for i, zone in enumerate(pair.zones):
            demand = {
                name: float(values[i, past[-1]] / per_musd[name])
                for name, values in direct.items()
                if values[i, past[-1]] > 1e-6
            }
            if demand:
                out.append((zone, calendar, demand))
    return out


def _plant_jobs(pair: Pair, level: str) -> np.ndarray:
    """Direct jobs of running the programme's plants and stores; axes zone, year."""
    factors = atlas.table("employment_factors").set_index(["technology", "phase"])[level]
    out = np.zeros((len(pair.zones), len(pair.years)))
    for row in power(pair.inputs, pair.with_).to_dict("records"):
        own = float(row["new_programme"])
        if own <= 1e-6:
            continue
        share = own / float(row["existing"] + row["new_system"] + own)
        here = own * 1e3 * float(factors[row["technology"], "fom"])
        here += share * float(row["generation"]) * 1e6 * float(factors[row["technology"], "vom"])
        out[pair.zones.index(str(row["zone"])), pair.years.index(int(row["year"]))] += here
    return out


def _fab_jobs(pair: Pair) -> np.ndarray:
    """Capital of the programme's fab lines that stands; axes zone, year [BUSD]."""
    paid = (pair.inputs["fab_capital"] * pair.with_["fab_build"]).sum("chip_step")
    return np.asarray(paid.transpose("zone", "year").values.cumsum(axis=1))


@cache
def _part(states: tuple[str, ...]) -> float:
    """A zone's share of the country's building workers; none where no state is known."""
    workers = atlas.table("construction_labour").set_index("zone")["thousand_workers"]
    return float(workers.reindex(list(states)).fillna(0.0).sum() / workers.sum())


@cache
def _made_at_home(industry: str, level: str) -> float:
    """Share of equipment that is made in the country: the BEA's, or none at the low end."""
    if level == "low":
        return 0.0
    known = atlas.table("io_industries").set_index("industry")["equipment_made_at_home"]
    return float(known[industry])


# --- the tables, as arrays ------------------------------------------------------------------------


@cache
def _industries() -> list[str]:
    return [str(n) for n in atlas.table("io_industries")["industry"]]


@cache
def requirements_matrix() -> np.ndarray:
    """Domestic direct requirements of the atlas, industries x industries [1]."""
    rows = atlas.table("io_requirements")
    position = {n: i for i, n in enumerate(_industries())}
    A = np.zeros((len(position), len(position)))
    A[rows["from_industry"].map(position), rows["to_industry"].map(position)] = rows["coefficient"]
    return A


@cache
def _effects(share: float, level: str) -> np.ndarray:
    """Jobs per MUSD of demand, axes effect, industry, where ``share`` is bought at home."""
    industries = atlas.table("io_industries")
    A = requirements_matrix()
    return np.stack(
        io.effects(
            np.eye(len(A)),
            share * A,
            industries["jobs_per_musd"].to_numpy(float),
            industries["compensation_per_output"].to_numpy(float),
            share * industries["consumption_share"].to_numpy(float),
            constant("household_spending_share")[level],
        )
    )
