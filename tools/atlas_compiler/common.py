"""What every compiler module uses: raw files, deflator, a place for tables with their sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

STATES = [
    "AL", "AR", "AZ", "CA", "CO", "CT", "DE", "FL", "GA", "IA", "ID", "IL", "IN", "KS", "KY", "LA",
    "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY",
    "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY",
]  # fmt: skip
SOURCE_COLUMNS = [
    "table", "column", "unit", "dollar_year", "source", "licence", "vintage", "confidence", "note",
]  # fmt: skip


@dataclass
class Atlas:
    """Where raw files are read from, and the tables and sources compiled so far."""

    raw: Path
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    hourly: dict[str, pd.DataFrame] = field(default_factory=dict)
    sources: list[dict[str, str]] = field(default_factory=list)

    def read(self, path: str, **options: object) -> pd.DataFrame:
        """A raw csv or parquet file below ``data/`` or ``facts/``."""
        file = self.raw / path
        if file.suffix == ".parquet":
            return pd.read_parquet(file)
        return pd.read_csv(file, **options)  # type: ignore[call-overload, no-any-return]

    def fact(self, table: str, identifier: str) -> pd.Series:
        """One row of a table of ``facts/`` by its id."""
        facts = self.read(f"facts/{table}.csv").set_index("id")
        return facts.loc[identifier]

    def add(self, name: str, table: pd.DataFrame) -> None:
        """Keep a table."""
        if name in self.tables:
            raise ValueError(f"table {name} is compiled twice")
        self.tables[name] = table.reset_index(drop=True)

    def cite(
        self, table: str, columns: str, unit: str, source: str, licence: str, vintage: str,
        confidence: str = "stored-source", dollar_year: str = "", note: str = "",
    ) -> None:  # fmt: skip
        """Note the source of one or more columns (separated by spaces) of a table."""
        for column in columns.split():
            values = (table, column, unit, dollar_year, source, licence, vintage, confidence, note)
            self.sources.append(dict(zip(SOURCE_COLUMNS, values, strict=True)))


def to_2025(atlas: Atlas, year: int) -> float:
    """Factor from USD of a year to USD of 2025 (ReEDS deflator; 1987 by real-data notes: 2.83)."""
    if year == 1987:
        return 2.83
    table = atlas.read("data/reeds/financials/deflator.csv")
    factor = table.set_index(table.columns[0])["Deflator"]
    return float(factor[year] / factor[2025])
