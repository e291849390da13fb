"""The roster as inputs: who can pay for what, at what yearly charge, within which limits.

A funding is one investor's money in one instrument for one cell (class of capital, place, year in
service).  Only fundings that the mandate and the clearance allow exist, so the layer stays small.
Places are groups of zones that neither tells apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.errors import InputError, Problem
from gigaplan.inputs.capital_limits import limits_of, records
from gigaplan.inputs.capital_terms import (
    EVERYWHERE,
    MOVABLE,
    CapitalTerms,
    Screen,
    allowed_instruments,
    covers,
    stands_in,
    weighted,
    yearly_charge,
)
from gigaplan.inputs.context import annuity
from gigaplan.programme.roster import COMPANY, EQUITY, Investor

COLUMNS = ("investor", "instrument", "cell")
LIMIT_TEXT = ("kind", "investor", "cell", "base", "reason")


def add_capital(inputs: xr.Dataset, terms: CapitalTerms) -> xr.Dataset:
    """The inputs with the capital layer; the programme's charges keep running costs only.

    With ``to_budget`` the commitments are scaled by one factor so that their sum, overlaps counted
    once, follows the budget, and the budget itself limits nothing any more.
    """
    out = inputs.copy()
    table, place = _fundings(inputs, terms)
    if table.empty:
        return _unpaid(inputs, place)
    names = list(terms.roster.investors)
    available, stated = _commitments(inputs, terms)
    cells = _cells(inputs, place)
    limits, members = limits_of(table, cells, terms, available)
    accounts = [
        (row.investor, row.funding) for row in records(table)
    ] + [
        (p, row.funding) for row in records(table)
        for p in sorted(terms.roster.containing(row.investor))
    ]  # fmt: skip
    screens = table["screen"].tolist()
    variables: dict[str, tuple[tuple[str, ...], Any]] = {
        "reference_charge": (("draw_class",), np.array(
            [terms.classes[str(c)].reference for c in inputs["draw_class"].values])),
        "zone_place": (("zone",), _text(place[z] for z in inputs["zone"].values.tolist())),
        "cell_class": (("cell",), _text(cells["asset_class"])),
        "cell_place": (("cell",), _text(cells["place"])),
        "cell_year": (("cell",), cells["year"].to_numpy(dtype=float)),
        **_people(terms, names),
        "investor_held_back": (("investor",), _text(_held_back(terms, table, n) for n in names)),
        "investor_stated": (("investor",), stated),
        "investor_available": (("investor", "calendar"), available),
        "investor_cleared": (("investor",), _cleared(table, names)),
        **{f"funding_{n}": (("funding",), _text(table[n])) for n in COLUMNS},
        "funding_return": (("funding",), table["rate"].to_numpy(dtype=float)),
        "funding_years": (("funding",), table["years"].to_numpy(dtype=float)),
        "funding_shared": (("funding",), _tier(terms, table, 0)),
        "funding_shared_after": (("funding",), _tier(terms, table, 1)),
        "funding_charge": (("funding",), table["charge"].to_numpy(dtype=float)),
        "funding_alive": (("funding", "year"), _alive(inputs, terms, table)),
        "funding_filing": (("funding",), _text(s.filing for s in table["screen"])),
        "funding_delay": (("funding",), table["delay"].to_numpy(dtype=float)),
        "funding_delay_most": (
            ("funding",), np.where(table["filed"], [s.days_most for s in table["screen"]], 0.0)),
        "funding_free": (("funding",), np.array([s.free_share for s in screens], dtype=float)),
        "funding_most": (("funding",), np.array([s.voting_share for s in screens], dtype=float)),
        "funding_mitigation": (("funding",), _text(
            s.mitigation if f else "none" for s, f in zip(screens, table["filed"], strict=True))),
        "funding_filed": (("funding",), table["filed"].to_numpy(dtype=bool)),
        "account_investor": (("account",), _text(a for a, _ in accounts)),
        "account_funding": (("account",), _text(f for _, f in accounts)),
        **{f"limit_{n}": (("limit",), _text(limits[n])) for n in LIMIT_TEXT},
        "limit_value": (("limit",), limits["value"].to_numpy(dtype=float)),
        "membership_limit": (("membership",), _text(members["limit"])),
        "membership_funding": (("membership",), _text(members["funding"])),
    }  # fmt: skip
    coords = {
        "cell": _text(cells["cell"]),
        "investor": _text(names),
        "funding": _text(table["funding"]),
        "limit": _text(limits["limit"]),
    }
    out = out.assign_coords({n: ((n,), v) for n, v in coords.items()}).assign(variables)
    if terms.to_budget:
        out["budget_total"] = np.inf
        out["budget_available"] = xr.full_like(inputs["budget_available"], np.inf)
    return _running_costs(out)


def _unpaid(inputs: xr.Dataset, place: Mapping[str, str]) -> xr.Dataset:
    """Nobody pays: as it was where nothing can be built either, else an error."""
    if _cells(inputs, place).empty:
        return inputs
    message = "no investor of the roster may pay for anything that can be built"
    remedy = "see capital.without, sectors, places, instruments and capital.clearance"
    raise InputError([Problem("programme", "capital", message, "one at least", remedy)])


def _text(values: Any) -> np.ndarray:
    return np.array([str(v) for v in values], dtype=object)


def _running_costs(out: xr.Dataset) -> xr.Dataset:
    """Charges of the programme's own assets less the flat capital charge that fundings replace."""
    flat = dict(zip(out["draw_class"].values.tolist(), out["reference_charge"].values, strict=True))
    rate = xr.DataArray(
        [flat[t] for t in out["option_technology"].values.tolist()],
        dims="option", coords={"option": out["option"].values},
    )  # fmt: skip
    own = xr.DataArray([0.0, 1.0], dims="owner", coords={"owner": ["system", "programme"]})
    own = own.sel(owner=out["owner"].values)
    less = {
        "option_annual_charge": out["option_capital"] * rate * own,
        "corridor_annual_charge": out["corridor_overnight_cost"] * flat["corridors"] * own,
        "campus_annual_charge": out["campus_overnight_cost"] * flat["campus"],
        "campus_tax_charge": out["campus_tax_capital"] * flat["campus"],
        "fab_annual_charge": out["fab_capital"] * flat["fabs"],
        "equipment_charge_rate": out["equipment_charge_rate"],
    }
    for name, part in less.items():
        dims = out[name].dims
        rest = (
            out[name] - part.assign_coords(owner=out["owner"])
            if "owner" in dims
            else out[name] - part
        )
        # what rounding leaves below zero is zero
        out[name] = rest.transpose(*dims).where(abs(rest) > 1e-12, 0.0)
    return out


def _cells(inputs: xr.Dataset, place: Mapping[str, str]) -> pd.DataFrame:
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


def _fundings(inputs: xr.Dataset, terms: CapitalTerms) -> tuple[pd.DataFrame, dict[str, str]]:
    """One row for each funding, and the place of every zone."""
    zones = inputs["zone"].values.tolist()
    classes = inputs["draw_class"].values.tolist()
    offers: dict[str, dict[tuple[str, str], tuple[list[tuple[str, bool]], Screen]]] = {}
    for zone in zones:
        offers[zone] = {}
        for investor in terms.roster.investors.values():
            inside = stands_in(investor, zone, terms.zone_states.get(zone, (zone,)))
            for asset_class in (c for c in classes if c not in MOVABLE):
                if not inside or investor.left_out or not covers(investor.sectors, asset_class):
                    offers[zone][investor.id, asset_class] = ([], Screen())
                    continue
                screen = terms.screen(investor, asset_class, zone)
                can = allowed_instruments(investor, asset_class, terms, screen)
                offers[zone][investor.id, asset_class] = (can, screen)
    place = _places(zones, offers)
    movable: dict[tuple[str, str], tuple[list[tuple[str, bool]], Screen]] = {}
    sites = inputs["zone"].values[inputs["campus_buildable"].any("year").values].tolist()
    for name in (c for c in classes if c in MOVABLE):
        for investor in terms.roster.investors.values():
            movable[investor.id, name] = _movable(investor, name, sites, terms)
    first = {p: next(z for z in zones if place[z] == p) for p in dict.fromkeys(place.values())}
    cells = _cells(inputs, place)
    rows = []
    for cell in records(cells):
        for investor in terms.roster.investors.values():
            key = (investor.id, cell.asset_class)
            here = movable if cell.place == EVERYWHERE else offers[first[cell.place]]
            can, screen = here[key]
            if not investor.in_service[0] <= cell.year <= investor.in_service[1]:
                continue
            for instrument, filed in can:
                charge, rate, years, tiers = yearly_charge(
                    investor, instrument, cell.asset_class, terms
                )
                if filed:
                    own = terms.classes[cell.asset_class]
                    charge += screen.yearly_cost + screen.fee_share * annuity(rate, own.life)
                label = (
                    f"{investor.id} | {instrument}{' after filing' if filed else ''} | {cell.cell}"
                )
                rows.append(
                    {
                        "funding": label,
                        "investor": investor.id, "instrument": instrument, "cell": cell.cell,
                        "asset_class": cell.asset_class, "place": cell.place, "year": cell.year,
                        "charge": charge, "rate": rate, "years": years, "filed": filed,
                        "tiers": tiers,
                        "delay": screen.delay_days if filed else 0.0, "screen": screen,
                    }
                )  # fmt: skip
    table = pd.DataFrame(
        rows,
        columns=[
            "funding", "investor", "instrument", "cell", "asset_class", "place", "year",
            "charge", "rate", "years", "filed", "tiers", "delay", "screen",
        ],
    )  # fmt: skip
    return table, place


def _movable(
    investor: Investor, asset_class: str, zones: list[str], terms: CapitalTerms
) -> tuple[list[tuple[str, bool]], Screen]:
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


def _people(terms: CapitalTerms, names: list[str]) -> dict[str, tuple[tuple[str, ...], Any]]:
    """Who the investors are."""
    people = [terms.roster.investors[n] for n in names]
    governments = [min(sum(terms.roster.governments(n).values()), 1.0) for n in names]
    percent = [
        "; ".join(f"{c} {100 * s:.6g}" for c, s in sorted(terms.roster.governments(n).items()))
        for n in names
    ]
    last = [p.commitments[-1] if p.commitments else None for p in people]
    talks = [p.talks[-1] if p.talks else None for p in people]
    stage = [t.stage if t else c.stage if c else "none" for t, c in zip(talks, last, strict=True)]
    chance = [
        t.likelihood if t else c.likelihood if c else 0.0 for t, c in zip(talks, last, strict=True)
    ]
    text = {
        "name": [p.name for p in people],
        "country": [p.country for p in people],
        "kind": [p.kind for p in people],
        "within": ["; ".join(p.within) for p in people],
        "in_kind": ["; ".join(p.in_kind) for p in people],
        "stage": stage,
        "governments": percent,
    }
    return {
        **{f"investor_{n}": (("investor",), _text(v)) for n, v in text.items()},
        "investor_government": (("investor",), np.array(governments)),
        "investor_last_talk": (
            ("investor",),
            _text(f"{t.date} {t.contact}".strip() if t else "" for t in talks),
        ),
        "investor_in_view": (
            ("investor",),
            np.array([t.busd if t and t.busd == t.busd else 0.0 for t in talks], dtype=float),
        ),
        "investor_likelihood": (("investor",), np.array(chance)),
        "investor_min_ticket": (("investor",), np.array([p.min_ticket for p in people])),
    }


def _held_back(terms: CapitalTerms, table: pd.DataFrame, name: str) -> str:
    """Why an investor holds no equity: left out, its mandate, or a rule; empty where it can."""
    investor = terms.roster.investors[name]
    mine = table[table["investor"] == name]
    if mine["instrument"].isin(EQUITY).any():
        return ""
    if investor.left_out:
        return "left out by the programme (capital.without)"
    if not any(covers(investor.sectors, c) for c in terms.classes):
        return f"mandate: {'; '.join(investor.sectors)} is not built by this programme"
    if not any(i in EQUITY for i in investor.instruments):
        return "" if len(mine) else "mandate: its instruments are of no use here"
    if not terms.foreign_equity and investor.country != "US":
        return "the programme takes no foreign equity (capital.foreign_equity)"
    zone = next(iter(terms.zone_states))
    reasons = {terms.screen(investor, c, zone).reason for c in terms.classes}
    return next((r for r in sorted(reasons) if r), "mandate: its places are outside of the zones")


def _commitments(inputs: xr.Dataset, terms: CapitalTerms) -> tuple[np.ndarray, np.ndarray]:
    """Cumulated commitment that the plan counts on, by investor and year; sums as stated."""
    people = list(terms.roster.investors.values())
    calendar = inputs["calendar"].values
    counted = np.zeros((len(people), len(calendar)))
    stated = np.zeros(len(people))
    for i, investor in enumerate(people):
        stated[i] = sum(c.busd for c in investor.commitments)
        for year, busd in weighted(investor.commitments, terms.weighting):
            counted[i] += busd * (calendar >= max(year, calendar[0]))
    if terms.to_budget:
        whole = _whole(people, terms, list(inputs["draw_class"].values), int(calendar[-1]))
        total = float(inputs["budget_total"])
        path = inputs["budget_available"].values / total
        # the company's own money is a sum, not a pledge: the others fill what it leaves; grants
        # are sums too, and come on top
        scaled = np.array([p.id != COMPANY and not p.grants_only for p in people])
        own = sum(counted[i, -1] for i, p in enumerate(people) if p.id == COMPANY)
        factor = max(total - own, 0.0) / whole if whole > 0 else 0.0
        stated[scaled] *= factor
        counted[scaled] = counted[scaled, -1:] * factor * path[None, :]
    return counted, stated


def _whole(people: list[Investor], terms: CapitalTerms, classes: list[str], last: int) -> float:
    """What the roster brings in all, overlaps counted once [BUSD].

    As announced and by mandate alone, so that leaving someone out, a stricter rule or a
    conversation does not change what the others' sums are scaled by.
    """
    useful = {
        p.id
        for p in people
        if not p.grants_only and any(covers(p.sectors, str(c)) for c in classes)
    }
    useful |= {q for p in useful for q in terms.roster.containing(p)}
    return sum(
        sum(busd for year, busd in weighted(p.announced, terms.weighting) if year <= last)
        for p in people
        if p.id in useful - {COMPANY} and not terms.roster.containing(p.id)
    )


def _cleared(table: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Share of the first calendar year that is left after the longest review of an investor."""
    delays = table[table["filed"]].groupby("investor")["delay"].max()
    return np.array([max(0.0, 1.0 - float(delays.get(n, 0.0)) / 365.0) for n in names])


def _alive(inputs: xr.Dataset, terms: CapitalTerms, table: pd.DataFrame) -> np.ndarray:
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


def _tier(terms: CapitalTerms, table: pd.DataFrame, tier: int) -> np.ndarray:
    """Share of the cash in a tier, for equity that shares; 0 for all other money."""
    sharing = {n: i.sharing for n, i in terms.roster.investors.items()}
    return np.array(
        [
            sharing[n][tier] if shared else 0.0  # type: ignore[index]
            for n, shared in zip(table["investor"], table["tiers"], strict=True)
        ],
        dtype=float,
    )
