"""Run a company: all parts in order, the measures of owners and lenders, the identities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gigaplan.deals.company.cascade import Cascade, cascade
from gigaplan.deals.company.frame import Frame, slug
from gigaplan.deals.company.funding import Funded, fund, spending
from gigaplan.deals.company.loans import Loan, loans
from gigaplan.deals.company.measures import measures, tax_investor_measures
from gigaplan.deals.company.operation import operation
from gigaplan.deals.company.schema import Company
from gigaplan.deals.company.tax import depreciation_and_credits
from gigaplan.deals.company.taxequity import TaxInvestor, tax_investor
from gigaplan.deals.company.waterfall import Shares, waterfall
from gigaplan.deals.deal import Deal, checks_of
from gigaplan.deals.functions import at, joined, largest, smallest, total
from gigaplan.deals.returns import Rate
from gigaplan.deals.terms import Row
from gigaplan.errors import InfeasibleError, InputError, Problem, SolverError


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
    funded = fund(f, op, every, spent, cost, items)
    _solved(f, funded, source)
    credits = depreciation_and_credits(f, op, cost, items, funded)
    flow = cascade(f, op, every, funded, credits)
    benefits = f.row("Waterfall", "owners_benefits", flow.to_owners - flow.distribution,
                     "Taxes and credits of the owners")  # fmt: skip
    other = tax_investor(f, op, funded, flow, credits, benefits)
    if other is None:
        shares = waterfall(f, funded, flow.distribution, benefits)
    else:
        shares = waterfall(f, other.funded, other.distribution, other.owners_benefits)
    _commitments(f, shares, source)
    found = measures(f, op, every, funded, flow, shares, spent)
    if other is not None:
        tax_investor_measures(found, other)
    _checks(f, funded, flow, shares, other)
    ledger = f.ledger
    deal = Deal(
        company.name, "company", source, ledger, found.found,
        checks_of(ledger),
        {n: r.value for n, r in ledger.rows.items() if r.sheet != "Funding passes months"},
        {n: c.value for n, c in ledger.cells.items()
         if c.formula is not None and c.sheet != "Funding passes"},
        company, found.rates, _remarks(f, flow, found.rates),
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


def _checks(
    f: Frame, funded: Funded, flow: Cascade, shares: Shares, other: TaxInvestor | None
) -> None:
    """The identities as cells: residuals as shares of total cost."""
    ledger, rows, cost = f.ledger, f.ledger.rows, funded.uses
    tiers: Any = 0 - shares.pool
    for row in shares.tiers:
        tiers = tiers + row
    owners: Any = 0 - shares.pool
    for row in shares.gross.values():
        owners = owners + row
    # as shares of cost, for sums of many flows of billions are exact to millionths only
    gaps = [
        f.row("Checks", "tiers_less_cash", tiers / cost,
              "Tiers less cash to distribute, share of cost", ""),
        f.row("Checks", "investors_less_cash", owners / cost,
              "Investors less cash to distribute, share of cost", ""),
        _parties(f, shares, other, cost),
    ]  # fmt: skip
    last = f.run.last
    for name, label, residual in (
        ("sources", "sources equal uses", funded.equity + funded.debt - cost),
        ("draws", "draws equal uses", total(funded.equity_draws) + total(funded.debt_draws) - cost),
        ("drawn", "debt drawn is the debt", total(funded.debt_draws) - funded.debt),
        ("debt", "debt ends at zero", at(flow.balance, last) + 0.0),
        ("reserves", "reserves end at zero", at(rows["debt_reserve"], last)
         + at(rows["locked_up"], last)),
    ):  # fmt: skip
        ledger.cell("Checks", f"check_{name}", residual / cost, label, "")
    for gap, name, label in zip(
        gaps, ("tiers", "investors", "parties"),
        ("tiers add to cash", "investors add to the company",
         "flows of all parties add to equity's"), strict=True,
    ):  # fmt: skip
        ledger.cell("Checks", f"check_{name}", largest(gap) - smallest(gap), label, "")
    _worth_at_return(f, "worth_at_return", "check_worth", rows["years_since_closing"],
                     "equity_irr", "equity_flow", cost)  # fmt: skip
    axis = rows["equity_by_year"].axis
    assert axis is not None
    count = np.arange(float(axis.size))
    years = ledger.schedule("years", count, axis, "Year since closing", "year", "calendar")
    _worth_at_return(f, "worth_at_yearly_return", "check_yearly_worth", years,
                     "equity_yearly_irr", "equity_by_year", cost)  # fmt: skip


def _worth_at_return(
    f: Frame, line: str, check: str, years: Row, rate: str, flow: str, cost: Any
) -> None:
    """The worth of equity's flow at its return is zero, where it has one."""
    found, equity = f.ledger.cells[rate], f.ledger.rows[flow]
    if math.isnan(found.value):
        return
    value = f.ledger.row("Checks", line, equity / (1 + found / 100) ** years,
                         f"Equity flow, discounted at {rate}", f.unit, axis=equity.axis,
                         start=0)  # fmt: skip
    word = "year" if "yearly" in rate else "date"
    f.ledger.cell("Checks", check, total(value) / cost,
                  f"worth at the return by {word} is zero", "")  # fmt: skip


def _parties(f: Frame, shares: Shares, other: TaxInvestor | None, cost: Any) -> Row:
    """Equity's flow less those of all investors, what is withheld from them and their fees."""
    rows = f.ledger.rows
    left: Any = rows["equity_flow"]
    kept: Any = 0.0 * f.period
    for i in f.company.investors:
        left = left - rows[f"investor_{slug(i.name)}_flow"]
        kept = kept + shares.withheld[i.name]
        if i.name in shares.fees:
            kept = kept + shares.fees[i.name]
    if other is not None:
        left = left - rows["tax_investor_flow"]
    taken = f.row("Investors", "taken", kept, "Tax withheld and fees of all investors")
    left = left - joined(rows["no_calls"], taken, f.flows)
    return f.ledger.row("Checks", "parties_less_equity", left / cost,
                        "Equity less all parties, share of cost", "", axis=f.flows,
                        start=0)  # fmt: skip


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
