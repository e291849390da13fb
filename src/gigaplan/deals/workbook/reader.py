"""Read a workbook back: the case it was made from, with the assumptions as they are now."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gigaplan.deals.deal import Deal
from gigaplan.deals.sam.declaration import MODELS, declared
from gigaplan.errors import InputError, Problem, UsageError


def read_workbook(path: Path) -> Deal:
    """The deal of a workbook that gigaplan wrote, with edited assumptions.

    Raises
    ------
    UsageError
        the file is not there.
    InputError
        it is no such workbook, or an assumption is not a number.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    from gigaplan.deals.casefile import deal_of
    from gigaplan.deals.workbook.case import nested

    if not path.is_file():
        raise UsageError(f"{path}: the file does not exist")
    try:
        book = load_workbook(path, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError) as error:
        raise InputError([Problem(str(path), "", "is not a workbook", "an .xlsx file")]) from error
    if "Case" not in book.sheetnames or "Assumptions" not in book.sheetnames:
        raise InputError(
            [Problem(str(path), "", "was not written by gigaplan", "sheets Case and Assumptions")]
        )
    fields = _fields(book["Case"], path)
    cells, rows = _edited(book, path)
    if str(fields.get("model", "")) in MODELS:
        inputs = {k: v for k, v in fields.items() if k not in ("model", "name", "solved_price")}
        data = {"model": fields["model"], "name": fields["name"], "inputs": inputs}
    else:
        data = nested(fields)
    original = deal_of(data, str(path))
    assert original.rerun is not None
    changes = _changes(original, cells, rows)
    return original.rerun(changes) if changes else original


def _changes(
    deal: Deal, cells: Mapping[str, float], rows: Mapping[str, list[float]]
) -> dict[str, Any]:
    """Inputs whose cells differ from those of the case as it was written."""
    ledger = deal.ledger
    found: dict[str, Any] = {}
    for name, value in cells.items():
        if name not in ledger.cells or ledger.cells[name].formula is not None:
            raise InputError(
                [Problem(deal.source, f"Assumptions!{name}", "is not an input of this case",
                         remedy="write the workbook again")]
            )  # fmt: skip
        if value == ledger.cells[name].value:
            continue
        if name == "ppa_price":
            found["ppa_price_input"], found["ppa_soln_mode"] = [value / 100], 1
        else:
            found[name] = value
    for name, values in rows.items():
        if name in ledger.rows and values != ledger.rows[name].value.tolist():
            found[name] = values if name == "utility_bill_w_sys" else values[1:]
    return found


def _fields(sheet: Any, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in sheet.iter_rows(min_row=2, max_col=2, values_only=True):
        if name is None:
            continue
        try:
            found[str(name)] = json.loads(str(value))
        except json.JSONDecodeError as error:
            raise InputError(
                [Problem(str(path), f"Case!{name}", f"{value!r} is not JSON")]
            ) from error
    return found


def _edited(book: Any, path: Path) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Assumptions by name, and given schedules by name (period 0 first)."""
    problems: list[Problem] = []
    cells: dict[str, float] = {}
    for row in book["Assumptions"].iter_rows(min_row=3, max_col=4, values_only=True):
        name, value = row[3], row[2]
        if name is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            problems.append(
                Problem(str(path), f"Assumptions!{name}", f"{value!r} is not a number", "a number")
            )
        else:
            cells[str(name)] = float(value)
    rows: dict[str, list[float]] = {}
    if "Timing" in book.sheetnames:
        for row in book["Timing"].iter_rows(min_row=3, values_only=True):
            if row[3] in declared():
                values = [v for v in row[4:] if v is not None]
                if all(isinstance(v, int | float) for v in values):
                    rows[str(row[3])] = [float(v) for v in values]
                else:
                    problems.append(Problem(str(path), f"Timing!{row[3]}", "holds text", "numbers"))
    if problems:
        raise InputError(problems)
    return cells, rows
