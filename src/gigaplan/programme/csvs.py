"""CSV tables that a programme brings: read, checked cell by cell, every fault at once."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gigaplan.errors import InputError, Problem
from gigaplan.programme import known
from gigaplan.programme.reading import TABLE_LIMIT, read_text
from gigaplan.programme.tables import HOURS, TABLES, Column, Table
from gigaplan.programme.values import near

MOST = 20  # faults of one table that are told one by one


def read_table(name: str, path: Path, zones: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
    """A DataFrame of a declared table, or the problems of its file.

    Rows count from 1, the header being row 1, as spreadsheets show them.
    """
    import pandas as pd

    table, file = TABLES[name], str(path)
    try:
        rows = list(csv.reader(io.StringIO(read_text(path, TABLE_LIMIT, "a table"))))
    except InputError as error:
        return None, error.problems
    header = [cell.strip() for cell in rows[0]]
    columns, problems = _header(table, header, zones, file)
    if problems:
        return None, problems
    data: dict[str, list[Any]] = {name: [] for name in header}
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            message = f"has {len(row)} cells"
            problems.append(Problem(file, "", message, f"{len(header)}", row=number))
            continue
        for column, cell in zip(header, row, strict=True):
            value, fault = _cell(columns[column], cell.strip(), zones)
            if fault:
                problems.append(Problem(file, column, fault[0], fault[1], row=number))
            data[column].append(value)
    if not problems:
        problems = list(_keys(table, data, file))
    if len(problems) > MOST:
        more = len(problems) - MOST
        problems = [*problems[:MOST], Problem(file, "", f"and {more} more faults in this table")]
    return (None if problems else pd.DataFrame(data)), problems


def _header(
    table: Table, header: list[str], zones: Mapping[str, Any], file: str
) -> tuple[dict[str, Column], list[Problem]]:
    """Column by name; problems of names that are missing, unknown or twice there."""
    columns = {c.name: c for c in table.columns}
    if table.series is not None:
        columns |= {zone: table.series for zone in zones}
    problems = [
        Problem(file, name, "this column is not known", ", ".join(columns), near(name, columns), 1)
        for name in header
        if name not in columns
    ]
    needed = [c.name for c in table.columns if not c.optional] + (list(zones) if table.every_zone else [])
    problems += [
        Problem(file, name, "this column is missing", ", ".join(needed), "add it", 1)
        for name in needed
        if name not in header
    ]
    problems += [
        Problem(file, name, "this column stands twice", "each column once", row=1)
        for name in sorted({n for n in header if header.count(n) > 1})
    ]
    return columns, problems


def _cell(
    column: Column, cell: str, zones: Mapping[str, Any]
) -> tuple[Any, tuple[str, str] | None]:
    """The value of a cell, or what is wrong with it and what was expected."""
    if cell == "" and column.optional:
        return ("" if column.kind == "text" else math.nan), None
    if cell == "" or cell.lower() in ("nan", "na", "null"):
        return None, ("has no value", _expected(column))
    if column.kind in ("text", "cap"):
        return cell, None
    names = {"zone": tuple(zones), "technology": known.technologies, "fuel": known.fuels}.get(
        column.kind
    )
    if names is not None:
        listed = names() if callable(names) else names
        if cell in listed:
            return cell, None
        return None, (f"'{cell}' is not known", f"one of {', '.join(listed)}")
    try:
        value = float(cell)
    except ValueError:
        return None, (f"'{cell}' is not a number", _expected(column))
    if not math.isfinite(value):
        return None, (f"'{cell}' is not a finite number", _expected(column))
    if column.kind in ("year", "hour"):
        return (int(value), None) if value == int(value) else (None, (f"'{cell}' is not whole", "a whole number"))
    low, high, above = column.low, column.high, column.above
    if (low is not None and value < low) or (high is not None and value > high) or (
        above is not None and value <= above
    ):
        return None, (f"{cell} is out of bounds", _expected(column))
    return value, None


def _expected(column: Column) -> str:
    unit = f" in {column.unit}" if column.unit else ""
    parts = [
        f"at least {column.low:g}" if column.low is not None else "",
        f"more than {column.above:g}" if column.above is not None else "",
        f"at most {column.high:g}" if column.high is not None else "",
    ]
    bounds = " and ".join(p for p in parts if p)
    return f"a number{unit}" + (f", {bounds}" if bounds else "")


def _keys(table: Table, data: Mapping[str, list[Any]], file: str) -> Iterator[Problem]:
    """Two rows for one key; hours that are missing."""
    seen: dict[tuple[Any, ...], int] = {}
    rows = list(zip(*(data[k] for k in table.key), strict=True))
    if not rows:
        yield Problem(file, "", "the table has no rows", "at least one", "remove it from `tables`")
    for number, key in enumerate(rows, start=2):
        if key in seen:
            text = ", ".join(map(str, key))
            message = f"{text} stands in row {seen[key]} already"
            yield Problem(file, " ".join(table.key), message, "one row for each", "remove one", number)
        seen.setdefault(key, number)
    if table.key == ("hour",):
        missing = sorted(set(range(HOURS)) - set(data["hour"]))
        extra = sorted(set(data["hour"]) - set(range(HOURS)))
        if missing:
            message = f"{len(missing)} hours are missing, the first is {missing[0]}"
            yield Problem(file, "hour", message, "hours 0 to 8759", "fill the gap")
        if extra:
            yield Problem(file, "hour", f"hour {extra[0]} is beyond the year", "hours 0 to 8759")
