"""The reference pages of deals, made from the declarations that read the cases."""

from __future__ import annotations

import types
import typing
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from gigaplan.deals.company.schema import Company, Money
from gigaplan.deals.sam.declaration import MODELS, declared

START, END = "<!-- generated: {} -->", "<!-- end of {} -->"


def company_reference() -> str:
    """Every section and field of a company: what it holds, default, meaning, SAM's name."""
    parts: list[str] = []
    seen: set[type] = set()

    def section(model: type[BaseModel], name: str) -> None:
        if model in seen:
            return
        seen.add(model)
        about = (model.__doc__ or "").strip().splitlines()[0]
        parts.append(f"### `{name}`\n\n{about}\n")
        parts.append("| Field | Holds | Default | Meaning | SAM |\n|---|---|---|---|---|")
        below: list[tuple[type[BaseModel], str]] = []
        for key, info in model.model_fields.items():
            inner = _model(info.annotation)
            extra: Any = info.json_schema_extra or {}
            default = _default(info)
            held = _held(info.annotation, info.metadata)
            sam = f"`{extra['sam']}`" if "sam" in extra else ""
            parts.append(f"| `{key}` | {held} | {default} | {info.description or ''} | {sam} |")
            if inner is not None and inner is not Money:
                below.append((inner, key if name == "company" else f"{name}.{key}"))
        parts.append("")
        for inner, where in below:
            section(inner, where)

    section(Company, "company")
    return "\n".join(parts)


def _arguments(annotation: Any) -> tuple[Any, ...]:
    return typing.get_args(annotation)


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in _arguments(annotation):
        found = _model(part)
        if found is not None:
            return found
    return None


def _held(annotation: Any, metadata: Any) -> str:
    """What a field holds, in words."""
    origin = typing.get_origin(annotation)
    if annotation is Money:
        return "money, such as `250 MUSD`"
    if origin is typing.Annotated:
        first, *rest = _arguments(annotation)
        return _held(first, rest)
    if origin is typing.Literal:
        return " or ".join(f"`{a}`" for a in _arguments(annotation))
    if origin in (typing.Union, types.UnionType):
        kinds = [a for a in _arguments(annotation) if a is not type(None)]
        return " or ".join(dict.fromkeys(_held(a, metadata) for a in kinds))
    if origin is tuple:
        return f"list of {_held(_arguments(annotation)[0], ())}"
    if origin is dict:
        return f"mapping to {_held(_arguments(annotation)[1], ())}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section" if annotation is not Money else "money"
    for item in metadata:
        high = getattr(item, "high", None)
        if hasattr(item, "unit"):
            return "share, 0 to 1 or %" if high == 1.0 and item.low == 0.0 else "number"
    return {float: "number", int: "whole number", str: "text", bool: "true or false"}.get(
        annotation, "date"
    )


def _default(info: Any) -> str:
    if info.default is PydanticUndefined:
        return "required"
    value = info.default
    if isinstance(value, Money):
        return f"`{value.amount:g} {value.currency}`"
    if isinstance(value, BaseModel):
        return "as below"
    if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        return "one sponsor"
    return "" if value in (None, (), {}, "") else f"`{value}`"


def sam_reference() -> str:
    """Every input of SAM's models that deals read, with unit, default and models."""
    names = {short: word for _, (short, word) in MODELS.items()}
    lines = ["| Input | Unit | Default | Models | Meaning |", "|---|---|---|---|---|"]
    refused: list[str] = []
    for d in sorted(declared().values(), key=lambda x: x.name):
        models = [m for m in ("so", "lp", "eq", "sl") if m in d.models]
        if not models:
            continue
        if d.status == "refused":
            refused.append(f"`{d.name}`")
            continue
        if d.status == "inert":
            continue
        where = "all" if len(models) == len(names) else ", ".join(models)
        label = d.label.replace("|", "/")
        lines.append(f"| `{d.name}` | {d.unit} | {d.default or 'none'} | {where} | {label} |")
    lines += ["", "Refused unless zero, because it is not modelled: " + ", ".join(refused) + "."]
    return "\n".join(lines)


def filled(page: str) -> str:
    """A page with its generated parts made anew."""
    for name, make in (("company", company_reference), ("sam", sam_reference)):
        start, end = START.format(name), END.format(name)
        head, _, rest = page.partition(start)
        _, _, tail = rest.partition(end)
        page = f"{head}{start}\n\n{make()}\n\n{end}{tail}"
    return page
