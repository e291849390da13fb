"""The tables of a roster, read and checked: every fault with file, row and field."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from gigaplan.errors import Problem
from gigaplan.programme.countries import COUNTRIES
from gigaplan.programme.roster import COMPANY, Commitment, Investor, Roster, Table, Talk
from gigaplan.programme.rosterrows import RosterRows
from gigaplan.programme.values import near, some

T = TypeVar("T")


def _rows(table: Table | None) -> list[tuple[dict[str, Any], str, int]]:
    """Rows with file and row number, the header being row 1."""
    if table is None:
        return []
    frame, file = table
    return [(row, file, number) for number, row in enumerate(frame.to_dict("records"), start=2)]


def read_roster(
    own: Mapping[str, Table], capital: Any, zones: Mapping[str, Iterable[str]]
) -> tuple[Roster, list[Problem]]:
    """The roster of a programme and every problem of its tables.

    Parameters
    ----------
    own : the programme's tables ``investors``, ``commitments``, ``outreach`` with their files
    capital : the section ``capital``
    zones : zone -> states
    """
    from gigaplan import atlas

    stages, problems = _stages(capital)
    states = [s for listed in zones.values() for s in listed]
    reader = RosterRows(stages, capital.currencies, {*zones, *states})
    reader.problems += problems
    builtin: dict[str, Table] = {}
    if capital.roster == "atlas":
        builtin = {n: (atlas.table(n), f"atlas {n}") for n in ("investors", "commitments")}
    rows: dict[str, tuple[Investor, str, int]] = {}
    for table in (builtin.get("investors"), own.get("investors")):
        for values, file, row in _rows(table):
            investor = reader.investor(values, file, row)
            rows[investor.id] = (investor, file, row)
    _links(rows, reader)
    sums: dict[str, list[Commitment]] = {}
    for table in (builtin.get("commitments"), own.get("commitments")):
        # an investor's own rows take the place of the built-in ones
        sums |= _by_investor(table, rows, reader, reader.commitment)
    talks = _by_investor(own.get("outreach"), rows, reader, reader.talk)
    having = {n: bool(_weighted(tuple(sums.get(n, ())), tuple(talks.get(n, ())))) for n in rows}
    _check_people(capital, rows, having, reader)
    investors = _company(capital)
    for name, (investor, _, _) in rows.items():
        out = name in capital.without or investor.country in capital.without
        log = tuple(sorted(talks.get(name, ()), key=lambda t: t.date))
        announced = tuple(sorted(sums.get(name, ()), key=lambda c: c.year))
        money = _asked(_weighted(announced, log), capital.commitments.get(name))
        investors[name] = replace(
            investor, commitments=money, announced=announced, talks=log, left_out=out
        )
    return Roster(investors), reader.problems


def _stages(capital: Any) -> tuple[dict[str, float], list[Problem]]:
    """Likelihood by stage, the programme's own first, and stages that there are not."""
    from gigaplan import atlas

    known = atlas.table("stages")
    stages = dict(zip(known["stage"], known["likelihood"].astype(float), strict=True))
    listed = ", ".join(stages)
    problems = [
        Problem("programme", f"capital.stage_weights.{n}", "no such stage", listed, near(n, stages))
        for n in capital.stage_weights
        if n not in stages
    ]
    return stages | capital.stage_weights, problems


def _by_investor(
    table: Table | None,
    rows: Mapping[str, Any],
    reader: RosterRows,
    read: Callable[[Mapping[str, Any], str, int], T],
) -> dict[str, list[T]]:
    """The rows of a table by the investor that they name."""
    out: dict[str, list[T]] = {}
    for values, file, row in _rows(table):
        name = reader.one_of(file, row, "investor", str(values["investor"]), rows)
        out.setdefault(name, []).append(read(values, file, row))
    return out


def _check_people(
    capital: Any,
    rows: Mapping[str, tuple[Investor, str, int]],
    having: Mapping[str, bool],
    reader: RosterRows,
) -> None:
    """Names that are left out or given a sum exist; nobody is named as the company of the round."""
    for name in sorted(set(capital.without) - set(rows) - set(COUNTRIES)):
        message = f"'{name}' is neither investor nor country"
        reader.fault("programme", None, "capital.without", message, some(rows), near(name, rows))
    for name, busd in sorted(capital.commitments.items()):
        field = f"capital.commitments.{name}"
        if name not in rows:
            message = f"'{name}' is no investor of the roster"
            reader.fault("programme", None, field, message, some(rows), near(name, rows))
        elif busd > 0 and not having[name]:
            message, remedy = (
                "has no commitment that a sum could take the place of",
                ("give it rows in the table commitments"),
            )
            reader.fault("programme", None, field, message, "", remedy)
    if capital.corporate_round is not None and COMPANY in rows:
        _, file, row = rows[COMPANY]
        message = f"'{COMPANY}' is the company of the round"
        reader.fault(file, row, "investor", message, "another id")


def _company(capital: Any) -> dict[str, Investor]:
    """The company at the centre as an investor: the sponsor equity of its round, signed."""
    terms = capital.corporate_round
    if terms is None or not terms.sponsor_equity:
        return {}
    money = tuple(
        Commitment(year, usd / 1e9, "signed", 1.0)
        for year, usd in sorted(terms.sponsor_equity.items())
    )
    company = Investor(
        COMPANY, terms.id, "US", "company", {}, {}, (), ("dc", "power", "transmission"), ("all",),
        ("common",), capital.sponsor_return, {}, 0.0, math.inf, 1.0, 1.0, None, (), "",
        money, (), money,
    )  # fmt: skip
    return {COMPANY: company}


def _weighted(money: tuple[Commitment, ...], log: tuple[Talk, ...]) -> tuple[Commitment, ...]:
    """Commitments with the likelihood of the last conversation; a sum in view is one too."""
    if not log:
        return money
    last = log[-1]
    in_view = next((t.busd for t in reversed(log) if not math.isnan(t.busd)), math.nan)
    if not money and in_view > 0:
        year = datetime.date.fromisoformat(last.date).year
        return (Commitment(year, in_view, last.stage, last.likelihood),)
    stated = sum(c.busd for c in money)
    factor = in_view / stated if in_view > 0 and stated > 0 else 1.0
    return tuple(Commitment(c.year, c.busd * factor, last.stage, last.likelihood) for c in money)


def _asked(money: tuple[Commitment, ...], busd: float | None) -> tuple[Commitment, ...]:
    """Commitments in proportion, so that they come to what the programme says of them in all."""
    if busd is None:
        return money
    stated = sum(c.busd for c in money)
    return tuple(replace(c, busd=c.busd * (busd / stated)) for c in money) if stated > 0 else ()


def _links(rows: Mapping[str, tuple[Investor, str, int]], reader: RosterRows) -> None:
    """Owners and containing sums are investors, and no chain of them closes on itself."""
    for column, loop in (
        ("owned_by", "an ownership loop"),
        ("within", "a loop of sums that contain one another"),
    ):
        edges = {}
        for name, (investor, file, row) in rows.items():
            targets = list(getattr(investor, column))
            for target in targets:
                reader.one_of(file, row, column, target, rows)
            edges[name] = [t for t in targets if t in rows]
        told: set[str] = set()
        for name in edges:
            path = _cycle(name, edges)
            if path and not told & set(path):
                told |= set(path)
                _, file, row = rows[name]
                reader.fault(
                    file,
                    row,
                    column,
                    f"{loop}: {' -> '.join([*path, path[0]])}",
                    "a chain that ends",
                    "remove one of them",
                )


def _cycle(start: str, edges: Mapping[str, list[str]]) -> list[str]:
    """The names of a cycle through ``start``, or nothing."""
    stack: list[tuple[str, list[str]]] = [(start, [start])]
    seen: set[str] = set()
    while stack:
        at, path = stack.pop()
        for target in edges[at]:
            if target == start:
                return path
            if target not in seen:
                seen.add(target)
                stack.append((target, [*path, target]))
    return []
