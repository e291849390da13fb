"""A programme's own tables: CSV files held against their declaration, every fault with its row."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigaplan.errors import InputError, Problem
from gigaplan.programme import known
from gigaplan.programme.reading import TABLE_LIMIT, read_text
from gigaplan.programme.tables import HOURS, TABLES, Column, Table
from gigaplan.programme.values import FIRST_YEAR, LAST_YEAR, near

if TYPE_CHECKING:
    import pandas as pd

MOST_PROBLEMS = 20  # of one table; the rest is counted


@dataclass
class Reader:
    """Reads one table; ``zones`` and ``years`` are None where the programme's could not be read."""

    table: Table
    file: str
    zones: Collection[str] | None
    years: Collection[int] | None = None

    def __post_init__(self) -> None:
        self.problems: list[Problem] = []

    def fault(
        self, field: str, message: str, expected: str = "", remedy: str = "", row: int | None = None
    ) -> None:
        self.problems.append(Problem(self.file, field, message, expected, remedy, row))

    def read(self, text: str) -> pd.DataFrame | None:
        """The table with typed columns, or None where there are problems."""
        import pandas as pd

        rows = self._cells(text)
        columns = self._header(rows[0]) if rows else None
        if columns is None:
            return None
        width = len(columns)
        body = []
        for number, row in enumerate(rows[1:], start=2):
            if len(row) == width:
                body.append((number, row))
            elif any(cell.strip() for cell in row):
                remedy = "fill or remove the row; quote text that holds a comma"
                self.fault("", f"the row has {len(row)} cells", f"{width} cells", remedy, number)
        if not body and not self.problems:
            expected = "at least one row below the header"
            self.fault("", "the table has no rows", expected, "add rows or leave the table out")
        numbers = [number for number, _ in body]
        frame = {
            column.name: self._column(column, numbers, [row[i] for _, row in body])
            for i, column in enumerate(columns)
        }
        if not self.problems:
            self._keys(frame, numbers)
        if self.problems:
            return None
        result = pd.DataFrame(frame)
        result.attrs["units"] = {column.name: column.unit for column in columns}
        return result

    def _cells(self, text: str) -> list[list[str]]:
        reader = csv.reader(io.StringIO(text.rstrip() + "\n", newline=None), strict=True)
        rows = []
        try:
            for row in reader:
                rows.append(row)
        except csv.Error as error:
            expected = "comma-separated values with a header"
            remedy = "check the quotes of this row and save the file as CSV"
            self.fault("", f"is not a CSV table: {error}", expected, remedy, len(rows) + 1)
            return []
        return rows

    def _header(self, names: list[str]) -> list[Column] | None:
        names = [name.strip() for name in names]
        declared = {column.name: column for column in self.table.columns}
        columns = []
        for name in names:
            column = declared.get(name) or self._zone_column(name, declared)
            if names.count(name) > 1:
                self.fault(name, "the column is there twice", "each column once", "remove one", 1)
            elif column is not None:
                columns.append(column)
        for name in declared:
            if name not in names and not declared[name].optional:
                self.fault(name, "the column is missing", ", ".join(declared), "add it", 1)
        if self.table.series is not None and self.zones is not None:
            here = [name for name in names if name in self.zones]
            lacking = [zone for zone in self.zones if zone not in here]
            if lacking and (self.table.every_zone or not here):
                message = f"no column for {', '.join(lacking[:8])}"
                message += f" and {len(lacking) - 8} more zones" if len(lacking) > 8 else ""
                self.fault("header", message, "a column for each zone", "add it", 1)
        return None if self.problems else columns

    def _zone_column(self, name: str, declared: Mapping[str, Column]) -> Column | None:
        series = self.table.series
        if series is not None and (self.zones is None or name in self.zones):
            low, high = series.low, series.high
            return Column(name, "number", series.unit, series.meaning, low, high, series.above)
        options = [*declared, *(self.zones or () if series is not None else ())]
        plain = name.partition("[")[0].strip()
        remedy = f"write {plain}, without its unit" if plain in declared else near(name, options)
        expected = ", ".join(options[:12])
        remedy = remedy or "rename or remove it; columns are separated by commas"
        self.fault(name[:40] or "header", "unknown column", expected, remedy, 1)
        return None

    def _column(self, column: Column, numbers: list[int], cells: list[str]) -> list[Any]:
        if column.kind == "number":
            return [self._number(column, n, c) for n, c in zip(numbers, cells, strict=True)]
        if column.kind in ("year", "planning_year", "hour"):
            return [self._whole(column, n, c) for n, c in zip(numbers, cells, strict=True)]
        words = [cell.strip() for cell in cells]
        names = self._names(column)
        for number, word in zip(numbers, words, strict=True):
            if not word and column.optional:
                continue
            if not word:
                self.fault(column.name, "is missing", column.meaning, "fill it in", number)
            elif names is not None and word not in names:
                message = f"'{word}' is not a {column.kind} that is known here"
                expected = "one of " + ", ".join(list(names)[:12])
                remedy = near(word, names) or "correct it or remove the row"
                self.fault(column.name, message, expected, remedy, number)
        return words

    def _names(self, column: Column) -> Collection[str] | None:
        if column.kind == "zone":
            return self.zones
        if column.kind == "cap":
            return None if self.zones is None else known.caps(self.zones)
        named = {
            "technology": known.technologies,
            "fuel": known.fuels,
            "step": known.chip_steps,
            "equipment": known.equipment,
        }
        return named[column.kind]() if column.kind in named else None

    def _number(self, column: Column, number: int, cell: str) -> float:
        unit = f" {column.unit}" if column.unit not in ("", "1") else ""
        if column.optional and not cell.strip():
            return math.nan
        try:
            value = float(cell)
        except ValueError:
            message = f"'{cell[:40]}' is not a number" if cell.strip() else "is missing"
            expected, remedy = f"a number of{unit or ' no unit'}", "fill it in, without a unit"
            self.fault(column.name, message, expected, remedy, number)
            return 0.0
        if value != value or abs(value) == float("inf"):
            message, expected = (
                f"{cell.strip()} is not a finite number",
                f"a number of{unit or ' no unit'}",
            )
        elif column.above is not None and not value > column.above:
            message, expected = f"{cell} is too small", f"more than {column.above:g}{unit}"
        elif column.low is not None and value < column.low:
            what = "is negative" if column.low == 0 else "is too small"
            message, expected = f"{cell} {what}", f"at least {column.low:g}{unit}"
        elif column.high is not None and value > column.high:
            message, expected = f"{cell} is too large", f"at most {column.high:g}{unit}"
        else:
            return value
        self.fault(column.name, message, expected, "correct the value", number)
        return value

    def _whole(self, column: Column, number: int, cell: str) -> int:
        kind = column.kind.replace("_", " ")
        first, last = (0, HOURS - 1) if kind == "hour" else (FIRST_YEAR, LAST_YEAR)
        expected = f"a whole number from {first} to {last}"
        try:
            value = int(cell)
        except ValueError:
            message = f"'{cell[:40]}' is not a whole number" if cell.strip() else "is missing"
            self.fault(column.name, message, expected, "fill it in", number)
            return first
        if not first <= value <= last:
            message = f"{value} is outside the data"
            self.fault(column.name, message, expected, "remove the row", number)
        elif kind == "planning year" and self.years is not None and value not in self.years:
            expected = ", ".join(map(str, self.years))
            message = f"{value} is not a planning year of the programme"
            self.fault(column.name, message, expected, "remove the row", number)
        return value

    def _keys(self, frame: Mapping[str, list[Any]], numbers: list[int]) -> None:
        """Two rows for one key, hours that are missing, corridors from a zone to itself."""
        seen: dict[tuple[Any, ...], int] = {}
        rows = zip(*(frame[name] for name in self.table.key), strict=True)
        for number, key in zip(numbers, rows, strict=True):
            if key in seen:
                label = ", ".join(f"{n} {v}" for n, v in zip(self.table.key, key, strict=True))
                message = f"a second row for {label}, first in row {seen[key]}"
                self.fault(self.table.key[0], message, "one row for each", "remove one", number)
            seen.setdefault(key, number)
        if "hour" in self.table.key and not self.problems:
            self._gap([hour for (hour,) in seen])
        if "from_zone" in frame:
            ends = zip(numbers, frame["from_zone"], frame["to_zone"], strict=True)
            for number, one, other in ends:
                if one == other:
                    message = f"the corridor ends where it starts, in {one}"
                    self.fault("to_zone", message, "another zone", "correct it", number)

    def _gap(self, hours: list[int]) -> None:
        lacking = sorted(set(range(HOURS)) - set(hours))
        if lacking:
            message = f"{len(lacking)} hours are missing, the first is {lacking[0]}"
            self.fault("hour", message, f"the hours 0 ... {HOURS - 1}", "fill the gap")
        elif hours != sorted(hours):
            self.fault("hour", "the hours are not in order", f"0 ... {HOURS - 1}", "sort the rows")


def read_tables(
    names: Mapping[str, str],
    folder: Path | None,
    zones: Collection[str] | None,
    years: Collection[int] | None = None,
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """The tables that a programme names, and the problems of all of them."""
    frames: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for name, file in names.items():
        path = (folder or Path()) / Path(file).expanduser()
        try:
            text = read_text(path, TABLE_LIMIT, f"a CSV table for {name}", "see docs/inputs.md")
        except InputError as error:
            problems += error.problems
            continue
        reader = Reader(TABLES[name], str(path), zones, years)
        frame = reader.read(text)
        if frame is not None:
            frames[name] = frame
        problems += reader.problems[:MOST_PROBLEMS]
        more = len(reader.problems) - MOST_PROBLEMS
        if more > 0:
            problems.append(
                Problem(str(path), "", f"{more} more problems", "none", "mend these first")
            )
    return frames, problems
