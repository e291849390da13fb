"""What fields of a company hold: money, rates, shares; the base of every section."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gigaplan.programme.values import FieldError, In

_MONEY = re.compile(r"\s*([+-]?[\d_.]+(?:[eE][+-]?\d+)?)\s*([kMBT]?)([A-Z]{3})\s*")
_SIZES = {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


class Money(BaseModel):
    """An amount in a currency."""

    amount: float
    currency: str


def _money(value: object) -> object:
    if isinstance(value, Money):
        return value
    match = _MONEY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise FieldError(f"{value!r} is not an amount of money", "an amount such as 250 MUSD")
    amount = float(match[1].replace("_", "")) * _SIZES[match[2]]
    if not 0 <= amount < 1e15:
        raise FieldError(f"{value!r} is negative or too large", "an amount such as 250 MUSD")
    return Money(amount=amount, currency=match[3])


Amount = Annotated[Money, BeforeValidator(_money)]
Rate = Annotated[float, In("1", low=-0.5, high=1.0)]
Months = Annotated[float, In("1", high=120.0)]
Class = Literal["macrs_5", "macrs_15", "macrs_20", "sl_5", "sl_15", "sl_20", "sl_39", "none"]


class Part(BaseModel):
    """Base of every section: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def sam(name: str, text: str, **extra: Any) -> Any:
    """A field with its meaning and SAM's name."""
    return Field(description=text, json_schema_extra={"sam": name}, **extra)
