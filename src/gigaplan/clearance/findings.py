"""Findings, and answers with a third value: what is not stated is not assumed."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

Answer = bool | Literal["possible", "depends"]

POSSIBLE: Literal["possible"] = "possible"
DEPENDS: Literal["depends"] = "depends"

TEXT_DATE = "2025-01-27"
TEXT = "31 CFR parts 800 and 802 as in force from 2024-12-26 (eCFR copy of 2025-01-27)"
DISCLAIMER = f"Decision support, not legal advice. Text of the rules: {TEXT}."


def any_of(*answers: Answer) -> Answer:
    """Strong Kleene "or"; ``depends`` outranks ``possible``."""
    if any(a is True for a in answers):
        return True
    return _open(answers, False)


def all_of(*answers: Answer) -> Answer:
    """Strong Kleene "and"; ``depends`` outranks ``possible``."""
    if any(a is False for a in answers):
        return False
    return _open(answers, True)


def _open(answers: tuple[Answer, ...], settled: bool) -> Answer:
    if DEPENDS in answers:
        return DEPENDS
    return POSSIBLE if POSSIBLE in answers else settled


def negate(answer: Answer) -> Answer:
    """Not; what is open stays open."""
    return not answer if isinstance(answer, bool) else answer


def may_be(answer: Answer) -> bool:
    """Whether an answer leaves room for yes."""
    return answer is not False


def word(answer: Answer) -> str:
    """``yes``, ``no``, ``possible`` or ``depends``."""
    return answer if isinstance(answer, str) else "yes" if answer else "no"


@dataclass(frozen=True)
class Finding:
    """One conclusion: what holds, by which rule, from which facts, and what it brings about.

    ``conclusion`` is a key of the outcome vocabulary or a name of a neighbouring regime; ``value``
    is an :data:`Answer`, or the figure, date, label or list concluded.  ``also`` holds further
    entries of the outcome that the same reasoning decides.
    """

    conclusion: str
    value: Any
    reason: str
    rule: str
    citation: str
    facts: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    filing: str = ""
    clock: str = ""
    due: str = ""
    fee_usd: float | None = None
    penalty: str = ""
    as_of: str = TEXT_DATE
    also: dict[str, Any] = field(default_factory=dict)

    @property
    def answer(self) -> Answer:
        """The value as an answer."""
        value: Answer = self.value
        return value

    def to_dict(self) -> dict[str, Any]:
        """Plain data; empty parts are left out."""
        out: dict[str, Any] = {}
        for part in fields(self):
            value = getattr(self, part.name)
            if part.name == "also" or (part.name != "value" and value in ((), "", None)):
                continue
            out[part.name] = list(value) if isinstance(value, tuple) else value
        if isinstance(self.value, bool):
            out["value"] = word(self.value)
        return out
