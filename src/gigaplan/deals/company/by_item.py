"""Funding by item: each item of cost has its own loans and owners, who pay as it is spent.

Interest and fees of construction are added to the loans (as the capital charge of a plan has it:
what is drawn bears interest until service), so that calls on owners and lenders are shares of the
cost itself. What belongs to no item (other cost at closing, delay, reserves) is paid by the owners
by their shares of all equity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gigaplan.deals.company.frame import Frame, slug
from gigaplan.deals.company.funding import Funded, building_terms, first_reserve
from gigaplan.deals.company.loans import Loan
from gigaplan.deals.company.operation import Operating
from gigaplan.deals.functions import at, ratio, total, where
from gigaplan.deals.ledger import Line
from gigaplan.deals.terms import Cell, Row


@dataclass
class _Lent:
    """One loan in construction."""

    drawn: Row
    interest: Row
    fees: Row
    balance: Row


def fund_by_item(
    f: Frame, op: Operating, every: list[Loan], spent: Row, items: list[Cell]
) -> Funded:
    """Draws of every loan and owner by month, and the balance of each loan at the start."""
    ledger, unit = f.ledger, f.unit
    sheet = "Sources and uses"
    spend = _spend(f, items)
    lent = [_lend(f, loan, spend) for loan in every]
    sizes = [
        ledger.cell(sheet, f"size_{slug(x.tranche.name)}", at(part.balance, f.months),
                    f"Sources: {x.tranche.name}, with interest added", unit)
        for x, part in zip(every, lent, strict=True)
    ]  # fmt: skip
    reserve = _reserve(f, every, sizes)
    rest = _rest(f, op, spent, spend, reserve)
    calls = _calls(f, every, items, spend, rest)
    none = 0.0 * f.month
    equity_draws = f.built("equity_draw", _sum(calls.values(), none), "Equity drawn", start=0)
    interest = f.built("interest", _sum((p.interest for p in lent), none), "Interest", start=0)
    fees = f.built("fees", _sum((p.fees for p in lent), none), "Fees, added to the loans", start=0)
    drawn = _sum((p.drawn for p in lent), none)
    debt_draws = f.built("debt_draw", drawn + interest + fees,
                         "Debt drawn, interest and fees added", start=0)  # fmt: skip
    balance = f.built("loan_balance", _sum((p.balance for p in lent), none), "Debt outstanding",
                      start=0)  # fmt: skip
    need = f.built("month_uses", spent + rest - _late(spent, spend) + interest + fees,
                   "Uses of the month", start=0)  # fmt: skip
    debt = ledger.cell(sheet, "debt", _sum(sizes, 0.0) + 0.0, "Sources: all loans", unit)
    equity = ledger.cell(sheet, "equity", total(equity_draws), "Sources: equity", unit)
    uses = ledger.cell(sheet, "uses", total(need), "Uses: total cost", unit)
    financed = ledger.cell(sheet, "capitalised", total(interest) + total(fees),
                           "Uses: interest and fees in construction", unit)  # fmt: skip
    return Funded(
        uses, equity, debt, equity_draws, debt_draws, balance, interest, fees, reserve, financed,
        sizes, None, calls, {x.index: p.drawn for x, p in zip(every, lent, strict=True)},
    )  # fmt: skip


def _sum(parts: Any, start: Any) -> Any:
    found: Any = start
    for part in parts:
        found = found + part
    return found


def _spend(f: Frame, items: list[Cell]) -> dict[str, Row]:
    """Cost of each item by month."""
    found = {}
    for item, cost in zip(f.company.construction.costs, items, strict=True):
        shares = f.ledger.rows[f"spend_{slug(item.name)}"]
        found[item.name] = f.built(f"cost_{slug(item.name)}_month", cost * shares,
                                   f"{item.name}: cost", start=0)  # fmt: skip
    return found


def _late(spent: Row, spend: dict[str, Row]) -> Any:
    """What construction costs beside its items: delay."""
    return spent - _sum(spend.values(), 0.0)


def _lend(f: Frame, loan: Loan, spend: dict[str, Row]) -> _Lent:
    """Draws of a loan, and its balance with interest and fees added."""
    t, name = loan.tranche, slug(loan.tranche.name)
    assert t.gearing is not None
    share = f.assume(f"debt.tranches.{loan.index}.gearing", t.gearing, f"{t.name}: share of {t.of}")
    drawn = f.built(f"drawn_{name}", spend[str(t.of)] * share, f"{t.name}: drawn", start=0)
    whole = f.ledger.cell("Sources and uses", f"commitment_{name}", total(drawn),
                          f"{t.name}: to be drawn", f.unit)  # fmt: skip
    rate, charge, begin = building_terms(f, loan)
    opening = f.ledger.cell("Sources and uses", f"upfront_{name}", whole * begin,
                            f"{t.name}: upfront fee", f.unit)  # fmt: skip
    keys = [f"building_interest_{name}", f"building_fees_{name}", f"building_balance_{name}",
            f"building_drawn_{name}"]  # fmt: skip

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        balance, before = getattr(p, keys[2]), getattr(p, keys[3])
        interest = balance * u["rate"] / 12
        fee = (u["whole"] - before) * u["charge"] / 12
        now = balance + interest + fee + u["drawn"]
        return {keys[0]: interest, keys[1]: fee, keys[2]: now, keys[3]: before + u["drawn"]}

    interest, fees, balance, _ = f.ledger.scan(
        "Construction", f.build,
        [Line(keys[0], f"{t.name}: interest added", f.unit),
         Line(keys[1], f"{t.name}: fees added", f.unit, opening),
         Line(keys[2], f"{t.name}: balance", f.unit, opening),
         Line(keys[3], f"{t.name}: drawn to date", f.unit)],
        step, {"rate": rate, "charge": charge, "whole": whole, "drawn": drawn},
    )  # fmt: skip
    return _Lent(drawn, interest, fees, balance)


def _reserve(f: Frame, every: list[Loan], sizes: list[Cell]) -> Cell:
    first: Any = 0.0
    for loan, size in zip(every, sizes, strict=True):
        assert loan.unit_service is not None
        if loan.tranche.repaid_from == "credits":
            continue
        first = first + size * at(loan.unit_service, 1)
    return f.ledger.cell("Sources and uses", "first_reserve", first_reserve(f, first) + 0.0,
                         "Uses: debt service reserve", f.unit)  # fmt: skip


def _rest(f: Frame, op: Operating, spent: Row, spend: dict[str, Row], reserve: Cell) -> Row:
    """Uses that belong to no item, by month."""
    other = f.money("construction.other", f.company.construction.other, "Other cost at closing")
    term = _late(spent, spend) + where(f.month.equals(0), other, 0.0)
    end = where(f.month.equals(f.months), reserve + op.first_working, 0.0)
    return f.built("uses_of_no_item", term + end, "Other cost, delay and reserves", start=0)


def _calls(
    f: Frame, every: list[Loan], items: list[Cell], spend: dict[str, Row], rest: Row
) -> dict[str, Row]:
    """Capital called from each owner by month."""
    ledger = f.ledger
    owned: dict[str, Cell] = {}
    for item in f.company.construction.costs:
        left: Any = 1.0
        for loan in every:
            if loan.tranche.of == item.name:
                left = left - ledger.cells[f"debt.tranches.{loan.index}.gearing"]
        owned[item.name] = ledger.cell("Sources and uses", f"owned_{slug(item.name)}", left + 0.0,
                                       f"{item.name}: share paid by owners", "")  # fmt: skip
    whole: Any = 0.0
    for item, cost in zip(f.company.construction.costs, items, strict=True):
        whole = whole + cost * owned[item.name]
    equity = ledger.cell("Sources and uses", "equity_of_items", whole, "Equity of all items",
                         f.unit)  # fmt: skip
    found: dict[str, Row] = {}
    alone = f.company.tax_equity is None  # else the tax investor pays part of every call
    word, label = ("call", "capital called") if alone else ("need", "capital of its items")
    for k, i in enumerate(f.company.investors):
        mine: Any = 0.0
        called: Any = 0.0
        for item, cost in zip(f.company.construction.costs, items, strict=True):
            if not i.funds.get(item.name):
                continue
            part = owned[item.name] * f.assume(
                f"investors.{k}.funds.{item.name}",
                i.funds[item.name],
                f"{i.name}: share of the equity of {item.name}",
            )
            mine, called = mine + cost * part, called + spend[item.name] * part
        if isinstance(mine, float):
            continue
        share = ledger.cell("Sources and uses", f"equity_share_{slug(i.name)}",
                            ratio(mine, equity), f"{i.name}: share of all equity", "")  # fmt: skip
        found[i.name] = ledger.row("Investors calls", f"{word}_{slug(i.name)}",
                                   called + rest * share, f"{i.name}: {label}", f.unit,
                                   axis=f.build, start=0)  # fmt: skip
    return found
