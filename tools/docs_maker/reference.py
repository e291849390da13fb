"""The reference of every input and output, made from their declarations."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from docs_maker.markdown import code, page, table
from gigaplan import atlas
from gigaplan.inputs import declaration as inputs
from gigaplan.plan import declaration as outputs
from gigaplan.plan.plan import Plan
from gigaplan.plan.store import ROSTER_TABLES
from gigaplan.plan.summary import KEYS
from gigaplan.programme.schema import json_schema
from gigaplan.programme.tables import TABLES, Column


def _kind(schema: Mapping[str, Any]) -> str:
    """What a field of the JSON Schema takes, in words."""
    if "x-unit" in schema:
        unit = schema["x-unit"]
        return "number" if unit == "1" else f"quantity in {unit}"
    if "enum" in schema:
        names = schema["enum"]
        return "a state" if len(names) > 40 else " or ".join(code(n) for n in names)
    if "const" in schema:
        return code(schema["const"])
    if "anyOf" in schema or "oneOf" in schema:
        options = [_kind(s) for s in schema.get("anyOf", schema.get("oneOf", []))]
        return " or ".join(dict.fromkeys(o for o in options if o != "nothing"))
    kind = schema.get("type")
    if kind == "array":
        items = schema.get("items") or {}
        return "list of " + (_kind(items) if items else "values")
    if kind == "object":
        inner = schema.get("additionalProperties")
        return "mapping to " + _kind(inner) if isinstance(inner, dict) else "settings"
    return {"null": "nothing", "integer": "whole number", "boolean": "true or false"}.get(
        str(kind), "text" if kind == "string" else str(kind or "settings")
    )


def _bounds(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    parts = [f"at least {low:g}" if low is not None else "", f"at most {high:g}" if high else ""]
    own = ", ".join(p for p in parts if p)
    return own or next((b for inner in schema.get("anyOf", []) if (b := _bounds(inner))), "")


def _fields(schema: Mapping[str, Any], defs: Mapping[str, Any], above: str = "") -> Iterator[Any]:
    needed = schema.get("required", ())
    for name, field in schema["properties"].items():
        inner = _reference(field, defs)
        default = field.get("default", "")
        if inner is not None:
            yield (f"{above}{name}", "settings", "", "", inner.get("description", ""))
            yield from _fields(inner, defs, f"{above}{name}.")
            continue
        said = _default(default, name in needed)
        yield (f"{above}{name}", _kind(field), _bounds(field), said, field.get("description", ""))
        items = _reference(field.get("items") or {}, defs)
        if items is not None:
            yield from _fields(items, defs, f"{above}{name}[].")


def _default(value: Any, needed: bool) -> str:
    if needed:
        return "required"
    if value is None or value == "" or value == {} or value == []:
        return ""
    return code(str(value).lower() if isinstance(value, bool) else value)


def _reference(field: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for part in (field, *field.get("allOf", ())):
        if "$ref" in part:
            found: Mapping[str, Any] = defs[part["$ref"].rsplit("/", 1)[1]]
            return found if "properties" in found else None
    return None


def _programme() -> str:
    schema = json_schema()
    schema["required"] = schema["then"]["required"]
    schema["$defs"]["Money"]["required"] = schema["then"]["properties"]["money"]["required"]
    rows = [
        (code(name), kind, bounds, default, meaning)
        for name, kind, bounds, default, meaning in _fields(schema, schema["$defs"])
    ]
    return table(("field", "holds", "bounds", "default", "meaning"), rows)


def _column(column: Column) -> tuple[str, ...]:
    bounds = [
        f"at least {column.low:g}" if column.low is not None and column.kind == "number" else "",
        f"more than {column.above:g}" if column.above is not None else "",
        f"at most {column.high:g}" if column.high is not None else "",
    ]
    name = "one for each zone" if column.name == "ZONE" else code(column.name)
    kind = column.kind.replace("_", " ")
    return (name, kind, column.unit, ", ".join(b for b in bounds if b), column.meaning)


def _tables() -> Iterator[str]:
    for name, declared in TABLES.items():
        columns = [*declared.columns, *([declared.series] if declared.series else [])]
        rows = [_column(c) for c in columns]
        key = ", ".join(code(k) for k in declared.key)
        yield f"### {name}\n\n{declared.meaning} One row for each {key}."
        yield table(("column", "kind", "unit", "bounds", "meaning"), rows)


def inputs_page() -> str:
    """Every setting of a programme and every table that it may bring."""
    return page(
        "Inputs: the programme",
        "A programme is a YAML file `programme.yaml`, alone or in a folder with its tables. "
        "`gigaplan init FOLDER` writes one to edit, with a JSON Schema for editors; "
        "`gigaplan check FOLDER` tells every fault. Quantities are written with their unit "
        "(`500 MW`, `35 BUSD`, `6 %`) and converted once.",
        "## Settings",
        _programme(),
        "## Tables",
        "CSV files in UTF-8 with a header row, named under `tables:`. Their rows replace those of "
        "the built-in atlas, or add to them.",
        *_tables(),
    )


def _variables(variables: Mapping[str, Any]) -> str:
    rows = [(code(n), ", ".join(v.dims), v.unit, v.meaning) for n, v in variables.items()]
    return table(("variable", "dimensions", "unit", "meaning"), rows)


def data_page() -> str:
    """Every variable of the inputs Dataset."""
    return page(
        "Data of the model",
        "The programme laid on the atlas: the one labelled Dataset that the model reads "
        "(`plan.inputs`, `inputs.nc` in a plan's folder). Every variable carries its unit.",
        _variables(inputs.VARIABLES),
    )


def _summary(plan: Plan) -> str:
    rows = [(code(key), KEYS[key]) for key in plan.summary()]
    return table(("key", "holds"), rows)


def _tables_of(kind: type) -> list[str]:
    """Names of the methods that give a table, but for the sources, which the atlas has."""
    found = inspect.getmembers(kind, inspect.isfunction)
    gives = {n for n, f in found if "DataFrame" in str(f.__annotations__.get("return", ""))}
    return [name for name in vars(kind) if name in gives - {"sources"}]


@cache
def with_investors() -> Plan:
    """The three states paid for by the atlas's investors: has the tables that need a roster."""
    import gigaplan as gp

    changes = {"capital.roster": "atlas", "capital.scale": "to_budget"}
    return gp.solve(gp.with_changes(gp.load("three-states"), changes), workers=1)


def outputs_page(plan: Plan) -> str:
    """Every table, key and variable of a plan."""
    parts = []
    technologies = set(atlas.table("technology_traits")["technology"])
    investors = plan if "funding" in plan.inputs.dims else with_investors()
    for name in _tables_of(Plan):
        method = getattr(investors if name in ROSTER_TABLES else plan, name)
        doc = re.sub(r"``", "`", inspect.cleandoc(method.__doc__ or ""))
        units = method().attrs["units"]
        columns = [c for c in method().columns if c not in technologies]
        rows = [(code(c), units.get(c, "")) for c in columns]
        if len(columns) < len(method().columns):
            rows.append(("one for each technology", "GW"))
        parts += [f"### {name}\n\n{doc}", table(("column", "unit"), rows)]
    return page(
        "Outputs: the plan",
        "`gigaplan show PLAN VIEW`, with `--json` or `--csv`; in Python the same names on a `Plan`."
        " A plan's folder holds `plan.nc` and `inputs.nc` (NetCDF), `summary.json`, `meta.json` "
        "(proof and checksums) and the tables as CSV. Money is in USD of 2025.",
        "## Summary",
        "`gigaplan show PLAN summary --json`, `plan.summary()`.",
        _summary(plan),
        "## Tables",
        *parts,
        "## Variables of the plan Dataset",
        "`plan.data`; every variable carries its unit.",
        _variables(outputs.VARIABLES),
    )


def atlas_page() -> str:
    """Every table of the built-in data with the source of every column."""
    known = atlas.sources()
    parts = []
    for name in [*atlas.tables(), *atlas.hourly_tables()]:
        rows = known[known["table"] == name]
        listed = [
            (
                "every state" if r["column"] == "*" else code(r["column"]),
                r["unit"], r["source"], r["licence"], r["vintage"], r["confidence"], r["note"],
            )
            for r in rows.to_dict("records")
        ]  # fmt: skip
        size = (
            "8,760 hours by state"
            if name in atlas.hourly_tables()
            else f"{len(atlas.table(name)):,} rows"
        )
        head = ("column", "unit", "source", "licence", "vintage", "confidence", "note")
        parts += [f"## {name}\n\n{size}.", table(head, listed)]
    return page(
        "The atlas: built-in data",
        "The world as it is, compiled from public data by `tools/compile_atlas.py`; money in USD "
        "of 2025. `gigaplan show atlas TABLE` prints a table, `gigaplan source FIGURE` tells where "
        "a figure comes from. Licences are in `src/gigaplan/atlas/NOTICE`. *background* marks an "
        "assumption of ours; everything else is in the source named.",
        *parts,
    )
