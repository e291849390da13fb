"""What every SAM model shares: the case, its ledger, the years, inputs as cells or schedules."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigaplan.deals.functions import where
from gigaplan.deals.ledger import Ledger, Line
from gigaplan.deals.sam.case import SamCase
from gigaplan.deals.sam.declaration import declared
from gigaplan.deals.terms import Axis, Cell, Row, Term

SOURCE = "case file (SAM input)"


class Build:
    """A model in the making."""

    def __init__(self, case: SamCase):
        self.case = case
        self.ledger = Ledger()
        n = case.years
        self.axis = Axis("operation", n, tuple(f"Year {i}" for i in range(n + 1)))
        self.year = self.ledger.schedule(
            "year", np.arange(n + 1.0), self.axis, "Year of operation", "year"
        )
        self.last = self.assume("analysis_period")
        self.inflation = self.assume("inflation_rate") / 100
        self.nominal = self.ledger.cell(
            "Returns",
            "nominal_discount_rate",
            (1 + self.assume("real_discount_rate") / 100) * (1 + self.inflation) - 1,
            "Nominal discount rate",
            "",
        )

    @property
    def years(self) -> int:
        """Years of operation."""
        return self.axis.last

    def assume(self, name: str) -> Cell:
        """A scalar input as a cell, written once."""
        if name in self.ledger.cells:
            return self.ledger.cells[name]
        d = declared()[name]
        return self.ledger.assume(name, self.case.number(name), d.label, d.unit, SOURCE)

    def construction_financing(self) -> Cell:
        """Cost of construction loans: as stated, or from up to five loans by SAM's short form.

        A loan of a share of installed cost bears interest on half of it over its months, and an
        upfront fee (SAM's module of construction financing).
        """
        name, loans = "construction_financing_cost", [f"{i}" for i in range(1, 6)]
        if name in self.ledger.cells:
            return self.ledger.cells[name]
        drawn = [i for i in loans if self.used(f"const_per_percent{i}")]
        if self.used(name) or not drawn:
            return self.assume(name)
        cost: Any = 0.0
        for i in drawn:
            months, rate = (self.assume(f"const_per_{k}{i}") for k in ("months", "interest_rate"))
            fee = self.assume(f"const_per_upfront_rate{i}") / 100
            loan = self.assume("total_installed_cost") * self.assume(f"const_per_percent{i}") / 100
            cost = cost + loan * (rate / 100 * months / 12 / 2 + fee)
        return self.ledger.cell("Sources and uses", name, cost, "Cost of construction loans")

    def yearly(self, name: str) -> Cell | Row:
        """An input that is one value or a schedule from year 1."""
        values = self.case.series(name)
        if len(values) <= 1:
            return self.assume(name)
        return self.by_year(name, values)

    def by_year(self, name: str, values: list[float]) -> Row:
        """A schedule from year 1 as an input row, written once."""
        if name in self.ledger.rows:
            return self.ledger.rows[name]
        d = declared()[name]
        return self.ledger.schedule(name, [0.0, *values], self.axis, d.label, d.unit, SOURCE)

    def used(self, *names: str) -> bool:
        """Whether any of the inputs is other than zero."""
        return any(any(v != 0.0 for v in self.case.series(n)) for n in names)

    def escalated(self, name: str, escalation: str, scale: Any, inflated: bool = True) -> Term:
        """One value that grows from year 2, or a schedule as given (SAM's value or schedule).

        SAM adds inflation and the escalation: value x scale x (1 + escalation + inflation) ^
        (year - 1).
        """
        given = self.yearly(name)
        if isinstance(given, Row):
            return given * scale
        growth: Any = 1 + self.assume(escalation) / 100
        if inflated:
            growth = growth + self.inflation
        return given * scale * growth ** (self.year - 1)

    def row(self, sheet: str, name: str, term: Any, label: str, unit: str = "$", **kw: Any) -> Row:
        """A line of the cash flow."""
        return self.ledger.row(sheet, name, term, label, unit, axis=self.axis, **kw)

    def balance(self, sheet: str, name: str, label: str, change: Any) -> list[Row]:
        """A running balance of ``change``, from nothing in year 0."""
        flow = change
        if not isinstance(change, Row):
            flow = self.row(sheet, f"{name}_change", change, f"{label}: change")
        return self.ledger.scan(
            sheet,
            self.axis,
            [Line(name, label, "$")],
            lambda p, c, u: {name: getattr(p, name) + u["flow"]},
            {"flow": flow},
        )

    def on_recapitalization(self) -> bool:
        """Whether the case replaces the plant in given years."""
        return self.case.on("system_use_recapitalization") and self.used(
            "system_recapitalization_cost"
        )

    def only_in(self, year: int, term: Any) -> Term:
        """``term`` in one year, 0 otherwise."""
        return where(self.year.equals(year), term, 0.0)
