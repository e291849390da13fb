"""The project of a SAM case: cash flow before and after tax, up to the returns of its owners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gigaplan.deals.functions import at, ratio, shifted
from gigaplan.deals.sam.basis import Basis, basis
from gigaplan.deals.sam.build import Build
from gigaplan.deals.sam.debt import (
    Debt,
    cash_for_service,
    coverage_debt,
    fraction_debt,
    upfront_cost,
)
from gigaplan.deals.sam.incentives import GIVERS, Incentives, in_service, incentives
from gigaplan.deals.sam.operation import (
    NO_RESERVE,
    EnergyLines,
    Expenses,
    Reserve,
    Revenue,
    energy_lines,
    equipment_reserve,
    expenses,
    revenue,
    standing_reserve,
)
from gigaplan.deals.terms import Cell, Row


@dataclass
class Project:
    """All parts of a project that the models of ownership use."""

    b: Build
    energy: EnergyLines
    revenue: Revenue
    expenses: Expenses
    paid: Incentives
    equipment: list[Reserve]
    working: Reserve
    receivables: Reserve
    salvage: Row
    total_revenue: Row
    earnings: Row


def project(b: Build, price: Cell) -> Project:
    """Energy, revenue, expenses, reserves and incentives: everything above the financing."""
    e = energy_lines(b)
    rev = revenue(b, e, price)
    costs = expenses(b, e, rev)
    paid = incentives(b, e)
    salvage = b.row(
        "Operation", "cf_net_salvage_value",
        b.only_in(b.years, b.assume("salvage_percentage") / 100 * b.assume("total_installed_cost")),
        "Salvage value",
    )  # fmt: skip
    income: Any = rev.energy + rev.curtailment + rev.capacity
    for g in GIVERS:
        if in_service(b, g):
            income = income + paid.pbi[g]
    revenue_row = b.row("Operation", "cf_total_revenue", income + salvage, "Revenue")
    name = "cf_sponsor_operating_margin" if b.case.model == "saleleaseback" else "cf_ebitda"
    earnings = b.row(
        "Operation", name, revenue_row - costs.total,
        "Earnings before interest, tax, depreciation and amortization",
    )  # fmt: skip
    equipment = [equipment_reserve(b, i) for i in (1, 2, 3)]
    working, receivables = NO_RESERVE, NO_RESERVE
    if b.used("months_working_reserve"):
        working = standing_reserve(
            b, "om", "Working capital reserve", b.assume("months_working_reserve"),
            costs.total - costs.margin,
        )  # fmt: skip
    if b.used("months_receivables_reserve"):
        owed = rev.receivable if b.case.model == "singleowner" else rev.energy
        receivables = standing_reserve(
            b, "receivables", "Receivables reserve", b.assume("months_receivables_reserve"), owed
        )
    return Project(
        b, e, rev, costs, paid, equipment, working, receivables, salvage, revenue_row, earnings
    )


@dataclass
class Financed:
    """The financed project: cash flow before tax, tax, and return after tax."""

    debt: Debt | None
    basis: Basis
    equity: Cell
    installed: Cell
    reserve_interest: Row
    pretax: Row
    statax: Row
    fedtax: Row
    aftertax: Row


def initial(reserve: Reserve) -> Any:
    """What a reserve holds at closing."""
    return at(reserve.balance, 0) if isinstance(reserve.balance, Row) else 0.0


def reserve_interest(p: Project, extra: list[Reserve]) -> tuple[Any, Row]:
    """Interest on the reserves held at the end of the year before."""
    b = p.b
    held: Any = 0.0
    for reserve in [*extra, p.working, p.receivables, *p.equipment]:
        held = held + reserve.balance
    if isinstance(held, float):
        return 0.0, b.row("Reserves", "cf_reserve_interest", b.year * 0, "Interest on reserves")
    every = b.row("Reserves", "cf_reserve_total", held, "Reserves: balance", start=0)
    rate = b.assume("reserves_interest") / 100
    return every, b.row("Reserves", "cf_reserve_interest", rate * shifted(every, -1),
                        "Interest on reserves")  # fmt: skip


def depreciable(b: Build) -> Any:
    """Cost that may be depreciated: installed, construction financing, other and, where a tax
    investor comes in, development fee and equity closing; no reserves, no debt fees."""
    cost = b.assume("total_installed_cost")
    found = cost + b.construction_financing() + b.assume("cost_other_financing")
    if b.case.model != "singleowner":
        found = found + b.assume("cost_dev_fee_percent") / 100 * cost
        found = found + b.assume("cost_equity_closing")
    return found


def financed(p: Project) -> Financed:
    """Debt where the model has it, sources and uses, cash flow, tax and return of the project."""
    b = p.b
    debt = None
    extra: list[Reserve] = []
    if b.case.model in ("singleowner", "levpartflip"):
        cash = cash_for_service(b, p.earnings, p.equipment, p.receivables)
        cost = upfront_cost(b, p.working, p.paid)
        if b.case.number("debt_option") == 1:
            final = cost + _flip_fees(b) + initial(p.receivables)
            debt = coverage_debt(b, cash, cost, final)
        else:
            debt = fraction_debt(b, cash, cost)
        extra = [debt.reserve]
    _, interest = reserve_interest(p, extra)
    reserves: Any = initial(p.working) + initial(p.receivables)
    uses = depreciable(b) + reserves - p.paid.upfront
    if debt is not None:
        reserves = reserves + initial(debt.reserve)
        uses = uses + b.assume("cost_debt_closing") + debt.fee + initial(debt.reserve)
    installed = b.ledger.cell("Sources and uses", "cost_installed", uses, "Uses: total cost")
    borrowed: Any = debt.size if debt is not None else 0.0
    equity = b.ledger.cell(
        "Sources and uses", "issuance_of_equity", installed - borrowed, "Sources: equity"
    )
    bought = b.ledger.cell(
        "Sources and uses", "purchase_of_property", reserves - installed, "Purchase of property"
    )
    paid_interest: Any = debt.interest if debt is not None else 0.0
    operating: Any = p.earnings + interest - paid_interest
    for g in GIVERS:
        if not in_service(b, g):
            operating = operating + p.paid.pbi[g]
    sheet = "Cash flow"
    op = b.row(sheet, "cf_project_operating_activities", operating, "Cash from operation")
    moved: Any = 0.0
    spent: Any = 0.0
    for reserve in [*extra, p.working, p.receivables, *p.equipment]:
        moved = moved + reserve.change
    for reserve in p.equipment:
        spent = spent + reserve.disbursement
    invest = moved + spent + b.only_in(0, bought)
    inv = b.row(sheet, "cf_project_investing_activities", invest, "Cash from investing", start=0)
    repaid: Any = debt.principal if debt is not None else 0.0
    fin = b.row(
        sheet, "cf_project_financing_activities", b.only_in(0, installed) - repaid,
        "Cash from financing", start=0,
    )  # fmt: skip
    flow = b.row(sheet, "cf_pretax_cashflow", op + inv + fin, "Cash flow before tax", start=0)
    pretax = b.row(
        sheet, "cf_project_return_pretax", flow - b.only_in(0, equity),
        "Return of the project before tax", start=0,
    )  # fmt: skip
    dep = basis(b, depreciable(b), p.paid, p.equipment)
    base = p.earnings + interest - paid_interest
    sta, fed = taxes(b, base, dep, p.paid)
    after = b.row(
        sheet, "cf_project_return_aftertax",
        pretax + p.paid.ptc_total + sta + fed + dep.itc_total,
        "Return of the project after tax", start=0,
    )  # fmt: skip
    return Financed(debt, dep, equity, installed, interest, pretax, sta, fed, after)


def _flip_fees(b: Build) -> Any:
    if b.case.model != "levpartflip":
        return 0.0
    share = b.assume("cost_dev_fee_percent") / 100 * b.assume("total_installed_cost")
    return share + b.assume("cost_equity_closing")


def taxes(b: Build, base: Any, dep: Basis, paid: Incentives) -> tuple[Row, Row]:
    """State and federal tax by year, negative when paid; losses are used at once (SAM).

    State tax is deducted from, and state credits are added to, federal income.
    """
    sheet = "Tax"
    sta_income = b.row(
        sheet, "cf_statax_income_prior_incentives", base - dep.depreciation["sta"],
        "State taxable income before incentives",
    )  # fmt: skip
    sta_taxed = b.row(
        sheet, "cf_statax_income_with_incentives", sta_income + paid.taxable["sta"],
        "State taxable income",
    )  # fmt: skip
    sta = b.row(sheet, "cf_statax", b.yearly("state_tax_rate") / 100 * (0 - sta_taxed), "State tax")
    fed_income = b.row(
        sheet, "cf_fedtax_income_prior_incentives",
        base - dep.depreciation["fed"] + sta + paid.ptc["sta"] + dep.itc["sta"],
        "Federal taxable income before incentives",
    )  # fmt: skip
    fed_taxed = b.row(
        sheet, "cf_fedtax_income_with_incentives", fed_income + paid.taxable["fed"],
        "Federal taxable income",
    )  # fmt: skip
    fed = b.row(
        sheet, "cf_fedtax", b.yearly("federal_tax_rate") / 100 * (0 - fed_taxed), "Federal tax"
    )
    return sta, fed


def costs_row(p: Project, f: Financed) -> Row:
    """The yearly cost that the levelized cost of energy is made of."""
    b = p.b
    term: Any = p.paid.pbi_total + f.statax + f.fedtax - p.expenses.total + p.paid.ptc_total
    if f.debt is not None:
        term = term - f.debt.service - f.debt.reserve.funding - f.debt.reserve.disbursement
    for reserve in p.equipment:
        term = term - reserve.funding
    term = term - p.working.funding - p.working.disbursement
    if b.case.model == "singleowner":
        term = term - p.receivables.funding
    term = term + f.reserve_interest + p.salvage + f.basis.itc_total
    return b.row("Returns", "cf_annual_costs", term, "Yearly cost", first=0 - f.equity)


def coverage_row(b: Build, debt: Debt) -> Row:
    """Cash available over debt service; 0 in years without debt service."""
    return b.row("Debt", "cf_pretax_dscr", ratio(debt.cash, debt.service), "Coverage", "x")
