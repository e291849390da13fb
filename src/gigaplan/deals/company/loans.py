"""Loans before their size is known: planned debt service per dollar, by period.

Service is level, equal principal, in proportion to cash, or at maturity; a mini-perm ends before
its principal is repaid, and what is left is repaid from cash or by another loan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gigaplan.deals.company.frame import Frame, slug
from gigaplan.deals.company.operation import Operating
from gigaplan.deals.company.schema import Tranche
from gigaplan.deals.functions import at, both, dot, high, ratio, same, where
from gigaplan.deals.ledger import Line
from gigaplan.deals.terms import Cell, Row


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
        last = (
            tenor
            if due is None
            else due + (again.tenor_years * f.per_year if again is not None else 0)
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
    grace = f.assume(f"debt.tranches.{t_index(f, t)}.grace_years", t.grace_years,
                     f"{t.name}: years without principal", "year") * f.per_year  # fmt: skip
    end: Any = tenor if due is None else due
    if t.refinancing is not None:
        end = due + t.refinancing.tenor_years * f.per_year
    shape: Any = 0.0
    if t.repayment == "sculpted":
        shape = _shape(f, op, f"{name}", t.name, factor, f.period <= tenor)
    uses = {
        "period": f.period, "rate": rates, "shape": shape,
        "new": _shape_after(f, op, name, t, factor, due, end),
        "tenor": _cell(f, f"term_{name}", tenor, t.name),
        "grace": _cell(f, f"grace_{name}", grace, t.name),
        "due": None if due is None else _cell(f, f"due_{name}", due, t.name),
        "end": _cell(f, f"end_{name}", end, t.name),
    }  # fmt: skip
    keys = (f"unit_interest_{name}", f"unit_principal_{name}", f"unit_balance_{name}",
            f"unit_due_{name}")  # fmt: skip
    interest, principal, *_ = f.ledger.scan(
        "Debt", f.run,
        [Line(keys[0], f"{t.name}: interest per dollar", ""),
         Line(keys[1], f"{t.name}: principal per dollar", ""),
         Line(keys[2], f"{t.name}: balance per dollar", "", 1.0),
         Line(keys[3], f"{t.name}: balance at maturity per dollar", "", 1.0)],
        _unit_step(t, keys), uses,
    )  # fmt: skip
    return f.row("Debt", f"unit_service_{name}", interest + principal,
                 f"{t.name}: service per dollar of the loan", "")  # fmt: skip


def _weights(
    f: Frame, op: Operating, name: str, label: str, factor: Row, within: Any
) -> tuple[Row, Cell]:
    """Cash of the periods in which a loan is repaid, and its worth."""
    weights = f.row("Debt", f"weights_{name}", where(within, high(op.cash, 0.0), 0.0),
                    f"{label}: cash that shapes repayment")  # fmt: skip
    pool = f.ledger.cell("Debt", f"pool_{name}", dot(factor, weights),
                         f"{label}: worth of that cash", f.unit)  # fmt: skip
    return weights, pool


def _shape(f: Frame, op: Operating, name: str, label: str, factor: Row, within: Any) -> Row:
    """Service per dollar in proportion to cash."""
    weights, pool = _weights(f, op, name, label, factor, within)
    return f.row("Debt", f"shape_{name}", weights / pool, f"{label}: service per dollar", "")


def _shape_after(
    f: Frame, op: Operating, name: str, t: Tranche, factor: Row, due: Any, end: Any
) -> Any:
    """Service of the loan that refinances, per dollar due, in proportion to cash."""
    if t.refinancing is None or t.refinancing.repayment != "sculpted":
        return 0.0
    label = f"{t.name} refinanced"
    within = both(f.period > due, f.period <= end)
    weights, pool = _weights(f, op, f"{name}_refinanced", label, factor, within)
    start = f.ledger.cell("Debt", f"factor_{name}_at_maturity", at(factor, _periods(f, t)),
                          f"{t.name}: factor at maturity", "")  # fmt: skip
    return f.row("Debt", f"shape_{name}_refinanced", weights * start / pool,
                 f"{label}: service per dollar due", "")  # fmt: skip


def _unit_step(t: Tranche, keys: tuple[str, str, str, str]) -> Any:
    """One period of a loan of a dollar."""
    again = t.refinancing

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        balance, owed = getattr(p, keys[2]), getattr(p, keys[3])
        interest = balance * u["rate"]
        last = u["tenor"] if u["due"] is None else u["due"]
        paid = _principal(t.repayment, t.rate, balance, interest, u["tenor"], u["shape"], u)
        principal = where(both(u["period"] > u["grace"], u["period"] <= last), paid, 0.0)
        if u["due"] is not None and again is None:
            principal = where(same(u["period"], u["due"]), balance, principal)
        if again is not None:
            later = _principal(again.repayment, again.rate, balance, interest, u["end"],
                               u["new"] * owed, u)  # fmt: skip
            inside = both(u["period"] > u["due"], u["period"] <= u["end"])
            principal = where(inside, later, principal)
        now = balance - principal
        kept = owed if u["due"] is None else where(u["period"] <= u["due"], now, owed)
        return {keys[0]: interest, keys[1]: principal, keys[2]: now, keys[3]: kept}

    return step


def _principal(
    repayment: str, known: float, balance: Any, interest: Any, last: Any, service: Any, u: Any
) -> Any:
    """Principal of a period: level service, equal parts, what sculpted service leaves, or none."""
    left = last - u["period"] + 1
    if repayment == "level":
        return _annuity(u["rate"], left, balance, known)
    if repayment == "equal":
        return ratio(balance, left)
    return service - interest if repayment == "sculpted" else 0.0


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
