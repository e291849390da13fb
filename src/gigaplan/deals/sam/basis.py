"""Depreciable basis by class, investment tax credits, and depreciation by year.

The basis is the cost without reserves and debt fees, spread over SAM's seven classes. Half of an
investment credit is taken off the basis of the classes that qualify (26 USC 50(c)(3)); bonus
depreciation is taken in year 1 from what is left (26 USC 168(k)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gigaplan.deals.functions import at, low, shifted, total, where
from gigaplan.deals.sam.build import SOURCE, Build
from gigaplan.deals.sam.incentives import Incentives
from gigaplan.deals.sam.operation import Reserve
from gigaplan.deals.schedules import LABELS, SCHEDULES
from gigaplan.deals.terms import Cell, Row

CLASSES = ("macrs_5", "macrs_15", "sl_5", "sl_15", "sl_20", "sl_39", "custom")
SHEET = "Tax"
_TAX = {"fed": "Federal", "sta": "State"}


@dataclass
class Basis:
    """Depreciation and investment credits by year [$], for federal and state tax."""

    depreciation: dict[str, Any]
    itc: dict[str, Any]

    @property
    def itc_total(self) -> Any:
        """Federal and state investment credits."""
        return self.itc["fed"] + self.itc["sta"]


def share_row(b: Build, kind: str) -> Row:
    """The yearly shares of a depreciation class as an input row."""
    name = f"share_{kind}"
    if name in b.ledger.rows:
        return b.ledger.rows[name]
    if kind == "custom":
        shares = [v / 100 for v in b.case.series("depr_custom_schedule")]
        note = SOURCE
    else:
        shares, note = list(SCHEDULES[kind]), "IRS Publication 946, half-year convention"
    return b.ledger.schedule(
        name, [0.0, *shares], b.axis, f"Depreciation shares, {LABELS[kind]}", "", note
    )


def _equipment(b: Build, reserves: list[Reserve], tax: str) -> Any:
    """Depreciation of replaced major equipment, each from its year of replacement."""
    kind = CLASSES[int(b.case.number(f"equip_reserve_depr_{tax}"))]
    found: Any = 0.0
    for which, reserve in enumerate(reserves, start=1):
        if not isinstance(reserve.disbursement, Row):
            continue
        shares = share_row(b, kind)
        term: Any = 0.0
        for year in np.flatnonzero(reserve.disbursement.value):
            spent = at(reserve.disbursement, int(year))
            term = term - spent * shifted(shares, -(int(year) - 1))
        if isinstance(term, float):
            continue
        line = b.row(
            SHEET, f"cf_{tax}depr_me{which}", term,
            f"{_TAX[tax]} depreciation, major equipment {which}",
        )  # fmt: skip
        found = found + line
    return found


def _percent_credit(b: Build, tax: str, qualifying: Any) -> Any:
    name = f"itc_{tax}_percent"
    if not b.used(name):
        return 0.0
    rates = b.case.series(name)
    caps = b.yearly(f"{name}_maxvalue")
    if len(rates) == 1:
        term = b.only_in(1, low(b.assume(name) / 100 * qualifying, caps))
    else:
        term = low(b.by_year(name, rates) / 100 * qualifying, caps)
    return b.row(
        SHEET, f"cf_itc_{tax}_percent_amount", term, f"{_TAX[tax]} investment credit, share of cost"
    )


def _amount_credit(b: Build, tax: str) -> Any:
    name = f"itc_{tax}_amount"
    if not b.used(name):
        return 0.0
    values = b.case.series(name)
    term = b.only_in(1, b.assume(name)) if len(values) == 1 else b.by_year(name, values) * 1
    return b.row(SHEET, f"cf_itc_{tax}_amount", term, f"{_TAX[tax]} investment credit, amount")


def basis(b: Build, cost: Any, paid: Incentives, reserves: list[Reserve]) -> Basis:
    """Depreciation and credits from the total ``cost`` that may be depreciated [$]."""
    ledger, case = b.ledger, b.case
    used = [c for c in CLASSES if case.number(f"depr_alloc_{c}_percent") != 0.0]
    for tax in ("sta", "fed"):
        reduced = not isinstance(paid.reduction[tax], float)
        if reduced and case.number(f"depr_{tax}bas_method") == 0 and "macrs_5" not in used:
            used.insert(0, "macrs_5")  # SAM takes the reduction off this class, allocated or not
    base = ledger.cell(SHEET, "pre_depr_alloc_basis", cost, "Cost before allocation")
    allocated = {
        c: ledger.cell(
            SHEET, f"depr_alloc_{c}", b.assume(f"depr_alloc_{c}_percent") / 100 * base,
            f"Basis, {LABELS[c]}",
        )
        for c in used
    }  # fmt: skip
    every: Any = 0.0
    for cell in allocated.values():
        every = every + cell
    if used:
        every = ledger.cell(SHEET, "depr_alloc_total", every, "Basis, all classes")
    after: dict[str, dict[str, Cell | Any]] = {}
    credit: dict[str, Any] = {}
    halves: dict[str, dict[str, Any]] = {}
    amounts: dict[str, tuple[Any, Any]] = {}
    for tax in ("sta", "fed"):
        reduction = paid.reduction[tax]
        own: dict[str, Any] = {}
        for c in used:
            if isinstance(reduction, float):
                own[c] = allocated[c]
            elif case.number(f"depr_{tax}bas_method") == 0:
                own[c] = allocated[c] - (reduction if c == "macrs_5" else 0.0)
            else:
                own[c] = allocated[c] - reduction * allocated[c] / every
        qualifying = [c for c in used if case.on(f"depr_itc_{tax}_{c}")]
        pool: Any = 0.0
        for c in qualifying:
            pool = pool + own[c]
        if qualifying and (b.used(f"itc_{tax}_percent") or b.used(f"itc_{tax}_amount")):
            pool = ledger.cell(
                SHEET, f"itc_{tax}_qual_total", pool,
                f"Cost that qualifies for the {_TAX[tax].lower()} credit",
            )  # fmt: skip
        percent, fixed = _percent_credit(b, tax, pool), _amount_credit(b, tax)
        amounts[tax] = (percent, fixed)
        if isinstance(percent, float) and isinstance(fixed, float):
            credit[tax] = 0.0
        else:
            credit[tax] = b.row(
                SHEET, f"cf_itc_{tax}", percent + fixed, f"{_TAX[tax]} investment credit"
            )
        halves[tax] = {c: 0.5 * own[c] / pool for c in qualifying if _value_of(pool) > 0}
        after[tax] = own
    depreciation = {
        tax: _depreciation(b, tax, used, after[tax], halves, amounts, reserves)
        for tax in ("sta", "fed")
    }
    return Basis(depreciation, credit)


def _value_of(term: Any) -> float:
    return float(getattr(term, "value", term))


def _depreciation(
    b: Build,
    tax: str,
    used: list[str],
    own: dict[str, Any],
    halves: dict[str, dict[str, Any]],
    amounts: dict[str, tuple[Any, Any]],
    reserves: list[Reserve],
) -> Any:
    """Depreciation for one tax: bonus in year 1, then the schedule of each class."""
    ledger, case = b.ledger, b.case
    whole: Any = 0.0
    first: Any = 0.0
    for c in used:
        left = own[c]
        for giver in ("fed", "sta"):
            for part, name in zip(amounts[giver], ("percent", "amount"), strict=True):
                counts = case.on(f"itc_{giver}_{name}_deprbas_{tax}")
                if isinstance(part, Row) and counts and c in halves[giver]:
                    left = left - halves[giver][c] * total(part)
        after = ledger.cell(
            SHEET, f"depr_{tax}bas_after_itc_{c}", left,
            f"{_TAX[tax]} basis after credits, {LABELS[c]}",
        )  # fmt: skip
        rest: Any = after
        if case.on(f"depr_bonus_{tax}_{c}") and b.used(f"depr_bonus_{tax}"):
            bonus = ledger.cell(
                SHEET, f"depr_{tax}bas_first_year_bonus_{c}",
                after * b.assume(f"depr_bonus_{tax}") / 100,
                f"{_TAX[tax]} bonus depreciation, {LABELS[c]}",
            )  # fmt: skip
            first = first + bonus
            rest = after - bonus
        line = b.row(
            SHEET, f"cf_{tax}depr_{c}", share_row(b, c) * rest,
            f"{_TAX[tax]} depreciation, {LABELS[c]}",
        )  # fmt: skip
        whole = whole + line
    whole = whole + _equipment(b, reserves, tax)
    if not isinstance(first, float):
        whole = whole + where(b.year.equals(1), first, 0.0)
    if isinstance(whole, float):
        return 0.0
    return b.row(SHEET, f"cf_{tax}depr_total", whole, f"{_TAX[tax]} depreciation")
