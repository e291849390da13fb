"""One tree of errors; each one carries the exit code that the command line ends with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class GigaplanError(Exception):
    """Base of every error that gigaplan raises on purpose."""

    exit_code = 1


class UsageError(GigaplanError):
    """The command or call itself is wrong: an unknown option, plan or table."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One fault of an input: where it is, what is wrong, what was expected, what to do."""

    file: str
    field: str
    message: str
    expected: str = ""
    remedy: str = ""
    row: int | None = None

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}, row {self.row}"
        text = (
            f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"
        )
        if self.expected:
            text += f"; expected {self.expected}"
        if self.remedy:
            text += f"; {self.remedy}"
        return text


class InputError(GigaplanError):
    """The input is not valid. ``problems`` holds every fault found, not only the first."""

    exit_code = 3

    def __init__(self, problems: Sequence[Problem]):
        self.problems = list(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the input"
        super().__init__("\n".join([head, *(f"  {p}" for p in self.problems)]))


class InfeasibleError(GigaplanError):
    """No plan meets every limit. ``limits`` names, in plain words, those that conflict.

    ``relaxations`` tell by how much each would have to give way, under the heading ``remedy``.
    """

    exit_code = 4

    def __init__(
        self,
        message: str,
        limits: Sequence[str] = (),
        remedy: str = "",
        relaxations: Sequence[str] = (),
    ):
        self.limits, self.relaxations = list(limits), list(relaxations)
        lines = [message, *(f"  - {limit}" for limit in self.limits)]
        if self.relaxations:
            lines += [remedy, *(f"  - {text}" for text in self.relaxations)]
        super().__init__("\n".join(lines))


class SolverError(GigaplanError):
    """A solver ended otherwise than optimal, or its answer failed a check."""

    exit_code = 6


class CheckError(SolverError):
    """A solution failed the checks against the inputs; it is never handed out as a plan."""
