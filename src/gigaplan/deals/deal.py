"""A deal that was run: its lines, measures and checks, ready to show, save or compare."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gigaplan.deals.ledger import Ledger
from gigaplan.deals.returns import Rate
from gigaplan.deals.terms import Array, Row


@dataclass(frozen=True)
class Measure:
    """One result: a number with its unit, or the reason why there is none."""

    name: str
    label: str
    value: float | None
    unit: str
    remark: str = ""


@dataclass(frozen=True)
class Check:
    """An identity that must hold: ``value`` is its residual, at most ``tolerance``."""

    name: str
    value: float
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether the residual is within the tolerance."""
        return bool(abs(self.value) <= self.tolerance)


@dataclass
class Deal:
    """The result of one case.

    ``lines`` and ``numbers`` are by name (SAM's names in SAM's conventions); ``periods`` labels the
    entries of the lines of each axis; ``rates`` says for each return whether it has one root.
    """

    name: str
    convention: str
    source: str
    ledger: Ledger
    measures: list[Measure]
    checks: list[Check]
    lines: dict[str, Array]
    numbers: dict[str, float]
    case: Any
    rates: dict[str, Rate] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    rerun: Callable[[Mapping[str, Any]], Deal] | None = None

    def measure(self, name: str) -> float | None:
        """One measure or number by name; None when it has no value."""
        for m in self.measures:
            if m.name == name:
                return m.value
        value = self.numbers.get(name)
        return None if value is None or math.isnan(value) else value

    def data(self) -> dict[str, Any]:
        """Everything as plain data for JSON; NaN is null."""
        rows = self.ledger.rows
        return {
            "name": self.name,
            "convention": self.convention,
            "source": self.source,
            "measures": {
                m.name: {"value": plain(m.value), "unit": m.unit, "label": m.label}
                | ({"remark": m.remark} if m.remark else {})
                for m in self.measures
            },
            "rates": {name: rate.said() for name, rate in self.rates.items()},
            "outputs": {name: plain(value) for name, value in self.numbers.items()},
            "units": {name: self.unit(name) for name in [*self.numbers, *self.lines]},
            "periods": {
                axis.name: {"unit": axis.unit, "labels": list(axis.labels)}
                for axis in dict.fromkeys(r.axis for r in rows.values() if r.axis is not None)
            },
            "periods_of": {name: self._axis(name) for name in self.lines},
            "cash_flow": {
                name: [plain(v) for v in values.tolist()] for name, values in self.lines.items()
            },
            "checks": {
                c.name: {"holds": c.holds, "residual": plain(c.value), "tolerance": c.tolerance}
                for c in self.checks
            },
            "remarks": self.remarks,
        }

    def _axis(self, name: str) -> str:
        row = self.ledger.rows.get(name)
        return row.axis.name if row is not None and row.axis is not None else "operation"

    def unit(self, name: str) -> str:
        """The unit of a line or number."""
        if name in self.ledger.rows:
            return self.ledger.rows[name].unit
        if name in self.ledger.cells:
            return self.ledger.cells[name].unit
        if name.endswith("irr") or name in ("debt_fraction", "wacc", "effective_tax_rate"):
            return "%"
        if name in ("ppa", "ppa_price") or name.startswith(("lcoe", "lppa")):
            return "cents/kWh"
        if name.endswith(("_frac", "_year", "_rate")):
            return ""
        return "$"

    def table(self) -> list[dict[str, Any]]:
        """One row for each line and period: line, label, unit, period, value."""
        found: list[dict[str, Any]] = []
        for name, values in self.lines.items():
            row: Row | None = self.ledger.rows.get(name)
            labels = row.axis.labels if row is not None and row.axis is not None else None
            for i, value in enumerate(values.tolist()):
                found.append(
                    {
                        "line": name,
                        "label": row.label if row is not None else name,
                        "unit": self.unit(name),
                        "period": labels[i] if labels else f"Year {i}",
                        "value": plain(value),
                    }
                )
        return found


def checks_of(ledger: Ledger, tolerance: float = 1e-9) -> list[Check]:
    """The identities that stand on the sheet of checks: residuals as shares of cost."""
    return [
        Check(c.label, c.value, 1e-7 if c.name.endswith("worth") else tolerance)
        for c in ledger.cells.values()
        if c.sheet == "Checks"
    ]


def plain(value: Any) -> Any:
    """A number for JSON: NaN and infinities are null."""
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None
