"""A case in SAM's input names: checked values, ready for the models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gigaplan.deals.sam.declaration import declared


@dataclass(frozen=True)
class SamCase:
    """A valid case: the model and every input that it states or that has a default."""

    model: str
    name: str
    source: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def years(self) -> int:
        """Analysis period in years."""
        return int(self.number("analysis_period"))

    def number(self, name: str) -> float:
        """A scalar input in SAM's unit; the first entry of a series of one."""
        value = self.values.get(name)
        if value is None:
            default = declared()[name].default_value()
            return 0.0 if default is None else default
        if isinstance(value, list):
            return float(value[0]) if value else 0.0
        return float(value)

    def series(self, name: str) -> list[float]:
        """An input that may be one value or a schedule by year."""
        value = self.values.get(name)
        if value is None:
            default = declared()[name].default_value()
            return [] if default is None else [default]
        if isinstance(value, list):
            return [float(v) for v in value]
        return [float(value)]

    def raw(self, name: str) -> Any:
        """An input as it was given, None when it was left out."""
        return self.values.get(name)

    def on(self, name: str) -> bool:
        """A switch."""
        return self.number(name) != 0.0

    def used_receivables(self) -> bool:
        """Whether a receivables reserve is held, which SAM counts in the debt it sizes."""
        return self.model == "singleowner" and self.on("months_receivables_reserve")
