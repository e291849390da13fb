"""A company with some fields changed, by dotted name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gigaplan.deals.company.schema import Company, Money
from gigaplan.errors import InputError, Problem
from gigaplan.programme.values import near


def with_changes(company: Company, changes: Mapping[str, Any], source: str) -> Company:
    """The company with fields replaced; a name may use a contract's or loan's name for its place.

    ``revenue.Capacity lease.price`` is ``revenue.0.price``. Raises InputError for an unknown field.
    """
    from gigaplan.deals.company.reading import read_company
    from gigaplan.deals.workbook.case import flat, nested

    fields = flat(company)
    problems: list[Problem] = []
    for name, value in changes.items():
        place = resolved(company, name)
        known = _known(company)
        if place not in fields and place not in known:
            problems.append(Problem(source, name, "is not a field of the case",
                                    remedy=near(place, known)))  # fmt: skip
            continue
        old = _at(company, place)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(old, Money) and number:
            fields[place] = f"{float(value)!r} {old.currency}"
        elif number and float(value).is_integer() and (isinstance(old, int) or old is None):
            fields[place] = int(value)
        else:
            fields[place] = value
    if problems:
        raise InputError(problems)
    return read_company(nested(fields), source)


def _at(company: Company, place: str) -> Any:
    """The value at a resolved name, None where there is none."""
    here: Any = company
    rest = place.split(".")
    while rest:
        if isinstance(here, dict):
            return here.get(".".join(rest))
        if isinstance(here, tuple):
            here = here[int(rest.pop(0))]
        else:
            here = getattr(here, rest.pop(0), None)
    return here


def resolved(company: Company, name: str) -> str:
    """A dotted name with places in lists as numbers."""
    here: Any = company
    out: list[str] = []
    rest = name
    while rest:
        if isinstance(here, tuple):
            for i, item in enumerate(here):
                label = str(getattr(item, "name", i))
                for word in (label, str(i)):
                    if rest == word or rest.startswith(f"{word}."):
                        out.append(str(i))
                        here, rest = item, rest[len(word) + 1 :]
                        break
                else:
                    continue
                break
            else:
                return name
            continue
        head, _, tail = rest.partition(".")
        if isinstance(here, dict):
            out.append(rest)
            break
        out.append(head)
        here, rest = getattr(here, head, None), tail
        if here is None and rest:
            return name
    return ".".join(out)


def _known(company: Company) -> list[str]:
    """Every scalar field of the case, set or not."""
    found: list[str] = []

    def walk(value: Any, name: str) -> None:
        fields = getattr(type(value), "model_fields", None)
        if fields is not None and name.count(".") < 6 and type(value).__name__ != "Money":
            for key in fields:
                walk(getattr(value, key), f"{name}.{key}" if name else key)
        elif isinstance(value, tuple) and value and hasattr(value[0], "model_fields_set"):
            for i, item in enumerate(value):
                walk(item, f"{name}.{i}")
        elif isinstance(value, dict):
            for key in value:
                found.append(f"{name}.{key}")
        else:
            found.append(name)

    walk(company, "")
    return found
