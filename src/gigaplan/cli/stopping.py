"""Ending a search early with the plan that it has: Ctrl-C at a terminal, or the signal USR1."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

SAID = (
    "gigaplan: stopping with the best plan so far and its gap, as soon as every day is solved; "
    "Ctrl-C again: leave without a plan"
)

SOON = 0.05  # seconds
INTERRUPTED: list[int] = []  # signals that the command was interrupted by


@contextlib.contextmanager
def not_swallowed(interrupted: Callable[[int, Any], None]) -> Iterator[None]:
    """Within, an interruption that came while an object was taken down is raised once more.

    Python drops what is raised there (in a weak reference's callback during an import, for one)
    and tells of it.  Where there are no timers it is raised again when next asked for.
    """
    before = sys.unraisablehook

    def again(dropped: Any) -> None:
        if not isinstance(dropped.exc_value, KeyboardInterrupt):
            before(dropped)
        elif hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, SOON)

    with contextlib.suppress(ValueError, AttributeError):  # not in the main thread; no such signal
        signal.signal(signal.SIGALRM, interrupted)
    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextlib.contextmanager
def on_request(tell: bool = True) -> Iterator[Callable[[], bool]]:
    """Within, whether somebody has asked to stop; ``tell`` says how, at a terminal.

    Ctrl-C asks only where a person sees the answer; a script that is interrupted ends at once.
    Code of others may swallow the interruption, in an import for instance: it is raised again when
    next asked here.
    """
    heard: list[int] = []
    before: dict[signal.Signals, signal._HANDLER] = {}

    def asked(number: int, _: object) -> None:
        if heard and number == signal.SIGINT:
            raise KeyboardInterrupt
        heard.append(number)
        print(SAID, file=sys.stderr, flush=True)

    def asked_to_stop() -> bool:
        if INTERRUPTED:
            raise KeyboardInterrupt
        return bool(heard)

    signals: list[signal.Signals] = [signal.SIGINT] if sys.stderr.isatty() else []
    if signals and tell:
        print("Ctrl-C ends the search with the best plan so far", file=sys.stderr, flush=True)
    if hasattr(signal, "SIGUSR1"):
        signals.append(signal.SIGUSR1)
    try:
        for number in signals:
            with contextlib.suppress(ValueError):  # not in the main thread
                before[number] = signal.signal(number, asked)
        yield asked_to_stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
