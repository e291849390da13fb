"""What all parts of a company share: its ledger, the axes, amounts as input cells."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import Any

import numpy as np

from gigaplan.deals.company.dates import add_months
from gigaplan.deals.company.schema import Company, Money
from gigaplan.deals.functions import raised, where
from gigaplan.deals.ledger import Ledger
from gigaplan.deals.terms import Axis, Cell, Row, Term

EPOCH = dt.date(1899, 12, 30)  # day 0 of a workbook


@cache
def slug(name: str) -> str:
    """A name as part of the name of a line."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


class Frame:
    """The company in the making."""

    def __init__(self, company: Company):
        self.company = company
        self.ledger = Ledger()
        t = company.timeline
        months = t.construction_months + t.delay_months
        self.months, self.step = months, t.periods_per_year
        self.build = Axis(
            "construction", months, tuple(f"Month {i}" for i in range(months + 1)), "month"
        )
        count = t.operation_years * self.step
        word = {1: "Year", 2: "Half-year", 4: "Quarter", 12: "Month"}[self.step]
        self.run = Axis(
            "operation", count, tuple(f"{word} {i}" for i in range(count + 1)), word.lower()
        )
        self.start = add_months(t.closing, months)
        dates = tuple(d.isoformat() for d in self.dates())
        self.flows = Axis("flows", months + count, dates, "date")
        note = "calendar"
        self.month = self.ledger.schedule(
            "month", np.arange(months + 1.0), self.build, "Month of construction", "month", note
        )
        self.period = self.ledger.schedule(
            "period", np.arange(count + 1.0), self.run, "Period of operation", word.lower(), note
        )
        self.per_year = self.ledger.assume(
            "timeline.periods_per_year", self.step, "Periods of an operating year", "", "structure"
        )
        self.year = self.ledger.row(
            "Timing", "year", raised(self.period / self.per_year), "Year of operation", "year",
            start=0,
        )  # fmt: skip
        self.years = self.ledger.assume(
            "timeline.operation_years", t.operation_years, "Years of operation", "year", "structure"
        )
        self.inflation = self.assume("operation.inflation", company.operation.inflation,
                                     "Inflation of costs", "")  # fmt: skip

    def dates(self) -> list[dt.date]:
        """The dates of the joint axis: month ends of construction, then ends of periods."""
        closing = self.company.timeline.closing
        return [add_months(closing, int(m)) for m in self.months_of_flows()]

    def months_of_flows(self) -> list[float]:
        """Months from closing to each date of the joint axis."""
        length = 12 // self.step
        ends = [self.months + i * length for i in range(1, self.run.last + 1)]
        return [float(m) for m in (*range(self.months + 1), *ends)]

    def assume(self, field: str, value: float, label: str, unit: str = "") -> Cell:
        """An input of the case as a cell, named by its field."""
        if field in self.ledger.cells:
            return self.ledger.cells[field]
        source = self.company.sources.get(field, "case file")
        return self.ledger.assume(field, value, label, unit, source)

    def money(self, field: str, value: Money, label: str) -> Any:
        """An amount in the company's currency: the input, times the rate of exchange."""
        unit = value.currency
        cell = self.assume(field, value.amount, label, unit)
        if value.currency == self.company.currency or not value.amount:
            return cell
        rate = self.company.exchange_rates[value.currency]
        name = f"exchange_rates.{value.currency}"
        return cell * self.assume(name, rate, f"Value of 1 {value.currency}", self.unit)

    @property
    def unit(self) -> str:
        """The currency of the company."""
        return self.company.currency

    def row(self, sheet: str, name: str, term: Any, label: str, unit: str = "", **kw: Any) -> Row:
        """A line of the operating periods."""
        return self.ledger.row(sheet, name, term, label, unit or self.unit, axis=self.run, **kw)

    def built(self, name: str, term: Any, label: str, **kw: Any) -> Row:
        """A line of the months of construction."""
        return self.ledger.row("Construction", name, term, label, self.unit, axis=self.build, **kw)

    def grown(self, extra: Any = 0.0) -> Term:
        """Growth of a cost to the year: inflation and an escalator, from year 2 or from closing."""
        base = 1 + self.inflation + extra
        if self.company.operation.inflation_from == "closing":
            return base ** (self.year - 1 + self.months / 12)
        return base ** (self.year - 1)

    def last_of_year(self, term: Any) -> Any:
        """``term`` in the last period of each year, 0 in the others."""
        if self.step == 1:
            return term
        return where((self.year * self.per_year).equals(self.period), term, 0.0)
