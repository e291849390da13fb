"""When a search ends with what it has: at a time, or as soon as somebody asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """A time (of ``time.monotonic``), or a question whose answer may become true."""

    at: float = float("inf")
    asked: Callable[[], bool] | None = None

    @classmethod
    def after(cls, seconds: float | None, asked: Callable[[], bool] | None = None) -> Limit:
        """So many seconds from now; None: no limit of time."""
        return cls(float("inf") if seconds is None else time.monotonic() + seconds, asked)

    def over(self) -> bool:
        """Whether it is time to end."""
        return time.monotonic() >= self.at or (self.asked is not None and self.asked())

    def left(self) -> float:
        """Seconds left, inf without a limit."""
        return 0.0 if self.over() else self.at - time.monotonic()


NEVER = Limit()
