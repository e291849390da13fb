"""The keys that facts may have, their types and their tokens; one tree, from the atlas."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from gigaplan import atlas
from gigaplan.programme.values import near

Place = tuple[str | int, ...]
Fault = tuple[Place, str, str, str]  # place, message, expected, remedy

_DAYS = ("equity_transfer_date",)
_DEGREES = {"latitude": 90, "longitude": 180}
_WORDS = {
    "str": "a word",
    "bool": "true or false",
    "int": "a whole number",
    "num": "a number",
    "date": "a date as YYYY-MM-DD",
}


@dataclass
class Key:
    """One key: a value of a type, a list of values or of records, or a section of keys."""

    kind: str = "section"
    tokens: tuple[str, ...] = ()
    meaning: str = ""
    keys: dict[str, Key] = field(default_factory=dict)
    many: bool = False


@cache
def vocabulary() -> Key:
    """The tree of all keys."""
    root = Key()
    for row in atlas.table("clearance_facts").fillna("").to_dict("records"):
        at = root
        for part in str(row["key"]).split("."):
            name = part.removesuffix("[]")
            at = at.keys.setdefault(name, Key())
            at.many = at.many or part.endswith("[]")
        at.kind, at.meaning = str(row["type"]), str(row["meaning"])
        at.tokens = tuple(t for t in str(row["tokens"]).split(";") if t)
    return root


def faults(data: Any) -> Iterator[Fault]:
    """Every unknown key, wrong type and unknown token among facts."""
    yield from _section(vocabulary(), data, ())


def _section(key: Key, data: Any, place: Place) -> Iterator[Fault]:
    if not isinstance(data, dict):
        yield (
            place,
            f"{_short(data)} is not a mapping",
            f"keys such as {', '.join(list(key.keys)[:4])}",
            "",
        )
        return
    for name, value in data.items():
        here = (*place, name)
        known = key.keys.get(str(name))
        if known is None:
            remedy = near(name, key.keys) or _elsewhere(str(name))
            yield here, "unknown key", "one of " + ", ".join(key.keys), remedy
        elif value is None:
            yield here, "has no value", _expected(known), "remove the line where nothing is stated"
        elif known.many:
            yield from _list(known, value, here)
        elif known.keys:
            yield from _section(known, value, here)
        else:
            yield from _value(known, value, here)


def _list(key: Key, data: Any, place: Place) -> Iterator[Fault]:
    if not isinstance(data, list):
        yield place, f"{_short(data)} is not a list", "a list, [] for none", ""
        return
    for i, item in enumerate(data):
        if key.keys:
            yield from _section(key, item, (*place, i))
        elif place[-1] == "appendix_a_parts":
            if isinstance(item, bool) or item not in (1, 2, 3, 4):
                yield (*place, i), f"{_short(item)} is no part of appendix A", "1, 2, 3 or 4", ""
        else:
            yield from _value(Key("str", key.tokens), item, (*place, i))


def _value(key: Key, value: Any, place: Place) -> Iterator[Fault]:
    name = str(place[-1])
    if key.kind == "date":
        good = isinstance(value, str) and _is_iso(value)
    elif key.kind == "bool":
        good = isinstance(value, bool)
    elif key.kind in ("int", "num"):
        good = (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        )
        good = good and (key.kind == "num" or float(value).is_integer())
    else:
        good = isinstance(value, str)
    if not good:
        yield place, f"{_short(value)} is not {_WORDS.get(key.kind, 'a word')}", _expected(key), ""
        return
    if key.kind in ("int", "num"):
        if name in _DEGREES and not -_DEGREES[name] <= value <= _DEGREES[name]:
            yield (
                place,
                f"{value} is no {name}",
                f"degrees up to {_DEGREES[name]}, west negative",
                "",
            )
        elif value < 0 and name not in _DEGREES:
            yield place, f"{value} is negative", "0 or more", ""
        elif name.endswith("pct") and value > 100:
            yield place, f"{value} is above 100", "a percentage from 0 to 100", ""
    elif isinstance(value, str) and key.tokens and value not in key.tokens:
        yield (
            place,
            f"{_short(value)} is not known",
            "one of " + ", ".join(key.tokens),
            near(value, key.tokens),
        )
    elif name in _DAYS and not _is_date(str(value)):
        yield place, f"{_short(value)} is not a date", "MM-DD, such as '07-01'", ""


def _is_date(text: str) -> bool:
    found = re.fullmatch(r"(\d\d)-(\d\d)", text)
    if not found:
        return False
    month, day = int(found[1]), int(found[2])
    return (
        1 <= month <= 12 and 1 <= day <= (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    )


def _is_iso(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10


def _expected(key: Key) -> str:
    if key.many:
        return "a list, [] for none"
    if key.tokens:
        return "one of " + ", ".join(key.tokens)
    return _WORDS.get(key.kind, "keys of its own")


def _elsewhere(name: str) -> str:
    found = []

    def look(key: Key, path: str) -> None:
        for inner, below in key.keys.items():
            if inner == name:
                found.append(path or "facts")
            look(below, f"{path}.{inner}".lstrip("."))

    look(vocabulary(), "")
    return "it belongs under " + " or ".join(found) if found else ""


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
