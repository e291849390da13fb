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
from gigaplan.deals.company.operation import Operating
from gigaplan.deals.company.schema import Tranche
from gigaplan.deals.functions import at, both, dot, high, low, ratio, same, total, where
from gigaplan.deals.ledger import Cell, Line, Row

PASSES = 6


@dataclass
class Loan:
    """A tranche: its planned service per dollar (or its own service), and its size."""

    tranche: Tranche
    index: int
    rate: Row
    factor: Row
    unit_service: Row | None
    cash_service: Row | None
    senior: list[Loan]
    own_service: Row | None = None


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
    whole: Any = 0.0
    for item in items:
        whole = whole + item
    late = f.money("construction.delay_cost", f.company.construction.delay_cost,
                   "Cost of a month of delay")  # fmt: skip
    if f.company.timeline.delay_months:
        monthly = monthly + where(f.month > planned, late, 0.0)
    row = f.built("spending", monthly, "Construction cost")
    cost = f.ledger.cell("Sources and uses", "construction_cost", total(row),
                         "Uses: construction", f.unit)  # fmt: skip
    return row, cost, items


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


def loans(f: Frame, op: Operating) -> list[Loan]:
    """Planned debt service of each tranche per dollar, before sizes are known."""
    found: list[Loan] = []
    for i, t in enumerate(f.company.debt.tranches):
        found.append(_loan(f, op, i, t, found))
    return found


def _loan(f: Frame, op: Operating, i: int, t: Tranche, senior: list[Loan]) -> Loan:
    place, name = f"debt.tranches.{i}", slug(t.name)
    rate = f.assume(f"{place}.rate", t.rate, f"{t.name}: interest") / f.per_year
    tenor = f.assume(f"{place}.tenor_years", t.tenor_years, f"{t.name}: tenor", "year") * f.per_year
    due: Any = None
    if t.maturity_years is not None:
        due = f.assume(f"{place}.maturity_years", t.maturity_years, f"{t.name}: maturity", "year")
        due = due * f.per_year
    elif t.repayment == "bullet":
        due = tenor
    again = t.refinancing
    new_rate: Any = rate
    if again is not None:
        new_rate = f.assume(f"{place}.refinancing.rate", again.rate,
                            f"{t.name} refinanced: interest") / f.per_year  # fmt: skip
    sheet = "Debt"
    rates = f.row(sheet, f"rate_{name}",
                  rate + 0.0 * f.period if due is None else where(f.period <= due, rate, new_rate),
                  f"{t.name}: interest rate of the period", "")  # fmt: skip
    factor = _factor(f, name, t.name, rates)
    if t.dscr is not None:
        cover = f.assume(f"{place}.dscr", t.dscr, f"{t.name}: coverage that sizes the loan", "x")
        last = tenor if due is None else due + (
            again.tenor_years * f.per_year if again is not None else 0
        )
        carried = f.row(sheet, f"carried_{name}",
                        where(f.period <= last, high(op.cash, 0.0) / cover, 0.0),
                        f"{t.name}: debt service that cash carries")  # fmt: skip
        return Loan(t, i, rates, factor, None, carried, list(senior))
    service = _unit_service(f, op, name, t, rates, factor, tenor, due)
    return Loan(t, i, rates, factor, service, None, [])


def _factor(f: Frame, name: str, label: str, rates: Row) -> Row:
    key = f"factor_{name}"
    (row,) = f.ledger.scan(
        "Debt", f.run, [Line(key, f"{label}: discount factor", "", 1.0)],
        lambda p, c, u: {key: getattr(p, key) / (1 + u["rate"])}, {"rate": rates},
    )  # fmt: skip
    return row


def _unit_service(
    f: Frame, op: Operating, name: str, t: Tranche, rates: Row, factor: Row, tenor: Any, due: Any
) -> Row:
    """Interest and principal per dollar of the loan, by period."""
    sheet = "Debt"
    grace = f.assume(f"debt.tranches.{t_index(f, t)}.grace_years", t.grace_years,
                     f"{t.name}: years without principal", "year") * f.per_year  # fmt: skip
    weights: Row | None = None
    if t.repayment == "sculpted":
        weights = f.row(sheet, f"weights_{name}",
                        where(f.period <= tenor, high(op.cash, 0.0), 0.0),
                        f"{t.name}: cash that shapes repayment")  # fmt: skip
        pool = f.ledger.cell(sheet, f"pool_{name}", dot(factor, weights),
                             f"{t.name}: worth of that cash", f.unit)  # fmt: skip
        shaped: Any = weights / pool
    again = t.refinancing
    new_end: Any = tenor if due is None else due
    new_part: Any = 0.0
    if again is not None:
        new_end = due + again.tenor_years * f.per_year
        if again.repayment == "sculpted":
            later = f.row(sheet, f"weights_{name}_refinanced",
                          where(both(f.period > due, f.period <= new_end), high(op.cash, 0.0), 0.0),
                          f"{t.name} refinanced: cash that shapes repayment")  # fmt: skip
            worth = f.ledger.cell(sheet, f"pool_{name}_refinanced", dot(factor, later),
                                  f"{t.name} refinanced: worth of that cash", f.unit)  # fmt: skip
            start = f.ledger.cell(sheet, f"factor_{name}_at_maturity",
                                  at(factor, _periods(f, t)), f"{t.name}: factor at maturity", "")  # fmt: skip
            new_part = later * start / worth
    uses = {
        "period": f.period, "rate": rates, "tenor": _cell(f, f"term_{name}", tenor, t.name),
        "grace": _cell(f, f"grace_{name}", grace, t.name),
        "due": None if due is None else _cell(f, f"due_{name}", due, t.name),
        "end": _cell(f, f"end_{name}", new_end, t.name),
        "shape": 0.0 if weights is None else f.row(sheet, f"shape_{name}", shaped,
                                                   f"{t.name}: service per dollar", ""),
        "new": new_part if isinstance(new_part, float) else f.row(
            sheet, f"shape_{name}_refinanced", new_part,
            f"{t.name} refinanced: service per dollar due", ""),
    }  # fmt: skip
    keys = (f"unit_interest_{name}", f"unit_principal_{name}", f"unit_balance_{name}",
            f"unit_due_{name}")  # fmt: skip

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        balance, owed = getattr(p, keys[2]), getattr(p, keys[3])
        interest = balance * u["rate"]
        left = u["tenor"] - u["period"] + 1
        if t.repayment == "level":
            paid: Any = _annuity(u["rate"], left, balance, t.rate)
        elif t.repayment == "equal":
            paid = ratio(balance, left)
        elif t.repayment == "sculpted":
            paid = u["shape"] - interest
        else:
            paid = 0.0
        first_end = u["tenor"] if u["due"] is None else u["due"]
        principal = where(both(u["period"] > u["grace"], u["period"] <= first_end), paid, 0.0)
        if u["due"] is not None and again is None:
            principal = where(same(u["period"], u["due"]), balance, principal)
        if again is not None:
            rest = u["end"] - u["period"] + 1
            if again.repayment == "level":
                later: Any = _annuity(u["rate"], rest, balance, again.rate)
            elif again.repayment == "equal":
                later = ratio(balance, rest)
            else:
                later = u["new"] * owed - interest
            inside = both(u["period"] > u["due"], u["period"] <= u["end"])
            principal = where(inside, later, principal)
        now = balance - principal
        kept = owed if u["due"] is None else where(u["period"] <= u["due"], now, owed)
        return {keys[0]: interest, keys[1]: principal, keys[2]: now, keys[3]: kept}

    interest, principal, *_ = f.ledger.scan(
        sheet, f.run,
        [Line(keys[0], f"{t.name}: interest per dollar", ""),
         Line(keys[1], f"{t.name}: principal per dollar", ""),
         Line(keys[2], f"{t.name}: balance per dollar", "", 1.0),
         Line(keys[3], f"{t.name}: balance at maturity per dollar", "", 1.0)],
        step, uses,
    )  # fmt: skip
    return f.row(sheet, f"unit_service_{name}", interest + principal,
                 f"{t.name}: service per dollar of the loan", "")  # fmt: skip


def _annuity(rate: Any, left: Any, balance: Any, known: float) -> Any:
    """Principal of a level payment with ``left`` periods to go, this one included."""
    if known == 0:
        return ratio(balance, left)
    return ratio(balance * rate, (1 + rate) ** left - 1)


def _periods(f: Frame, t: Tranche) -> int:
    years = t.maturity_years if t.maturity_years is not None else t.tenor_years
    return years * f.step


def t_index(f: Frame, t: Tranche) -> int:
    """The place of a tranche in the case."""
    return [x.name for x in f.company.debt.tranches].index(t.name)


def _cell(f: Frame, name: str, term: Any, label: str) -> Cell:
    word = name.split("_")[0]
    words = {"term": "periods of repayment", "grace": "periods without principal",
             "due": "period of maturity", "end": "last period"}  # fmt: skip
    return f.ledger.cell("Debt", name, term + 0.0, f"{label}: {words[word]}", f.run.unit)


@dataclass
class Funded:
    """Sources and uses after the last pass, and the draws by month."""

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
    scale: Cell


def fund(f: Frame, op: Operating, every: list[Loan], spent: Row, cost: Cell) -> Funded:
    """Solve total cost, then draw equity and debt month by month."""
    other = f.money("construction.other", f.company.construction.other, "Other cost at closing")
    guess: Any = f.ledger.cell("Funding passes", "pass_0_cost",
                               cost + other + op.first_working, "Pass 0: total cost, first guess", f.unit)  # fmt: skip
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


def _sizes(f: Frame, every: list[Loan], uses: Any, mark: str, sheet: str) -> tuple[list[Cell], Cell]:
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


def _draw(
    f: Frame, op: Operating, every: list[Loan], spent: Row, other: Any, uses: Any, mark: str
) -> Funded:
    """One pass: sizes at the assumed total cost, draws by month, the total cost that results."""
    ledger, unit = f.ledger, f.unit
    sheet = "Funding passes" if mark else "Sources and uses"
    months = "Funding passes months" if mark else "Construction"
    sizes, scale = _sizes(f, every, uses, mark, sheet)
    debt: Any = 0.0
    interest: Any = 0.0
    commit: Any = 0.0
    upfront: Any = 0.0
    first: Any = 0.0
    for loan, size in zip(every, sizes, strict=True):
        t, place = loan.tranche, f"debt.tranches.{loan.index}"
        known = t.construction_rate if t.construction_rate is not None else t.rate
        rate = f.assume(f"{place}.construction_rate", known, f"{t.name}: interest in construction")
        fee = f.assume(f"{place}.commitment_fee", t.commitment_fee, f"{t.name}: commitment fee")
        begin = f.assume(f"{place}.upfront_fee", t.upfront_fee, f"{t.name}: upfront fee")
        debt = debt + size
        interest, commit = interest + size * rate, commit + size * fee
        upfront = upfront + size * begin
        if loan.unit_service is not None:
            first = first + size * at(loan.unit_service, 1)
        else:
            assert loan.own_service is not None
            first = first + at(loan.own_service, 1) * scale
    total_debt = ledger.cell(sheet, f"{mark}debt", debt + 0.0, "Sources: all loans", unit)
    equity = ledger.cell(sheet, f"{mark}equity", uses - total_debt, "Sources: equity", unit)
    held = f.assume("debt.reserve_months", f.company.debt.reserve_months,
                    "Debt service reserve", "months of service")  # fmt: skip
    reserve = ledger.cell(sheet, f"{mark}first_reserve", held / 12 * f.per_year * first,
                          "Uses: debt service reserve", unit)  # fmt: skip
    blended = ledger.cell(sheet, f"{mark}rate", ratio(interest, total_debt) / 12,
                          "Interest of construction, a month", "")  # fmt: skip
    charge = ledger.cell(sheet, f"{mark}commitment", ratio(commit, total_debt) / 12,
                         "Commitment fee, a month", "")  # fmt: skip
    at_closing = ledger.cell(sheet, f"{mark}upfront", upfront + other,
                             "Uses: fees and other cost at closing", unit)  # fmt: skip
    at_end = ledger.cell(sheet, f"{mark}end", reserve + op.first_working,
                         "Uses: reserves at the start of operation", unit)  # fmt: skip
    kind = f.company.construction.funding
    gain = f.assume("construction.cash_rate", f.company.construction.cash_rate,
                    "Interest on undrawn cash")  # fmt: skip
    share = ledger.cell(sheet, f"{mark}gearing", ratio(total_debt, uses), "Debt, share of cost", "")
    keys = {k: f"{mark}{k}" for k in ("interest", "fees", "month_uses", "equity_draw", "debt_draw",
                                      "loan_balance", "equity_paid", "cash")}  # fmt: skip

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

    if kind == "at_closing":
        own0, debt0 = equity, total_debt
        cash0: Any = equity + total_debt - at_closing
    elif kind == "equity_first":
        own0 = low(at_closing, equity)
        debt0, cash0 = at_closing - own0, 0.0
    else:
        debt0 = at_closing * share
        own0, cash0 = at_closing - debt0, 0.0
    rows = ledger.scan(
        months, f.build,
        [Line(keys["interest"], "Interest less interest on cash", unit),
         Line(keys["fees"], "Commitment fees", unit),
         Line(keys["month_uses"], "Uses of the month", unit, at_closing),
         Line(keys["equity_draw"], "Equity drawn", unit, own0),
         Line(keys["debt_draw"], "Debt drawn", unit, debt0),
         Line(keys["loan_balance"], "Debt outstanding", unit, debt0),
         Line(keys["equity_paid"], "Equity paid in", unit, own0),
         Line(keys["cash"], "Undrawn cash", unit, cash0)],
        step,
        {"spent": spent, "rate": blended, "charge": charge, "debt": total_debt, "equity": equity,
         "share": share, "month": f.month, "months": f.months + 0.0, "end": at_end,
         "gain": ledger.cell(sheet, f"{mark}gain", gain / 12, "Interest on cash, a month", "")},
    )  # fmt: skip
    carried, fee_row, need, own, borrowed, balance, *_ = rows
    found = ledger.cell(sheet, f"{mark}uses", total(need), "Uses: total cost", unit)
    financed = ledger.cell(sheet, f"{mark}capitalised", total(carried) + total(fee_row),
                           "Uses: interest and commitment fees in construction", unit)  # fmt: skip
    return Funded(found, equity, total_debt, own, borrowed, balance, carried, fee_row, reserve,
                  financed, sizes, scale)  # fmt: skip
