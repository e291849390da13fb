"""Checks across the fields of a programme, without solving anything.

Each check takes what could be read and adds its problems; a check whose fields could not be read
is left out, as their own faults are reported already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import pairwise
from typing import Any

from gigaplan.errors import Problem
from gigaplan.programme import known
from gigaplan.programme.reading import Document, Place, field_name
from gigaplan.programme.values import near, some

# BUSD per GW of IT: no campus is known to cost less, without IT equipment (atlas: 10 and more)
LEAST_CAMPUS_COST = 4.0
ONE_MW = 0.001


def zone_states(zones: Any) -> dict[str, tuple[str, ...]]:
    """Zone -> states, from any of the ways in which zones can be written."""
    if isinstance(zones, dict):
        return {str(name): tuple(states) for name, states in zones.items()}
    from gigaplan.programme.states import STATES

    return {state: (state,) for state in (STATES if zones == "all" else zones)}


def carried(values: Mapping[int, float], years: Iterable[int], before: float) -> dict[int, float]:
    """Value of each year: its own, else that of the last given year before it, else ``before``."""
    result = {}
    for year in years:
        given = [y for y in values if y <= year]
        result[year] = values[max(given)] if given else before
    return result


class Checker:
    """The parts that could be read, and the problems found in them."""

    def __init__(self, parts: Mapping[str, Any], document: Document):
        self.parts = parts
        self.document = document
        self.problems: list[Problem] = []

    def fault(self, place: Place, message: str, expected: str = "", remedy: str = "") -> None:
        if any(place[: len(faulty)] == faulty for faulty in self.document.faulty):
            return  # the value is not what the file says, and its own fault is reported
        file, row = self.document.where(place)
        remedy = remedy or "correct it"
        self.problems.append(Problem(file, field_name(place), message, expected, remedy, row))

    def run(self) -> list[Problem]:
        for check, needs in _CHECKS:
            if all(name in self.parts for name in needs):
                check(self, *(self.parts[name] for name in needs))
        return self.problems

    def zone(self, place: Place, name: str, zones: Mapping[str, Collection[str]]) -> bool:
        """Whether a name is a zone of the programme; else a problem."""
        if name in zones:
            return True
        within = [zone for zone, states in zones.items() if name in states]
        remedy = f"write {within[0]}, which holds it" if within else near(name, zones)
        self.fault(place, f"'{name}' is not a zone of the programme", some(zones), remedy)
        return False

    def technology(self, place: Place, name: str, onsite: bool = False) -> None:
        """A technology that can be built, or that can be built at a campus."""
        names = known.onsite_technologies() if onsite else known.technologies()
        if name in names:
            return
        what = "unknown technology"
        if name in known.technologies():
            what = "no technology of a campus:"
        plain = [n.removeprefix("onsite_") for n in names]
        remedy = near(name, names) or near(name, plain).replace("mean ", "mean onsite_")
        self.fault(place, f"{what} '{name}'", some(names), remedy)

    def technologies(self, place: Place, names: Any, onsite: bool = False) -> None:
        """A list of technologies, all or none; not empty, known, each once."""
        if names is None or names == "all":
            return
        if not names:
            self.fault(place, "the list is empty", "all, or at least one technology", "add one")
        for index, name in enumerate(names):
            self.technology((*place, index), name, onsite)
            if name in names[:index]:
                message = f"{name} is there twice"
                self.fault((*place, index), message, "each technology once", "remove one of them")

    def years_within(self, place: Place, values: Iterable[int]) -> None:
        """Calendar years must lie between the start and the end of the horizon."""
        if "years" not in self.parts or "start_year" not in self.parts:
            return
        first = self.parts["start_year"]
        last = self.parts.get("horizon_end") or max(self.parts["years"])
        for year in values:
            if not first <= year <= last:
                expected = f"a year from {first} to {last}"
                self.fault(
                    (*place, year), f"{year} is outside the horizon", expected, "leave it out"
                )

    def rising(self, place: Place, values: Mapping[int, float], what: str) -> None:
        """Values by year must not fall."""
        years = sorted(values)
        for before, year in pairwise(years):
            if values[year] < values[before]:
                message = f"{what} falls from {values[before]:g} to {values[year]:g} in {year}"
                self.fault(
                    (*place, year),
                    message,
                    "values that do not fall",
                    "raise it or lower the first",
                )


def _check_zones(c: Checker, zones: Any) -> None:
    if not zones:
        c.fault(("zones",), "there is no zone", "all, a list of states, or groups", "add a state")
    groups = zones if isinstance(zones, dict) else {None: () if zones == "all" else zones}
    first: dict[str, Any] = {}
    for group, states in groups.items():
        if group is not None and not states:
            c.fault(
                ("zones", group),
                "the group has no state",
                "a list of states",
                "add states or remove it",
            )
        for index, state in enumerate(states):
            place: Place = ("zones", index) if group is None else ("zones", group, index)
            if state in first:
                also = "" if group is None else f", first in {first[state]}"
                c.fault(
                    place, f"{state} is there twice{also}", "each state once", "remove one of them"
                )
            first.setdefault(state, group)


def _check_years(c: Checker, years: tuple[int, ...], start: int, end: int | None) -> None:
    for index, year in enumerate(years):
        if index and year <= years[index - 1]:
            message = f"{year} does not come after {years[index - 1]}"
            c.fault(
                ("years", index), message, "years that strictly increase", "sort them, each once"
            )
        if year <= start:
            message = f"{year} is not after the start year {start}"
            c.fault(
                ("years", index), message, f"a year after {start}", "nothing can be built before"
            )
    if end is not None and end < max(years):
        message = f"{end} is before the last planning year {max(years)}"
        c.fault(("horizon_end",), message, f"{max(years)} or later", "leave it out for the default")


def _check_aim(c: Checker, aim: Any) -> None:
    place: Place = ("aim", "it_path")
    if aim.kind == "compute" and aim.it_path is not None:
        c.fault(
            place, "aim compute takes no path", "no it_path", "write `it_path: null` or aim `cost`"
        )
    if aim.kind != "cost":
        return
    if not aim.it_path:
        c.fault(place, "aim cost needs a path", "IT power by planning year: {2030: 5 GW}", "add it")
        return
    c.rising(place, aim.it_path, "IT power")
    if max(aim.it_path.values()) < ONE_MW:
        c.fault(place, "the path asks for no IT power", "at least 1 MW in some year", "raise it")


def _check_path_years(c: Checker, aim: Any, years: tuple[int, ...]) -> None:
    if aim.kind != "cost" or not aim.it_path:
        return
    for year in years:
        if year not in aim.it_path:
            message = f"the path has no value for the planning year {year}"
            c.fault(
                ("aim", "it_path"), message, "a value for each planning year", f"add {year}: ... GW"
            )
    for year in aim.it_path:
        if year not in years:
            message = f"{year} is not a planning year"
            remedy = "add it to `years` or leave it out"
            c.fault(("aim", "it_path", year), message, "planning years only", remedy)


def _check_path_limits(c: Checker, aim: Any, campus: Any, zones: Any) -> None:
    if aim.kind != "cost" or not aim.it_path:
        return
    states = zone_states(zones)
    open_zones = [z for z in states if _open(z, campus)]
    total = sum(campus.limits.get(z, float("inf")) for z in open_zones)
    national = carried(campus.national_limit, aim.it_path, float("inf"))
    for year, power in aim.it_path.items():
        for limit, where in ((total, "limits"), (national[year], "national_limit")):
            if power > limit:
                message = (
                    f"{power:g} GW of IT in {year}: campus.{where} has {limit:g} GW of facility"
                )
                remedy = f"raise campus.{where} or lower the path"
                c.fault(("aim", "it_path", year), message, f"at most {limit:g} GW", remedy)


def _open(zone: str, campus: Any) -> bool:
    return (campus.allowed == "all" or zone in campus.allowed) and zone not in campus.excluded


def _check_money(c: Checker, money: Any, tables: Mapping[str, str]) -> None:
    least = 0.0 if "campus_costs" in tables else LEAST_CAMPUS_COST * ONE_MW
    place: Place = ("money", "budget")
    if money.budget <= least:
        message = f"{money.budget * 1000:g} MUSD buys nothing: one MW of campus costs more"
        c.fault(place, message, f"more than {least * 1000:g} MUSD", "raise the budget")
    if money.available is None:
        return
    place = ("money", "available")
    if not money.available:
        c.fault(place, "there is no year", "cumulated capital by calendar year", "leave it out")
        return
    c.years_within(place, money.available)
    c.rising(place, money.available, "cumulated capital")
    largest = max(money.available, key=lambda year: money.available[year])
    if money.available[largest] > money.budget:
        message = f"{money.available[largest]:g} BUSD by {largest} is more than the budget"
        c.fault(
            (*place, largest),
            message,
            f"at most {money.budget:g} BUSD",
            "raise money.budget or lower it",
        )
    elif money.available[largest] <= least:
        message = "the capital that becomes available buys nothing"
        c.fault(place, message, f"more than {least * 1000:g} MUSD", "raise it")
    elif money.available[largest] < money.budget * (1 - 1e-9):
        left = money.budget - money.available[largest]
        c.fault(
            (*place, largest),
            f"{left:g} BUSD of the budget never become available",
            f"{money.budget:g} BUSD by the last year",
            "raise it, or lower money.budget",
        )


def _check_path_money(c: Checker, aim: Any, money: Any, tables: Mapping[str, str]) -> None:
    if aim.kind != "cost" or not aim.it_path or "campus_costs" in tables or money.budget <= 0:
        return
    year, power = max(aim.it_path.items(), key=lambda item: item[1])
    if power * LEAST_CAMPUS_COST > money.budget:
        message = f"{money.budget:g} BUSD cannot pay for the {power:g} GW of IT asked for in {year}"
        expected = f"more than {power * LEAST_CAMPUS_COST:g} BUSD"
        c.fault(("money", "budget"), message, expected, "raise the budget or lower aim.it_path")


def _check_campus(c: Checker, campus: Any, zones: Any) -> None:
    states = zone_states(zones)
    for key in ("allowed", "excluded"):
        names = getattr(campus, key)
        for index, name in enumerate(() if names == "all" else names):
            place: Place = ("campus", key, index)
            if c.zone(place, name, states) and name in names[:index]:
                c.fault(place, f"{name} is there twice", "each zone once", "remove one of them")
    for key in ("limits", "water_limits"):
        for name in getattr(campus, key):
            c.zone(("campus", key, name), name, states)
    if states and not any(_open(zone, campus) for zone in states):
        c.fault(
            ("campus", "allowed"),
            "no zone is left for campuses",
            "at least one",
            "see campus.excluded",
        )
    c.technologies(("campus", "onsite_technologies"), campus.onsite_technologies, onsite=True)
    c.years_within(("campus", "national_limit"), campus.national_limit)
    c.rising(("campus", "national_limit"), campus.national_limit, "the limit")


def _check_power(c: Checker, power: Any) -> None:
    c.technologies(("power", "technologies"), power.technologies)


def _check_policy(c: Checker, policy: Any, zones: Any) -> None:
    for key in ("co2_price", "co2_cap"):
        values = getattr(policy, key)
        if isinstance(values, dict):
            c.years_within(("policy", key), values)
    states = zone_states(zones)
    for index, ban in enumerate(policy.technology_bans):
        place: Place = ("policy", "technology_bans", index)
        if ban.zone != "all":
            c.zone((*place, "zone"), ban.zone, states)
        c.technology((*place, "technology"), ban.technology)


def _check_days(c: Checker, days: Any) -> None:
    if days.hardest > days.count:
        message = f"{days.hardest} hardest days are more than the {days.count} days there are"
        c.fault(
            ("days", "hardest"), message, f"at most {days.count}", "raise days.count or lower it"
        )


_CHECKS: tuple[tuple[Callable[..., None], tuple[str, ...]], ...] = (
    (_check_zones, ("zones",)),
    (_check_years, ("years", "start_year", "horizon_end")),
    (_check_aim, ("aim",)),
    (_check_path_years, ("aim", "years")),
    (_check_path_limits, ("aim", "campus", "zones")),
    (_check_money, ("money", "tables")),
    (_check_path_money, ("aim", "money", "tables")),
    (_check_campus, ("campus", "zones")),
    (_check_power, ("power",)),
    (_check_policy, ("policy", "zones")),
    (_check_days, ("days",)),
)
