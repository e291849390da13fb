"""A company from plain data: every fault of the input at once, by file, row and field."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from gigaplan.deals.company import checks, owner_checks
from gigaplan.deals.company.schema import Company
from gigaplan.errors import InputError, Problem
from gigaplan.programme.reading import Document
from gigaplan.programme.values import near

Place = tuple[Any, ...]


def read_company(data: Mapping[str, Any], source: str, document: Document | None = None) -> Company:
    """The checked company; raises InputError with every fault."""
    problems: list[Problem] = []
    places: list[Place] = []
    try:
        company: Company | None = Company.model_validate(dict(data))
    except ValidationError as error:
        faults = _own(error.errors())
        places = [_place(e) for e in faults]
        problems = [_problem(e, source, document) for e in faults]
        company = _without(data, places)
    if company is not None:
        problems += _together(company, places, source, document)
    if problems:
        raise InputError(problems)
    assert company is not None
    return company


def _own(errors: Sequence[Any]) -> list[Any]:
    """Faults but for those of a list that only miss its faulty items."""
    places = [_place(e) for e in errors]

    def inside(place: Place) -> bool:
        return any(p != place and p[: len(place)] == place for p in places)

    return [e for e, p in zip(errors, places, strict=True)
            if e["type"] != "too_short" or not inside(p)]  # fmt: skip


def _without(data: Mapping[str, Any], places: Sequence[Place]) -> Company | None:
    """The company with faulty fields at their defaults, None where one has none."""
    rest = copy.deepcopy(dict(data))
    for place in places:
        here: Any = rest
        try:
            for part in place[:-1]:
                here = here[part]
            if isinstance(here, dict):
                here.pop(place[-1], None)
        except (KeyError, IndexError, TypeError):
            return None
    try:
        return Company.model_validate(rest)
    except ValidationError:
        return None


def _together(
    company: Company, places: Sequence[Place], source: str, document: Document | None
) -> list[Problem]:
    """Faults that fields make together, but for those that a faulty field may cause."""
    found: list[Problem] = []
    known = [".".join(str(p) for p in place) for place in places]

    def fault(field: str, message: str, expected: str = "", remedy: str = "") -> None:
        if not any(k == field or k.startswith(f"{field}.") for k in known):
            place = tuple(int(p) if p.isdigit() else p for p in field.split("."))
            row = document.where(place)[1] if document is not None else None
            found.append(Problem(source, field, message, expected, remedy, row))

    every = (
        checks.names, checks.dates, checks.money, checks.operation, checks.debt, checks.by_item,
        owner_checks.owners, owner_checks.tax_equity,
    )  # fmt: skip
    for check in every:
        check(company, fault)
    return found


def _place(error: Any) -> Place:
    """Where a fault is, without what pydantic says of types."""
    return tuple(p for p in error["loc"] if not str(p).startswith(("tuple[", "literal[")))


def _problem(error: Any, source: str, document: Document | None) -> Problem:
    place = _place(error)
    field = ".".join(str(p) for p in place)
    row = document.where(place)[1] if document is not None else None
    inner = error.get("ctx", {}).get("error")
    expected, remedy = getattr(inner, "expected", ""), getattr(inner, "remedy", "")
    kind = error["type"]
    message = str(inner) if inner is not None else str(error["msg"])
    if kind == "extra_forbidden":
        message = "is an unknown field"
        remedy = near(place[-1], _fields(place[:-1]))
    elif kind == "missing":
        message = "is missing"
    elif inner is None:
        message = f"{error.get('input')!r}: {message[0].lower()}{message[1:]}"
    return Problem(source, field, message, expected, remedy, row)


def _fields(place: tuple[Any, ...]) -> list[str]:
    """Names of the fields at a place of the schema."""
    model: Any = Company
    for part in place:
        if isinstance(part, int):
            continue
        info = model.model_fields.get(part)
        if info is None:
            return []
        model = _model_in(info.annotation)
        if model is None:
            return []
    return list(model.model_fields)


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if found is not None:
            return found
    return None
