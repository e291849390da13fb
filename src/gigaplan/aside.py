"""One job done in a copy of this process while this one goes on.

Models are built by Python, of which a process runs one thread at a time.  Where there is a second
core and a process can be copied safely (Linux, no other threads of Python: a script or the command
line, not a notebook), a job that needs no solver is done in the copy; wherever that is not so, or
the copy gives nothing, it is done here.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")
PATIENCE = 60.0  # seconds to wait for a copy before its job is done here


class Aside(Generic[T]):
    """A job that is handed to a copy of this process, or is done when asked for.

    Parameters
    ----------
    job : what gives the result
    then : makes the result of what the job gives, in this process
    worth : whether it is worth a copy
    """

    def __init__(
        self, job: Callable[[], Any], then: Callable[[Any], T] | None = None, worth: bool = True
    ):
        self._job, self._then = job, then
        self._process: Any = None
        if not worth or not _safe():
            return
        context = mp.get_context("fork")
        self._pipe, there = context.Pipe(duplex=False)
        self._process = context.Process(target=_do, args=(job, there), daemon=True)
        try:
            self._process.start()
        except OSError:
            self._process = None
        there.close()

    def result(self) -> T:
        """What the job gives; an error of the job is raised here."""
        found = self._found()
        return cast(T, found) if self._then is None else self._then(found)

    def _found(self) -> Any:
        if self._process is None:
            return self._job()
        try:
            reply = self._pipe.recv() if self._pipe.poll(PATIENCE) else None
        except (EOFError, OSError):
            reply = None
        finally:
            self.close()
        return self._job() if reply is None else reply[0]

    def close(self) -> None:
        """End the copy, whatever it has done."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
            self._process = None


def _safe() -> bool:
    """Whether a copy of this process would work, and on a core of its own."""
    alone = threading.active_count() == 1 and not mp.current_process().daemon
    return sys.platform == "linux" and alone and (os.cpu_count() or 1) > 1


def _do(job: Callable[[], Any], pipe: Any) -> None:
    """In the copy: send the result, or nothing, and end without taking anything down."""
    try:
        pipe.send((job(),))
    finally:
        os._exit(0)
