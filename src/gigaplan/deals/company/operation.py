"""Revenue, operating cost, reserves of works and working capital, cash available for debt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gigaplan.deals.company.frame import Frame, slug
from gigaplan.deals.company.schema import Revenue
from gigaplan.deals.functions import ahead, at, both, high, previous, raised, where
from gigaplan.deals.ledger import Line
from gigaplan.deals.terms import Row

SHEET = "Operation"
HOURS = 8760.0
UNITS = {
    "power_purchase": ("MWh", "USD/MWh"),
    "merchant": ("MWh", "USD/MWh"),
    "capacity_lease": ("kW", "USD/kW-month"),
    "compute": ("H100-hour", "USD/H100-hour"),
    "wafers": ("wafer", "USD/wafer"),
}


@dataclass
class Operating:
    """Lines of operation [currency of the company per period]."""

    sold: dict[str, Row]
    by_contract: dict[str, Row]
    revenue: Row
    expenses: Row
    earnings: Row
    cash: Row
    working: Any
    first_working: Any
    works: list[tuple[str, Row]] = field(default_factory=list)
    works_held: Any = 0.0


def operation(f: Frame, cost: Any) -> Operating:
    """Everything of operation that does not depend on the financing; ``cost`` is installed cost."""
    sold: dict[str, Row] = {}
    earned: dict[str, Row] = {}
    for i, contract in enumerate(f.company.revenue):
        sold[contract.name], earned[contract.name] = _contract(f, i, contract)
    total: Any = 0.0
    for row in earned.values():
        total = total + row
    salvage = f.assume("operation.salvage", f.company.operation.salvage, "Salvage, share of cost")
    end = where(f.period.equals(f.years * f.per_year), salvage * cost, 0.0)
    income = f.row(SHEET, "revenue", total, "Revenue")
    spent = _expenses(f, sold, cost)
    rest = f.row(SHEET, "salvage", end, "Salvage value")
    earnings = f.row(SHEET, "ebitda", income - spent + rest,
                     "Earnings before interest, tax, depreciation and amortization")  # fmt: skip
    works, saved, held = _works(f)
    working, first = _working(f, spent)
    change: Any = 0.0 if isinstance(working, float) else previous(working) - working
    cash = f.row(SHEET, "cfads", earnings - saved + change, "Cash available for debt service")
    return Operating(sold, earned, income, spent, earnings, cash, working, first, works, held)


def _contract(f: Frame, i: int, c: Revenue) -> tuple[Row, Row]:
    unit, price_unit = UNITS[c.kind]
    place, name = f"revenue.{i}", slug(c.name)
    size_unit = "H100-equivalents" if c.kind == "compute" else f"{unit}/year"
    size: Any = f.assume(f"{place}.volume", c.volume, f"{c.name}: volume",
                         unit if c.kind == "capacity_lease" else size_unit)  # fmt: skip
    if c.kind == "compute":
        size = (
            size
            * HOURS
            * f.assume(f"{place}.utilisation", c.utilisation, f"{c.name}: share of hours sold")
        )
    kept = 1 - f.assume(f"{place}.degradation", c.degradation, f"{c.name}: degradation a year")
    size = size * kept ** (f.year - 1)
    size = size * (
        1 - f.assume(f"{place}.curtailment", c.curtailment, f"{c.name}: curtailed share")
    )
    begins = f.assume(f"{place}.first_year", c.first_year, f"{c.name}: first year", "year")
    term = c.years if c.years is not None else f.company.timeline.operation_years
    years = f.assume(f"{place}.years", term, f"{c.name}: years", "year")
    within = both(f.year >= begins, f.year < begins + years)
    per_period = 1.0 if c.kind == "capacity_lease" else f.per_year
    sold = f.row(SHEET, f"sold_{name}", where(within, size / per_period, 0.0),
                 f"{c.name}: sold", unit)  # fmt: skip
    price = f.assume(f"{place}.price", c.price, f"{c.name}: price", price_unit)
    rises = f.assume(f"{place}.escalator", c.escalator, f"{c.name}: escalator a year")
    factor = f.assume("price_factor", f.company.price_factor, "Factor on all prices")
    rate = price * factor * (1 + rises) ** (f.year - begins)
    if c.kind == "capacity_lease":
        rate = rate * 12 / f.per_year
    earned = f.row(SHEET, f"revenue_{name}", where(within, sold * rate, 0.0), f"{c.name}: revenue")
    return sold, earned


def _expenses(f: Frame, sold: dict[str, Row], cost: Any) -> Row:
    o = f.company.operation
    total: Any = 0.0
    for i, item in enumerate(o.costs):
        place = f"operation.costs.{i}"
        growth = f.grown(f.assume(f"{place}.escalator", item.escalator, f"{item.name}: escalator"))
        amount: Any = f.money(f"{place}.fixed", item.fixed, f"{item.name}: a year") / f.per_year
        if item.per_unit and item.of is not None:
            rate = f.assume(f"{place}.per_unit", item.per_unit, f"{item.name}: per unit", f.unit)
            amount = amount + rate * sold[item.of]
        total = total + f.row(SHEET, f"cost_{slug(item.name)}", amount * growth, item.name)
    share = f.assume("operation.insurance", o.insurance, "Insurance, share of cost a year")
    total = total + f.row(SHEET, "insurance", share * cost * f.grown() / f.per_year, "Insurance")
    left = 1 - (f.year - 1) * f.assume(
        "operation.assessed_decline", o.assessed_decline, "Assessed value: yearly fall"
    )
    base = cost * f.assume("operation.assessed", o.assessed, "Assessed share of cost")
    rate = f.assume("operation.property_tax", o.property_tax, "Property tax a year")
    tax = f.row(SHEET, "property_tax", rate * base * high(left, 0.0) / f.per_year, "Property tax")
    return f.row(SHEET, "operating_expenses", total + tax, "Operating expenses")


def _works(f: Frame) -> tuple[list[tuple[str, Row]], Any, Any]:
    """Saving for major works in equal parts, their payment in the last period of a due year."""
    done: list[tuple[str, Row]] = []
    saved: Any = 0.0
    held: Any = 0.0
    for i, w in enumerate(f.company.operation.maintenance):
        place, name = f"operation.maintenance.{i}", slug(w.name)
        every = f.assume(f"{place}.every_years", w.every_years, f"{w.name}: years between", "year")
        amount = f.money(f"{place}.cost", w.cost, f"{w.name}: cost")
        extra = f.assume(f"{place}.escalator", w.escalator, f"{w.name}: escalator")
        due = f.row("Reserves", f"due_{name}", raised(f.year / every) * every,
                    f"{w.name}: next due", "year")  # fmt: skip
        ahead_of = f.months / 12 if f.company.operation.inflation_from == "closing" else 0.0
        price = amount * (1 + f.inflation + extra) ** (due - 1 + ahead_of)
        save = f.row("Reserves", f"saved_{name}",
                     where(due <= f.years, price / every / f.per_year, 0.0),
                     f"{w.name}: saved")  # fmt: skip
        pay = f.row("Reserves", f"works_{name}",
                    f.last_of_year(where(both(due.equals(f.year), due <= f.years), price, 0.0)),
                    f"{w.name}: paid from the reserve")  # fmt: skip
        key = f"reserve_{name}"
        (balance,) = f.ledger.scan(
            "Reserves", f.run, [Line(key, f"{w.name}: reserve", f.unit)],
            _saver(key),
            {"save": save, "pay": pay},
        )  # fmt: skip
        done.append((w.depreciation, pay))
        saved = saved + save
        held = held + balance
    return done, saved, held


def _saver(key: str) -> Any:
    """The step of a reserve: what is saved comes in, what is paid goes out."""

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        return {key: getattr(p, key) + u["save"] - u["pay"]}

    return step


def _working(f: Frame, spent: Row) -> tuple[Any, Any]:
    """Months of the next period's operating cost, held from closing of construction to the end."""
    months = f.company.operation.working_capital_months
    if not months:
        return 0.0, 0.0
    held = f.assume("operation.working_capital_months", months, "Working capital", "months of cost")
    balance = f.row("Reserves", "working_capital", held / 12 * f.per_year * ahead(spent),
                    "Working capital", start=0)  # fmt: skip
    return balance, at(balance, 0)
