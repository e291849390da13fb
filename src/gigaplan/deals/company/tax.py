"""Depreciation and credits of a company, by operating period.

Interest and commitment fees of construction and other cost at closing join the basis of each item
in proportion (26 USC 263A); investment credits reduce it (26 USC 50(c)). A year's depreciation is
spread evenly over its periods. State depreciation follows the federal. What is not depreciated at
the end is left, or deducted in the last period.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gigaplan.deals.company.frame import Frame, slug
from gigaplan.deals.company.funding import Funded
from gigaplan.deals.company.operation import Operating
from gigaplan.deals.functions import at, both, shifted, total, where
from gigaplan.deals.schedules import LABELS, SCHEDULES
from gigaplan.deals.terms import Cell, Row

SHEET = "Tax"


@dataclass
class Credits:
    """Depreciation, credits used by the owners, and cash for credits sold, by period."""

    depreciation: Row
    used: Row
    sold: Row


def _shares(f: Frame, kind: str) -> Row:
    """Shares of a depreciation class by period: a year's share spread over its periods."""
    name = f"share_{kind}"
    if name in f.ledger.rows:
        return f.ledger.rows[name]
    yearly = np.asarray(SCHEDULES[kind]) / f.step
    values = np.concatenate([[0.0], np.repeat(yearly, f.step)])
    return f.ledger.schedule(name, values, f.run, f"Depreciation shares, {LABELS[kind]}", "",
                             "IRS Publication 946, half-year convention")  # fmt: skip


def depreciation_and_credits(
    f: Frame, op: Operating, cost: Cell, items: list[Cell], funded: Funded
) -> Credits:
    """Depreciation of cost items and major works, investment and production credits."""
    company, ledger = f.company, f.ledger
    other = f.money("construction.other", company.construction.other, "Other cost at closing")
    gross = ledger.cell(SHEET, "basis_gross", (cost + funded.capitalised + other) / _sum(items),
                        "Basis per dollar of item, with financing of construction", "")  # fmt: skip
    rate: Any = 0.0
    lost: Any = 0.0
    bought: dict[str, Cell] = {}
    for i, c in enumerate(company.credits):
        bought[c.name] = f.assume(f"credits.{i}.rate", c.rate, f"{c.name}: share of cost")
        cut = f.assume(f"credits.{i}.basis_reduction", c.basis_reduction,
                       f"{c.name}: share taken off the basis")  # fmt: skip
        rate, lost = rate + bought[c.name], lost + bought[c.name] * cut
    whole: Any = 0.0
    bases: list[Cell] = []
    qualifying: Any = 0.0
    first: Any = 0.0
    for i, item in enumerate(company.construction.costs):
        place, name = f"construction.costs.{i}", slug(item.name)
        base = items[i] * gross
        share = f.assume(f"{place}.credit", item.credit, f"{item.name}: share that earns credits")
        qualifying = qualifying + base * share
        left = base if isinstance(lost, float) else base * (1 - share * lost)
        basis = ledger.cell(SHEET, f"basis_{name}", left + 0.0, f"{item.name}: basis", f.unit)
        bases.append(basis)
        if item.depreciation == "none":
            continue
        if item.bonus:
            bonus = f.assume(f"{place}.bonus", item.bonus, f"{item.name}: bonus depreciation")
            first = first + basis * bonus
            rest: Any = basis * (1 - bonus)
        else:
            rest = basis
        whole = whole + f.row(
            SHEET,
            f"depreciation_{name}",
            _shares(f, item.depreciation) * rest,
            f"{item.name}: depreciation",
        )
    if not isinstance(first, float):
        whole = whole + where(both(f.year > 0, f.year <= 1), first / f.per_year, 0.0)
    whole = whole + _works(f, op)
    if isinstance(whole, float):
        whole = 0.0 * f.period
    if company.tax.not_depreciated == "deducted":
        whole = _at_end(f, op, whole, bases)
    row = f.row(SHEET, "depreciation", whole, "Depreciation")
    used, sold = _credits(f, op, qualifying, bought)
    return Credits(row, used, sold)


def _at_end(f: Frame, op: Operating, scheduled: Any, bases: list[Cell]) -> Any:
    """Depreciation with what is left of the basis of items and works in the last period."""
    row = f.row(SHEET, "depreciation_scheduled", scheduled, "Depreciation by schedule")
    left: Any = _sum(bases) - total(row)
    for _, paid in op.works:
        left = left + total(paid)
    rest = f.ledger.cell(SHEET, "basis_at_end", left, "Basis left at the end", f.unit)
    return row + where(f.period.equals(f.years * f.per_year), rest, 0.0)


def _sum(items: list[Cell]) -> Any:
    found: Any = 0.0
    for item in items:
        found = found + item
    return found


def _works(f: Frame, op: Operating) -> Any:
    """Major works depreciate from the year in which they are paid."""
    found: Any = 0.0
    for i, (kind, paid) in enumerate(op.works):
        if kind == "none":
            continue
        term: Any = 0.0
        for t in np.flatnonzero(paid.value):
            begins = int(t) - f.step  # periods before its year
            term = term + at(paid, int(t)) * shifted(_shares(f, kind), -begins)
        if not isinstance(term, float):
            name = slug(f.company.operation.maintenance[i].name)
            found = found + f.row(
                SHEET,
                f"depreciation_works_{name}",
                term,
                f"{f.company.operation.maintenance[i].name}: depreciation",
            )
    return found


def _credits(f: Frame, op: Operating, qualifying: Any, bought: dict[str, Cell]) -> tuple[Row, Row]:
    used: Any = 0.0 * f.period
    sold: Any = 0.0 * f.period
    for i, c in enumerate(f.company.credits):
        amount = f.ledger.cell(SHEET, f"credit_{slug(c.name)}", qualifying * bought[c.name],
                               f"{c.name}: credit", f.unit)  # fmt: skip
        line = where(f.period.equals(1), amount, 0.0)
        if c.transfer_price is None:
            used = used + line
        else:
            sold = sold + line * f.assume(f"credits.{i}.transfer_price", c.transfer_price,
                                          f"{c.name}: price of a dollar of credit")  # fmt: skip
    for i, made in enumerate(f.company.production_credits):
        place = f"production_credits.{i}"
        rate = f.assume(f"{place}.rate", made.rate, f"{made.name}: credit per unit", f.unit)
        rises = f.assume(f"{place}.escalator", made.escalator, f"{made.name}: growth a year")
        years = f.assume(f"{place}.years", made.years, f"{made.name}: years", "year")
        line = f.row(SHEET, f"production_credit_{slug(made.name)}",
                     where(f.year <= years,
                           rate * op.sold[made.of] * (1 + rises) ** (f.year - 1), 0.0),
                     f"{made.name}: credit")  # fmt: skip
        if made.transfer_price is None:
            used = used + line
        else:
            sold = sold + line * f.assume(f"{place}.transfer_price", made.transfer_price,
                                          f"{made.name}: price of a dollar of credit")  # fmt: skip
    return (f.row(SHEET, "credits_used", used, "Credits used by the owners"),
            f.row(SHEET, "credits_sold", sold, "Cash for credits sold"))  # fmt: skip
