"""A document other than a programme held against its model: every fault with its place."""

from __future__ import annotations

import typing
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gigaplan.errors import InputError, Problem
from gigaplan.programme.faults import _EXPECTED, _place, _sections, _short
from gigaplan.programme.reading import Document, field_name
from gigaplan.programme.values import near

Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], document: Document) -> Model:
    """The model of a document.

    Raises
    ------
    InputError
        every fault at once.
    """
    try:
        found, problems = model.model_validate(document.data), list(document.problems)
    except ValidationError as error:
        problems = [*document.problems]
        problems += [_problem(model, fault, document) for fault in error.errors(include_url=False)]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return found


def _problem(model: type[BaseModel], fault: Any, document: Document) -> Problem:
    place = _place(fault["loc"], document.data)
    file, row = document.where(place)
    kind, value = fault["type"], fault.get("input")
    context, remedy = fault.get("ctx", {}), ""
    if kind == "value_error":
        error = context["error"]
        message, expected = str(error), getattr(error, "expected", "")
        remedy = getattr(error, "remedy", "")
    elif kind == "missing":
        message, expected, remedy = "is missing", "a value", "add it"
    elif kind == "extra_forbidden":
        keys = _keys(model, place[:-1])
        message, expected, remedy = (
            "unknown key",
            "one of " + ", ".join(keys),
            near(place[-1], keys),
        )
    elif kind in _EXPECTED:
        words, expected, remedy = _EXPECTED[kind]
        message = f"{_short(value)} {words}"
    else:
        message, expected = f"{_short(value)}: {fault['msg']}", ""
    return Problem(file, field_name(place), message, expected, remedy, row)


def _keys(model: type[BaseModel], place: typing.Iterable[int | str]) -> list[str]:
    """Keys that the section at a place may have, as they are written."""
    at = model
    for part in place:
        if isinstance(part, int):
            continue
        field = next((f for n, f in at.model_fields.items() if part in (n, f.alias)), None)
        inner = _sections(field.annotation) if field is not None else []
        if not inner:
            return []
        at = inner[0]
    return [f.alias or n for n, f in at.model_fields.items()]
