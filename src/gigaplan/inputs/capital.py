"""The roster as inputs: who can pay for what, at what yearly charge, within which limits.

A funding is one investor's money in one instrument for one cell (class of capital, place, year in
service).  Only fundings that the mandate and the clearance allow exist, so the layer stays small.
Places are groups of zones that neither tells apart.

Yearly charge of a dollar, per instrument, ``L`` being the life of the asset and ``s`` its draws::

    equity  annuity(r, L) * idc(s, r)                       r: required return, real
    debt    annuity(r, n) / annuity(d, n) * annuity(d, L) * idc(s, r)     n: tenor, d: discount rate
    shared  present value at d of the two-tier cash, as an annuity at d over L, or as equity if more
    grant   0

so that debt that is repaid within its tenor counts with the present value of its service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.inputs.context import annuity, interest_during_construction
from gigaplan.programme.roster import BORROWED, EQUITY, FIRM, Commitment, Investor, Roster

VOTING = ("common", "preferred")
CONTROLLED = 0.49  # of one state: its investors' holdings are added (31 CFR 800.244)
SECTORS: dict[str, tuple[str, ...]] = {
    "dc": ("campus", "accelerators"),
    "transmission": ("corridors",),
    "turbines": ("gas_",),
    "fuel_cells": ("fuel_cell",),
    "nuclear": ("nuclear",),
    "storage": ("battery",),
    "clean": ("wind", "solar", "nuclear", "battery", "geothermal", "hydro"),
}


@dataclass(frozen=True)
class ClassTerms:
    """Terms of a class of capital: draws, life [year], debt, and the adder on equity's return.

    ``debt_rate`` and ``equity_adder`` are nominal [1/year]; ``reference`` is the flat charge.
    """

    shares: tuple[float, ...]
    life: float
    gearing: float
    debt_rate: float
    tenor: float
    equity_adder: float
    reference: float


@dataclass(frozen=True)
class InstrumentTerms:
    """Points on the return (nominal, 1/year), largest share of an asset's capital, own tenor."""

    adder: float
    largest_share: float
    tenor: float


@dataclass(frozen=True)
class Screen:
    """What clearance allows an investor in a class and zone.

    ``free_share`` bounds common and preferred equity that needs no filing, ``voting_share`` all of
    it, and ``equity_share`` all equity with fund interests: shares of the class's equity.  What lies
    beyond ``free_share`` waits ``delay_days`` for the review of ``filing``, costs ``fee_share`` of
    the stake once and ``yearly_cost`` [1/year] of it for mitigation.
    """

    voting_share: float = 1.0
    free_share: float = 1.0
    equity_share: float = 1.0
    fund_open: bool = True
    lend: bool = True
    filing: str = ""
    delay_days: float = 0.0
    days_most: float = 0.0
    mitigation: str = "none"
    yearly_cost: float = 0.0
    fee_share: float = 0.0
    reason: str = ""

    @property
    def bounds(self) -> tuple[float | bool | str, ...]:
        """What the model sees of it."""
        return (
            self.voting_share, self.free_share, self.equity_share, self.fund_open, self.lend,
            self.filing, self.delay_days, self.yearly_cost, self.fee_share,
        )  # fmt: skip


Screener = Callable[[Investor, str, str], Screen]


@dataclass(frozen=True)
class CapitalTerms:
    """Everything that the layer is made from besides the Dataset itself."""

    roster: Roster
    classes: Mapping[str, ClassTerms]
    instruments: Mapping[str, InstrumentTerms]
    inflation: float
    discount_rate: float
    zone_states: Mapping[str, tuple[str, ...]]
    weighting: str = "expected"
    to_budget: bool = False
    foreign_equity: bool = True
    screen: Screener = field(default=lambda investor, asset_class, zone: Screen())


def real(nominal: float, inflation: float) -> float:
    """Real rate of a nominal one (Fisher)."""
    return (1 + nominal) / (1 + inflation) - 1


def covers(sectors: tuple[str, ...], asset_class: str) -> list[str]:
    """The sectors of a mandate that a class of capital falls into."""
    found = []
    for sector in sectors:
        if sector == "power":
            hit = asset_class not in ("campus", "accelerators", "corridors")
        else:
            hit = any(asset_class.startswith(p) for p in SECTORS.get(sector, ()))
        if hit:
            found.append(sector)
    return found


def sector_of(asset_class: str) -> str:
    """The sector that concentration is measured in."""
    if asset_class in ("campus", "accelerators"):
        return "dc"
    return "transmission" if asset_class == "corridors" else "power"


def stands_in(investor: Investor, zone: str, states: tuple[str, ...]) -> bool:
    """Whether a zone lies within an investor's places."""
    if "all" in investor.places or zone in investor.places:
        return True
    return all(s in investor.places for s in states)


def allowed_instruments(
    investor: Investor, asset_class: str, terms: CapitalTerms, screen: Screen
) -> list[tuple[str, bool]]:
    """Instruments, and whether after a filing, that an investor may use for a class.

    A fund interest costs more than direct equity, so it is offered only where votes are bounded.
    """
    if investor.left_out or not covers(investor.sectors, asset_class):
        return []
    equity = terms.foreign_equity or investor.country == "US"
    out: list[tuple[str, bool]] = []
    for name in investor.instruments:
        if name in VOTING and equity:
            out += [(name, False)] if screen.free_share > 0 else []
            out += [(name, True)] if screen.filing and screen.voting_share > screen.free_share else []
        elif name == "fund" and equity and screen.fund_open and screen.free_share < 1:
            out.append((name, False))
        elif name == "debt" and screen.lend and terms.classes[asset_class].gearing > 0:
            out.append((name, False))
        elif name == "vendor" and asset_class == "accelerators" and "accelerators" in investor.in_kind:
            out.append((name, False))
    return out


def required_return(
    investor: Investor, instrument: str, asset_class: str, terms: CapitalTerms
) -> float:
    """Real return that an investor asks for in an instrument and class [1/year]."""
    own, points = terms.classes[asset_class], terms.instruments[instrument].adder
    if instrument in BORROWED:
        nominal = own.debt_rate if investor.base_return is None else investor.base_return
    else:
        kind = asset_class if asset_class in ("campus", "accelerators", "corridors") else "power"
        base = investor.base_return or 0.0
        nominal = investor.returns.get(kind, base + own.equity_adder)
    return real(max(nominal + points, 0.0), terms.inflation)


def yearly_charge(
    investor: Investor, instrument: str, asset_class: str, terms: CapitalTerms
) -> tuple[float, float, float, bool]:
    """Charge [1/year], real return asked for [1/year], years of payments, whether by two tiers."""
    own = terms.classes[asset_class]
    rate = required_return(investor, instrument, asset_class, terms)
    discount = terms.discount_rate
    building = interest_during_construction(own.shares, rate)
    if instrument in BORROWED:
        tenor = min(terms.instruments[instrument].tenor or own.tenor, own.life)
        level = annuity(rate, tenor) / annuity(discount, tenor) * annuity(discount, own.life)
        return level * building, rate, tenor, False
    plain = annuity(rate, own.life) * building
    if investor.sharing is not None:
        cash = shared_cash(own.reference, own.life, investor.sharing)
        worth = sum(c * (1 + discount) ** -(k + 1) for k, c in enumerate(cash))
        tiers = worth * annuity(discount, own.life)
        # where the tiers pay less than the return asked for, the partner would not come for them
        if tiers > plain:
            return tiers, rate, own.life, True
    return plain, rate, own.life, False


def shared_cash(yearly: float, life: float, sharing: tuple[float, float]) -> list[float]:
    """Cash by year to a partner of one dollar under two tiers; the asset earns ``yearly`` [1/year].

    The first share until the dollar is back, the second after (expected arithmetic; the waterfall
    of a deal is worked out apart).
    """
    first, after = sharing
    back, cash = 0.0, []
    for _ in range(int(round(life))):
        paid, left = 0.0, yearly
        if back < 1.0:
            until = min(left, (1.0 - back) / first)
            paid = until * first
            back += paid
            left -= until
        paid += left * after if back >= 1.0 - 1e-12 else 0.0
        cash.append(paid)
    return cash


def weighted(money: tuple[Commitment, ...], weighting: str) -> list[tuple[int, float]]:
    """Year and sum [BUSD] that the plan counts on."""
    if weighting == "stated":
        return [(c.year, c.busd) for c in money]
    if weighting == "firm":
        return [(c.year, c.busd if c.stage in FIRM else 0.0) for c in money]
    return [(c.year, c.busd * c.likelihood) for c in money]


def add_capital(inputs: xr.Dataset, terms: CapitalTerms) -> xr.Dataset:
    """The inputs with the capital layer; the charges of the programme's assets keep running costs only.

    With ``to_budget`` the commitments are scaled by one factor so that their sum, overlaps counted
    once, follows the budget, and the budget itself limits nothing any more.
    """
    out = inputs.copy()
    table = _fundings(inputs, terms)
    place = table.attrs["place"]
    names = list(terms.roster.investors)
    available, stated = _commitments(inputs, terms)
    cells = _cells(inputs, place)
    limits, members = _limits(table, cells, terms, available)
    accounts = [
        (row.investor, row.funding) for row in table.itertuples()
    ] + [
        (p, row.funding) for row in table.itertuples()
        for p in sorted(terms.roster.containing(row.investor))
    ]  # fmt: skip
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
        **{f"funding_{n}": (("funding",), _text(table[n])) for n in ("investor", "instrument", "cell")},
        "funding_return": (("funding",), table["rate"].to_numpy(dtype=float)),
        "funding_years": (("funding",), table["years"].to_numpy(dtype=float)),
        **{f"funding_{n}": (("funding",), _tier(terms, table, k)) for k, n in enumerate(("shared", "shared_after"))},
        "funding_charge": (("funding",), table["charge"].to_numpy(dtype=float)),
        "funding_alive": (("funding", "year"), _alive(inputs, terms, table)),
        "funding_filing": (("funding",), _text(s.filing for s in table["screen"])),
        "funding_delay": (("funding",), table["delay"].to_numpy(dtype=float)),
        "funding_delay_most": (
            ("funding",), np.where(table["filed"], [s.days_most for s in table["screen"]], 0.0)),
        "funding_free": (("funding",), np.array([s.free_share for s in table["screen"]], dtype=float)),
        "funding_most": (("funding",), np.array([s.voting_share for s in table["screen"]], dtype=float)),
        "funding_mitigation": (("funding",), _text(
            s.mitigation if f else "none" for s, f in zip(table["screen"], table["filed"], strict=True))),
        "funding_filed": (("funding",), table["filed"].to_numpy(dtype=bool)),
        "account_investor": (("account",), _text(a for a, _ in accounts)),
        "account_funding": (("account",), _text(f for _, f in accounts)),
        **{f"limit_{n}": (("limit",), _text(limits[n])) for n in ("kind", "investor", "cell", "base", "reason")},
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
    out = out.assign_coords({n: ((n,), v) for n, v in coords.items()})
    for name, (dims, values) in variables.items():
        out[name] = (dims, values)
    if terms.to_budget:
        out["budget_total"] = np.inf
        out["budget_available"] = xr.full_like(inputs["budget_available"], np.inf)
    return _running_costs(out)


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
        "accelerator_annual_charge": out["accelerator_overnight_cost"] * flat["accelerators"],
    }
    for name, part in less.items():
        dims = out[name].dims
        rest = (out[name] - part.assign_coords(owner=out["owner"]) if "owner" in dims else out[name] - part)
        # what rounding leaves below zero is zero
        out[name] = rest.transpose(*dims).where(abs(rest) > 1e-12, 0.0)
    return out


def _cells(inputs: xr.Dataset, place: Mapping[str, str]) -> pd.DataFrame:
    """Cells that can be built: class, place, year."""
    years = inputs["year"].values.tolist()
    campus = inputs["campus_buildable"].transpose("zone", "year").values
    equipped = campus & (inputs["accelerator_overnight_cost"].values > 0)[None, :]
    options = inputs["option_buildable"].sel(owner="programme").transpose("option", "year").values
    lines = inputs["corridor_buildable"].transpose("corridor", "year").values
    zones = inputs["zone"].values
    found: set[tuple[str, str, int]] = set()
    for names, where, flags in (
        (np.full(len(zones), "campus"), zones, campus),
        (np.full(len(zones), "accelerators"), zones, equipped),
        (np.full(len(lines), "corridors"), inputs["corridor_from"].values, lines),
        (inputs["option_technology"].values, inputs["option_zone"].values, options),
    ):
        found |= {(str(names[i]), place[where[i]], int(years[k])) for i, k in np.argwhere(flags)}
    order = {p: i for i, p in enumerate(dict.fromkeys(place[z] for z in zones.tolist()))}
    rows = [
        (f"{c} | {p} | {y}", c, p, y)
        for c in inputs["draw_class"].values.tolist()
        for y in years
        for p in sorted({p for d, p, z in found if (d, z) == (c, y)}, key=order.__getitem__)
    ]
    return pd.DataFrame(rows, columns=["cell", "asset_class", "place", "year"])


def _fundings(inputs: xr.Dataset, terms: CapitalTerms) -> pd.DataFrame:
    """One row for each funding; ``attrs["place"]`` maps zones to places."""
    zones = inputs["zone"].values.tolist()
    classes = inputs["draw_class"].values.tolist()
    offers: dict[str, dict[tuple[str, str], tuple[list[tuple[str, bool]], Screen]]] = {}
    for zone in zones:
        offers[zone] = {}
        for investor in terms.roster.investors.values():
            inside = stands_in(investor, zone, terms.zone_states.get(zone, (zone,)))
            for asset_class in classes:
                if not inside or investor.left_out or not covers(investor.sectors, asset_class):
                    offers[zone][investor.id, asset_class] = ([], Screen())
                    continue
                screen = terms.screen(investor, asset_class, zone)
                can = allowed_instruments(investor, asset_class, terms, screen)
                offers[zone][investor.id, asset_class] = (can, screen)
    place = _places(zones, offers)
    first = {p: next(z for z in zones if place[z] == p) for p in dict.fromkeys(place.values())}
    cells = _cells(inputs, place)
    rows = []
    for cell in cells.itertuples():
        for investor in terms.roster.investors.values():
            can, screen = offers[first[cell.place]][investor.id, cell.asset_class]
            for instrument, filed in can:
                charge, rate, years, tiers = yearly_charge(investor, instrument, cell.asset_class, terms)
                if filed:
                    own = terms.classes[cell.asset_class]
                    charge += screen.yearly_cost + screen.fee_share * annuity(rate, own.life)
                label = f"{investor.id} | {instrument}{' after filing' if filed else ''} | {cell.cell}"
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
    table.attrs["place"] = place
    return table


def _places(zones: list[str], offers: Mapping[str, Any]) -> dict[str, str]:
    """Zone -> place: zones with the same offers of everyone are one place."""
    groups: dict[str, list[str]] = {}
    for zone in zones:
        key = repr([(k, can, screen.bounds) for k, (can, screen) in offers[zone].items() if can])
        groups.setdefault(key, []).append(zone)
    largest = max(groups.values(), key=len)
    out = {}
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
    chance = [t.likelihood if t else c.likelihood if c else 0.0 for t, c in zip(talks, last, strict=True)]
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
        "investor_last_talk": (("investor",), _text(
            f"{t.date} {t.contact}".strip() if t else "" for t in talks)),
        "investor_in_view": (("investor",), np.array(
            [t.busd if t and t.busd == t.busd else 0.0 for t in talks], dtype=float)),
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


def _commitments(
    inputs: xr.Dataset, terms: CapitalTerms
) -> tuple[np.ndarray, np.ndarray]:
    """Cumulated commitment that the plan counts on, by investor and calendar year; sums as stated."""
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
        factor = total / whole if whole > 0 else 0.0
        stated = stated * factor
        counted = counted[:, -1:] * factor * path[None, :]
    return counted, stated


def _whole(
    people: list[Investor], terms: CapitalTerms, classes: list[str], last: int
) -> float:
    """What the roster brings in all, overlaps counted once [BUSD].

    As announced and by mandate alone, so that leaving someone out, a stricter rule or a
    conversation does not change what the others' sums are scaled by.
    """
    useful = {p.id for p in people if any(covers(p.sectors, str(c)) for c in classes)}
    useful |= {q for p in useful for q in terms.roster.containing(p)}
    return sum(
        sum(busd for year, busd in weighted(p.announced, terms.weighting) if year <= last)
        for p in people
        if p.id in useful and not terms.roster.containing(p.id)
    )


def _cleared(table: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Share of the first calendar year that is left after the longest review of an investor."""
    delays = table[table["filed"]].groupby("investor")["delay"].max()
    return np.array([max(0.0, 1.0 - float(delays.get(n, 0.0)) / 365.0) for n in names])


def _alive(inputs: xr.Dataset, terms: CapitalTerms, table: pd.DataFrame) -> np.ndarray:
    """Whether the assets of a funding stand in a planning year, as the model has it.

    Campuses with their equipment, which is replaced, and corridors outlive the horizon.
    """
    years = inputs["year"].values
    built = table["year"].to_numpy()
    lasting = table["asset_class"].isin(["campus", "accelerators", "corridors"]).to_numpy()
    life = np.array([terms.classes[c].life for c in table["asset_class"]])
    life = np.where(lasting, np.inf, life).reshape(-1, 1)
    stands: np.ndarray = (years[None, :] >= built[:, None]) & (years[None, :] < built[:, None] + life)
    return stands


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


def _state_of(roster: Roster, name: str) -> str:
    """The foreign state that has 49 % or more of an investor, or nothing."""
    held = {c: s for c, s in roster.governments(name).items() if c != "US" and s >= CONTROLLED}
    return next(iter(held), "")


def _limits(
    table: pd.DataFrame, cells: pd.DataFrame, terms: CapitalTerms, available: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Upper limits on sums of fundings, and which funding counts against which."""
    limits: list[tuple[str, str, str, str, str, float, str]] = []
    members: list[tuple[str, str]] = []

    def add(
        kind: str, investor: str, cell: str, base: str, value: float, reason: str, rows: pd.DataFrame, tag: str
    ) -> None:
        if len(rows):
            label = " | ".join(p for p in (kind, investor, tag or cell) if p)
            limits.append((label, kind, investor, cell, base, float(value), reason))
            members.extend((label, f) for f in rows["funding"])

    states = {n: _state_of(terms.roster, n) for n in terms.roster.investors}

    def group_of(name: str) -> str:
        # investors of one foreign state count as one holder
        return f"state {states[name]}" if states[name] else name

    for cell in cells.itertuples():
        here = table[table["cell"] == cell.cell]
        gearing = terms.classes[cell.asset_class].gearing
        borrowed = here[here["instrument"].isin(BORROWED)]
        add("gearing", "", cell.cell, "capital", gearing, f"debt at most {gearing:.0%} of the capital", borrowed, "")
        for name, own in terms.instruments.items():
            if own.largest_share < 1:
                reason = f"{name} at most {own.largest_share:.0%} of the capital"
                add("instrument", "", cell.cell, "capital", own.largest_share, reason,
                    here[here["instrument"] == name], f"{name} | {cell.cell}")  # fmt: skip
        owned = here[here["instrument"].isin(EQUITY)]
        for name, rows in owned.groupby("investor", sort=False):
            investor, screen = terms.roster.investors[str(name)], rows["screen"].iloc[0]
            own_most, cleared = investor.largest_share, screen.equity_share
            if min(own_most, cleared) < 1:
                why = screen.reason if cleared < own_most else f"mandate: at most {own_most:.0%} of the equity"
                add("holding", investor.id, cell.cell, "equity", min(own_most, cleared), why, rows, "")
        votes = owned[owned["instrument"].isin(VOTING)]
        for name, rows in votes.groupby(votes["investor"].map(group_of), sort=False):
            # the strictest of a state's investors
            screen = min(rows["screen"], key=lambda s: (s.free_share, s.voting_share))
            unfiled = rows[~rows["filed"]]
            if screen.free_share < 1:
                add("unfiled", str(name), cell.cell, "equity", screen.free_share, screen.reason, unfiled, "")
            if screen.voting_share < 1:
                add("voting", str(name), cell.cell, "equity", screen.voting_share, screen.reason, rows, "")
    for position, investor in enumerate(terms.roster.investors.values()):
        mine = table[table["investor"] == investor.id]
        if np.isfinite(investor.max_ticket):
            for (asset_class, year), rows in mine.groupby(["asset_class", "year"], sort=False):
                add("ticket", investor.id, "", "amount", investor.max_ticket,
                    f"mandate: at most {investor.max_ticket:g} BUSD in one class and year",
                    rows, f"{asset_class} {year}")  # fmt: skip
        if investor.concentration < 1:
            most = investor.concentration * available[position, -1]
            for sector, rows in mine.groupby(mine["asset_class"].map(sector_of), sort=False):
                add("concentration", investor.id, "", "amount", most,
                    f"mandate: at most {investor.concentration:.0%} of its commitment in {sector}",
                    rows, str(sector))  # fmt: skip
    names = ["limit", "kind", "investor", "cell", "base", "value", "reason"]
    return pd.DataFrame(limits, columns=names), pd.DataFrame(members, columns=["limit", "funding"])
