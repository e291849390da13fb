"""The cash cascade of operation: debt service, tax, reserve, sweep, lock-up, distribution.

Each period, in this order: cash available, interest on reserves and cash for credits sold; debt
service as planned, as far as a loan is still owed; income tax of the company; the debt service
reserve, drawn when cash is short; prepayment; cash locked up while coverage is low. What is still
short is paid in by the owners, and shown as support.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gigaplan.deals.company.frame import Frame, slug
from gigaplan.deals.company.funding import Funded
from gigaplan.deals.company.loans import Loan
from gigaplan.deals.company.operation import Operating
from gigaplan.deals.company.tax import Credits
from gigaplan.deals.functions import ahead, both, high, low, ratio, shifted, where
from gigaplan.deals.ledger import Line
from gigaplan.deals.terms import Row


@dataclass
class Cascade:
    """What the owners get and what the lenders are covered by."""

    distribution: Row
    tax: Row
    service: Row
    coverage: Row
    balance: Row
    to_owners: Row


def cascade(
    f: Frame, op: Operating, every: list[Loan], funded: Funded, credits: Credits
) -> Cascade:
    """Run the cascade over all operating periods."""
    names = [slug(x.tranche.name) for x in every]
    carried = f.company.tax.losses == "carried_forward"
    uses = _uses(f, op, every, funded, credits)
    bridges = [n for n, x in zip(names, every, strict=True) if x.tranche.repaid_from == "credits"]
    step = _step(names, bridges, carried)
    f.ledger.scan("Cash flow", f.run, _lines(f, every, funded), step, uses)
    rows = f.ledger.rows
    covered = rows["debt_service"]
    if bridges:
        rest: Any = covered
        for n in bridges:
            rest = rest - rows[f"interest_{n}"] - rows[f"principal_{n}"]
        covered = f.row("Debt", "service_to_cover", rest, "Debt service but for bridges")
    cover = f.row("Debt", "coverage", ratio(op.cash, covered),
                  "Coverage: cash available over debt service", "x")  # fmt: skip
    balance: Any = 0.0 * f.period
    for n in names:
        balance = balance + rows[f"balance_{n}"]
    owed = f.row("Debt", "debt_balance", balance, "Debt outstanding, all loans", start=0)
    tax = f.row("Tax", "tax", rows["state_tax"] + rows["federal_tax"], "Income tax")
    benefit: Any = credits.used if carried else credits.used - tax
    owners = f.row("Cash flow", "equity_cash", rows["distribution"] + benefit,
                   "Owners: distribution, taxes and credits of their own")  # fmt: skip
    return Cascade(rows["distribution"], tax, covered, cover, owed, owners)


def _planned(f: Frame, every: list[Loan], funded: Funded) -> list[Row]:
    """Planned debt service of each loan at its size."""
    rows: list[Row] = []
    for loan, size in zip(every, funded.sizes, strict=True):
        name = slug(loan.tranche.name)
        if loan.unit_service is not None:
            term: Any = loan.unit_service * size
        else:
            assert loan.own_service is not None
            assert funded.scale is not None
            term = loan.own_service * funded.scale
        rows.append(f.row("Debt", f"planned_{name}", term, f"{loan.tranche.name}: planned service"))
    return rows


def _uses(
    f: Frame, op: Operating, every: list[Loan], funded: Funded, credits: Credits
) -> dict[str, Any]:
    """What each period of the cascade starts from."""
    company = f.company
    plans = _planned(f, every, funded)
    service: Any = 0.0 * f.period
    for loan, row in zip(every, plans, strict=True):
        if loan.tranche.repaid_from == "cash":
            service = service + row
    asked = f.row("Debt", "planned_service", service, "Planned debt service, all loans")
    months = f.assume("debt.reserve_months", company.debt.reserve_months,
                      "Debt service reserve", "months of service")  # fmt: skip
    target = f.row("Debt", "reserve_target", months / 12 * f.per_year * ahead(asked),
                   "Debt service reserve: target", start=0)  # fmt: skip
    fees = _refinancing_fees(f, every, funded)
    gain = f.assume("operation.reserve_rate", company.operation.reserve_rate,
                    "Interest on reserves") / f.per_year  # fmt: skip
    held = _other_reserves(f, op)
    fed = f.assume("tax.federal_rate", company.tax.federal_rate, "Federal tax rate")
    sta = f.assume("tax.state_rate", company.tax.state_rate, "State tax rate")
    limit = f.assume("tax.loss_limit", company.tax.loss_limit, "Share of income losses may offset")
    lock = f.assume("debt.lockup_dscr", company.debt.lockup_dscr, "Lock-up coverage", "x")
    swept = f.assume("debt.sweep", company.debt.sweep, "Share of cash that prepays debt")
    before = f.row("Reserves", "other_reserves_before", shifted(held, -1),
                   "Reserves of works and working capital, before")  # fmt: skip
    uses: dict[str, Any] = {
        "cfads": op.cash, "ebitda": op.earnings, "depreciation": credits.depreciation,
        "sold": credits.sold, "target": target, "held": before,
        "gain": f.ledger.cell("Reserves", "reserve_gain", gain + 0.0,
                              "Interest on reserves, a period", ""),
        "fed": fed, "sta": sta, "limit": limit, "lock": lock, "sweep": swept, "fees": fees,
        "period": f.period,
        "last": f.ledger.cell("Debt", "last_period", f.years * f.per_year + 0.0, "Last period",
                              f.run.unit),
    }  # fmt: skip
    for loan, plan in zip(every, plans, strict=True):
        name = slug(loan.tranche.name)
        uses[f"plan_{name}"], uses[f"rate_{name}"] = plan, loan.rate
    return uses


def _refinancing_fees(f: Frame, every: list[Loan], funded: Funded) -> Row:
    """Fees on the balances that are refinanced, in the period of maturity."""
    fee: Any = 0.0 * f.period
    for loan, size in zip(every, funded.sizes, strict=True):
        again, name = loan.tranche.refinancing, slug(loan.tranche.name)
        if again is None or not again.fee or loan.unit_service is None:
            continue
        rate = f.assume(f"debt.tranches.{loan.index}.refinancing.fee", again.fee,
                        f"{loan.tranche.name} refinanced: fee")  # fmt: skip
        due, owed = f.ledger.cells[f"due_{name}"], f.ledger.rows[f"unit_balance_{name}"]
        fee = fee + where(f.period.equals(due), owed * size * rate, 0.0)
    return f.row("Debt", "refinancing_fees", fee, "Refinancing fees")


def _other_reserves(f: Frame, op: Operating) -> Row:
    """Balances of works and working capital, which bear interest."""
    held: Any = 0.0 * f.period
    for part in (op.works_held, op.working):
        if not isinstance(part, float):
            held = held + part
    return f.row("Reserves", "other_reserves", held, "Reserves of works and working capital",
                 start=0)  # fmt: skip


def _step(names: list[str], bridges: list[str], carried: bool) -> Any:
    """One period of the cascade."""

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        out: dict[str, Any] = {}
        income = u["gain"] * (u["held"] + p.debt_reserve + p.locked_up)
        interest, service, left = _service(names, p, u, out)
        before = u["ebitda"] + income - interest - u["depreciation"] - u["fees"]
        out["reserve_income"], out["debt_service"] = income, service
        out["state_income"] = before
        (_carried_tax if carried else _shared_tax)(before, p, u, out)
        own_tax = (out["state_tax"] + out["federal_tax"]) if carried else 0.0
        cash = u["cfads"] + income + u["sold"] - service - u["fees"] - own_tax
        out["cash_after_service"] = cash
        rest = _reserve(cash, p, u, out)
        prepaid = _sweep(names, rest, left, u, out)
        pot = p.locked_up + rest - prepaid
        for n in bridges:
            service = service - out[f"interest_{n}"] - out[f"principal_{n}"]
        short = both(both(service > 0, ratio(u["cfads"], service) < u["lock"]),
                     u["period"] < u["last"])  # fmt: skip
        out["distribution"] = where(short, low(pot, 0.0), pot)
        out["locked_up"] = pot - out["distribution"]
        return out

    return step


def _service(
    names: list[str], p: Any, u: Any, out: dict[str, Any]
) -> tuple[Any, Any, dict[str, Any]]:
    """Interest and debt service of all loans, and what is left of each."""
    interest: Any = 0.0
    service: Any = 0.0
    left: dict[str, Any] = {}
    for n in names:
        owed = getattr(p, f"balance_{n}")
        paid = owed * u[f"rate_{n}"]
        asked = u[f"plan_{n}"] - paid
        # what is left of a cent or less is repaid with it
        principal = where(owed - asked < 0.01, owed, asked)
        out[f"interest_{n}"], out[f"principal_{n}"] = paid, principal
        left[n] = owed - principal
        interest, service = interest + paid, service + paid + principal
    return interest, service, left


def _carried_tax(before: Any, p: Any, u: Any, out: dict[str, Any]) -> None:
    """Tax of the company, losses carried forward."""
    offset = low(p.state_losses, u["limit"] * high(before, 0.0))
    out["state_losses"] = p.state_losses + high(0.0 - before, 0.0) - offset
    out["state_tax"] = u["sta"] * (high(before, 0.0) - offset)
    after = before - out["state_tax"]
    used = low(p.federal_losses, u["limit"] * high(after, 0.0))
    out["federal_income"] = after
    out["federal_losses"] = p.federal_losses + high(0.0 - after, 0.0) - used
    out["federal_tax"] = u["fed"] * (high(after, 0.0) - used)


def _shared_tax(before: Any, p: Any, u: Any, out: dict[str, Any]) -> None:
    """Tax passed through to the owners, who use losses at once."""
    out["state_tax"] = u["sta"] * before
    out["federal_income"] = before - out["state_tax"]
    out["federal_tax"] = u["fed"] * (before - out["state_tax"])
    out["state_losses"] = 0.0 * p.state_losses
    out["federal_losses"] = 0.0 * p.federal_losses


def _reserve(cash: Any, p: Any, u: Any, out: dict[str, Any]) -> Any:
    """The debt service reserve: drawn, filled up, released; the cash that is left."""
    drawn = low(p.debt_reserve, high(0.0 - cash, 0.0))
    kept = p.debt_reserve - drawn
    added = low(high(cash, 0.0), high(u["target"] - kept, 0.0))
    released = high(kept - u["target"], 0.0)
    out["reserve_drawn"], out["reserve_added"] = drawn, added
    out["reserve_released"] = released
    out["debt_reserve"] = kept + added - released
    return cash + drawn - added + released


def _sweep(names: list[str], rest: Any, left: dict[str, Any], u: Any, out: dict[str, Any]) -> Any:
    """Prepayment, senior loans first; what is prepaid in all."""
    room = u["sweep"] * high(rest, 0.0)
    prepaid: Any = 0.0
    for n in names:
        part = low(room, left[n])
        out[f"prepaid_{n}"] = part
        out[f"balance_{n}"] = left[n] - part
        room, prepaid = room - part, prepaid + part
    return prepaid


def _lines(f: Frame, every: list[Loan], funded: Funded) -> list[Line]:
    """The lines of the cascade in their order on the sheet."""
    unit = f.unit
    lines: list[Line] = []
    for x in every:
        n, t = slug(x.tranche.name), x.tranche.name
        lines += [Line(f"interest_{n}", f"{t}: interest", unit),
                  Line(f"principal_{n}", f"{t}: principal", unit)]  # fmt: skip
    lines += [
        Line("reserve_income", "Interest on reserves", unit),
        Line("debt_service", "Debt service", unit),
        Line("state_income", "State taxable income before losses carried forward", unit),
        Line("state_losses", "State losses carried forward", unit),
        Line("federal_income", "Federal taxable income before losses carried forward", unit),
        Line("federal_losses", "Federal losses carried forward", unit),
        Line("state_tax", "State tax", unit), Line("federal_tax", "Federal tax", unit),
        Line("cash_after_service", "Cash after debt service and tax", unit),
        Line("reserve_drawn", "Debt service reserve: drawn", unit),
        Line("reserve_added", "Debt service reserve: added", unit),
        Line("reserve_released", "Debt service reserve: released", unit),
        Line("debt_reserve", "Debt service reserve: balance", unit, funded.reserve),
    ]  # fmt: skip
    for x, size in zip(every, funded.sizes, strict=True):
        n, t = slug(x.tranche.name), x.tranche.name
        lines += [Line(f"prepaid_{n}", f"{t}: prepaid", unit),
                  Line(f"balance_{n}", f"{t}: outstanding", unit, size)]  # fmt: skip
    return [*lines, Line("distribution", "Distribution (support when negative)", unit),
            Line("locked_up", "Cash locked up", unit)]  # fmt: skip
