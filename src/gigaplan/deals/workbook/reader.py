"""Read a workbook back: the cases it was made from, with the assumptions as they are now."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gigaplan.deals.deal import Deal
from gigaplan.deals.sam.case import SamCase
from gigaplan.deals.sam.declaration import MODELS, declared
from gigaplan.deals.terms import Cell, Row
from gigaplan.deals.workbook.case import SECTION
from gigaplan.deals.workbook.formulas import FIRST
from gigaplan.errors import InputError, Problem, UsageError

Line = tuple[Any, ...]


def read_workbook(path: Path) -> list[Deal]:
    """The deals of a workbook that gigaplan wrote, with edited assumptions.

    Raises
    ------
    UsageError
        the file is not there.
    InputError
        it is no such workbook, an assumption is not a number, a formula was overwritten, or a
        schedule was edited that a case cannot state.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    if not path.is_file():
        raise UsageError(f"{path}: the file does not exist")
    try:
        book = load_workbook(path)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError) as error:
        raise InputError([Problem(str(path), "", "is not a workbook", "an .xlsx file")]) from error
    if "Case" not in book.sheetnames or "Assumptions" not in book.sheetnames:
        raise InputError(
            [Problem(str(path), "", "was not written by gigaplan", "sheets Case and Assumptions")]
        )
    cases = _cases(book["Case"], path)
    lines: dict[str, list[tuple[str, Line]]] = {name: [] for name in cases}
    for sheet in book.worksheets:
        if sheet.title not in ("Cover", "Case"):
            for section, row in _sections(sheet):
                lines.setdefault(section, []).append((sheet.title, row))
    unknown = set(lines) - set(cases)
    if unknown:
        raise InputError(
            [Problem(str(path), name, "has lines but no case", "the sheet Case as it was written")
             for name in sorted(unknown)]
        )  # fmt: skip
    return [_deal(cases[name], lines[name], path) for name in cases]


def _cases(sheet: Any, path: Path) -> dict[str, dict[str, Any]]:
    """The fields of each company; the key is empty where there is one only."""
    found: dict[str, dict[str, Any]] = {}
    section = ""
    for name, *parts in sheet.iter_rows(min_row=2, values_only=True):
        if name is None:
            continue
        text = "".join(str(p) for p in parts if p is not None)  # a long value fills several cells
        try:
            held = json.loads(text)
        except json.JSONDecodeError as error:
            raise InputError(
                [Problem(str(path), f"Case!{name}", f"{text[:60]!r} is not JSON")]
            ) from error
        if name == SECTION:
            section = str(held)
            continue
        found.setdefault(section, {})[str(name)] = held
    return found


def _sections(sheet: Any) -> Iterator[tuple[str, Line]]:
    """The named lines of a sheet with the company that they belong to."""
    section = ""
    for row in sheet.iter_rows(min_row=3, values_only=True):
        if len(row) > 3 and row[3] == SECTION:
            section = str(row[0])
        elif len(row) > 3 and row[3] is not None:
            yield section, row


def _deal(fields: dict[str, Any], lines: list[tuple[str, Line]], path: Path) -> Deal:
    from gigaplan.deals.casefile import deal_of
    from gigaplan.deals.workbook.case import nested

    if str(fields.get("model", "")) in MODELS:
        inputs = {k: v for k, v in fields.items() if k not in ("model", "name", "solved_price")}
        data = {"model": fields["model"], "name": fields["name"], "inputs": inputs}
    else:
        data = nested(fields)
    original = deal_of(data, str(path))
    problems: list[Problem] = []
    changes: dict[str, Any] = {}
    for sheet, row in lines:
        name = str(row[3])
        line = original.ledger.cells.get(name) or original.ledger.rows.get(name)
        place = f"{sheet}!{name}"
        if line is None:
            problems.append(
                Problem(str(path), place, "is no line of this case",
                        remedy="write the workbook again")
            )  # fmt: skip
        elif isinstance(line, Cell):
            _cell(line, row[2], place, changes, problems, path)
        else:
            _row(original, line, list(row[FIRST:]), place, changes, problems, path)
    if problems:
        raise InputError(problems)
    assert original.rerun is not None
    return original.rerun(changes) if changes else original


def _same(value: float, written: float) -> bool:
    """Whether a number is the one that was written, to the 16 digits that a workbook keeps."""
    return abs(value - written) <= 1e-14 * abs(written)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(
    line: Cell, value: Any, place: str, changes: dict[str, Any], problems: list[Problem], path: Path
) -> None:
    if line.formula is not None:
        if not (isinstance(value, str) and value.startswith("=")):
            problems.append(Problem(str(path), place, "its formula was overwritten",
                                    remedy="change the assumptions instead"))  # fmt: skip
        return
    if not _number(value):
        problems.append(Problem(str(path), place, f"{value!r} is not a number", "a number"))
    elif not _same(float(value), line.value):
        if line.name == "ppa_price":
            changes["ppa_price_input"], changes["ppa_soln_mode"] = [float(value) / 100], 1
        else:
            changes[line.name] = float(value)


def _row(
    deal: Deal, line: Row, values: list[Any], place: str, changes: dict[str, Any],
    problems: list[Problem], path: Path,
) -> None:  # fmt: skip
    assert line.axis is not None
    shown = values[: line.axis.size]
    if line.formula is not None:
        if any(not (isinstance(v, str) and v.startswith("=")) for v in shown):
            problems.append(Problem(str(path), place, "a formula of it was overwritten",
                                    remedy="change the assumptions instead"))  # fmt: skip
        return
    bad = [v for v in shown if not _number(v)]
    if line.unit == "date":
        return
    if bad:
        problems.append(Problem(str(path), place, f"{bad[0]!r} is not a number", "numbers"))
        return
    numbers = [float(v) for v in shown]
    if all(_same(a, b) for a, b in zip(numbers, line.value.tolist(), strict=True)):
        return
    if isinstance(deal.case, SamCase) and line.name in declared():
        changes[line.name] = numbers if line.name == "utility_bill_w_sys" else numbers[1:]
    else:
        problems.append(Problem(str(path), place, "was edited, which a case cannot state",
                                remedy="change the case and write the workbook again"))  # fmt: skip
