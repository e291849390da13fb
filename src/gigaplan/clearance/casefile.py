"""Files of cases: a YAML list of records; of each, ``id`` and ``facts`` are read and no more."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gigaplan.clearance import ownership, vocabulary
from gigaplan.errors import InputError, Problem
from gigaplan.programme.reading import Document, field_name, parse_list, read_text
from gigaplan.programme.values import near

LIMIT = 500_000
WHAT = "a list of cases in YAML, each with `id` and `facts`"
EXAMPLE = "see docs/clearance.md for an example"
SEE = "`gigaplan show atlas clearance_facts` lists keys, types and words"
# what a case may carry beside its facts; none of it is read as input
IGNORED = (
    "section",
    "citation",
    "example_no",
    "subject",
    "regime",
    "topic",
    "status",
    "seen_at",
    "also_seen_at",
    "confidence",
    "expected",
    "why",
    "note",
)
KEYS = ("id", "facts", *IGNORED)


@dataclass(frozen=True)
class Case:
    """One case: its id and its facts, nested as in the file."""

    id: str
    facts: dict[str, Any]


def read_cases(paths: Iterable[str | Path]) -> list[Case]:
    """The cases of files.

    Raises
    ------
    InputError
        with every fault of every file: unreadable files, unknown keys, wrong types, unknown
        tokens, percentages above 100, ownership loops, ids that are there twice.
    """
    cases: list[Case] = []
    problems: list[Problem] = []
    homes: dict[str, str] = {}
    for path in paths:
        try:
            text = read_text(Path(path), LIMIT, WHAT, EXAMPLE)
            document = parse_list(text, str(path), "cases", WHAT, EXAMPLE)
        except InputError as error:
            problems += error.problems
            continue
        problems += document.problems
        for i, record in enumerate(document.data["cases"]):
            case, found = _case(document, record, i)
            problems += found
            if case is None:
                continue
            if case.id in homes:
                file, row = document.where(("cases", i))
                message = f"the id is there twice, first in {homes[case.id]}"
                problems.append(
                    Problem(
                        file, f"case {case.id}", message, "each id once", "rename one of them", row
                    )
                )
            homes.setdefault(case.id, str(path))
            cases.append(case)
    if problems:
        raise InputError(problems)
    return cases


def check_facts(facts: Any, place: str = "facts") -> None:
    """Check facts that come from Python.

    Raises
    ------
    InputError
        with every fault, as for a file.
    """
    found = [
        Problem(place, field_name(at), message, expected, remedy or SEE)
        for at, message, expected, remedy in _faults(facts)
    ]
    if found:
        raise InputError(found)


def _case(document: Document, record: Any, i: int) -> tuple[Case | None, list[Problem]]:
    file, row = document.where(("cases", i))
    if not isinstance(record, dict):
        return None, [
            Problem(file, f"case {i + 1}", "is not a mapping", "`id` and `facts`", EXAMPLE, row)
        ]
    name = str(record["id"]) if record.get("id") is not None else f"{Path(file).stem}.{i + 1}"
    problems = []
    for key in record:
        if key not in KEYS:
            file, row = document.where(("cases", i, key))
            problems.append(
                Problem(
                    file,
                    f"case {name}: {key}",
                    "unknown key",
                    "one of " + ", ".join(KEYS),
                    near(key, KEYS) or "remove it, or put it into `facts`",
                    row,
                )
            )
    if not isinstance(record.get("facts"), dict) or not record["facts"]:
        what = "is not a mapping" if record.get("facts") else "is missing or empty"
        problems.append(
            Problem(file, f"case {name}: facts", what, "a mapping of facts", EXAMPLE, row)
        )
        return None, problems
    for at, message, expected, remedy in _faults(record["facts"]):
        file, row = document.where(("cases", i, "facts", *at))
        field = f"case {name}: {field_name(('facts', *at))}"
        problems.append(Problem(file, field, message, expected, remedy or SEE, row))
    return Case(name, record["facts"]), problems


def _faults(facts: Any) -> Iterator[vocabulary.Fault]:
    broken: list[vocabulary.Place] = []
    for fault in vocabulary.faults(facts):
        broken.append(fault[0])
        yield fault
    if isinstance(facts, dict):
        yield from _together(_sound(facts, broken))


def _sound(facts: dict[str, Any], broken: Iterable[vocabulary.Place]) -> dict[str, Any]:
    """The facts without what is broken by itself; a broken row takes its list with it."""
    out = copy.deepcopy(facts)
    for place in filter(None, broken):
        path = place[:-1] if isinstance(place[-1], int) else place
        at: Any = out
        for key in path[:-1]:
            if isinstance(at, dict):
                at = at.get(key)
            else:
                at = at[key] if isinstance(at, list) and isinstance(key, int) else None
        if isinstance(at, dict):
            at.pop(path[-1], None)
    return out


def _together(facts: dict[str, Any]) -> Iterator[vocabulary.Fault]:
    """Faults across facts: shares above 100 % in all, loops, a least above a most."""
    rows = facts.get("ownership") or []
    for i, row in enumerate(rows):
        for name in ("holder", "entity"):
            if name not in row:
                yield ("ownership", i, name), "is missing", "who holds in whom", "add it"
    if all("holder" in row and "entity" in row for row in rows):
        for number, message, expected in ownership.faults(ownership.links(rows)):
            place: vocabulary.Place = ("ownership",) if number is None else ("ownership", number)
            yield place, message, expected, ""
    for i, partner in enumerate(facts.get("fund", {}).get("partners") or []):
        if "name" not in partner:
            yield ("fund", "partners", i, "name"), "is missing", "a label", "add it"
    yield from _sums(facts)
    data = facts.get("target", {}).get("data", {})
    for low, high in (
        ("individuals_now_min", "individuals_now_max"),
        ("individuals_collected_12mo_min", "individuals_collected_12mo_max"),
    ):
        if low in data and high in data and data[low] > data[high]:
            yield (
                ("target", "data", low),
                f"{data[low]} is above {high}",
                f"at most {data[high]}",
                "",
            )


def _sums(facts: dict[str, Any]) -> Iterator[vocabulary.Fault]:
    deal, entity = facts.get("deal", {}), facts.get("entity", {})
    lists: Sequence[tuple[vocabulary.Place, list[Any], float]] = (
        (("investor", "holders"), _pcts(facts.get("investor", {}).get("holders")), 0.0),
        (("entity", "holders"), _pcts(entity.get("holders")), 0.0),
        (("fund", "partners"), _pcts(facts.get("fund", {}).get("partners")), 0.0),
        (
            ("deal", "other_holders"),
            _pcts(deal.get("other_holders")),
            deal.get("voting_interest_pct") or 0.0,
        ),
        (
            ("entity", "us_owned_pct"),
            [entity.get("us_owned_pct") or 0.0],
            entity.get("foreign_owned_pct") or 0.0,
        ),
    )
    for place, shares, beside in lists:
        total = sum(shares) + beside
        if total > 100.0 + 1e-9:
            yield place, f"shares come to {total:g} % in all", "at most 100 %", ""


def _pcts(rows: Any) -> list[float]:
    return [float(row.get("pct") or 0.0) for row in rows or []]
