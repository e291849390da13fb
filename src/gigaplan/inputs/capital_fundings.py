"""Cells that can be built and the fundings that mandate and clearance allow for each.

A funding is one investor's money in one instrument for one cell (class of capital, place, year in
service).  Places are groups of zones that neither mandates nor rules tell apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.inputs.capital_limits import records
from gigaplan.inputs.capital_terms import (
    EVERYWHERE,
    MOVABLE,
    CapitalTerms,
    Screen,
    allowed_instruments,
    covers,
    stands_in,
    yearly_charge,
)
from gigaplan.inputs.context import annuity
from gigaplan.programme.roster import Investor

# text as objects: strings of pyarrow are slow to go through
COLUMNS = {
    **dict.fromkeys(
        ("funding", "investor", "instrument", "cell", "asset_class", "place", "screen"), object
    ),
    "year": int, **dict.fromkeys(("charge", "rate", "years"), float),
    "filed": bool, "tiers": bool, "delay": float,
}  # fmt: skip
# instruments, each with whether it needs a filing, and what clearance said
Offer = tuple[list[tuple[str, bool]], Screen]


def fundings_of(inputs: xr.Dataset, terms: CapitalTerms) -> tuple[pd.DataFrame, dict[str, str]]:
    """One row for each funding, and the place of every zone."""
    zones = inputs["zone"].values.tolist()
    classes = inputs["draw_class"].values.tolist()
    offers = _offers(zones, classes, terms)
    place = _places(zones, offers)
    movable: dict[tuple[str, str], Offer] = {}
    sites = inputs["zone"].values[inputs["campus_buildable"].any("year").values].tolist()
    for name in (c for c in classes if c in MOVABLE):
        for investor in terms.roster.investors.values():
            movable[investor.id, name] = _movable(investor, name, sites, terms)
    first = {p: next(z for z in zones if place[z] == p) for p in dict.fromkeys(place.values())}
    cells = cells_of(inputs, place)

    @cache
    def charged(name: str, instrument: str, asset_class: str) -> tuple[float, float, float, bool]:
        return yearly_charge(terms.roster.investors[name], instrument, asset_class, terms)

    rows = []
    for cell in records(cells):
        for investor in terms.roster.investors.values():
            key = (investor.id, cell.asset_class)
            here = movable if cell.place == EVERYWHERE else offers[first[cell.place]]
            can, screen = here[key]
            if not investor.in_service[0] <= cell.year <= investor.in_service[1]:
                continue
            for instrument, filed in can:
                charge, rate, years, tiers = charged(investor.id, instrument, cell.asset_class)
                if filed:
                    own = terms.classes[cell.asset_class]
                    charge += screen.yearly_cost + screen.fee_share * annuity(rate, own.life)
                label = (
                    f"{investor.id} | {instrument}{' after filing' if filed else ''} | {cell.cell}"
                )
                rows.append((
                    label, investor.id, instrument, cell.cell, cell.asset_class, cell.place, screen,
                    cell.year, charge, rate, years, filed, tiers,
                    screen.delay_days if filed else 0.0,
                ))  # fmt: skip
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    table = pd.DataFrame(
        {n: pd.Series(v, dtype=COLUMNS[n]) for n, v in zip(COLUMNS, columns, strict=True)}
    )
    return table, place


def _offers(
    zones: list[str], classes: list[str], terms: CapitalTerms
) -> dict[str, dict[tuple[str, str], Offer]]:
    """What each investor may do with each class of capital that is bound to land, by zone."""
    nothing: Offer = ([], Screen())
    offers: dict[str, dict[tuple[str, str], Offer]] = {zone: {} for zone in zones}
    for investor in terms.roster.investors.values():
        inside = [z for z in zones if stands_in(investor, z, terms.zone_states.get(z, (z,)))]
        for asset_class in (c for c in classes if c not in MOVABLE):
            for zone in zones:
                offers[zone][investor.id, asset_class] = nothing
            if investor.left_out or not covers(investor.sectors, asset_class):
                continue
            known: dict[int, Offer] = {}  # most zones have the same screen
            for zone in inside:
                screen = terms.screen(investor, asset_class, zone)
                if id(screen) not in known:
                    can = allowed_instruments(investor, asset_class, terms, screen)
                    known[id(screen)] = (can, screen)
                offers[zone][investor.id, asset_class] = known[id(screen)]
    return offers


def _movable(investor: Investor, asset_class: str, zones: list[str], terms: CapitalTerms) -> Offer:
    """What an investor may do with assets that are not bound to land: as where it may do most.

    They may stand wherever campuses may (``zones``), so its places must hold all of these.
    """
    inside = [z for z in zones if stands_in(investor, z, terms.zone_states.get(z, (z,)))]
    if (
        not inside
        or len(inside) < len(zones)
        or investor.left_out
        or not covers(investor.sectors, asset_class)
    ):
        return [], Screen()
    screens = [terms.screen(investor, asset_class, z) for z in inside]
    screen = max(screens, key=lambda s: (s.voting_share, s.free_share, s.lend))
    return allowed_instruments(investor, asset_class, terms, screen), screen


def cells_of(inputs: xr.Dataset, place: Mapping[str, str]) -> pd.DataFrame:
    """Cells that can be built: class, place, year."""
    years = inputs["year"].values.tolist()
    campus = inputs["campus_buildable"].transpose("zone", "year").values
    paid = (inputs["accelerator_overnight_cost"] > 0).any("chip").values
    equipped = campus & paid[None, :]
    scarce = campus & bool((inputs["equipment_premium"] > 0).any())
    fabs = inputs["fab_buildable"].any("chip_step").transpose("zone", "year").values
    options = inputs["option_buildable"].sel(owner="programme").transpose("option", "year").values
    lines = inputs["corridor_buildable"].transpose("corridor", "year").values
    zones = inputs["zone"].values
    found: set[tuple[str, str, int]] = set()
    for names, where, flags in (
        (np.full(len(zones), "campus"), zones, campus),
        (np.full(len(zones), "accelerators"), zones, equipped),
        (np.full(len(zones), "equipment"), zones, scarce),
        (np.full(len(zones), "fabs"), zones, fabs),
        (np.full(len(lines), "corridors"), inputs["corridor_from"].values, lines),
        (inputs["option_technology"].values, inputs["option_zone"].values, options),
    ):
        for i, k in np.argwhere(flags):
            name = str(names[i])
            at = EVERYWHERE if name in MOVABLE else place[where[i]]
            found.add((name, at, int(years[k])))
    order = {p: i for i, p in enumerate(dict.fromkeys(place[z] for z in zones.tolist()))}
    order[EVERYWHERE] = len(order)
    rows = [
        (f"{c} | {p} | {y}", c, p, y)
        for c in inputs["draw_class"].values.tolist()
        for y in years
        for p in sorted({p for d, p, z in found if (d, z) == (c, y)}, key=order.__getitem__)
    ]
    return pd.DataFrame(rows, columns=["cell", "asset_class", "place", "year"])


def _places(zones: list[str], offers: Mapping[str, Any]) -> dict[str, str]:
    """Zone -> place: zones with the same offers of everyone are one place."""
    groups: dict[str, list[str]] = {}
    for zone in zones:
        key = repr([(k, can, screen.bounds) for k, (can, screen) in offers[zone].items() if can])
        groups.setdefault(key, []).append(zone)
    largest = max(groups.values(), key=len)
    out: dict[str, str] = {}
    for members in groups.values():
        label = "+".join(members) if len(members) <= 6 else f"{members[0]}+{len(members) - 1}"
        if members is largest and len(members) > 6:
            label = "all" if len(groups) == 1 else "elsewhere"
        out |= dict.fromkeys(members, label)
    return out


def alive(inputs: xr.Dataset, terms: CapitalTerms, table: pd.DataFrame) -> np.ndarray:
    """Share of a planning year's span in which the assets of a funding stand, as the model has it.

    Shells, lines and premiums outlive the horizon; accelerators live as long as their generation's
    first fit, and refits are a running cost.
    """
    years = inputs["year"].values
    built = table["year"].to_numpy()
    lasting = table["asset_class"].isin(["campus", "corridors", "fabs", "equipment"]).to_numpy()
    life = np.array([terms.classes[c].life for c in table["asset_class"]])
    life = np.where(lasting, np.inf, life).reshape(-1, 1)
    stands = (years[None, :] >= built[:, None]) & (years[None, :] < built[:, None] + life)
    out: np.ndarray = stands.astype(float)
    lives = inputs["accelerator_standing"].isel(chip=0).transpose("year", "year_built").values
    position = {int(y): k for k, y in enumerate(inputs["year_built"].values)}
    for i in np.flatnonzero(table["asset_class"].to_numpy() == "accelerators"):
        out[i] = lives[:, position[int(built[i])]]
    return out


def tier_shares(terms: CapitalTerms, table: pd.DataFrame, tier: int) -> np.ndarray:
    """Share of the cash in a tier, for equity that shares; 0 for all other money."""
    sharing = {n: i.sharing for n, i in terms.roster.investors.items()}
    return np.array(
        [
            sharing[n][tier] if shared else 0.0  # type: ignore[index]
            for n, shared in zip(table["investor"], table["tiers"], strict=True)
        ],
        dtype=float,
    )
