"""The world as it is: built-in tables of facts, each figure with its source.

The tables are compiled from public data sets by ``tools/compile_atlas.py``; money is in USD of
2025 throughout.  ``SOURCES.csv`` names source, licence, vintage, unit and confidence of every
column, ``NOTICE`` holds the licences.
"""

from __future__ import annotations

import difflib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from gigaplan.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

DOLLAR_YEAR = 2025


def tables() -> list[str]:
    """Names of all tables."""
    return list(_names(".csv"))


def hourly_tables() -> list[str]:
    """Names of all hourly tables."""
    return list(_names(".parquet"))


def table(name: str) -> pd.DataFrame:
    """One table of facts; columns and units as in ``SOURCES.csv``.

    Raises
    ------
    UsageError
        no table has this name.
    """
    if name not in tables():
        raise UsageError(_unknown("table", name, [*tables(), *hourly_tables()]))
    return _read(name).copy()


def hourly(name: str) -> pd.DataFrame:
    """8,760 hours (UTC, rows) by state (columns): load in MW, all else as a share of capacity.

    Raises
    ------
    UsageError
        no hourly table has this name.
    """
    if name not in hourly_tables():
        raise UsageError(_unknown("hourly table", name, hourly_tables()))
    return _read_hourly(name).copy()


def sources() -> pd.DataFrame:
    """Source, licence, vintage, unit, dollar year and confidence of every column of every table."""
    return _read_sources().copy()


def source(figure: str) -> pd.DataFrame:
    """Rows of :func:`sources` for a table, a column, ``table.column`` or the id of a constant.

    Raises
    ------
    UsageError
        nothing has this name; the message lists near matches.
    """
    known = sources()
    full = known["table"] + "." + known["column"]
    rows = known[(known["table"] == figure) | (known["column"] == figure) | (full == figure)]
    if not rows.empty:
        return rows.reset_index(drop=True)
    names = sorted({*known["table"], *known["column"], *full})
    raise UsageError(_unknown("figure", figure, names))


def _unknown(kind: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=4, cutoff=0.5)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return f"the atlas has no {kind} {name!r}{hint} (gigaplan show atlas lists them all)"


def _data():  # type: ignore[no-untyped-def]
    return files("gigaplan.atlas") / "data"


@cache
def _names(suffix: str) -> tuple[str, ...]:
    names = (p.name for p in _data().iterdir())
    return tuple(sorted(n.removesuffix(suffix) for n in names if n.endswith(suffix)))


@cache
def _read(name: str) -> pd.DataFrame:
    import pandas as pd

    with (_data() / f"{name}.csv").open("rb") as file:
        return pd.read_csv(file, keep_default_na=False, na_values=["", "nan"])


@cache
def _read_hourly(name: str) -> pd.DataFrame:
    import pandas as pd

    with (_data() / f"{name}.parquet").open("rb") as file:
        stored = pd.read_parquet(file)
    # shares of capacity are stored as ten-thousandths
    return stored.astype(float) / (1.0 if name == "load" else 10_000.0)


@cache
def _read_sources() -> pd.DataFrame:
    import pandas as pd

    with (files("gigaplan.atlas") / "SOURCES.csv").open("rb") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)
