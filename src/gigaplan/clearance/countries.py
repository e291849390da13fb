"""Groups of countries that the rules name, and the land laws of the states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gigaplan import atlas
from gigaplan.errors import UsageError

HOME = "US"


@dataclass(frozen=True)
class Country:
    """A country as the rules see it (tables ``country_groups``)."""

    code: str
    name: str
    excepted_state: bool
    sta_a5: bool
    chip_licence: bool
    covered_nation: bool
    adversary: bool
    oecd: bool


@cache
def _table() -> dict[str, Country]:
    rows = atlas.table("country_groups").to_dict("records")
    out = {}
    for row in rows:
        flags = [
            bool(row[c])
            for c in (
                "excepted_state",
                "sta_a5",
                "chip_licence",
                "covered_nation",
                "adversary",
                "oecd",
            )
        ]
        out[str(row["code"])] = Country(str(row["code"]), str(row["name"]), *flags)
    return out


def known() -> list[str]:
    """Codes of the countries in the table; the United States is beside them."""
    return sorted(_table())


def country(code: str) -> Country:
    """One country by its ISO 3166-1 code.

    Raises
    ------
    UsageError
        the table has no such country: its groups are not known, so nothing is concluded on it.
    """
    if code == HOME:
        return Country(HOME, "United States", False, False, False, False, False, True)
    try:
        return _table()[code]
    except KeyError:
        raise UsageError(
            f"no country {code!r} in the table country_groups; known: US, {', '.join(known())}"
        ) from None


@cache
def land_laws() -> dict[str, dict[str, object]]:
    """Row of ``state_land_laws`` by state."""
    table = atlas.table("state_land_laws").fillna("")
    return {str(row["state"]): row for row in table.to_dict("records")}  # type: ignore[misc]
