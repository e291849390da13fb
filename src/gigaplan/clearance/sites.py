"""Distance of a place to the listed installations of part 802, with a stated margin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.clearance.findings import DEPENDS, Answer, Finding
from gigaplan.errors import UsageError

EARTH_MILES = 3958.8
CLOSE_MILES, EXTENDED_MILES = 1.0, 100.0  # 802.203, 802.217
MARGIN_MILES = {1: 5.0, 2: 15.0}  # point to boundary; ranges of part 2 are large
NOTE = (
    "distances are to one point an installation, the rule measures from its boundary: a margin of "
    "5 miles (part 1) or 15 miles (part 2) is left open; ports, and counties and ranges of parts 3 "
    "and 4, are not in the list"
)


@dataclass(frozen=True)
class Nearby:
    """Listed installations near a place: a table (site, part, miles, answer) and the finding."""

    table: pd.DataFrame
    finding: Finding

    @property
    def answer(self) -> Answer:
        """Whether the place is covered real estate as far as the list says."""
        return self.finding.answer


def miles_between(latitude: float, longitude: float, lats: pd.Series, lons: pd.Series) -> pd.Series:
    """Great-circle distance in miles (haversine)."""
    a, b = np.radians(latitude), np.radians(lats)
    half = (
        np.sin((b - a) / 2) ** 2
        + np.cos(a) * np.cos(b) * np.sin(np.radians(lons - longitude) / 2) ** 2
    )
    distance: pd.Series = 2 * EARTH_MILES * np.arcsin(np.sqrt(half))
    return distance


def nearby(latitude: float, longitude: float) -> Nearby:
    """Listed installations whose limit, or limit and margin, a place in degrees may fall into.

    Raises
    ------
    UsageError
        the coordinates are not those of a place.
    """
    if not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 180.0):
        raise UsageError(
            f"no place at latitude {latitude}, longitude {longitude}; give degrees, west negative"
        )
    table = atlas.table("listed_sites")
    miles = miles_between(latitude, longitude, table["latitude"], table["longitude"])
    limit = table["part"].map({1: CLOSE_MILES, 2: EXTENDED_MILES})
    margin = table["part"].map(MARGIN_MILES)
    table = table.assign(miles=miles.round(1), limit_miles=limit, margin_miles=margin)
    within, maybe = miles <= limit, miles <= limit + margin
    table["answer"] = np.where(within, "yes", np.where(maybe, "depends", "no"))
    hits = (
        table[maybe]
        .sort_values("miles")[
            ["site", "location", "part", "miles", "limit_miles", "margin_miles", "answer"]
        ]
        .reset_index(drop=True)
    )
    value: Answer = True if within.any() else DEPENDS if maybe.any() else False
    nearest = table.iloc[int(np.argmin(miles))]
    if hits.empty:
        reason = f"nearest listed installation: {nearest['site']}, {nearest['miles']:g} miles"
    else:
        first = hits.iloc[0]
        name = f"{first['site']} (part {first['part']})"
        reason = f"{name}: {first['miles']:g} miles of {first['limit_miles']:g}"
    needed = (
        () if value is True else ("ports, counties of part 3 and the boundary of the installation",)
    )
    finding = Finding(
        "covered_real_estate",
        value,
        f"{reason}; {NOTE}",
        "S-MARGIN",
        "31 CFR 802.211, 802.203, 802.217",
        ("latitude", "longitude"),
        needed,
        as_of="2026-04-04",
        filing="voluntary declaration or notice under part 802" if value is not False else "",
    )
    return Nearby(hits, finding)


def state_finding(state: str) -> Finding:
    """What can be said of land in a state before its place is known: it turns on the place."""
    table = atlas.table("listed_sites")
    here = table[table["location"].str.endswith(f", {state}")]
    close, far = int((here["part"] == 1).sum()), int((here["part"] == 2).sum())
    reason = (
        f"{state} has {close} listed installations with a reach of 1 mile and {far} with one of "
        "100 miles; those of other states may reach into it"
    )
    needed = ("latitude and longitude of the land",)
    return Finding(
        "covered_real_estate",
        DEPENDS,
        reason,
        "S-MARGIN",
        "31 CFR 802.211",
        ("asset.state",),
        needed,
        as_of="2026-04-04",
    )
