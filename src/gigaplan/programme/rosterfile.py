"""The tables of a roster, read and checked: every fault with file, row and field."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from gigaplan.errors import Problem
from gigaplan.programme.countries import COUNTRIES
from gigaplan.programme.roster import (
    CLASSES,
    COMPANY,
    EQUITY,
    IN_KIND,
    INSTRUMENTS,
    KINDS,
    SECTORS,
    Commitment,
    Investor,
    Roster,
    Table,
    Talk,
)
from gigaplan.programme.values import FIRST_YEAR, LAST_YEAR, near

T = TypeVar("T")


class _Reader:
    """Rows to investors; every fault goes to ``problems``."""

    def __init__(
        self, stages: Mapping[str, float], currencies: Mapping[str, float], places: Iterable[str]
    ):
        self.stages, self.currencies = stages, currencies
        self.places = set(places)
        self.problems: list[Problem] = []

    def fault(
        self,
        file: str,
        row: int | None,
        field_name: str,
        message: str,
        expected: str = "",
        remedy: str = "",
    ) -> None:
        self.problems.append(Problem(file, field_name, message, expected, remedy, row))

    def one_of(self, file: str, row: int, name: str, value: str, known: Iterable[str]) -> str:
        names = list(known)
        if value not in names:
            self.fault(
                file,
                row,
                name,
                f"'{value}' is not known",
                f"one of {', '.join(names[:40])}",
                near(value, names),
            )
        return value

    def several(
        self, file: str, row: int, name: str, text: str, known: Iterable[str]
    ) -> tuple[str, ...]:
        names = list(known)
        return tuple(self.one_of(file, row, name, v, names) for v in dict.fromkeys(_items(text)))

    def shares(self, file: str, row: int, name: str, text: str) -> dict[str, float]:
        """``AE 60; SA 40`` in percent; together at most 100."""
        out: dict[str, float] = {}
        for item in _items(text):
            match = re.fullmatch(r"(\S+)\s+([0-9.]+)\s*%?", item)
            if match is None:
                self.fault(
                    file, row, name, f"'{item}' is not a name and a share", "such as AE 60; SA 40"
                )
                continue
            out[match[1]] = out.get(match[1], 0.0) + float(match[2]) / 100.0
        total = sum(out.values())
        if total > 1 + 1e-9:
            listed = " and ".join(f"{k} {v:.4g}" for k, v in ((k, 100 * v) for k, v in out.items()))
            self.fault(
                file, row, name, f"{listed} make {100 * total:.4g} %", "at most 100 % together"
            )
        return out

    def investor(self, values: Mapping[str, Any], file: str, row: int) -> Investor:
        """One row of the table investors."""

        def text(column: str, default: str = "") -> str:
            value = values.get(column, default)
            return default if value is None or value != value or value == "" else str(value).strip()

        def number(column: str, default: float) -> float:
            value = values.get(column, math.nan)
            value = math.nan if value is None or value == "" else float(value)
            return default if math.isnan(value) else value

        name = text("investor")
        country = self.one_of(file, row, "country", text("country", "US"), COUNTRIES)
        governments = self.shares(file, row, "governments", text("governments"))
        for code in governments:
            self.one_of(file, row, "governments", code, COUNTRIES)
        returns = {c: number(f"return_{c}_pct", math.nan) / 100 for c in CLASSES}
        base = number("return_pct", math.nan) / 100
        instruments = self.several(
            file, row, "instruments", text("instruments", "common; preferred; fund"), INSTRUMENTS
        )
        if math.isnan(base) and any(i in EQUITY for i in instruments):
            self.fault(
                file,
                row,
                "return_pct",
                "an investor that holds equity has no required return",
                "percent a year",
            )
        low, high = number("min_ticket_busd", 0.0), number("max_ticket_busd", math.inf)
        if low > high:
            self.fault(
                file, row, "min_ticket_busd", f"{low:g} is more than the largest ticket {high:g}"
            )
        window = (
            int(number("in_service_from", FIRST_YEAR)), int(number("in_service_to", LAST_YEAR)),
        )  # fmt: skip
        if window[0] > window[1]:
            message = f"{window[0]} is after in_service_to, {window[1]}"
            self.fault(file, row, "in_service_from", message, "a first and a last year")
        return Investor(
            name, text("name", name), country,
            self.one_of(file, row, "kind", text("kind", "corporate"), KINDS),
            governments,
            self.shares(file, row, "owned_by", text("owned_by")),
            _items(text("within")),
            self.several(file, row, "sectors", text("sectors", "dc; power; transmission"), SECTORS),
            self.several(file, row, "places", text("places", "all"), {"all", *self.places}),
            instruments,
            None if math.isnan(base) else base,
            {c: r for c, r in returns.items() if not math.isnan(r)},
            low, high, number("concentration", 1.0), number("largest_share", 1.0),
            self.sharing(file, row, text("sharing")),
            self.several(file, row, "in_kind", text("in_kind"), IN_KIND),
            text("note"),
            in_service=window,
        )  # fmt: skip

    def sharing(self, file: str, row: int, text: str) -> tuple[float, float] | None:
        """``50/10``: percent of the cash until capital is back, and after."""
        if not text:
            return None
        match = re.fullmatch(r"([0-9.]+)\s*/\s*([0-9.]+)", text)
        if match is None or not 0 < float(match[1]) <= 100 or not 0 <= float(match[2]) <= 100:
            self.fault(
                file, row, "sharing", f"'{text}' is not two shares", "such as 50/10, in percent"
            )
            return None
        return float(match[1]) / 100, float(match[2]) / 100

    def likelihood(self, file: str, row: int, stage: str, given: Any) -> float:
        self.one_of(file, row, "stage", stage, self.stages)
        blank = given is None or given == "" or given != given
        return self.stages.get(stage, 0.0) if blank else float(given)

    def commitment(self, values: Mapping[str, Any], file: str, row: int) -> Commitment:
        """One row of the table commitments."""
        code = str(values["currency"]).strip()
        rates = {"USD": 1.0, **self.currencies}
        if code not in rates:
            remedy = f"give its rate: capital.currencies: {{{code}: USD for one}}"
            self.fault(
                file,
                row,
                "currency",
                f"'{code}' is not a known currency",
                f"one of {', '.join(rates)}",
                remedy,
            )
        stage = str(values["stage"]).strip()
        chance = self.likelihood(file, row, stage, values.get("likelihood"))
        return Commitment(
            int(values["year"]), float(values["amount"]) * rates.get(code, 1.0), stage, chance
        )

    def talk(self, values: Mapping[str, Any], file: str, row: int) -> Talk:
        """One row of the table outreach."""
        day = str(values["date"]).strip()
        try:
            year = datetime.date.fromisoformat(day).year
        except ValueError:
            self.fault(file, row, "date", f"'{day}' is not a day", "such as 2026-11-25")
            day, year = f"{FIRST_YEAR}-01-01", FIRST_YEAR
        if not FIRST_YEAR <= year <= LAST_YEAR:
            self.fault(file, row, "date", f"{day} is out of range", f"{FIRST_YEAR} to {LAST_YEAR}")
        stage = str(values["stage"]).strip()
        chance = self.likelihood(file, row, stage, values.get("likelihood"))
        busd = values.get("sum_busd")
        in_view = math.nan if busd is None or busd == "" else float(busd)
        words = [str(values.get(c) or "") for c in ("contact", "note")]
        return Talk(day, words[0], stage, in_view, chance, words[1])


def _items(text: str) -> tuple[str, ...]:
    """What a list in a cell holds."""
    return tuple(item.strip() for item in text.split(";") if item.strip())


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
    reader = _Reader(stages, capital.currencies, {*zones, *states})
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
    _check_people(capital, rows, reader)
    investors = _company(capital)
    for name, (investor, _, _) in rows.items():
        out = name in capital.without or investor.country in capital.without
        log = tuple(sorted(talks.get(name, ()), key=lambda t: t.date))
        announced = tuple(sorted(sums.get(name, ()), key=lambda c: c.year))
        money = _weighted(announced, log)
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
    reader: _Reader,
    read: Callable[[Mapping[str, Any], str, int], T],
) -> dict[str, list[T]]:
    """The rows of a table by the investor that they name."""
    out: dict[str, list[T]] = {}
    for values, file, row in _rows(table):
        name = reader.one_of(file, row, "investor", str(values["investor"]), rows)
        out.setdefault(name, []).append(read(values, file, row))
    return out


def _check_people(
    capital: Any, rows: Mapping[str, tuple[Investor, str, int]], reader: _Reader
) -> None:
    """Names that are left out exist; nobody has the name of the company of the round."""
    for name in sorted(set(capital.without) - set(rows) - set(COUNTRIES)):
        message = f"'{name}' is neither investor nor country"
        reader.fault("programme", None, "capital.without", message, "", near(name, rows))
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


def _links(rows: Mapping[str, tuple[Investor, str, int]], reader: _Reader) -> None:
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
