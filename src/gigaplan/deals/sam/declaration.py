"""Every input of SAM's four power-purchase models: name, unit, bounds, default, whether modelled.

Names, labels, units and options are those of NREL-PySAM 7.1.1 (BSD-3-Clause). ``status`` is
``modelled``, ``inert`` (read by SAM's rate and battery modules, not by these
models: the bill that they make comes in as ``utility_bill_w_sys``) or ``refused`` (an error
unless it is zero).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

MODELS = {
    "singleowner": ("so", "Single owner"),
    "levpartflip": ("lp", "Leveraged partnership flip"),
    "equpartflip": ("eq", "All-equity partnership flip"),
    "saleleaseback": ("sl", "Sale leaseback"),
}


@dataclass(frozen=True)
class Declared:
    """One input as SAM declares it."""

    name: str
    label: str
    unit: str
    kind: str
    check: str
    low: float | None
    high: float | None
    options: str
    models: frozenset[str]
    status: str
    default: str

    def default_value(self) -> float | None:
        """The value of an input that is left out; None without one."""
        return float(self.default) if self.default not in ("", "required") else None


@cache
def declared() -> dict[str, Declared]:
    """All inputs by name."""
    text = resources.files("gigaplan.deals.sam").joinpath("inputs.csv").read_text("utf-8")
    found: dict[str, Declared] = {}
    for row in csv.DictReader(text.splitlines()):
        found[row["name"]] = Declared(
            row["name"],
            row["label"],
            row["unit"],
            row["kind"],
            row["check"],
            float(row["low"]) if row["low"] else None,
            float(row["high"]) if row["high"] else None,
            row["options"],
            frozenset(row["models"].split()),
            row["status"],
            row["default"],
        )
    return found
