"""Names that the atlas knows and a programme may use."""

from __future__ import annotations

from functools import cache


@cache
def technologies() -> tuple[str, ...]:
    """Technologies that can be built."""
    from gigaplan import atlas

    traits = atlas.table("technology_traits")
    return tuple(traits.loc[traits["buildable"].astype(bool), "technology"])


@cache
def fuels() -> tuple[str, ...]:
    """Fuels with a price."""
    from gigaplan import atlas

    return tuple(sorted(set(atlas.table("fuel_prices")["fuel"])))
