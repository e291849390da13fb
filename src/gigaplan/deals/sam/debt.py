"""Term debt of a SAM case: a share of cost, or sized by coverage; its reserve account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gigaplan.deals.functions import ahead, at, both, either, previous, ratio, total, where
from gigaplan.deals.ledger import Line
from gigaplan.deals.sam.build import Build
from gigaplan.deals.sam.incentives import Incentives
from gigaplan.deals.sam.operation import NO_RESERVE, Reserve
from gigaplan.deals.terms import Row

SHEET = "Debt"


@dataclass
class Debt:
    """Debt lines [$] and what they add to the cost of financing."""

    size: Any
    cash: Any
    interest: Any
    principal: Any
    service: Any
    balance: Any
    reserve: Reserve
    fee: Any


def _rate(b: Build) -> Any:
    return b.assume("term_int_rate") / 100


def _lines(b: Build) -> list[Line]:
    return [
        Line("cf_debt_payment_interest", "Interest", "$"),
        Line("cf_debt_payment_principal", "Principal", "$"),
        Line("cf_debt_payment_total", "Debt service", "$"),
    ]


def cash_for_service(b: Build, ebitda: Row, equipment: list[Reserve], receivables: Reserve) -> Row:
    """Cash available for debt service within the tenor.

    Earnings before interest, taxes, depreciation and amortization, less what is saved for major
    equipment and, for a single owner, less the funding of receivables (year 0 included).
    """
    term: Any = ebitda
    for reserve in equipment:
        term = term - reserve.funding
    start = 1
    if b.case.model == "singleowner":
        term = term - receivables.funding
        start = 0
    within = where(b.year <= b.assume("term_tenor"), term, 0.0)
    return b.row(SHEET, "cf_cash_for_ds", within, "Cash available for debt service", start=start)


def _factor(b: Build) -> Row:
    """Discount factor at the debt rate; SAM gives year 0 the factor of year 1."""
    early = where(b.year <= 1, 1, b.year)
    term = where(b.year <= b.assume("term_tenor"), (1 + _rate(b)) ** (0 - early), 0.0)
    start = 0 if b.case.model == "singleowner" else 1
    return b.row(SHEET, "cf_pv_interest_factor", term, "Discount factor at the debt rate", "",
                 start=start)  # fmt: skip


def _service_reserve(b: Build, service: Row) -> Reserve:
    """Months of next year's debt service, released in the last year of the tenor."""
    if not b.used("dscr_reserve_months"):
        return NO_RESERVE
    months = b.assume("dscr_reserve_months") / 12
    tenor = b.assume("term_tenor")
    balance = b.row(
        SHEET, "cf_reserve_debtservice", months * ahead(service), "Debt service reserve: balance",
        start=0,
    )  # fmt: skip
    funding = b.row(
        SHEET, "cf_funding_debtservice",
        where(b.year < tenor, balance - previous(balance), 0.0), "Debt service reserve: funding",
        start=0,
    )  # fmt: skip
    out = b.row(
        SHEET, "cf_disbursement_debtservice",
        where(b.year.equals(tenor), 0 - previous(balance), 0.0),
        "Debt service reserve: disbursement",
    )  # fmt: skip
    return Reserve(balance, funding, out)


def fraction_debt(b: Build, cash: Row, cost: Any) -> Debt:
    """Debt as a share of cost, level payments or equal principal, after a moratorium.

    Fee and reserve are part of the cost they are a share of: with share d, fee f, first-year
    service k per dollar and m months of reserve, D = d C (1 + f d) / (1 - d (1 + f d) m k / 12).
    """
    ledger = b.ledger
    share = b.assume("debt_percent") / 100
    rate, tenor = _rate(b), b.assume("term_tenor")
    grace = b.assume("loan_moratorium")
    fee = b.assume("cost_debt_fee") / 100
    years = ledger.cell(SHEET, "repayment_years", tenor - grace, "Years of repayment", "year")
    flat = bool(b.case.number("payment_option") == 1)
    if flat or b.case.number("term_int_rate") == 0:
        first = ratio(1.0, years)
    else:
        first = ratio(rate, 1 - (1 + rate) ** (0 - years)) - rate
    begins = where(grace < 1, first, 0.0)
    if b.case.model == "levpartflip":
        begins = 0.0  # SAM leaves principal out of the reserve that the loan itself funds
    per_dollar = ledger.cell(
        SHEET, "first_service", begins + rate, "First-year debt service per dollar of debt", ""
    )
    months = b.assume("dscr_reserve_months") / 12
    grossed = 1 + fee * share
    loan = share * cost * grossed / (1 - share * grossed * months * per_dollar)
    if b.case.number("term_tenor") == 0:
        loan = 0.0 * loan
    amount = ledger.cell(SHEET, "size_of_debt", loan, "Debt")

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        running = u["year"] <= u["tenor"]
        interest = where(running, p.cf_debt_balance * u["rate"], 0.0)
        if flat:
            paid: Any = ratio(u["size"], u["years"])
        elif u["level"] is None:
            paid = ratio(u["size"], u["years"]) - interest
        else:
            paid = u["size"] * u["level"] - interest
        principal = where(both(running, u["year"] > u["grace"]), paid, 0.0)
        return {
            "cf_debt_payment_interest": interest,
            "cf_debt_payment_principal": principal,
            "cf_debt_payment_total": interest + principal,
            "cf_debt_balance": p.cf_debt_balance - principal,
        }

    level = None
    if not flat and b.case.number("term_int_rate") != 0:
        level = ledger.cell(
            SHEET, "level_payment", ratio(rate, 1 - (1 + rate) ** (0 - years)),
            "Level payment per dollar of debt", "",
        )  # fmt: skip
    rate_cell = ledger.cell(SHEET, "debt_rate", rate, "Interest rate of the debt", "")
    interest, principal, service, balance = ledger.scan(
        SHEET,
        b.axis,
        [*_lines(b), Line("cf_debt_balance", "Debt outstanding at year end", "$", amount)],
        step,
        {
            "year": b.year,
            "tenor": tenor,
            "rate": rate_cell,
            "grace": grace,
            "size": amount,
            "years": years,
            "level": level,
        },
    )
    reserve = _service_reserve(b, service)
    return Debt(amount, cash, interest, principal, service, balance, reserve, fee * amount)


def coverage_debt(b: Build, cash: Row, cost: Any, final_cost: Any) -> Debt:
    """Debt sized and repaid so that cash over debt service is the coverage asked for.

    D = sum of discounted cash / coverage. With a limit on the share of cost the coverage is
    raised until the debt is within it. ``cost`` is SAM's first estimate of the cost;
    ``final_cost`` the cost without debt fee and debt reserve, used when a price is solved.
    """
    ledger = b.ledger
    rate, fee = _rate(b), b.assume("cost_debt_fee") / 100
    factor = _factor(b)
    start = 0 if b.case.model == "singleowner" else 1
    present = b.row(
        SHEET, "cf_pv_cash_for_ds", factor * cash, "Discounted cash available", start=start
    )
    worth = ledger.cell(SHEET, "pv_cafds", total(present), "Present value of cash available")
    asked = b.assume("dscr")
    cover: Any = asked
    months = b.assume("dscr_reserve_months") / 12
    if b.case.on("dscr_limit_debt_fraction"):
        share = b.assume("dscr_maximum_debt_fraction") / 100
        if b.case.number("ppa_soln_mode") == 0:
            limit = share * final_cost / (1 - share * fee - share * months * at(cash, 1) / worth)
        else:
            limit = share * (cost + fee * b.assume("total_installed_cost"))
        most = ledger.cell(SHEET, "largest_debt", limit, "Largest debt within the share of cost")
        wanted = ledger.cell(SHEET, "wanted_debt", worth / asked, "Debt that the coverage allows")
        over = either(wanted > most, wanted < 0)
        cover = where(over, wanted / most * asked, asked)
    held = ledger.cell(SHEET, "coverage", cover, "Coverage that sizes the debt", "x")
    sized = b.row(
        SHEET, "cf_debt_size", where(held > 0, present / held, 0.0), "Debt carried by the year",
        start=start,
    )  # fmt: skip
    amount = ledger.cell(SHEET, "size_of_debt", total(sized), "Debt")

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        running = u["year"] <= u["tenor"]
        interest = where(running, p.cf_debt_balance * u["rate"], 0.0)
        service = where(running, ratio(u["cash"], u["cover"]), 0.0)
        principal = service - interest
        return {
            "cf_debt_payment_interest": interest,
            "cf_debt_payment_principal": principal,
            "cf_debt_payment_total": service,
            "cf_debt_balance": where(running, p.cf_debt_balance - principal, 0.0),
        }

    rate_cell = ledger.cell(SHEET, "debt_rate", rate, "Interest rate of the debt", "")
    interest, principal, service, balance = ledger.scan(
        SHEET,
        b.axis,
        [*_lines(b), Line("cf_debt_balance", "Debt outstanding at year end", "$", amount)],
        step,
        {
            "year": b.year,
            "tenor": b.assume("term_tenor"),
            "rate": rate_cell,
            "cash": cash,
            "cover": held,
        },
    )
    reserve = _service_reserve(b, service)
    return Debt(amount, cash, interest, principal, service, balance, reserve, fee * amount)


def upfront_cost(b: Build, working: Reserve, paid: Incentives) -> Any:
    """Cost before debt fee and reserves of debt and receivables, less incentives paid up front."""
    start = at(working.balance, 0) if isinstance(working.balance, Row) else 0.0
    return (
        b.assume("total_installed_cost")
        + b.construction_financing()
        + b.assume("cost_debt_closing")
        + b.assume("cost_other_financing")
        + start
        - paid.upfront
    )
