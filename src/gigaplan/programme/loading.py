"""From a name or a path to a checked programme in base units."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from gigaplan.errors import InputError, Problem, UsageError
from gigaplan.programme.checks import Checker, carried, zone_states
from gigaplan.programme.faults import validate
from gigaplan.programme.reading import YAML_LIMIT, Document, parse, parse_value, read_text
from gigaplan.programme.schema import Programme
from gigaplan.programme.tablefiles import read_tables
from gigaplan.programme.tables import TABLES
from gigaplan.programme.values import near
from gigaplan.units import UnitError, quantity

FILE = "programme.yaml"


def builtin_names() -> list[str]:
    """Names of the built-in programmes."""
    folder = files("gigaplan.programme") / "builtin"
    return sorted(p.name for p in folder.iterdir() if (p / FILE).is_file())


def builtin_text(name: str) -> str:
    """The YAML text of a built-in programme."""
    return (files("gigaplan.programme") / "builtin" / name / FILE).read_text(encoding="utf-8")


def load(name_or_path: str | Path) -> Programme:
    """A built-in programme by name, or the user's own folder or file.

    Raises
    ------
    InputError
        every fault of the programme and its tables, with file, row and field.
    UsageError
        there is neither a built-in programme nor a file of that name.
    """
    document, folder = _document(name_or_path)
    return _checked(document, folder)


def with_changes(programme: Programme, changes: Mapping[str, Any]) -> Programme:
    """The programme with some settings changed, checked again.

    ``changes`` maps dotted fields to values as they stand in a file:
    ``{"money.budget": "150 BUSD", "years": [2028, 2030]}``.  A path of ``money.available`` that
    ends at the budget follows a changed budget in proportion, unless it is changed too.
    """
    data: dict[Any, Any] = programme.document
    named = {_full(field): value for field, value in changes.items()}
    if "money.budget" in named and not any(f.startswith("money.available") for f in named):
        _with_path_of_budget(data, programme.document, named["money.budget"])
    for field, value in named.items():
        *path, last = field.split(".")
        at = data
        for part in path:
            at = at.setdefault(part, {})
            if not isinstance(at, dict):
                raise UsageError(f"{field}: {part} holds no settings")
        at[_key(last)] = parse_value(value) if isinstance(value, str) else copy.deepcopy(value)
    document = Document(data, programme.name)
    return _checked(document, programme._folder)


def _with_path_of_budget(data: dict[Any, Any], base: Mapping[Any, Any], budget: Any) -> None:
    """Let the capital available by year keep its shares of a budget that is changed.

    Only a path that ends at the budget of ``base`` has shares to keep; what is wrong with the new
    budget is told by the check that follows.
    """
    before = base.get("money") or {}
    path = before.get("available") if isinstance(before, dict) else None
    if not isinstance(path, dict) or not path:
        return
    try:
        known = {year: quantity(value, "BUSD") for year, value in path.items()}
        old = quantity(before.get("budget"), "BUSD")
        new = quantity(parse_value(budget) if isinstance(budget, str) else budget, "BUSD")
    except UnitError:
        return
    if new > 0 and old > 0 and math.isclose(max(known.values()), old, rel_tol=1e-9):
        data["money"]["available"] = {y: f"{v * new / old!r} BUSD" for y, v in known.items()}


def _full(field: str) -> str:
    """A setting's full name where the name of its section was left out and only one has it."""
    from pydantic import BaseModel

    if field.startswith("investors.") and field.endswith(".commitment"):
        return f"capital.commitments.{field.removeprefix('investors.').removesuffix('.commitment')}"
    if "." in field or field in Programme.model_fields:
        return field
    sections = {
        name: info.annotation
        for name, info in Programme.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
    }
    having = [name for name, section in sections.items() if field in section.model_fields]
    if len(having) > 1:
        raise UsageError(f"{field} stands in {' and '.join(having)}; write {having[0]}.{field}")
    return f"{having[0]}.{field}" if having else field


def _key(text: str) -> str | int:
    return int(text) if text.isdigit() else text


def _document(name_or_path: str | Path) -> tuple[Document, Path | None]:
    path, name = Path(name_or_path), str(name_or_path)
    if path.is_dir() and (path / FILE).exists():
        path = path / FILE
    elif not path.is_file():
        names = builtin_names()
        if name in names:
            return _based(parse(builtin_text(name), name), name), None
        if path.is_dir():
            raise UsageError(f"{path}: the folder has no {FILE}; write one with `gigaplan init`")
        hint = near(name, names)
        listed = ", ".join(names)
        hint = f"; {hint}" if hint else ""
        raise UsageError(f"{name}: no such file, folder or built-in programme ({listed}){hint}")
    text = read_text(path, YAML_LIMIT, "a programme")
    default = path.parent.resolve().name if path.name == FILE else path.stem
    return _based(parse(text, str(path)), default), path.parent


def _based(document: Document, default_name: str) -> Document:
    """The document with the built-in programme that it changes merged in."""
    document.data.setdefault("name", default_name)
    base_name = document.data.get("based_on")
    if not isinstance(base_name, str):
        return document
    if base_name not in builtin_names():
        file, row = document.where(("based_on",))
        names = builtin_names()
        expected, message = ", ".join(names), f"no built-in programme is named {base_name!r}"
        document.problems.append(
            Problem(file, "based_on", message, expected, near(base_name, names) or "name one", row)
        )
        return document
    base = _based(parse(builtin_text(base_name), base_name), base_name)
    merged = _merge(base.data, document.data)
    money = document.data.get("money")
    if isinstance(money, dict) and "budget" in money and "available" not in money:
        _with_path_of_budget(merged, base.data, money["budget"])
    places = {**base.places, **document.places}
    return Document(merged, document.file, places, [*base.problems, *document.problems])


def _merge(base: Mapping[Any, Any], change: Mapping[Any, Any]) -> dict[Any, Any]:
    """Settings of ``change`` replace those of ``base``; mappings by year or zone as a whole."""
    out = copy.deepcopy(dict(base))
    for key, value in change.items():
        old = out.get(key)
        if isinstance(old, dict) and isinstance(value, dict) and _by_name(old, value):
            out[key] = _merge(old, value)
        else:
            out[key] = copy.deepcopy(value)
    return out


def _by_name(*mappings: Mapping[Any, Any]) -> bool:
    """Whether the keys are names of settings, not years or zones."""
    return all(isinstance(k, str) and k.islower() for mapping in mappings for k in mapping)


def _checked(document: Document, folder: Path | None) -> Programme:
    """Validate the parts, the tables and the whole; raise every fault together."""
    parts, problems = validate(document)
    checker = Checker(parts, document)
    problems = [*document.problems, *problems, *checker.run()]
    zones = zone_states(parts["zones"]) if "zones" in parts else None
    tables, found = read_tables(parts.get("tables") or {}, folder, zones, parts.get("years"))
    problems += found
    problems += _roster_problems(parts, tables, folder)
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    programme = _resolved(parts, tables)
    programme._document = copy.deepcopy(document.data)
    programme._folder = folder
    programme._files = _table_files(parts.get("tables") or {}, folder)
    return programme


def _roster_problems(
    parts: Mapping[str, Any], tables: Mapping[str, Any], folder: Path | None
) -> list[Problem]:
    """Faults of the roster, where its parts could be read."""
    wanted = parts.get("tables") or {}
    names = [n for n in ("investors", "commitments", "outreach") if n in wanted]
    if "capital" not in parts or "zones" not in parts or any(tables.get(n) is None for n in names):
        return []
    if parts["capital"].roster == "none" and "investors" not in names:
        return [
            Problem(str(wanted[n]), f"tables.{n}", "there is no roster that it belongs to",
                    remedy="add tables.investors or capital.roster: atlas")
            for n in names
        ]  # fmt: skip
    from gigaplan.programme.rosterfile import read_roster

    own = {n: (tables[n], str((folder or Path()) / str(wanted[n]))) for n in names}
    return read_roster(own, parts["capital"], zone_states(parts["zones"]))[1]


def _table_files(tables: Mapping[str, str], folder: Path | None) -> dict[str, bytes]:
    """The table files of a programme as they were read."""
    return (
        {} if folder is None else {name: (folder / name).read_bytes() for name in tables.values()}
    )


def as_files(programme: Programme) -> dict[str, bytes]:
    """A programme as a folder of its own: file name -> content; :func:`load` reads it back.

    What a built-in programme gave is written out, so that a later version of it changes nothing.
    """
    import io

    from ruamel.yaml import YAML

    document = programme.document
    document.pop("based_on", None)
    names = {old: f"table-{i}.csv" for i, old in enumerate(programme._files)}
    if document.get("tables"):
        document["tables"] = {k: names.get(v, v) for k, v in document["tables"].items()}
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(document, text)
    return {FILE: text.getvalue().encode()} | {
        names[old]: content for old, content in programme._files.items()
    }


def _resolved(parts: Mapping[str, Any], tables: Mapping[str, Any]) -> Programme:
    """Every value that the file leaves open filled in."""
    values = {k: v for k, v in parts.items() if k in Programme.model_fields}
    years = values["years"]
    end = values.get("horizon_end") or years[-1]
    money, campus, policy = values["money"], values["campus"], values["policy"]
    if money.available is not None:
        calendar = range(values["start_year"], end + 1)
        available = carried(money.available, calendar, 0.0)
        values["money"] = money.model_copy(update={"available": available})
    limit = carried(campus.national_limit, years, math.inf)
    values["campus"] = campus.model_copy(update={"national_limit": limit})
    price = policy.co2_price
    price = carried(price, years, 0.0) if isinstance(price, dict) else dict.fromkeys(years, price)
    cap = carried(policy.co2_cap, years, math.inf)
    values["policy"] = policy.model_copy(update={"co2_price": price, "co2_cap": cap})
    values["zones"] = zone_states(values["zones"])
    return Programme.model_construct(**values | {"horizon_end": end, "tables": dict(tables)})


def declared_tables() -> list[str]:
    """Names of the tables that a programme may bring."""
    return list(TABLES)
