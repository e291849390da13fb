"""The identities of a SAM case as cells: each is a residual as a share of cost, 0 when it holds."""

from __future__ import annotations

from gigaplan.deals.functions import at, internal, present, total
from gigaplan.deals.returns import sam_irr
from gigaplan.deals.sam.build import Build
from gigaplan.deals.terms import Row

SHEET = "Checks"


def add_checks(b: Build, target: Row) -> None:
    """Sources are uses, debt ends at zero, owners add to the project, worth at the return is 0."""
    cells, rows, ledger = b.ledger.cells, b.ledger.rows, b.ledger
    cost = cells["cost_installed"]
    if "size_of_debt" in cells:
        residual = cells["size_of_debt"] + cells["issuance_of_equity"] - cost
        ledger.cell(SHEET, "check_sources", residual / cost, "sources equal uses", "")
        counted = b.case.used_receivables() and b.case.number("debt_option") == 1
        if not counted:  # SAM counts the first receivables in the debt but not in its repayment
            last = at(rows["cf_debt_balance"], b.years)
            ledger.cell(SHEET, "check_debt", last / cost, "debt ends at zero", "")
    if "cf_sponsor_pretax" in rows and "cf_project_return_pretax" in rows:
        split = total(rows["cf_tax_investor_pretax"]) + total(rows["cf_sponsor_pretax"])
        whole = total(rows["cf_project_return_pretax"]) + cells["sponsor_pretax_development"]
        ledger.cell(SHEET, "check_owners", (split - whole) / cost, "owners add to the project", "")
    rate = internal(target, sam_irr(target.value.tolist(), b.years))
    if rate.value == rate.value and abs(rate.value) < 1000:
        found = next(c for n, c in cells.items() if n == _RATE[b.case.model])
        worth = present(found / 100, target) + at(target, 0)
        ledger.cell(SHEET, "check_worth", worth / cost, "worth at the return is zero", "")


_RATE = {
    "singleowner": "project_return_aftertax_irr",
    "levpartflip": "tax_investor_aftertax_irr",
    "equpartflip": "tax_investor_aftertax_irr",
    "saleleaseback": "tax_investor_aftertax_irr",
}
