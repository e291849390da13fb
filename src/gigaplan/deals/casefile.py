"""Reading a case: SAM names or a company, from YAML, JSON or an edited workbook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gigaplan.deals.deal import Deal
from gigaplan.deals.sam.declaration import MODELS
from gigaplan.errors import InputError, Problem, UsageError
from gigaplan.programme.reading import Document, parse, read_text

LIMIT = 20_000_000
_REFERENCE_ONLY = {"case", "note", "default_configuration", "scalar_outputs_nonzero"}
_SAM_KEYS = {"model", "name", "inputs", "note", "sources"}


def open_deal(path: str | Path) -> Deal:
    """The deal that a case file (YAML, JSON) or a workbook (.xlsx) describes.

    Raises
    ------
    UsageError
        the path is not a case file or workbook.
    InputError
        with every fault of the input, named by file and field.
    """
    found = open_deals(path)
    if len(found) > 1:
        names = ", ".join(d.name for d in found)
        raise UsageError(f"{path}: holds several companies: {names}")
    return found[0]


def open_deals(path: str | Path) -> list[Deal]:
    """All deals of a file: one of a case file, one or more of a workbook."""
    file = Path(path)
    if file.suffix.lower() == ".xlsx":
        from gigaplan.deals.workbook.reader import read_workbook

        return read_workbook(file)
    document = read_case(file)
    return [deal_of(document.data, str(file), document)]


def read_case(file: Path) -> Document:
    """The plain data of a case file."""
    suffix = file.suffix.lower()
    if suffix not in (".yaml", ".yml", ".json"):
        raise UsageError(
            f"{file}: expected a case file (.yaml, .json), a workbook (.xlsx) or a plan"
        )
    text = read_text(file, LIMIT, "a case file")
    if suffix == ".json":
        try:
            data = json.loads(text, object_pairs_hook=_no_duplicates)
        except (json.JSONDecodeError, ValueError) as error:
            raise InputError([Problem(str(file), "", f"is not JSON: {error}")]) from error
        if not isinstance(data, dict):
            raise InputError([Problem(str(file), "", "is not a case", "a JSON object")])
        return Document(data, str(file))
    document = parse(text, str(file))
    if document.problems:
        raise InputError(document.problems)
    return document


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} is there twice")
        found[key] = value
    return found


def deal_of(data: Mapping[str, Any], source: str, document: Document | None = None) -> Deal:
    """Run the case that plain data describes."""
    word = str(data.get("model", "")).split(".")[-1].lower()
    if word in MODELS:
        try:
            return _sam(data, word, source)
        except InputError as error:
            raise InputError([_with_row(p, document) for p in error.problems]) from error
    if word in ("company", ""):
        from gigaplan.deals.company.deal import company_deal
        from gigaplan.deals.company.reading import read_company

        return company_deal(read_company(data, source, document), source)
    if word == "merchantplant":
        raise InputError(
            [Problem(source, "model", "SAM's merchant plant is not modelled", _models(),
                     "state prices as ppa_price_input by year, or a company with merchant sales")]
        )  # fmt: skip
    raise InputError([Problem(source, "model", f"{data['model']!r} is unknown", _models())])


def _with_row(problem: Problem, document: Document | None) -> Problem:
    """A problem of a SAM input with the row of the case file at which it is stated."""
    if document is None or problem.row is not None:
        return problem
    inside = next((k for k in ("overrides", "inputs_nonzero", "inputs")
                   if (k, problem.field) in document.places), None)  # fmt: skip
    place = (problem.field,) if inside is None else (inside, problem.field)
    row = document.places.get(place, (None, None))[1]
    return problem if row is None else replace(problem, row=row)


def _models() -> str:
    return "company, " + ", ".join(MODELS)


def _sam(data: Mapping[str, Any], model: str, source: str) -> Deal:
    from gigaplan.deals.sam.deal import sam_deal
    from gigaplan.deals.sam.reading import sam_case

    if "inputs_nonzero" in data:
        unknown = set(data) - _REFERENCE_ONLY - {"model", "inputs_nonzero", "overrides"}
        _refuse(unknown, source)
        given = {
            **_mapping(data, "inputs_nonzero", source),
            **_mapping(data, "overrides", source),
        }
        name = str(data.get("case") or Path(source).stem)
        return sam_deal(sam_case(model, name, source, given, missing_is_zero=True))
    if "inputs" in data:
        _refuse(set(data) - _SAM_KEYS, source)
        given = _mapping(data, "inputs", source)
    else:
        given = {k: v for k, v in data.items() if k not in _SAM_KEYS}
    return sam_deal(sam_case(model, str(data.get("name") or Path(source).stem), source, given))


def _mapping(data: Mapping[str, Any], key: str, source: str) -> dict[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, Mapping):
        raise InputError([Problem(source, key, "is not a mapping", "input: value")])
    return dict(value)


def _refuse(unknown: set[str], source: str) -> None:
    if unknown:
        raise InputError(
            [Problem(source, key, "is unknown here", "model, name, inputs, note")
             for key in sorted(unknown)]
        )  # fmt: skip
