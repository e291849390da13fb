"""SAM's single owner: one owner takes all cash, tax benefits and credits."""

from __future__ import annotations

from gigaplan.deals.sam.build import Build
from gigaplan.deals.sam.measures import debt_measures, levelized, rate, worth
from gigaplan.deals.sam.project import costs_row, coverage_row, financed, project
from gigaplan.deals.terms import Cell, Row


def single_owner(b: Build, price: Cell) -> Row:
    """Write the model; return the flow whose target a solved price meets."""
    p = project(b, price)
    f = financed(p)
    assert f.debt is not None
    coverage = coverage_row(b, f.debt)
    rate(b, "project_return_aftertax_irr", f.aftertax, "Return after tax")
    worth(b, "project_return_aftertax_npv", f.aftertax, "Net present value after tax")
    levelized(b, p.energy, p.revenue.energy, costs_row(p, f))
    debt_measures(b, f.debt, coverage, f.installed)
    return f.aftertax
