"""Run a company: all parts in order, the measures of owners and lenders, the identities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gigaplan.deals.company.cascade import Cascade, cascade
from gigaplan.deals.company.frame import EPOCH, Frame, slug
from gigaplan.deals.company.funding import Funded, fund, spending
from gigaplan.deals.company.loans import Loan, loans
from gigaplan.deals.company.operation import UNITS, Operating, operation
from gigaplan.deals.company.schema import Company
from gigaplan.deals.company.tax import depreciation_and_credits
from gigaplan.deals.company.waterfall import Shares, waterfall
from gigaplan.deals.deal import Deal, Measure, checks_of
from gigaplan.deals.functions import (
    at,
    dated_rate,
    dot,
    high,
    joined,
    largest,
    mean,
    newton_step,
    ratio,
    smallest,
    summed_before,
    total,
    where,
)
from gigaplan.deals.ledger import Ledger, Row
from gigaplan.deals.returns import Rate, dated_rate_of
from gigaplan.errors import InfeasibleError, InputError, Problem, SolverError

SHEET = "Returns"
STEPS = 5


def company_deal(company: Company, source: str) -> Deal:
    """The deal of a company.

    Raises
    ------
    InfeasibleError
        when equity would be below zero or no cash carries the debt asked for.
    SolverError
        when sources and uses were not solved to a cent.
    """
    f = Frame(company)
    spent, cost, items = spending(f)
    op = operation(f, cost)
    every = loans(f, op)
    _carried(every, source)
    funded = fund(f, op, every, spent, cost)
    _solved(f, funded, source)
    credits = depreciation_and_credits(f, op, cost, items, funded)
    flow = cascade(f, op, every, funded, credits)
    benefits = f.row("Waterfall", "owners_benefits", flow.to_owners - flow.distribution,
                     "Taxes and credits of the owners")  # fmt: skip
    shares = waterfall(f, funded, flow.distribution, benefits)
    _commitments(f, shares, source)
    measures, rates = _measures(f, op, funded, flow, shares, spent)
    _checks(f, funded, flow, shares)
    ledger = f.ledger
    deal = Deal(
        company.name, "company", source, ledger, measures,
        checks_of(ledger),
        {n: r.value for n, r in ledger.rows.items() if r.sheet != "Funding passes months"},
        {n: c.value for n, c in ledger.cells.items()
         if c.formula is not None and c.sheet != "Funding passes"},
        company, rates, _remarks(f, flow, rates),
    )  # fmt: skip

    def again(changes: Mapping[str, Any]) -> Deal:
        from gigaplan.deals.company.change import with_changes

        return company_deal(with_changes(company, changes, source), source)

    deal.rerun = again
    return deal


def _carried(every: list[Loan], source: str) -> None:
    for loan in every:
        sculpted = loan.tranche.repayment == "sculpted" and loan.tranche.dscr is None
        if sculpted and loan.unit_service is not None:
            ends = loan.unit_service.value
            if not np.isfinite(ends).all():
                raise InfeasibleError(
                    f"{source}: no cash carries {loan.tranche.name}",
                    [f"debt.tranches.{loan.index}: cash is not above 0 within the tenor"],
                )


def _solved(f: Frame, funded: Funded, source: str) -> None:
    gap = funded.uses.value - funded.equity.value - funded.debt.value
    if not abs(gap) <= max(0.01, 1e-11 * abs(funded.uses.value)):
        raise SolverError(
            f"{source}: sources and uses differ by {gap:,.2f} {f.unit} after all passes"
        )
    if funded.equity.value < -0.01:
        raise InfeasibleError(
            f"{source}: the loans exceed total cost",
            [f"debt {funded.debt.value:,.0f}, total cost {funded.uses.value:,.0f} {f.unit}; "
             "lower debt.gearing_cap or the amounts"],
        )  # fmt: skip


def _commitments(f: Frame, shares: Shares, source: str) -> None:
    """Calls beyond a commitment are an error that says by how much."""
    problems: list[Problem] = []
    for k, i in enumerate(f.company.investors):
        if i.commitment is None:
            continue
        rate = f.company.exchange_rates.get(i.commitment.currency, 1.0)
        most = i.commitment.amount * rate
        called = float(shares.calls[i.name].value.sum()) if i.name in shares.calls else 0.0
        called += float(shares.support[i.name].value.sum())
        if called > most + 0.01:
            problems.append(
                Problem(source, f"investors.{k}.commitment",
                        f"calls of {called:,.0f} {f.unit} exceed it",
                        f"at least {called:,.0f} {f.unit}", "or a smaller share or more debt")
            )  # fmt: skip
    if problems:
        raise InputError(problems)


def _measures(
    f: Frame, op: Operating, funded: Funded, flow: Cascade, shares: Shares, spent: Row
) -> tuple[list[Measure], dict[str, Rate]]:
    ledger, unit, axis = f.ledger, f.unit, f.flows
    dates = f.dates()
    serial = [float((d - EPOCH).days) for d in dates]
    when = ledger.schedule("date", serial, axis, "Date", "date", "calendar")
    years = ledger.row(SHEET, "years_since_closing", (when - serial[0]) / 365,
                       "Years since closing",
                       "year", axis=axis, start=0)  # fmt: skip
    rate = f.assume("discount_rate", f.company.discount_rate, "Discount rate")
    factor = ledger.row(SHEET, "discount", (1 + rate) ** (0 - years), "Discount factor", "",
                        axis=axis, start=0)  # fmt: skip
    rates: dict[str, Rate] = {}
    found: list[Measure] = []

    def flows(name: str, label: str, paid: Row, got: Row) -> Row:
        row = ledger.row("Investors flows", f"{name}_flow", joined(paid, got, axis), label, unit,
                         axis=axis,
                         start=0)  # fmt: skip
        rates[f"{name}_irr"] = dated_rate_of(dates, row.value.tolist())
        root = rates[f"{name}_irr"].rate
        term: Any = dated_rate(when, row, root)
        if root is not None and root < 0:
            guess: Any = max(round(root, 2), (root - 1) / 2)
            for k in range(1, STEPS + 1):
                guess = ledger.cell("Rates", f"{name}_step_{k}", newton_step(row, years, guess),
                                    f"{label}: return, Newton step {k}", "")  # fmt: skip
            term = guess * 100
        cell = ledger.cell(SHEET, f"{name}_irr", term, f"{label}: return (XIRR)", "%")
        status = rates[f"{name}_irr"].status
        found.append(
            Measure(f"{name}_irr", cell.label, None if math.isnan(cell.value) else cell.value, "%",
                    "" if status == "one root" else status)
        )  # fmt: skip
        return row

    called = f.ledger.row("Investors calls", "equity_called", 0 - funded.equity_draws,
                          "Equity called, negative", unit, start=0)  # fmt: skip
    equity = flows("equity", "Equity after tax", called, flow.to_owners)
    built = f.ledger.row("Investors calls", "spending_negative", 0 - spent,
                         "Construction cost, negative", unit, start=0)  # fmt: skip
    flows("project", "Project before financing and tax", built, op.cash)
    value = ledger.cell(SHEET, "equity_npv", dot(equity, factor), "Equity: net present value", unit)
    _say(found, ledger, value.name)
    got = ledger.row(SHEET, "equity_gains", high(equity, 0.0), "Equity: cash got", unit, axis=axis,
                     start=0)  # fmt: skip
    paid = ledger.row(SHEET, "equity_payments", high(0 - equity, 0.0), "Equity: cash paid", unit,
                      axis=axis, start=0)  # fmt: skip
    ledger.cell(SHEET, "equity_moic", ratio(total(got), total(paid)), "Equity: multiple of capital",
                "x")  # fmt: skip
    curve = ledger.row(SHEET, "j_curve", summed_before(equity), "Equity: cash to date (J-curve)",
                       unit, axis=axis, start=0)  # fmt: skip
    in_so_far = ledger.row(SHEET, "paid_to_date", summed_before(paid), "Equity: paid to date", unit,
                           axis=axis, start=0)  # fmt: skip
    out_so_far = ledger.row(SHEET, "got_to_date", summed_before(got), "Equity: got to date", unit,
                            axis=axis, start=0)  # fmt: skip
    ledger.row(SHEET, "dpi", ratio(out_so_far, in_so_far), "Distributed to paid in, to date", "x",
               axis=axis, start=0)  # fmt: skip
    ledger.cell(SHEET, "peak_exposure", 0 - smallest(curve), "Equity: peak exposure", unit)
    blank = float("nan")
    back = ledger.row(
        SHEET, "payback_reached",
        where(in_so_far > 0, where(curve >= 0, years, blank), blank), "Years where paid back",
        "year", axis=axis, start=0,
    )  # fmt: skip
    ledger.cell(SHEET, "equity_payback", smallest(back), "Equity: payback from closing", "year")
    for name in ("equity_moic", "equity_payback", "peak_exposure"):
        _say(found, ledger, name)
    if f.company.debt.tranches:
        asked = f.row("Debt", "coverage_of_debt_periods",
                      where(flow.service > 0, flow.coverage, blank),
                      "Coverage in periods with debt service", "x", first=blank)  # fmt: skip
        ledger.cell(SHEET, "min_coverage", smallest(asked, 1), "Coverage: lowest", "x")
        ledger.cell(SHEET, "mean_coverage", mean(asked, 1), "Coverage: mean", "x")
        share = ratio(funded.debt, funded.uses) * 100
        ledger.cell(SHEET, "debt_share", share, "Debt, share of cost", "%")
        for name in ("min_coverage", "mean_coverage", "debt_share"):
            _say(found, ledger, name)
    for name, label in (("uses", "Total cost"), ("debt", "Debt"), ("equity", "Equity")):
        found.append(Measure(name, label, ledger.cells[name].value, unit))
    _levelized(f, op, factor, value, found)
    _investors(f, shares, flows, found)
    return found, rates


def _say(found: list[Measure], ledger: Ledger, name: str) -> None:
    cell = ledger.cells[name]
    found.append(
        Measure(name, cell.label, None if math.isnan(cell.value) else cell.value, cell.unit)
    )


def _levelized(f: Frame, op: Operating, factor: Row, value: Any, found: list[Measure]) -> None:
    """Levelized cost where all contracts sell the same unit: the price at which equity earns the
    discount rate and no more, taxes and financing as they are."""
    kinds = {UNITS[r.kind][0] for r in f.company.revenue}
    if len(kinds) != 1:
        return
    (unit,) = kinds
    sold: Any = 0.0
    for row in op.sold.values():
        sold = sold + row
    none = f.built("nothing", 0.0 * f.month, "Nothing sold in construction")
    units = f.row("Operation", "sold", sold, "Sold, all contracts", unit)
    axis = f.flows
    volume = f.ledger.row(SHEET, "sold_dated", joined(none, units, axis), "Sold, by date", unit,
                          axis=axis, start=0)  # fmt: skip
    income = f.ledger.row(SHEET, "revenue_dated", joined(none, op.revenue, axis),
                          "Revenue, by date", f.unit, axis=axis, start=0)  # fmt: skip
    top = dot(income, factor) - value
    label = {"MWh": "Levelized cost of energy", "H100-hour": "Cost per H100-hour"}.get(
        unit, f"Levelized cost per {unit}"
    )
    cell = f.ledger.cell(SHEET, "levelized_cost", ratio(top, dot(volume, factor)), label,
                         f"{f.unit}/{unit}")  # fmt: skip
    found.append(Measure(cell.name, label, cell.value, cell.unit))


def _investors(f: Frame, shares: Shares, flows: Any, found: list[Measure]) -> None:
    none = f.built("no_calls", 0.0 * f.month, "No capital called", start=0)
    for i in f.company.investors:
        name = slug(i.name)
        net = f.row("Investors", f"net_{name}",
                    shares.gross[i.name] - shares.withheld[i.name] - shares.support[i.name]
                    + shares.own[i.name], f"{i.name}: net of tax withheld and support")  # fmt: skip
        if i.name in shares.calls:
            paid = f.ledger.row("Investors calls", f"paid_{name}", 0 - shares.calls[i.name],
                                f"{i.name}: capital called, negative", f.unit, start=0)  # fmt: skip
        else:
            paid = none
        row = flows(f"investor_{name}", i.name, paid, net)
        into, out = float(-row.value[row.value < 0].sum()), float(row.value[row.value > 0].sum())
        found.append(Measure(f"investor_{name}_paid", f"{i.name}: paid in", into, f.unit))
        found.append(Measure(f"investor_{name}_got", f"{i.name}: got", out, f.unit))
        multiple = out / into if into else None
        found.append(
            Measure(f"investor_{name}_moic", f"{i.name}: multiple of capital", multiple, "x")
        )


def _checks(f: Frame, funded: Funded, flow: Cascade, shares: Shares) -> None:
    """The identities as cells: residuals as shares of total cost."""
    ledger, rows, cost = f.ledger, f.ledger.rows, funded.uses
    tiers: Any = 0 - shares.pool
    for row in shares.tiers:
        tiers = tiers + row
    owners: Any = 0 - shares.pool
    for row in shares.gross.values():
        owners = owners + row
    gaps = [
        f.row("Checks", "tiers_less_cash", tiers, "Tiers less cash to distribute"),
        f.row("Checks", "investors_less_cash", owners, "Investors less cash to distribute"),
    ]
    last = f.run.last
    for name, label, residual in (
        ("sources", "sources equal uses", funded.equity + funded.debt - cost),
        ("draws", "draws equal uses", total(funded.equity_draws) + total(funded.debt_draws) - cost),
        ("drawn", "debt drawn is the debt", total(funded.debt_draws) - funded.debt),
        ("debt", "debt ends at zero", at(flow.balance, last) + 0.0),
        ("reserves", "reserves end at zero", at(rows["debt_reserve"], last)
         + at(rows["locked_up"], last)),
        ("tiers", "tiers add to cash", largest(gaps[0]) - smallest(gaps[0])),
        ("investors", "investors add to the company", largest(gaps[1]) - smallest(gaps[1])),
    ):  # fmt: skip
        ledger.cell("Checks", f"check_{name}", residual / cost, label, "")
    found = ledger.cells["equity_irr"]
    if not math.isnan(found.value):
        years, equity = rows["years_since_closing"], rows["equity_flow"]
        value = ledger.row(
            "Checks",
            "worth_at_return",
            equity / (1 + found / 100) ** years,
            "Equity flow, discounted at its return",
            f.unit,
            axis=f.flows,
            start=0,
        )
        ledger.cell("Checks", "check_worth", total(value) / cost, "worth at the return is zero", "")


def _remarks(f: Frame, flow: Cascade, rates: dict[str, Rate]) -> list[str]:
    found = [
        f"{name}: {rate.status}"
        + (f": {[round(100 * r, 4) for r in rate.roots]} %" if rate.roots else "")
        for name, rate in rates.items() if rate.status != "one root"
    ]  # fmt: skip
    short = -np.minimum(flow.distribution.value, 0.0)
    if short.sum() > 0.01:
        first = f.run.labels[int(np.flatnonzero(short > 0.01)[0])]
        found.append(
            f"cash does not cover debt service: the owners pay in {short.sum():,.0f} {f.unit}, "
            f"first in {first}"
        )
    if f.company.required_return is not None:
        rate = rates["equity_irr"].rate
        asked = f.company.required_return
        if rate is not None and abs(rate - asked) > 5e-4:
            word = "above" if rate > asked else "below"
            found.append(
                f"the return of equity, {100 * rate:.2f} %, is {word} the {100 * asked:.2f} % "
                "asked for"
            )
    return found
