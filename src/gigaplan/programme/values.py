"""The kinds of value that a programme is made of: quantities, years, states and zones.

Each kind reads what a user writes, says what it expects when it cannot, and describes itself in
the JSON Schema.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    WithJsonSchema,
)
from pydantic_core import core_schema

from gigaplan.programme.states import OUTSIDE, STATES
from gigaplan.units import expected, quantity

FIRST_YEAR, LAST_YEAR = 2020, 2050


class FieldError(ValueError):
    """A value that a field cannot take, with what was expected and what to do."""

    def __init__(self, message: str, expected: str = "", remedy: str = ""):
        super().__init__(message)
        self.expected = expected
        self.remedy = remedy


def nearest(word: object, known: Iterable[str]) -> str:
    """The known word that is spelled most like it, if any."""
    folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(str(word).casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def near(word: object, known: Iterable[str]) -> str:
    """``did you mean X?`` where a known word is near, else nothing."""
    found = nearest(word, known)
    return f"did you mean {found}?" if found else ""


def some(names: Iterable[str]) -> str:
    """``one of A, B and 36 more``."""
    listed = sorted(names)
    text = ", ".join(listed[:12])
    return f"one of {text}" + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")


@dataclass(frozen=True)
class In:
    """A quantity in one unit, within bounds; what is written in other units is converted."""

    unit: str
    low: float | None = 0.0
    high: float | None = None
    above: float | None = None

    def read(self, value: object) -> float:
        number = quantity(value, self.unit)
        unit = "" if self.unit == "1" else f" {self.unit}"
        if self.above is not None and not number > self.above:
            raise FieldError(f"{value} is too small", f"more than {self.above:g}{unit}")
        if self.low is not None and number < self.low:
            what = "is negative" if self.low == 0 else "is too small"
            raise FieldError(f"{value} {what}", f"at least {self.low:g}{unit}")
        if self.high is not None and number > self.high:
            raise FieldError(f"{value} is too large", f"at most {self.high:g}{unit}")
        return number

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        text = {"type": "string", "pattern": r"^\s*[+-]?[0-9.]"}
        if self.unit != "1":
            return {**text, "description": expected(self.unit), "x-unit": self.unit}
        number: dict[str, Any] = {"type": "number"}
        if self.low is not None:
            number["minimum"] = self.low
        if self.high is not None:
            number["maximum"] = self.high
        return {"anyOf": [number, text], "x-unit": "1"}


def _known_state(code: str) -> str:
    if code in STATES:
        return code
    if code in OUTSIDE:
        raise FieldError(f"{code} is not one of the 48 states", "a state code", OUTSIDE[code])
    by_name = {name.casefold(): state for state, name in STATES.items()}
    if code.casefold() in by_name:
        remedy = f"write {by_name[code.casefold()]}"
    else:
        remedy = near(code, STATES)
    raise FieldError(
        f"unknown state '{code}'", "one of the 48 contiguous states, such as TX", remedy
    )


_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def _zone_name(name: str) -> str:
    if not _ZONE.fullmatch(name) or name == "all":
        raise FieldError(
            f"'{name}' cannot name a zone",
            "letters, digits and _, starting with a letter; not 'all'",
        )
    return name


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _plain_name(name: str) -> str:
    if not _NAME.fullmatch(name) or len(name) > 80:
        raise FieldError(f"'{name}' cannot name a programme", "letters, digits, '-', '_' and '.'")
    return name


def _whole(value: object) -> object:
    """Years and counts are whole numbers; true and 2028.5 are not."""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise FieldError(f"{value} is not a whole number", "a whole number")
    return value


def _day_count(value: object) -> object:
    """A number of days, or the word all."""
    if isinstance(value, str) and value != "all":
        raise FieldError(f"{value!r} is no number of days", "1 to 365, or all")
    return 365 if value == "all" else _whole(value)


def shape(value: object) -> str:
    """The tag by which a field that takes a word, a list, a mapping or a number is read."""
    if isinstance(value, dict):
        return "mapping"
    if isinstance(value, list | tuple):
        return "list"
    return "one"


def _only_all(word: str) -> str:
    if word != "all":
        raise FieldError(f"'{word}' is not a list", "'all' or a list", f"write [{word}] for one")
    return word


Share = Annotated[float, In("1", high=1.0)]
Number = Annotated[float, In("1")]
Positive = Annotated[float, In("1", low=None, above=0.0)]
Rate = Annotated[float, In("1", high=0.5)]
GW = Annotated[float, In("GW")]
BlockGW = Annotated[float, In("GW", low=0.01, high=10.0)]
BUSD = Annotated[float, In("BUSD")]
BUSDPerGWYear = Annotated[float, In("BUSD/GW/year")]
USDPerMWh = Annotated[float, In("USD/MWh")]
USDPerTonne = Annotated[float, In("USD/t")]
Mt = Annotated[float, In("Mt")]
Years = Annotated[float, In("year", low=None, above=0.0)]

Whole = Annotated[int, BeforeValidator(_whole)]
DayCount = Annotated[
    int,
    BeforeValidator(_day_count),
    Field(ge=1, le=365),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 365}, {"const": "all"}]}
    ),
]
Year = Annotated[int, BeforeValidator(_whole), Field(ge=FIRST_YEAR, le=LAST_YEAR)]
State = Annotated[str, AfterValidator(_known_state), Field(json_schema_extra={"enum": [*STATES]})]
ZoneName = Annotated[str, AfterValidator(_zone_name)]
Name = Annotated[
    str,
    AfterValidator(_plain_name),
    Field(json_schema_extra={"pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]*$"}),
]

All = Annotated[str, AfterValidator(_only_all), Field(json_schema_extra={"const": "all"})]


Names = Annotated[
    Annotated[All, Tag("one")] | Annotated[tuple[str, ...], Tag("list")], Discriminator(shape)
]
Zones = Annotated[
    Annotated[All, Tag("one")]
    | Annotated[tuple[State, ...], Tag("list")]
    | Annotated[dict[ZoneName, tuple[State, ...]], Tag("mapping")],
    Discriminator(shape),
]
CarbonPrice = Annotated[
    Annotated[USDPerTonne, Tag("one")] | Annotated[dict[Year, USDPerTonne], Tag("mapping")],
    Discriminator(lambda value: "mapping" if isinstance(value, dict) else "one"),
]
