"""The roster as inputs: who can pay for what, at what yearly charge, within which limits.

Only fundings that the mandate and the clearance allow exist (:mod:`capital_fundings`), so the layer
stays small.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.errors import InputError, Problem
from gigaplan.incremental import Incremental
from gigaplan.inputs.capital_fundings import alive, cells_of, fundings_of, tier_shares
from gigaplan.inputs.capital_limits import limits_of, records
from gigaplan.inputs.capital_terms import CapitalTerms, covers, weighted
from gigaplan.programme.roster import COMPANY, EQUITY, Investor

COLUMNS = ("investor", "instrument", "cell")
LIMIT_TEXT = ("kind", "investor", "cell", "base", "reason")


def add_capital(
    inputs: xr.Dataset, terms: CapitalTerms, kept: Incremental | None = None
) -> xr.Dataset:
    """The inputs with the capital layer; the programme's charges keep running costs only.

    With ``to_budget`` the commitments are scaled by one factor so that their sum, overlaps counted
    once, follows the budget, and the budget itself limits nothing any more.
    """
    out = inputs.copy()
    kept = Incremental() if kept is None else kept
    table, place = kept.result("fundings", fundings_of, inputs, terms)
    if table.empty:
        return _unpaid(inputs, place)
    names = list(terms.roster.investors)
    available, stated = _commitments(inputs, terms)
    cells = cells_of(inputs, place)
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
        "funding_shared": (("funding",), tier_shares(terms, table, 0)),
        "funding_shared_after": (("funding",), tier_shares(terms, table, 1)),
        "funding_charge": (("funding",), table["charge"].to_numpy(dtype=float)),
        "funding_alive": (("funding", "year"), alive(inputs, terms, table)),
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
    if cells_of(inputs, place).empty:
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
    rests = {}
    for name, part in less.items():
        dims = out[name].dims
        rest = (
            out[name] - part.assign_coords(owner=out["owner"])
            if "owner" in dims
            else out[name] - part
        )
        # what rounding leaves below zero is zero
        rests[name] = rest.transpose(*dims).where(abs(rest) > 1e-12, 0.0).variable
    return out.assign(rests)


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
