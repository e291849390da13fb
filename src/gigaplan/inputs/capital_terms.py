"""Terms of the capital layer: who may pay for what, and at what yearly charge.

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

from gigaplan.incremental import Viewed
from gigaplan.inputs.context import annuity, interest_during_construction
from gigaplan.programme.roster import BORROWED, FIRM, GRANT, Commitment, Investor, Roster

# movable: no land, so neither places nor land laws tell zones apart
MOVABLE = ("accelerators", "equipment")
EVERYWHERE = "everywhere"
VOTING = ("common", "preferred")
CONTROLLED = 0.49  # of one state: its investors' holdings are added (31 CFR 800.244)
SECTORS: dict[str, tuple[str, ...]] = {
    "dc": ("campus", "accelerators", "equipment"),
    "chips": ("fabs",),
    "transmission": ("corridors",),
    "turbines": ("gas_",),
    "fuel_cells": ("fuel_cell",),
    "nuclear": ("nuclear", "onsite_smr"),
    "storage": ("battery", "onsite_battery"),
    "clean": (
        "wind", "solar", "nuclear", "battery", "geothermal", "hydro",
        "onsite_solar", "onsite_battery", "onsite_smr",
    ),
}  # fmt: skip


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
    it, and ``equity_share`` all equity with fund interests: shares of a class's equity.  What lies
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
class CapitalTerms(Viewed):
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
            hit = asset_class not in ("campus", "accelerators", "corridors", "fabs")
        else:
            hit = any(asset_class.startswith(p) for p in SECTORS.get(sector, ()))
        if hit:
            found.append(sector)
    return found


def sector_of(asset_class: str) -> str:
    """The sector that concentration is measured in."""
    if asset_class in ("campus", "accelerators"):
        return "dc"
    return {"corridors": "transmission", "fabs": "chips"}.get(asset_class, "power")


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
            out += (
                [(name, True)] if screen.filing and screen.voting_share > screen.free_share else []
            )
        open_to = {
            "fund": equity and screen.fund_open and screen.free_share < 1,
            "debt": screen.lend and terms.classes[asset_class].gearing > 0,
            # a grant is no holding, so nothing is reviewed
            GRANT: any(c.busd > 0 for c in investor.commitments),
            "vendor": asset_class == "accelerators" and "accelerators" in investor.in_kind,
        }
        if open_to.get(name):
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
        own_kinds = ("campus", "accelerators", "corridors", "fabs")
        kind = asset_class if asset_class in own_kinds else "power"
        base = investor.base_return or 0.0
        nominal = investor.returns.get(kind, base + own.equity_adder)
    return real(max(nominal + points, 0.0), terms.inflation)


def yearly_charge(
    investor: Investor, instrument: str, asset_class: str, terms: CapitalTerms
) -> tuple[float, float, float, bool]:
    """Charge [1/year], real return asked for [1/year], years of payments, whether by two tiers."""
    own = terms.classes[asset_class]
    if instrument == GRANT:
        return 0.0, 0.0, 0.0, False
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
    for _ in range(round(life)):
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
