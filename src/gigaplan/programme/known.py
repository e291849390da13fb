"""Names that the atlas knows and a programme may use."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache


@cache
def technologies() -> tuple[str, ...]:
    """Technologies that can be built."""
    from gigaplan import atlas

    traits = atlas.table("technology_traits")
    return tuple(traits.loc[traits["buildable"].astype(bool), "technology"])


@cache
def onsite_technologies() -> tuple[str, ...]:
    """Technologies that can be built at a campus."""
    from gigaplan import atlas

    kind = atlas.table("technology_traits").set_index("technology")["kind"]
    return tuple(t for t in technologies() if str(kind[t]).startswith("onsite"))


@cache
def chip_steps() -> tuple[str, ...]:
    """Steps of the chain that makes accelerators."""
    return ("logic", "packaging", "memory")


@cache
def equipment() -> tuple[str, ...]:
    """Classes of scarce equipment."""
    from gigaplan import atlas

    return tuple(atlas.table("equipment")["equipment"])


@cache
def fuels() -> tuple[str, ...]:
    """Fuels with a price."""
    from gigaplan import atlas

    return tuple(sorted(set(atlas.table("fuel_prices")["fuel"])))


def caps(zones: Iterable[str]) -> tuple[str, ...]:
    """Names of the limits on what can be built: national, then interconnection by zone."""
    from gigaplan import atlas

    national = sorted(set(atlas.table("build_limits")["technology_group"]))
    zonal = sorted(set(atlas.table("interconnection_limits")["technology_group"]))
    return (*(f"US {g}" for g in national), *(f"{z} {g}" for z in zones for g in zonal))
