"""Why here, and why not there: one more 100 MW of campus in a state, against the marginal state.

The parts are those of the reduced cost that was kept when the plan was solved
(``marginal_it_cost``); they add up to it exactly.  The marginal state is where the plan's next
campus would stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.errors import UsageError
from gigaplan.plan.dates import Dates, dates
from gigaplan.plan.declaration import IT_PARTS

SIZE = 0.1  # GW of IT
MUSD = 1e3 * SIZE  # of 100 MW per BUSD/GW
TIE = 1e-6  # BUSD/GW
COLUMNS = ["group", "part", "here", "marginal", "difference", "meaning"]
DELAY = "what a later start costs, at the marginal state"
# what is read of a plan on disk for an explanation, and nothing else
PLAN_NAMES = (
    "marginal_it_cost", "it_build", "it_power", "campus_connection", "campus_flexible",
)  # fmt: skip
INPUT_NAMES = (
    "campus_buildable", "campus_limit", "campus_limit_flexible", "campus_national_limit",
    "campus_national_limit_flexible", "campus_flexible_share", "campus_pue", "campus_water",
    "campus_utilisation", "campus_construction", "campus_ramp", "campus_tax_capital",
    "campus_overnight_cost", "option_buildable", "option_zone", "option_kind", "year_weight",
)  # fmt: skip


@dataclass(frozen=True)
class Why:
    """One more 100 MW of campus IT in a state from a year on, beside the marginal state.

    Attributes
    ----------
    state, year : asked
    marginal, marginal_year : what it is held against
    table : group, part, here, marginal, difference [MUSD, discounted], meaning; parts that are
        nothing in both are left out; the last row is the sum, which is the reduced cost
    facts : quantity, here, marginal, unit: what the parts come from
    dates : when it can be energised, and why not before
    resolution : MUSD that the certified gap of the plan leaves open
    built : GW of IT that the plan builds here in all
    """

    state: str
    year: int
    marginal: str
    marginal_year: int
    table: pd.DataFrame
    facts: pd.DataFrame
    dates: Dates
    resolution: float
    built: float

    @property
    def cost(self) -> float:
        """Reduced cost of 100 MW here, a delay included [MUSD, discounted]."""
        return float(self.table["here"].iloc[-1])

    @property
    def difference(self) -> float:
        """What 100 MW costs here more than at the marginal state [MUSD, discounted]."""
        return float(self.table["difference"].iloc[-1])


def why(
    inputs: xr.Dataset,
    data: xr.Dataset,
    meta: Mapping[str, Any],
    state: str,
    year: int | None = None,
) -> Why:
    """What one more 100 MW of campus IT costs in a state, split, and from when it could run.

    Parameters
    ----------
    state : a zone of the plan
    year : planning year from which it stands; default: the earliest in which it can, the wait
        counted as a part of its own (``delay``)

    Raises
    ------
    UsageError
        an unknown state or year, a state that can hold no campus, a year that is too early.
    """
    zones = [str(z) for z in data["zone"].values]
    years = [int(y) for y in data["year"].values]
    if state not in zones:
        raise UsageError(_unknown(state, zones, meta))
    if year is not None and year not in years:
        listed = ", ".join(map(str, years))
        raise UsageError(f"the plan has no year {year}; its planning years are {listed}")
    known = dates(inputs, data, state, meta.get("programme_document"))
    if known.earliest is None:
        reasons = "; ".join(dict.fromkeys(known.reasons.values()))
        raise UsageError(f"{state} can hold no campus in any planning year: {reasons}")
    if year is not None and year < known.earliest:
        raise UsageError(
            f"{state} can hold no further campus in {year}: {known.reasons[year]}; "
            f"the earliest planning year is {known.earliest}"
        )
    at = year or known.earliest
    cost = data["marginal_it_cost"].transpose("it_part", "zone", "year")
    marginal, first = _marginal(inputs, data, state, year)
    here = cost.sel(zone=state, year=at).to_series() * MUSD
    there = cost.sel(zone=marginal, year=at).to_series() * MUSD
    wait = 0.0
    if at != first:
        earlier = cost.sel(zone=marginal, year=first).to_series() * MUSD
        wait = float(there.sum() - earlier.sum())
    table = _table(here, there, wait)
    return Why(
        state=state, year=at, marginal=marginal, marginal_year=first, table=table,
        facts=_facts(inputs, data, state, marginal, at), dates=known,
        resolution=float(meta.get("gap_busd") or 0.0) * 1e3,
        built=float(data["it_build"].sel(zone=state).sum()),
    )  # fmt: skip


def _unknown(state: str, zones: list[str], meta: Mapping[str, Any]) -> str:
    """What to ask for instead of a state that the plan does not have."""
    groups = (meta.get("programme_document") or {}).get("zones")
    if isinstance(groups, Mapping):
        within = [z for z, members in groups.items() if state in members]
        if within:
            return f"{state} is part of the zone {within[0]} in this plan; ask for {within[0]}"
    return f"{state!r} is no state of this plan; it has {', '.join(zones)}"


def _marginal(
    inputs: xr.Dataset, data: xr.Dataset, state: str, year: int | None
) -> tuple[str, int]:
    """The other state where one more costs least, and the year that it is held against.

    Of states that tie, the one that the plan builds most in.
    """
    open_ = inputs["campus_buildable"].transpose("zone", "year").values.astype(bool)
    years = [int(y) for y in data["year"].values]
    k = years.index(year) if year is not None else int(np.flatnonzero(open_.any(axis=0))[0])
    total = data["marginal_it_cost"].sum("it_part").transpose("zone", "year").values[:, k]
    zones = data["zone"].values.tolist()
    others = open_[:, k] & (np.array(zones) != state)
    if not others.any():
        return state, years[k]
    least = total[others].min()
    near = others & (total <= least + TIE)
    built = data["it_build"].transpose("zone", "year").values
    rank = built[:, k] * 1e3 + built.sum(axis=1)
    return str(zones[int(np.argmax(np.where(near, rank, -1.0)))]), years[k]


def _table(here: pd.Series, there: pd.Series, wait: float) -> pd.DataFrame:
    """Parts, the wait, and the sum, in the order of the groups.

    Both columns are for the same year; where the marginal state would start earlier, what that
    saves is taken off its column, so that the last row holds both true reduced costs.
    """
    rows: list[tuple[str, str, float, float, float, str]] = [
        (group, part, float(here[part]), float(there[part]), float(here[part] - there[part]), text)
        for part, (group, text) in IT_PARTS.items()
        if max(abs(here[part]), abs(there[part])) > 1e-9
    ]
    if wait:
        place = next((i for i, r in enumerate(rows) if r[0] == "capital"), len(rows))
        rows.insert(place, ("connection and delay", "delay", 0.0, -wait, wait, DELAY))
    own, other, more = sum(r[2] for r in rows), sum(r[3] for r in rows), sum(r[4] for r in rows)
    said = "the sum: what the objective rises by"
    rows.append(("all", "reduced cost", own, other, more, said))
    table = pd.DataFrame(rows, columns=COLUMNS)
    units = dict.fromkeys(("here", "marginal", "difference"), "MUSD per 100 MW")
    table.attrs["units"] = {c: units.get(c, "") for c in COLUMNS}
    return table


def _facts(
    inputs: xr.Dataset, data: xr.Dataset, state: str, marginal: str, year: int
) -> pd.DataFrame:
    """What the parts come from: price, PUE, shell, tax, water, room, beside the marginal state."""
    at = {"year": year}
    later = inputs["year_weight"].where(inputs["year"] >= year, 0.0).sum()
    # BUSD/GW of IT to USD/MWh: GW x utilisation x 8,760 h x discounted years
    energy = data["marginal_it_cost"].sel(it_part=["energy", "network"], year=year).sum("it_part")
    price = energy / (float(inputs["campus_utilisation"]) * 8.76e-3 * float(later))
    used = SIZE * float(inputs["campus_utilisation"]) * 8.76  # TWh a year of IT
    capital = inputs["campus_overnight_cost"].sel(at)
    tax = inputs["campus_tax_capital"].sel(at)
    table: list[tuple[str, xr.DataArray, str]] = [
        ("price of energy on the days solved", price, "USD/MWh"),
        ("PUE", inputs["campus_pue"], "1"),
        ("facility without tax", (capital - tax) * MUSD, "MUSD per 100 MW"),
        ("sales tax", tax * MUSD, "MUSD per 100 MW"),
        ("water withdrawn, at no price", inputs["campus_water"] * used,
         "million m3/year per 100 MW"),
        ("IT power in the plan", data["it_power"].sel(at), "GW"),
    ]  # fmt: skip
    rows = [
        (name, float(values.sel(zone=state)), float(values.sel(zone=marginal)), unit)
        for name, values, unit in table
    ]
    out = pd.DataFrame(rows, columns=["quantity", "here", "marginal", "unit"])
    out.attrs["units"] = {"quantity": "", "here": "see unit", "marginal": "see unit", "unit": ""}
    return out


def why_text(found: Why, against: bool = False) -> str:
    """An explanation for people; ``against`` leads with what speaks against the state."""
    lines = [_headline(found, against), ""]
    head = f"{'':34}{found.state:>12}{found.marginal:>12}{'difference':>12}"
    lines.append(f"one more 100 MW of IT from {found.year} [MUSD, discounted]")
    lines.append(head)
    table = found.table
    for group, rows in table.iloc[:-1].groupby("group", sort=False):
        sums = [float(rows[c].sum()) for c in ("here", "marginal", "difference")]
        lines.append(_line(str(group), *sums))
        if len(rows) > 1:
            lines += [
                _line(f"  {r['part']}", r["here"], r["marginal"], r["difference"])
                for r in rows.to_dict("records")
            ]
    *_, last = table.to_dict("records")
    total = (last["here"], last["marginal"], last["difference"])
    lines.append(_line("reduced cost (the sum)", *total))
    lines += ["", *_dates(found), "", f"{'':44}{found.state:>12}{found.marginal:>12}"]
    lines += [
        f"{r['quantity']:44}{r['here']:z12,.3f}{r['marginal']:z12,.3f}  {r['unit']}"
        for r in found.facts.to_dict("records")
    ]
    if found.resolution > 0:
        lines += ["", f"The plan's certified gap is {found.resolution:,.0f} MUSD: differences "
                  "below it are not proved."]  # fmt: skip
    return "\n".join(lines)


def _line(name: str, here: float, marginal: float, difference: float) -> str:
    return f"{name:34}{here:z12,.1f}{marginal:z12,.1f}{difference:+z12,.1f}"


def _headline(found: Why, against: bool) -> str:
    """What the plan does with the state, in a sentence or two."""
    state, other = found.state, found.marginal
    more = found.difference
    if found.built > 1e-6:
        text = f"{state} is chosen: the plan builds {found.built:.3f} GW of IT there."
    elif more <= max(found.resolution, 1e-3):
        text = f"{state} is not chosen, yet it is as good as {other} within the certified gap."
    else:
        text = f"{state} is not chosen: 100 MW there costs {more:,.0f} MUSD more than in {other}."
    rows = found.table.iloc[:-1].groupby("group", sort=False)["difference"].sum()
    worst = rows[rows > 0.05].sort_values(ascending=False)
    best = rows[rows < -0.05].sort_values()
    if against or found.built <= 1e-6:
        parts = ", ".join(f"{g} {v:+,.0f}" for g, v in worst.items())
        text += f" Against it speak {parts or 'nothing'} [MUSD per 100 MW]."
        if len(best):
            text += f" For it: {', '.join(f'{g} {v:+,.0f}' for g, v in best.items())}."
    else:
        parts = ", ".join(f"{g} {v:+,.0f}" for g, v in best.items())
        text += f" For it speak {parts or 'nothing'} against {other} [MUSD per 100 MW]."
        if len(worst):
            text += f" Against it: {', '.join(f'{g} {v:+,.0f}' for g, v in worst.items())}."
    return text


def _dates(found: Why) -> list[str]:
    """When it can be energised, and what keeps it from being earlier."""
    known = found.dates
    lines = [
        f"date: energised for {found.year}; first power at the earliest {known.first_power:.1f}, "
        f"full power {known.full_power:.1f}; room {known.room:.2f} GW of facility power"
        f" ({known.how})"
    ]
    lines += [f"  not in {year}: {reason}" for year, reason in known.reasons.items()]
    return lines
