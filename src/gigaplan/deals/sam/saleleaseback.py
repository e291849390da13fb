"""SAM's sale leaseback: a tax investor buys the plant and leases it back to its developer.

The lease payment is the operating cash flow of the year; the developer keeps an operating margin
and the interest on the reserve of lease payments.
"""

from __future__ import annotations

from typing import Any

from gigaplan.deals.functions import at, shifted, where
from gigaplan.deals.sam.basis import basis
from gigaplan.deals.sam.build import Build
from gigaplan.deals.sam.measures import levelized, rate, worth
from gigaplan.deals.sam.project import Project, depreciable, initial, project, reserve_interest
from gigaplan.deals.terms import Cell, Row, Term

LESSEE, LESSOR = "Lessee", "Lessor"
_DEDUCTED = (
    "cf_om_fixed_expense",
    "cf_om_capacity_expense",
    "cf_om_production_expense",
    "cf_om_fuel_expense",
    "cf_insurance_expense",
    "cf_property_tax_expense",
)


def sale_leaseback(b: Build, price: Cell) -> Row:
    """Write the model; return the tax investor's flow after tax."""
    p = project(b, price)
    ledger = b.ledger
    cost = b.assume("total_installed_cost")
    fee = ledger.cell(
        "Sources and uses", "sponsor_pretax_development",
        b.assume("cost_dev_fee_percent") / 100 * cost, "Development fee",
    )  # fmt: skip
    sale = ledger.cell(
        "Sources and uses", "sale_of_property", depreciable(b), "Sale of the property"
    )
    _, interest = reserve_interest(p, [])
    operating = b.row(
        LESSEE, "cf_sponsor_operating_activities", p.earnings + interest, "Cash from operation"
    )
    lease = _lease(p, operating, initial(p.receivables))
    funding, sponsor, reserve_yield = _sponsor(p, lease, fee)
    investor, before, taxes = _investor(p, lease, sale)
    _sponsor_return(p, lease, interest, reserve_yield, sponsor, fee)
    uses: Any = sale + initial(p.working) + initial(p.receivables)
    if b.case.number("ppa_soln_mode") == 0:
        uses = uses + funding  # SAM counts the lease reserve only where it searches a price
    installed = ledger.cell("Sources and uses", "cost_installed", uses, "Uses: total cost")
    ledger.cell("Sources and uses", "size_of_equity", installed - p.paid.upfront, "Sources: equity")
    equity = ledger.cell(
        "Sources and uses", "issuance_of_equity", sale - p.paid.upfront, "Lessor's equity"
    )
    rate(b, "tax_investor_aftertax_irr", investor, "Tax investor: return after tax")
    worth(b, "tax_investor_aftertax_npv", investor, "Tax investor: net present value after tax")
    rate(b, "tax_investor_pretax_irr", before, "Tax investor: return before tax")
    worth(b, "tax_investor_pretax_npv", before, "Tax investor: net present value before tax")
    term: Any = p.paid.pbi_total + taxes[0] + taxes[1] - p.expenses.total + p.paid.ptc_total
    for reserve in p.equipment:
        term = term - reserve.funding
    term = term - p.working.funding - p.working.disbursement + interest + p.salvage + taxes[2]
    costs = b.row("Returns", "cf_annual_costs", term, "Yearly cost", first=0 - equity)
    levelized(b, p.energy, p.revenue.energy, costs)
    return investor


def _lease(p: Project, operating: Row, receivables: Any) -> Row:
    """Operating cash flow before tax: the effective lease payment."""
    b = p.b
    term: Any = operating - p.working.funding + p.receivables.change - p.salvage
    for reserve in p.equipment:
        term = term - reserve.funding
    return b.row(
        LESSEE, "cf_pretax_operating_cashflow", term, "Lease payment",
        first=b.assume("cost_other_financing") - receivables,
    )  # fmt: skip


def _sponsor(p: Project, lease: Row, fee: Cell) -> tuple[Cell, Row, Any]:
    """The developer before tax: fee, reserves it funds and gets back, margin."""
    b = p.b
    months = b.assume("tax_investor_required_lease_reserve") / 12
    held = b.ledger.cell(
        "Sources and uses", "lease_reserve", months * at(lease, 1), "Reserve of lease payments"
    )
    kept = where(b.year < b.last, held, 0.0)
    balance = b.row(
        LESSEE, "cf_reserve_leasepayment", kept, "Lease payment reserve: balance", start=0
    )
    gain = b.row(
        LESSEE, "cf_reserve_leasepayment_interest",
        b.assume("reserves_interest") / 100 * shifted(balance, -1),
        "Lease payment reserve: interest",
    )  # fmt: skip
    equity = b.ledger.cell(
        "Sources and uses", "sponsor_equity_in_lessee_llc", held + initial(p.working),
        "Developer's equity in the lessee",
    )  # fmt: skip
    released = where(b.year.equals(b.last), held, 0.0)
    pretax = b.row(
        LESSEE, "cf_sponsor_pretax",
        p.expenses.margin + gain + released - p.working.disbursement,
        "Developer: return before tax", first=fee - equity,
    )  # fmt: skip
    rate(b, "sponsor_pretax_irr", pretax, "Developer: return before tax")
    worth(b, "sponsor_pretax_npv", pretax, "Developer: net present value before tax")
    return held, pretax, gain


def _sponsor_return(
    p: Project, lease: Row, interest: Row, gain: Any, pretax: Row, fee: Cell
) -> None:
    """The developer's taxes and return after tax."""
    b = p.b
    income: Any = p.revenue.energy + interest + gain - lease
    for name in _DEDUCTED:
        if name in p.expenses.lines:
            income = income - p.expenses.lines[name]
    state_rate, federal_rate = b.yearly("state_tax_rate") / 100, b.yearly("federal_tax_rate") / 100
    sta, prior = _taxed(p, "sponsor", "sta", income, p.paid.taxable["sta"])
    rent: Any = p.expenses.lines.get("cf_land_lease_expense", 0.0)
    fed, _ = _taxed(p, "sponsor", "fed", prior + sta - rent, p.paid.taxable["fed"])
    on_fee = b.only_in(1, fee) * (0 - state_rate - (1 - state_rate) * federal_rate)
    taxed = b.row(LESSEE, "cf_sponsor_aftertax_devfee", on_fee, "Tax on the development fee")
    after = b.row(
        "Investors", "cf_sponsor_aftertax", pretax + sta + fed + taxed,
        "Developer: return after tax", start=0,
    )  # fmt: skip
    rate(b, "sponsor_aftertax_irr", after, "Developer: return after tax")
    worth(b, "sponsor_aftertax_npv", after, "Developer: net present value after tax")


def _taxed(p: Project, who: str, tax: str, income: Any, incentives: Any) -> tuple[Row, Row]:
    """Tax of one party on income and taxable incentives, and its income before incentives."""
    b = p.b
    sheet, party = {"sponsor": (LESSEE, "Developer"), "tax_investor": (LESSOR, "Tax investor")}[who]
    word = {"sta": "state", "fed": "federal"}[tax]
    prior = b.row(
        sheet, f"cf_{who}_{tax}tax_income_prior_incentives", income,
        f"{party}: {word} taxable income before incentives",
    )  # fmt: skip
    whole = b.row(
        sheet, f"cf_{who}_{tax}tax_income_with_incentives", prior + incentives,
        f"{party}: {word} taxable income",
    )  # fmt: skip
    rate = b.yearly(f"{word}_tax_rate") / 100
    return b.row(sheet, f"cf_{who}_{tax}tax", rate * (0 - whole), f"{party}: {word} tax"), prior


def _investor(p: Project, lease: Row, sale: Cell) -> tuple[Row, Row, tuple[Row, Row, Any]]:
    """The lessor: lease payments, depreciation, credits, taxes and return."""
    b = p.b
    dep = basis(b, sale, p.paid, p.equipment)
    once = {tax: _once(p, tax) for tax in ("sta", "fed")}
    pretax = b.row(
        LESSOR, "cf_tax_investor_pretax", lease + p.salvage - b.only_in(0, sale - p.paid.upfront),
        "Tax investor: return before tax", start=0,
    )  # fmt: skip
    income = lease + p.salvage
    sta, _ = _taxed(p, "tax_investor", "sta", income - dep.depreciation["sta"], once["sta"])
    credits = p.paid.ptc["sta"] + dep.itc["sta"]
    fed, _ = _taxed(p, "tax_investor", "fed", income - dep.depreciation["fed"] + sta + credits,
                    once["fed"])  # fmt: skip
    kept = dep.itc_total
    if isinstance(kept, Term):  # SAM leaves the last year of a credit by schedule out of the return
        kept = where(b.year < b.last, kept, 0.0)
    after = b.row(
        "Investors", "cf_tax_investor_aftertax",
        pretax + kept + p.paid.ptc_total + sta + fed, "Tax investor: return after tax", start=0,
    )  # fmt: skip
    return after, pretax, (sta, fed, dep.itc_total)


def _once(p: Project, tax: str) -> Any:
    """Investment and capacity incentives that are income of the lessor in year 1."""
    b = p.b
    found: Any = 0.0
    for g in ("fed", "sta", "uti", "oth"):
        for name, cell in (
            (f"ibi_{g}_amount", f"ibi_{g}_amount"),
            (f"ibi_{g}_percent", f"ibi_{g}_percent_amount"),
            (f"cbi_{g}", f"cbi_{g}_total"),
        ):
            if cell in b.ledger.cells and b.case.on(f"{name}_tax_{tax}"):
                found = found + b.ledger.cells[cell]
    if isinstance(found, float):
        return 0.0
    word = {"sta": "state", "fed": "federal"}[tax]
    return b.row(LESSOR, f"cf_tax_investor_{tax}tax_taxable_incentives", b.only_in(1, found),
                 f"Tax investor: incentives in {word} taxable income")  # fmt: skip
