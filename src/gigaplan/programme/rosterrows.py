"""Rows of the roster's tables: each an investor, a sum or a conversation, or faults."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from gigaplan.errors import Problem
from gigaplan.programme.countries import COUNTRIES
from gigaplan.programme.roster import (
    CLASSES,
    EQUITY,
    IN_KIND,
    INSTRUMENTS,
    KINDS,
    SECTORS,
    Commitment,
    Investor,
    Talk,
)
from gigaplan.programme.values import FIRST_YEAR, LAST_YEAR, near


class RosterRows:
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
