"""Sizes of the loans and the funding of construction, solved together.

Total cost holds interest during construction, fees and the first debt service reserve, which
depend on the loans, whose sizes depend on total cost. The loop is solved by secant steps written
out as passes, each with its own months, so that the workbook solves it without macros.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gigaplan.deals.company.frame import Frame, slug
from gigaplan.deals.company.loans import Loan
from gigaplan.deals.company.operation import Operating
from gigaplan.deals.functions import at, dot, high, low, ratio, total, where
from gigaplan.deals.ledger import Line
from gigaplan.deals.terms import Cell, Row

PASSES = 6


def spending(f: Frame) -> tuple[Row, Cell, list[Cell]]:
    """Cost by month without financing, its total, and the total of each item."""
    planned = f.company.timeline.construction_months
    items: list[Cell] = []
    monthly: Any = 0.0
    for i, cost in enumerate(f.company.construction.costs):
        place = f"construction.costs.{i}"
        amount = f.money(f"{place}.amount", cost.amount, f"{cost.name}: cost")
        items.append(
            f.ledger.cell("Sources and uses", f"cost_of_{slug(cost.name)}", amount + 0.0,
                          f"Uses: {cost.name}", f.unit)
        )  # fmt: skip
        shares = np.zeros(f.months + 1)
        shares[1 : planned + 1] = _shape(cost.spend, planned)
        spend = f.ledger.schedule(f"spend_{slug(cost.name)}", shares, f.build,
                                  f"{cost.name}: share spent", "", "case file")  # fmt: skip
        monthly = monthly + items[-1] * spend
    late = f.money("construction.delay_cost", f.company.construction.delay_cost,
                   "Cost of a month of delay")  # fmt: skip
    if f.company.timeline.delay_months:
        monthly = monthly + where(f.month > planned, late, 0.0)
    row = f.built("spending", monthly, "Construction cost")
    whole = f.ledger.cell("Sources and uses", "construction_cost", total(row),
                          "Uses: construction", f.unit)  # fmt: skip
    return row, whole, items


def _shape(spend: Any, months: int) -> np.ndarray:
    if isinstance(spend, tuple):
        shares = np.zeros(months)
        shares[: len(spend)] = spend
        return shares
    edges = np.linspace(0.0, 1.0, months + 1)
    if spend == "s-curve":
        done = 3 * edges**2 - 2 * edges**3
    elif spend == "front":
        done = 1 - (1 - edges) ** 2
    elif spend == "back":
        done = edges**2
    else:
        done = edges
    return np.diff(done)


@dataclass
class Funded:
    """Sources and uses after the last pass, and the draws by month.

    ``calls`` by investor and ``lent`` by loan where funding goes by item.
    """

    uses: Cell
    equity: Cell
    debt: Cell
    equity_draws: Row
    debt_draws: Row
    balance: Row
    interest: Row
    fees: Row
    reserve: Cell
    capitalised: Cell
    sizes: list[Cell]
    scale: Cell | None = None
    calls: dict[str, Row] | None = None
    lent: dict[int, Row] | None = None


def fund(
    f: Frame, op: Operating, every: list[Loan], spent: Row, cost: Cell, items: list[Cell]
) -> Funded:
    """Solve total cost, then draw equity and debt month by month."""
    if f.company.construction.funding == "by_item":
        from gigaplan.deals.company.by_item import fund_by_item

        return fund_by_item(f, op, every, spent, items)
    other = f.money("construction.other", f.company.construction.other, "Other cost at closing")
    guess: Any = f.ledger.cell(
        "Funding passes",
        "pass_0_cost",
        cost + other + op.first_working,
        "Pass 0: total cost, first guess",
        f.unit,
    )
    if not every and f.company.construction.funding != "at_closing":
        return _draw(f, op, every, spent, other, guess, "")
    before: Any = None
    for k in range(PASSES):
        done = _draw(f, op, every, spent, other, guess, f"pass_{k}_")
        gap = f.ledger.cell("Funding passes", f"pass_{k}_gap", done.uses - guess,
                            f"Pass {k}: cost found less cost assumed", f.unit)  # fmt: skip
        if before is None:
            step: Any = gap + 0.0
        else:
            slope = gap - before[1]
            step = 0 - ratio(gap * (guess - before[0]), slope)
        before = (guess, gap)
        guess = f.ledger.cell("Funding passes", f"pass_{k + 1}_cost", guess + step,
                              f"Pass {k + 1}: total cost", f.unit)  # fmt: skip
    return _draw(f, op, every, spent, other, guess, "")


def _sizes(
    f: Frame, every: list[Loan], uses: Any, mark: str, sheet: str
) -> tuple[list[Cell], Cell]:
    """The size of each loan at a total cost, and the scale of the gearing cap."""
    wanted: list[Cell] = []
    for loan in every:
        t, place = loan.tranche, f"debt.tranches.{loan.index}"
        if t.gearing is not None:
            size: Any = f.assume(f"{place}.gearing", t.gearing, f"{t.name}: share of cost") * uses
        elif t.amount is not None:
            size = f.money(f"{place}.amount", t.amount, f"{t.name}: amount") + 0.0
        else:
            loan.own_service = _own_service(f, loan, wanted, mark)
            size = dot(loan.factor, loan.own_service)
        wanted.append(
            f.ledger.cell(sheet, f"{mark}wanted_{slug(t.name)}", size,
                          f"{t.name}: size before the gearing cap", f.unit)
        )  # fmt: skip
    every_dollar: Any = 0.0
    for cell in wanted:
        every_dollar = every_dollar + cell
    cap = f.assume("debt.gearing_cap", f.company.debt.gearing_cap, "Largest share of debt")
    limit = where(every_dollar > cap * uses, ratio(cap * uses, every_dollar), 1.0)
    scale = f.ledger.cell(sheet, f"{mark}scale", limit, "Scale of the loans by the gearing cap", "")
    sizes = [
        f.ledger.cell(sheet, f"{mark}size_{slug(x.tranche.name)}", w * scale,
                      f"Sources: {x.tranche.name}", f.unit)
        for x, w in zip(every, wanted, strict=True)
    ]  # fmt: skip
    return sizes, scale


def _own_service(f: Frame, loan: Loan, wanted: list[Cell], mark: str) -> Row:
    """What cash over coverage leaves for a loan after the service of the loans before it."""
    assert loan.cash_service is not None
    name, t = slug(loan.tranche.name), loan.tranche.name
    left: Any = loan.cash_service
    for senior in loan.senior:
        assert senior.unit_service is not None  # one loan only is sized by coverage
        left = left - senior.unit_service * wanted[senior.index]
    sheet = "Funding passes service" if mark else "Debt"
    term = where(loan.cash_service > 0, high(left, 0.0), 0.0)
    return f.row(sheet, f"{mark}service_{name}", term, f"{t}: service before the gearing cap")


@dataclass
class _Loans:
    """All loans of a pass as one: debt, rates of a month, uses that it brings."""

    debt: Cell
    equity: Cell
    rate: Cell
    charge: Cell
    at_closing: Cell
    reserve: Cell
    at_end: Cell
    share: Cell


def _blend(
    f: Frame, op: Operating, every: list[Loan], sizes: list[Cell], scale: Cell, other: Any,
    uses: Any, mark: str,
) -> _Loans:  # fmt: skip
    """Debt and equity at the assumed total cost, interest and fees of all loans together."""
    ledger, unit = f.ledger, f.unit
    sheet = "Funding passes" if mark else "Sources and uses"
    debt: Any = 0.0
    interest: Any = 0.0
    commit: Any = 0.0
    upfront: Any = 0.0
    first: Any = 0.0
    for loan, size in zip(every, sizes, strict=True):
        rate, fee, begin = building_terms(f, loan)
        debt = debt + size
        interest, commit = interest + size * rate, commit + size * fee
        upfront = upfront + size * begin
        if loan.tranche.repaid_from == "credits":
            continue
        if loan.unit_service is not None:
            first = first + size * at(loan.unit_service, 1)
        else:
            assert loan.own_service is not None
            first = first + at(loan.own_service, 1) * scale
    total_debt = ledger.cell(sheet, f"{mark}debt", debt + 0.0, "Sources: all loans", unit)
    equity = ledger.cell(sheet, f"{mark}equity", uses - total_debt, "Sources: equity", unit)
    reserve = ledger.cell(sheet, f"{mark}first_reserve", first_reserve(f, first),
                          "Uses: debt service reserve", unit)  # fmt: skip
    blended = ledger.cell(sheet, f"{mark}rate", ratio(interest, total_debt) / 12,
                          "Interest of construction, a month", "")  # fmt: skip
    charge = ledger.cell(sheet, f"{mark}commitment", ratio(commit, total_debt) / 12,
                         "Commitment fee, a month", "")  # fmt: skip
    at_closing = ledger.cell(sheet, f"{mark}upfront", upfront + other,
                             "Uses: fees and other cost at closing", unit)  # fmt: skip
    at_end = ledger.cell(sheet, f"{mark}end", reserve + op.first_working,
                         "Uses: reserves at the start of operation", unit)  # fmt: skip
    share = ledger.cell(sheet, f"{mark}gearing", ratio(total_debt, uses), "Debt, share of cost", "")
    return _Loans(total_debt, equity, blended, charge, at_closing, reserve, at_end, share)


def building_terms(f: Frame, loan: Loan) -> tuple[Cell, Cell, Cell]:
    """Interest in construction, commitment fee and upfront fee of a loan."""
    t, place = loan.tranche, f"debt.tranches.{loan.index}"
    known = t.construction_rate if t.construction_rate is not None else t.rate
    rate = f.assume(f"{place}.construction_rate", known, f"{t.name}: interest in construction")
    fee = f.assume(f"{place}.commitment_fee", t.commitment_fee, f"{t.name}: commitment fee")
    return rate, fee, f.assume(f"{place}.upfront_fee", t.upfront_fee, f"{t.name}: upfront fee")


def first_reserve(f: Frame, first: Any) -> Any:
    """Debt service reserve that sources of funds fill; none where cash of operation does."""
    held = f.assume("debt.reserve_months", f.company.debt.reserve_months,
                    "Debt service reserve", "months of service")  # fmt: skip
    if f.company.debt.reserve_funding == "from_cash":
        return 0.0
    return held / 12 * f.per_year * first


_MONTHLY = (
    ("interest", "Interest less interest on cash"), ("fees", "Commitment fees"),
    ("month_uses", "Uses of the month"), ("equity_draw", "Equity drawn"),
    ("debt_draw", "Debt drawn"), ("loan_balance", "Debt outstanding"),
    ("equity_paid", "Equity paid in"), ("cash", "Undrawn cash"),
)  # fmt: skip


def _month(kind: str, keys: dict[str, str]) -> Any:
    """The step of a month: what is used, and who pays it."""

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        loan, paid, cash = (getattr(p, keys[k]) for k in ("loan_balance", "equity_paid", "cash"))
        carry = loan * u["rate"] - cash * u["gain"]
        fees = (u["debt"] - loan) * u["charge"]
        need = u["spent"] + carry + fees + where(u["month"] >= u["months"], u["end"], 0.0)
        if kind == "at_closing":
            own: Any = 0.0 * need
            borrowed: Any = 0.0 * need
        elif kind == "equity_first":
            own = high(low(need, u["equity"] - paid), 0.0)
            borrowed = need - own
        else:
            borrowed = need * u["share"]
            own = need - borrowed
        return {
            keys["interest"]: carry, keys["fees"]: fees, keys["month_uses"]: need,
            keys["equity_draw"]: own, keys["debt_draw"]: borrowed,
            keys["loan_balance"]: loan + borrowed, keys["equity_paid"]: paid + own,
            keys["cash"]: cash + own + borrowed - need if kind == "at_closing" else 0.0 * need,
        }  # fmt: skip

    return step


def _at_closing(kind: str, x: _Loans) -> tuple[Any, Any, Any]:
    """Equity and debt drawn at closing, and the cash that stays undrawn."""
    if kind == "at_closing":
        return x.equity, x.debt, x.equity + x.debt - x.at_closing
    own: Any
    if kind == "equity_first":
        own = low(x.at_closing, x.equity)
        return own, x.at_closing - own, 0.0
    borrowed = x.at_closing * x.share
    return x.at_closing - borrowed, borrowed, 0.0


def _draw(
    f: Frame, op: Operating, every: list[Loan], spent: Row, other: Any, uses: Any, mark: str
) -> Funded:
    """One pass: sizes at the assumed total cost, draws by month, the total cost that results."""
    ledger, unit = f.ledger, f.unit
    sheet = "Funding passes" if mark else "Sources and uses"
    months = "Funding passes months" if mark else "Construction"
    sizes, scale = _sizes(f, every, uses, mark, sheet)
    x = _blend(f, op, every, sizes, scale, other, uses, mark)
    kind = f.company.construction.funding
    gain = f.assume("construction.cash_rate", f.company.construction.cash_rate,
                    "Interest on undrawn cash")  # fmt: skip
    keys = {k: f"{mark}{k}" for k, _ in _MONTHLY}
    own0, debt0, cash0 = _at_closing(kind, x)
    firsts = {"month_uses": x.at_closing, "equity_draw": own0, "debt_draw": debt0,
              "loan_balance": debt0, "equity_paid": own0, "cash": cash0}  # fmt: skip
    rows = ledger.scan(
        months, f.build, [Line(keys[k], word, unit, firsts.get(k, 0.0)) for k, word in _MONTHLY],
        _month(kind, keys),
        {"spent": spent, "rate": x.rate, "charge": x.charge, "debt": x.debt, "equity": x.equity,
         "share": x.share, "month": f.month, "months": f.months + 0.0, "end": x.at_end,
         "gain": ledger.cell(sheet, f"{mark}gain", gain / 12, "Interest on cash, a month", "")},
    )  # fmt: skip
    carried, fee_row, need, own, borrowed, balance, *_ = rows
    found = ledger.cell(sheet, f"{mark}uses", total(need), "Uses: total cost", unit)
    financed = ledger.cell(sheet, f"{mark}capitalised", total(carried) + total(fee_row),
                           "Uses: interest and commitment fees in construction", unit)  # fmt: skip
    return Funded(found, x.equity, x.debt, own, borrowed, balance, carried, fee_row, x.reserve,
                  financed, sizes, scale)  # fmt: skip
