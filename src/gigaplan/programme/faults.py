"""From what pydantic found to problems that a reader can mend: place, expectation, remedy."""

from __future__ import annotations

import copy
import typing
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from gigaplan.errors import Problem
from gigaplan.programme.reading import Document, Place, field_name
from gigaplan.programme.schema import ProgrammeFile
from gigaplan.programme.values import near, nearest

_TAGS = ("one", "list", "mapping", "[key]")

_EXPECTED = {
    "string_type": ("is not text", "", "write a word, or text in quotes"),
    "bool_type": ("is neither true nor false", "true or false", "write one of them"),
    "bool_parsing": ("is neither true nor false", "true or false", "write one of them"),
    "tuple_type": ("is not a list", "a list, such as [A, B]", "put it into brackets"),
    "dict_type": ("is not a mapping", "keys with values", "write `key: value`, or leave it out"),
    "model_type": ("is not a mapping", "settings, each `key: value`", "indent them below"),
    "int_type": ("is not a whole number", "a whole number", "round it"),
    "int_parsing": ("is not a whole number", "a whole number", "round it"),
    "int_parsing_size": ("is not a whole number", "a whole number of usual size", "correct it"),
    "int_from_float": ("is not a whole number", "a whole number", "round it"),
}


def validate(document: Document) -> tuple[dict[str, Any], list[Problem]]:
    """The top-level parts that are valid, and a problem for every value that is not.

    A value with a fault is left out and the rest is read again, so that the checks across fields
    still see as much as they can.
    """
    try:
        return _parts(ProgrammeFile.model_validate(document.data)), []
    except ValidationError as error:
        faults = error.errors(include_url=False)
    places = [_place(fault["loc"], document.data) for fault in faults]
    document.faulty.update(places)
    problems = [
        _problem(fault, place, document)
        for fault, place in zip(faults, places, strict=True)
        if not (fault["type"] == "too_short" and _within(place, places))
    ]
    pruned = copy.deepcopy(document.data)
    for place in places:
        _remove(pruned, place)
    try:
        return _parts(ProgrammeFile.model_validate(pruned)), problems
    except ValidationError:
        return _valid_parts(pruned), problems


def _parts(file: ProgrammeFile) -> dict[str, Any]:
    return {name: getattr(file, name) for name in ProgrammeFile.model_fields}


def _valid_parts(data: dict[str, Any]) -> dict[str, Any]:
    parts = {}
    for name, field in ProgrammeFile.model_fields.items():
        if name not in data:
            if not field.is_required():
                parts[name] = field.get_default(call_default_factory=True)
            continue
        kind: Any = typing.Annotated[field.annotation, field]
        adapter: TypeAdapter[Any] = TypeAdapter(kind)
        try:
            parts[name] = adapter.validate_python(data[name])
        except ValidationError:
            continue
    return parts


def _place(location: tuple[int | str, ...], data: Any) -> Place:
    """Where in the document an error lies; pydantic's own tags are left out."""
    place: list[int | str] = []
    current = data
    for part in location:
        found = _entry(current, part)
        if found is None:
            if part not in _TAGS:
                place.append(part)
                current = None
            continue
        key, current = found
        place.append(key)
    return tuple(place)


def _entry(current: Any, part: int | str) -> tuple[int | str, Any] | None:
    if isinstance(current, dict):
        for key in current:
            if key == part or str(key) == str(part):
                return key, current[key]
    if isinstance(current, list) and isinstance(part, int) and part < len(current):
        return part, current[part]
    return None


def _remove(data: Any, place: Place) -> None:
    for part in place[:-1]:
        found = _entry(data, part)
        if found is None:
            return
        data = found[1]
    last = place[-1] if place else None
    if isinstance(data, dict):
        data.pop(last, None)
    elif isinstance(data, list) and isinstance(last, int) and last < len(data):
        data[last] = data[last - 1] if last else None


def _within(place: Place, others: list[Place]) -> bool:
    """Whether another fault lies within a place."""
    return any(len(o) > len(place) and o[: len(place)] == place for o in others)


def _problem(fault: Any, place: Place, document: Document) -> Problem:
    file, row = document.where(place)
    message, expected, remedy = _words(fault, place)
    return Problem(file, field_name(place), message, expected, remedy or "correct it", row)


def _words(fault: Any, place: Place) -> tuple[str, str, str]:
    kind, value = fault["type"], fault.get("input")
    context = fault.get("ctx", {})
    if kind == "value_error":
        error = context["error"]
        return str(error), getattr(error, "expected", ""), getattr(error, "remedy", "")
    if kind == "missing":
        return "is missing", expectation(place), "add it"
    if kind in ("extra_forbidden", "invalid_key"):
        keys = known_keys(place[:-1]) or ()
        return (
            "unknown key",
            "one of " + ", ".join(keys),
            near(place[-1], keys) or _elsewhere(place),
        )
    if kind == "literal_error":
        options = context["expected"]
        words = options.replace("'", "").replace(" or ", ", ").split(", ")
        return f"{_short(value)} is not an option", options, near(value, words)
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        (bound,) = (context[key] for key in ("ge", "gt", "le", "lt") if key in context)
        side = "at least" if "greater" in kind else "at most"
        size = "small" if "greater" in kind else "large"
        return f"{_short(value)} is too {size}", f"{side} {bound}", ""
    if kind == "too_short":
        return "the list is empty", expectation(place), "give at least one"
    if kind in _EXPECTED:
        text, expected, remedy = _EXPECTED[kind]
        value = "nothing" if value is None else _short(value)
        return f"{value} {text}", expected or expectation(place) or "text", remedy
    plain = next((text for word, text in _PLAIN.items() if kind.startswith(word)), "another value")
    return f"{_short(value)}: {fault['msg']}", expectation(place) or plain, ""


# what a kind of fault asks for where the declaration says nothing of its own
_PLAIN = {
    "float": "a number",
    "int": "a whole number",
    "finite": "a finite number",
    "bool": "true or false",
    "string": "text",
    "date": "a date, year-month-day",
    "dict": "settings by name",
    "list": "a list",
    "tuple": "a list",
    "model": "settings by name",
    "too_long": "a shorter list",
}


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _sections(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in typing.get_args(annotation) for found in _sections(part)]


def section(place: Place) -> type[BaseModel] | None:
    """The section of the schema at a place, or None where there is a value or mapping of values."""
    model: type[BaseModel] = ProgrammeFile
    for part in place:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(str(part))
        found = _sections(field.annotation) if field is not None else []
        if not found:
            return None
        model = found[0]
    return model


def known_keys(place: Place) -> list[str] | None:
    """The keys that the section at a place may have."""
    model = section(place)
    return None if model is None else list(model.model_fields)


def expectation(place: Place) -> str:
    """What the field at a place holds, from its description in the schema."""
    model = section(place[:-1])
    field = model.model_fields.get(str(place[-1])) if model is not None and place else None
    if field is None or not field.description:
        return ""
    return field.description.rstrip(".").split(". ")[0]


def _elsewhere(place: Place) -> str:
    """``it belongs under money`` where the key, or one that is spelled nearly so, is elsewhere."""
    sections: dict[str, list[str]] = {}

    def look(model: type[BaseModel], path: tuple[str, ...]) -> None:
        for name, field in model.model_fields.items():
            sections.setdefault(name, []).append(".".join(path))
            for inner in _sections(field.annotation):
                look(inner, (*path, name))

    look(ProgrammeFile, ())
    key = str(place[-1])
    if key in sections:
        return "it belongs under " + " or ".join(s or "the top level" for s in sections[key])
    meant = nearest(key, sections)
    return f"did you mean {'.'.join(filter(None, (sections[meant][0], meant)))}?" if meant else ""
