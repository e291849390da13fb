"""Cash incentives and credits: investment, capacity and production based; ITC and PTC.

SAM's four givers (federal, state, utility, other) each may pay a share or an amount of the
investment (ibi), by capacity (cbi) or by production (pbi); tax credits are federal and state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gigaplan.deals.functions import low, rounded, where
from gigaplan.deals.sam.build import Build
from gigaplan.deals.sam.operation import EnergyLines
from gigaplan.deals.terms import Row

GIVERS = ("fed", "sta", "uti", "oth")
_WORDS = {"fed": "federal", "sta": "state", "uti": "utility", "oth": "other"}
SHEET = "Incentives"


@dataclass
class Incentives:
    """What the givers pay, how it is taxed and how it reduces the depreciable basis [$]."""

    upfront: Any
    ibi: Any
    cbi: Any
    reduction: dict[str, Any]
    pbi: dict[str, Any]
    pbi_total: Any
    taxable: dict[str, Any]
    ptc: dict[str, Any]

    @property
    def ptc_total(self) -> Any:
        """Federal and state production credits."""
        return self.ptc["fed"] + self.ptc["sta"]


def incentives(b: Build, e: EnergyLines) -> Incentives:
    """Every incentive of the case; what does not arise is the number 0."""
    amounts: dict[str, Any] = {}
    ibi: Any = 0.0
    cbi: Any = 0.0
    for g in GIVERS:
        if b.used(f"ibi_{g}_amount"):
            amounts[f"ibi_{g}_amount"] = b.assume(f"ibi_{g}_amount")
            ibi = ibi + amounts[f"ibi_{g}_amount"]
        if b.used(f"ibi_{g}_percent"):
            share = b.assume(f"ibi_{g}_percent") / 100 * b.assume("total_installed_cost")
            amounts[f"ibi_{g}_percent"] = b.ledger.cell(
                SHEET, f"ibi_{g}_percent_amount",
                low(share, b.assume(f"ibi_{g}_percent_maxvalue")),
                f"Investment incentive, {_WORDS[g]}, share of cost",
            )  # fmt: skip
            ibi = ibi + amounts[f"ibi_{g}_percent"]
        if b.used(f"cbi_{g}_amount"):
            size = b.assume(f"cbi_{g}_amount") * b.assume("system_capacity") * 1000
            amounts[f"cbi_{g}"] = b.ledger.cell(
                SHEET, f"cbi_{g}_total", low(size, b.assume(f"cbi_{g}_maxvalue")),
                f"Capacity incentive, {_WORDS[g]}",
            )  # fmt: skip
            cbi = cbi + amounts[f"cbi_{g}"]

    def counted(suffix: str) -> Any:
        found: Any = 0.0
        for name, amount in amounts.items():
            if b.case.on(f"{name}_{suffix}"):
                found = found + amount
        return found

    reduction = {tax: counted(f"deprbas_{tax}") for tax in ("fed", "sta")}
    pbi = {g: _production(b, e, g) for g in GIVERS}
    pbi_total: Any = 0.0
    for line in pbi.values():
        pbi_total = pbi_total + line
    taxable = {tax: _taxable(b, tax, counted(f"tax_{tax}"), pbi) for tax in ("fed", "sta")}
    ptc = {tax: _production_credit(b, e, tax) for tax in ("fed", "sta")}
    return Incentives(ibi + cbi, ibi, cbi, reduction, pbi, pbi_total, taxable, ptc)


def _production(b: Build, e: EnergyLines, giver: str) -> Any:
    name = f"pbi_{giver}_amount"
    if not b.used(name):
        return 0.0
    given = b.yearly(name)
    if isinstance(given, Row):
        term = given * e.sales
    else:
        growth = (1 + b.assume(f"pbi_{giver}_escal") / 100) ** (b.year - 1)
        within = b.year <= b.assume(f"pbi_{giver}_term")
        term = where(within, given * e.sales * growth, 0.0)
    return b.row(SHEET, f"cf_pbi_total_{giver}", term, f"Production incentive, {_WORDS[giver]}")


def in_service(b: Build, giver: str) -> bool:
    """Whether a production incentive counts as revenue that serves debt.

    The all-equity flip and the sale leaseback always count it.
    """
    if b.case.model in ("equpartflip", "saleleaseback"):
        return True
    return b.case.on(f"pbi_{giver}_for_ds")


def _taxable(b: Build, tax: str, once: Any, pbi: dict[str, Any]) -> Any:
    """Incentives that are income, as an adjustment of taxable income by year.

    Where a production incentive is in revenue, one that is not taxed is taken out again (sale
    leaseback, all-equity flip); where it is not, one that is taxed is added.
    """
    term: Any = 0.0
    for g, line in pbi.items():
        if isinstance(line, float):
            continue
        taxed = b.case.on(f"pbi_{g}_tax_{tax}")
        if b.case.model in ("equpartflip", "saleleaseback"):
            term = term if taxed else term - line
        elif taxed and not in_service(b, g):
            term = term + line
    if b.case.model != "saleleaseback" and not isinstance(once, float):
        term = term + b.only_in(1, once)
    if isinstance(term, float):
        return 0.0
    word = "federal" if tax == "fed" else "state"
    name = {"fed": "cf_fedtax_taxable_incentives", "sta": "cf_statax_taxable_incentives"}[tax]
    if b.case.model == "saleleaseback":
        name = name.replace("cf_", "cf_sponsor_")
    return b.row(SHEET, name, term, f"Incentives in {word} taxable income")


def _production_credit(b: Build, e: EnergyLines, tax: str) -> Any:
    """Credit by energy sold; the rate is rounded to a whole $/MWh (Internal Revenue Service)."""
    name = f"ptc_{tax}_amount"
    if not b.used(name):
        return 0.0
    given = b.yearly(name)
    if isinstance(given, Row):
        term: Any = given * e.sales
    else:
        growth = (1 + b.assume(f"ptc_{tax}_escal") / 100) ** (b.year - 1)
        rate = rounded(1000 * given * growth)
        within = b.year <= b.assume(f"ptc_{tax}_term")
        term = where(within, e.sales / 1000 * rate, 0.0)
    word = "federal" if tax == "fed" else "state"
    return b.row(SHEET, f"cf_ptc_{tax}", term, f"Production tax credit, {word}")
