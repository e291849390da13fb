"""Results that SAM reports as single numbers: levelized cost and price, worth, returns."""

from __future__ import annotations

from typing import Any

from gigaplan.deals.functions import at, internal, mean, present, ratio, smallest, where
from gigaplan.deals.ledger import Line
from gigaplan.deals.returns import sam_irr
from gigaplan.deals.sam.build import Build
from gigaplan.deals.sam.debt import Debt
from gigaplan.deals.sam.operation import EnergyLines
from gigaplan.deals.terms import Cell, Row

SHEET = "Returns"


def worth(b: Build, name: str, row: Row, label: str) -> Cell:
    """Net present value at the nominal discount rate, year 0 undiscounted."""
    b.ledger.scan(
        SHEET,
        b.axis,
        [Line(f"{row.name}_npv", f"{row.label}: worth to date", "$", at(row, 0))],
        lambda p, c, u: {
            f"{row.name}_npv": getattr(p, f"{row.name}_npv")
            + u["flow"] / (1 + u["rate"]) ** u["year"]
        },
        {"flow": row, "rate": b.nominal, "year": b.year},
    )
    return b.ledger.cell(SHEET, name, present(b.nominal, row) + at(row, 0), label)


def rate(b: Build, name: str, row: Row, label: str) -> Cell:
    """Internal rate of return in percent; of several roots the one that SAM's iteration finds."""
    near = sam_irr(row.value.tolist(), b.years)
    return b.ledger.cell(SHEET, name, internal(row, near), label, "%")


def levelized(b: Build, e: EnergyLines, revenue: Row, costs: Row) -> None:
    """Levelized price and cost of energy, nominal and real [cents/kWh]."""
    ledger, real = b.ledger, b.assume("real_discount_rate") / 100
    sold = ledger.cell(SHEET, "npv_ppa_revenue", present(b.nominal, revenue), "Worth of sales")
    nominal = ledger.cell(
        SHEET, "npv_energy_nom", present(b.nominal, e.sales), "Energy discounted, nominal", "kWh"
    )
    actual = ledger.cell(
        SHEET, "npv_energy_real", present(real, e.sales), "Energy discounted, real", "kWh"
    )
    spent = ledger.cell(
        SHEET, "npv_annual_costs", 0 - (present(b.nominal, costs) + at(costs, 0)),
        "Worth of yearly costs",
    )  # fmt: skip
    for name, top, under, label in (
        ("lppa_nom", sold, nominal, "Levelized price, nominal"),
        ("lppa_real", sold, actual, "Levelized price, real"),
        ("lcoe_nom", spent, nominal, "Levelized cost of energy, nominal"),
        ("lcoe_real", spent, actual, "Levelized cost of energy, real"),
    ):
        ledger.cell(SHEET, name, ratio(top, under) * 100, label, "cents/kWh")


def debt_measures(b: Build, debt: Debt, coverage: Row, installed: Cell) -> None:
    """Share of debt, and the lowest coverage of the years with debt service."""
    b.ledger.cell(
        SHEET, "debt_fraction", ratio(debt.size, installed) * 100, "Debt, share of cost", "%"
    )
    blank: Any = float("nan")
    years = b.row(
        "Debt", "coverage_of_debt_years", where(coverage.equals(0), blank, coverage),
        "Coverage in years with debt service", "x", first=blank,
    )  # fmt: skip
    b.ledger.cell(SHEET, "min_dscr", smallest(years, 1), "Lowest coverage", "x")
    b.ledger.cell(SHEET, "mean_dscr", mean(years, 1), "Mean coverage", "x")
