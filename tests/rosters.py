"""Small rosters on the random systems, for property tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from gigaplan.inputs.capital import add_capital
from gigaplan.inputs.capital_terms import CapitalTerms, ClassTerms, InstrumentTerms, Screen
from gigaplan.inputs.check import finish
from gigaplan.programme.roster import Commitment, Investor, Roster

FOREVER = 4000.0
INSTRUMENTS = {
    "common": InstrumentTerms(0.0, 1.0, 0.0),
    "preferred": InstrumentTerms(-0.01, 0.25, 0.0),
    "fund": InstrumentTerms(0.015, 1.0, 0.0),
    "debt": InstrumentTerms(0.0, 1.0, 0.0),
    "vendor": InstrumentTerms(0.01, 0.2, 4.0),
    "grant": InstrumentTerms(0.0, 0.1, 0.0),
}
# flat charges that lie within the random systems' annual charges
FLAT = {"campus": 0.1, "accelerators": 0.244, "corridors": 0.02, "fabs": 0.15, "equipment": 0.07}
POWER = 0.05


def investor(name: str, busd: float, year: int = 2026, **changes: object) -> Investor:
    """An investor without limits whose return is 8 % unless changed."""
    plain = Investor(
        name, name, "US", "corporate", {}, {}, (), ("dc", "power", "transmission"), ("all",),
        ("common",), 0.08, {}, 0.0, np.inf, 1.0, 1.0, None, (), "",
        (Commitment(year, busd, "signed", 1.0),), (), (Commitment(year, busd, "signed", 1.0),),
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def flat_investor(busd: float) -> Investor:
    """One purse as an investor; with :func:`flat_classes` it asks for the flat charge."""
    sectors = ("dc", "power", "transmission", "chips")
    return investor("purse", busd, base_return=POWER, sectors=sectors)


def flat_classes(inputs: xr.Dataset) -> dict[str, ClassTerms]:
    """Classes whose adders make a return of ``POWER`` the flat charge of each."""
    plain = terms(inputs, []).classes
    return {c: replace(t, equity_adder=t.reference - POWER) for c, t in plain.items()}


def terms(inputs: xr.Dataset, investors: list[Investor], **changes: object) -> CapitalTerms:
    """Terms under which every class lasts for ever, so that a return is a yearly charge."""
    classes = {
        str(c): ClassTerms((1.0,), FOREVER, 0.5, 0.05, 15.0, 0.0, FLAT.get(str(c), POWER))
        for c in inputs["draw_class"].values
    }
    roster = Roster({i.id: i for i in investors})
    zones = {str(z): (str(z),) for z in inputs["zone"].values}
    plain = CapitalTerms(roster, classes, INSTRUMENTS, 0.0, 0.05, zones)
    return replace(plain, **changes)  # type: ignore[arg-type]


def with_roster(inputs: xr.Dataset, investors: list[Investor], **changes: object) -> xr.Dataset:
    """The inputs with a roster in place of the budget."""
    free = inputs.copy()
    free["budget_total"] = np.inf
    free["budget_available"] = xr.full_like(inputs["budget_available"], np.inf)
    return finish(add_capital(free, terms(inputs, investors, **changes)))


def coalition(rng: np.random.Generator, size: int = 4, total: float = 60.0) -> list[Investor]:
    """A random coalition: mandates, limits, lenders, vehicles and foreign money."""
    out = []
    sectors = [("dc", "power", "transmission"), ("dc",), ("power",), ("dc", "power")]
    for k in range(size):
        limits = {
            "base_return": float(rng.uniform(0.05, 0.12)),
            "country": "US" if rng.random() < 0.5 else "AE",
            "sectors": sectors[int(rng.integers(len(sectors)))] if k else sectors[0],
            "instruments": ("common", "preferred", "debt") if k % 2 else ("common", "fund"),
            "largest_share": float(rng.choice([1.0, 0.4])) if k else 1.0,
            "concentration": float(rng.choice([1.0, 0.7])) if k else 1.0,
            "max_ticket": float(rng.choice([np.inf, 5.0])) if k else np.inf,
            "within": ("i0",) if k == 1 and rng.random() < 0.5 else (),
        }
        year = 2026 if k == 0 else int(rng.choice([2026, 2027]))
        out.append(investor(f"i{k}", float(total / size * rng.uniform(0.5, 1.5)), year, **limits))
    return out


def scarce_coalition(inputs: xr.Dataset) -> xr.Dataset:
    """A coalition in which every rule of the capital layer costs something."""
    early = inputs.copy(deep=True)
    draw = early["draw"].transpose("draw_class", "year", "calendar")
    # half of what enters service in the first year is drawn in the first calendar year
    draw[:, 0, :] = 0.0
    draw[:, 0, 0] = draw[:, 0, 2] = 0.5
    early["draw"] = draw
    people = [
        investor("home", 6.0, base_return=0.1, instruments=("common", "preferred")),
        investor("bank", 40.0, base_return=0.05, instruments=("debt",)),
        investor("small", 20.0, base_return=0.06, max_ticket=0.5, concentration=0.2),
        investor(
            "abroad", 4.0, country="AE", base_return=0.05, governments={"AE": 1.0},
            instruments=("common",), commitments=(Commitment(2026, 4.0, "signed", 1.0),),
        ),
    ]  # fmt: skip

    def screen(who: Investor, asset_class: str, zone: str) -> Screen:
        if who.country == "US":
            return Screen()
        return Screen(0.35, 0.05, 0.35, filing="notice", delay_days=300.0, reason="a rule")

    return with_roster(early, people, screen=screen)
