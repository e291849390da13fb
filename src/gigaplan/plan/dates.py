"""From when one more campus can run in a state, and what keeps it from being earlier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

SIZE = 0.1  # GW of IT
ROOM = 1e-6  # GW


@dataclass(frozen=True)
class Dates:
    """When one more 100 MW of IT can be energised in a state.

    Attributes
    ----------
    earliest : first planning year in which it can stand, None where it never can
    first_power, full_power : decimal years at the earliest, construction begun with the programme
    room : GW of facility power that the connection limits leave in that year, inf where none binds
    how : "connection", or "on-site units" where the connection is full
    reasons : planning year before the earliest: what stands in the way
    """

    earliest: int | None
    first_power: float
    full_power: float
    room: float
    how: str
    reasons: dict[int, str]


def dates(
    inputs: xr.Dataset, data: xr.Dataset, state: str, programme: Mapping[str, Any] | None = None
) -> Dates:
    """The earliest planning year of one more campus in a state, room counted beside the plan.

    ``programme`` is the programme's document, which tells why a state is closed.
    """
    years = [int(y) for y in data["year"].values]
    start = float(inputs["calendar"].values[0])
    open_ = inputs["campus_buildable"].sel(zone=state).values.astype(bool)
    construction = float(inputs["campus_construction"])
    ramp = float(inputs["campus_ramp"])
    reasons: dict[int, str] = {}
    for k, year in enumerate(years):
        if not open_[k]:
            ready = f"construction takes until {start + construction:.1f}"
            reasons[year] = ready if open_.any() else _closed(state, programme or {})
            continue
        room = connection_room(inputs, data, state)[k:].min()
        needed = SIZE * float(inputs["campus_pue"].sel(zone=state))
        how = "connection"
        if room < needed - ROOM:
            if not _own_supply(inputs, state, year):
                reasons[year] = (
                    f"{room:.2f} GW of large-load connection is left, {needed:.2f} GW is needed"
                )
                continue
            how = "on-site units: the connection is full"
        power = max(float(year) - construction, start) + construction
        return Dates(year, power, power + ramp, float(room), how, reasons)
    return Dates(None, np.nan, np.nan, 0.0, "", reasons)


def _closed(state: str, programme: Mapping[str, Any]) -> str:
    """Why no campus may ever stand in a state."""
    from gigaplan import atlas

    campus = programme.get("campus") or {}
    allowed = campus.get("allowed", "all")
    if state in campus.get("excluded", ()) or (allowed != "all" and state not in allowed):
        return "the programme leaves it out (campus.allowed, campus.excluded)"
    policy = atlas.table("state_policy").set_index("zone")["statewide_moratorium"].astype(bool)
    members = (programme.get("zones") or {}) if isinstance(programme.get("zones"), dict) else {}
    states = members.get(state, [state])
    if all(bool(policy.get(s, False)) for s in states):
        return (
            "a statewide moratorium on data centres holds (policy.moratoria; see gigaplan source "
            "state_policy.statewide_moratorium)"
        )
    return "it is not built in time for any planning year"


def connection_room(inputs: xr.Dataset, data: xr.Dataset, state: str) -> np.ndarray:
    """Facility power that could still be connected by year [GW], interruptible as far as it may.

    The least of what the state's and the country's limits leave beside the plan, firm and with
    interruptible connections; inf where nothing limits it.
    """
    if state not in data["campus"].values.tolist():
        return np.zeros(data.sizes["year"])
    connected = data["campus_connection"].transpose("campus", "year")
    firm = connected - data["campus_flexible"].transpose("campus", "year")
    # of a new campus, the share that is not interruptible takes firm connection
    share = max(1.0 - float(inputs["campus_flexible_share"]), 1e-9)
    own, all_ = {"campus": state}, "campus"
    left = [
        (inputs["campus_limit"].sel(zone=state) - firm.sel(own)).values / share,
        (inputs["campus_limit_flexible"].sel(zone=state) - connected.sel(own)).values,
        (inputs["campus_national_limit"] - firm.sum(all_)).values / share,
        (inputs["campus_national_limit_flexible"] - connected.sum(all_)).values,
    ]
    return np.maximum(np.min(np.stack(left), axis=0), 0.0)


def _own_supply(inputs: xr.Dataset, state: str, year: int) -> bool:
    """Whether units at the campus may supply it from the year on."""
    mine = (inputs["option_zone"].values == state) & (inputs["option_kind"].values == "onsite")
    flags = inputs["option_buildable"].sel(year=year, owner="programme").values.astype(bool)
    return bool((mine & flags).any())
