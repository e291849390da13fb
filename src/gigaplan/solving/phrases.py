"""Limits of the master in the user's words: what is asked or allowed, and what more would take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Phrase(NamedTuple):
    """``said`` with the labels, the unit of its value, where it is set, and what relaxing it is."""

    said: str
    unit: str
    setting: str
    relaxed: str
    own_value: bool = True  # whether its right-hand side is a figure that a user knows


PHRASES: dict[str, Phrase] = {
    "it_path": Phrase("IT power asked for in {year}", "GW", "aim.it_path", "{amount} less"),
    "campus_limit": Phrase(
        "firm large-load connection in {campus} by {year}", "GW", "campus.limits", "{amount} more"
    ),
    "campus_limit_flexible": Phrase(
        "interruptible large-load connection in {campus} by {year}", "GW", "campus.limits",
        "{amount} more",
    ),
    "campus_national_limit": Phrase(
        "firm large-load connection of all states by {year}", "GW", "campus.national_limit",
        "{amount} more",
    ),
    "campus_national_limit_flexible": Phrase(
        "interruptible large-load connection of all states by {year}", "GW",
        "campus.national_limit", "{amount} more",
    ),
    "campus_supply": Phrase(
        "campus power in {campus} in {year} needs a connection or on-site supply", "GW", "",
        "{amount} with neither", False,
    ),
    "national_cap": Phrase(
        "build limit {cap} by {year}", "GW", "power.build_limits", "{amount} more"
    ),
    "zonal_cap": Phrase(
        "interconnection of {cap} by {year}", "GW", "power.interconnection_limits",
        "{amount} more",
    ),
    "potential": Phrase("resource {option}", "GW", "", "{amount} more"),
    "additional_firm": Phrase(
        "firm capacity that the programme must bring in {region} in {year}", "GW",
        "additionality.firm", "{amount} less", False,
    ),
    "additional_energy": Phrase(
        "energy that the programme must bring in {region} in {year}", "TWh/year",
        "additionality.energy", "{amount} less", False,
    ),
    "chip_supply": Phrase(
        "{chip_step} of chips within reach for {year}", "thousand wafers or PB", "chips",
        "{amount} more",
    ),
    "equipment_supply": Phrase(
        "{equipment} at {price_step} price within reach by {year}", "GW or GVA", "equipment",
        "{amount} more",
    ),
    "water": Phrase(
        "water of campuses and fab lines in {zone} in {year}", "million m3/year",
        "campus.water_limits", "{amount} more",
    ),
    "labour": Phrase(
        "skilled building labour in {zone} up to {year}", "thousand worker-years",
        "equipment.labour", "{amount} more",
    ),
    "budget": Phrase("capital available by {calendar}", "BUSD", "money.available", "{amount} more"),
    "budget_total": Phrase("budget in all", "BUSD", "money.budget", "{amount} more"),
    "commitments": Phrase(
        "the investors' commitments, all together", "%", "capital.roster, money.budget",
        "{amount} more", False,
    ),
    "limit_amount": Phrase("mandate {limit}", "BUSD", "capital.roster", "{amount} more"),
    "limit_capital": Phrase(
        "limit {limit} on a share of the capital", "BUSD", "capital", "{amount} more", False
    ),
    "limit_equity": Phrase(
        "limit {limit} on a share of the equity", "BUSD", "capital", "{amount} more", False
    ),
    "emission_cap": Phrase("emission cap of {year}", "Mt", "policy.co2_cap", "{amount} more"),
}  # fmt: skip

# limits on what stands or is drawn by a time: more of one by a year is more in all later ones
CUMULATED = {
    "campus_limit": "year", "campus_limit_flexible": "year", "campus_national_limit": "year",
    "campus_national_limit_flexible": "year", "national_cap": "year", "zonal_cap": "year",
    "equipment_supply": "year", "budget": "calendar", "water": "year",
}  # fmt: skip
# rows that stand for one thing that a user moves: the whole of the investors' money
AS_ONE = ("commitment", "cleared")


def stated(name: str, labels: Mapping[str, Any], value: float) -> str:
    """The limit, its value where the user knows one, and where it is set."""
    phrase = PHRASES[name]
    text = phrase.said.format(**labels)
    if phrase.own_value:
        text += f": {_figure(value)} {phrase.unit}"
    return text + (f" ({phrase.setting})" if phrase.setting else "")


def alone(name: str, labels: Mapping[str, Any], amount: float, only: bool = False) -> str:
    """What relaxing the limit takes; ``only`` leaves out that it holds from its year on."""
    phrase = PHRASES[name]
    text = phrase.said.format(**labels)
    if amount != amount:
        return f"{text}: not enough alone"
    moved = phrase.relaxed.format(amount=f"{_figure(amount)} {phrase.unit}")
    later = name in CUMULATED and not only
    return f"{text}: {moved}" + (", from then on" if later else "")


def _figure(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
