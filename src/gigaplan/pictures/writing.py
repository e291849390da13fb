"""Pictures on disk: whole or not there; drawn offline from a Vega-Lite specification."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from gigaplan.errors import UsageError

FORMATS = (".svg", ".png")


def check_picture(path: Path, what: str, formats: tuple[str, ...] = FORMATS) -> None:
    """Refuse another extension, or a folder that is not there, before anything is drawn.

    ``what`` begins the sentence that says how it is written: "a map is".

    Raises
    ------
    UsageError
    """
    if path.suffix not in formats:
        raise UsageError(f"{path}: {what} written as {' or '.join(formats)}; choose such a name")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}; make it or choose another")


def write_picture(path: Path, specification: dict[str, Any]) -> None:
    """Draw a specification as .svg or .png, by the extension of the path."""
    import vl_convert as vlc

    text = json.dumps(specification)
    svg = path.suffix == ".svg"
    drawn = vlc.vegalite_to_svg(text).encode() if svg else vlc.vegalite_to_png(text, scale=2)
    write_whole(path, drawn)


def write_whole(path: Path, content: bytes) -> None:
    """Write beside and rename, so that what is there is whole."""
    beside = path.with_name(f".{path.name}.partial")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as a specification takes them."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    return rows
