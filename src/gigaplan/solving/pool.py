"""Sub-problems over threads or processes; the answers do not depend on how many there are.

Each worker holds one HiGHS object and the cases given to it, and gives back costs and cuts.  HiGHS
lets other threads go on while it solves, so a few workers are threads: they start at once and
share the memory.  Many are processes, for what surrounds a solve is Python and would keep threads
waiting; a process that dies is replaced and its work done again.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp

from gigaplan.errors import SolverError
from gigaplan.solving.subproblem import Answer, Solver
from gigaplan.solving.template import Case, Template


@dataclass(frozen=True)
class View:
    """What to keep of a solution: linear sums of the primal vector and some rows of the dual."""

    sums: sp.csr_matrix  # q x n
    rows: np.ndarray


Details = dict[Any, tuple[float, np.ndarray, np.ndarray]]


def _detail(
    solver: Solver, key: object, case: Case, xi: np.ndarray, view: View | None
) -> tuple[float, np.ndarray, np.ndarray]:
    """Cost, primal and dual of one case, reduced by a view."""
    cost = solver.optimum(key, case, xi)
    if view is None:
        return cost, solver.primal.copy(), solver.dual.copy()
    return cost, view.sums @ solver.primal, solver.dual[view.rows]


# workers up to which threads do as well as processes
THREADS = 4


class SerialPool:
    """All cases in this process."""

    def __init__(self, template: Template, cases: Mapping[Any, Case]):
        self._solver = Solver(template)
        self._cases = cases

    def solve(self, points: Mapping[Any, np.ndarray]) -> dict[Any, Answer]:
        """Solve the named cases, each at its coupling vector."""
        return {k: self._solver.solve(k, self._cases[k], xi) for k, xi in points.items()}

    def detail(self, points: Mapping[Any, np.ndarray], view: View | None = None) -> Details:
        """Primal and dual vectors of cases, or what ``view`` keeps of them."""
        return {k: _detail(self._solver, k, self._cases[k], xi, view) for k, xi in points.items()}

    def close(self) -> None:
        """Nothing to close."""


class ThreadPool:
    """Cases shared out over threads, the same cases always to the same one."""

    def __init__(self, template: Template, cases: Mapping[Any, Case], workers: int):
        self._solvers = [Solver(template) for _ in range(workers)]
        self._cases, self._share = cases, shares(list(cases), workers)
        self._threads = ThreadPoolExecutor(workers, "dispatch")

    def solve(self, points: Mapping[Any, np.ndarray]) -> dict[Any, Answer]:
        """Solve the named cases, each at its coupling vector."""
        return self._spread(points, lambda s, k, xi: s.solve(k, self._cases[k], xi))

    def detail(self, points: Mapping[Any, np.ndarray], view: View | None = None) -> Details:
        """Primal and dual vectors of cases, or what ``view`` keeps of them."""
        return self._spread(points, lambda s, k, xi: _detail(s, k, self._cases[k], xi, view))

    def _spread(
        self, points: Mapping[Any, np.ndarray], job: Callable[[Solver, Any, np.ndarray], Any]
    ) -> dict[Any, Any]:
        """Give each thread its share, gather the replies in the order asked.

        The first error ends the others at their next case, an interruption too.
        """
        stopped = threading.Event()

        def share(index: int) -> dict[Any, Any]:
            out = {}
            for key, xi in points.items():
                if self._share[key] == index and not stopped.is_set():
                    try:
                        out[key] = job(self._solvers[index], key, xi)
                    except BaseException:
                        stopped.set()
                        raise
            return out

        futures = [self._threads.submit(share, i) for i in range(len(self._solvers))]
        replies: dict[Any, Any] = {}
        try:
            for future in futures:
                replies |= future.result()
        finally:
            stopped.set()
        return {key: replies[key] for key in points}

    def close(self) -> None:
        """End the threads, after the case that each is at."""
        self._threads.shutdown()


def shares(keys: Sequence[Any], workers: int) -> dict[Any, int]:
    """Worker of each case: neighbours together, for their bases are alike."""
    return {k: i * workers // len(keys) for i, k in enumerate(keys)}


class ProcessPool:
    """Cases shared out over processes, the same cases always to the same one."""

    def __init__(self, template: Template, cases: Mapping[Any, Case], workers: int):
        self._template, self._cases = template, cases
        self._share = shares(list(cases), workers)
        self._context = mp.get_context("spawn")
        self._workers: list[tuple[Any, Connection]] = [self._start(i) for i in range(workers)]

    def _start(self, index: int) -> tuple[Any, Connection]:
        own = {k: self._cases[k] for k, i in self._share.items() if i == index}
        here, there = self._context.Pipe()
        process = self._context.Process(target=_work, args=(there,), daemon=True)
        with _interrupts_held():
            process.start()
        there.close()
        here.send((self._template, own))
        return process, here

    def solve(self, points: Mapping[Any, np.ndarray]) -> dict[Any, Answer]:
        """Solve the named cases, each at its coupling vector."""
        return self._spread(points, lambda part: ("solve", part, None))

    def _spread(self, points: Mapping[Any, np.ndarray], job: Callable[[Any], Any]) -> Any:
        """Give each worker its share, gather the replies in the order asked."""
        parts: dict[int, dict[Any, np.ndarray]] = {}
        for key, xi in points.items():
            parts.setdefault(self._share[key], {})[key] = xi
        for index, part in parts.items():
            self._send(index, job(part))
        replies: dict[Any, Any] = {}
        for index, part in parts.items():
            replies |= self._receive(index, job(part))
        return {key: replies[key] for key in points}

    def detail(self, points: Mapping[Any, np.ndarray], view: View | None = None) -> Details:
        """Primal and dual vectors of cases, or what ``view`` keeps of them."""
        return self._spread(points, lambda part: ("detail", part, view))

    def _send(self, index: int, job: Any) -> None:
        try:
            self._workers[index][1].send(job)
        except (BrokenPipeError, OSError):
            self._workers[index] = self._start(index)
            self._workers[index][1].send(job)

    def _receive(self, index: int, job: Any) -> Any:
        """The worker's reply; a worker that died is started again, once, with the same job."""
        for attempt in (1, 2):
            try:
                ok, reply = self._workers[index][1].recv()
            except (EOFError, OSError):
                if attempt == 2:
                    break
                self._workers[index] = self._start(index)
                self._workers[index][1].send(job)
                continue
            if ok:
                return reply
            raise SolverError(reply)
        raise SolverError(f"worker {index} died twice on the same dispatch problems")

    def close(self) -> None:
        """End the workers."""
        for process, pipe in self._workers:
            pipe.close()
            process.join(timeout=2)
            if process.is_alive():
                process.kill()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """What starts within never sees Ctrl-C: its parent is interrupted and ends it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(pipe: Connection) -> None:
    """A worker's life: take the family and its cases, then solve what is asked until closed."""
    try:
        template, cases = pipe.recv()
        solver = Solver(template)
        while True:
            job = pipe.recv()
            try:
                kind, points, view = job
                if kind == "detail":
                    reply: Any = {
                        k: _detail(solver, k, cases[k], xi, view) for k, xi in points.items()
                    }
                else:
                    reply = {k: solver.solve(k, cases[k], xi) for k, xi in points.items()}
            except SolverError as error:
                pipe.send((False, str(error)))
                continue
            pipe.send((True, reply))
    except (EOFError, KeyboardInterrupt, BrokenPipeError, OSError):
        return


class Pool(Protocol):
    """Solves cases somewhere; the answers do not depend on where."""

    def solve(self, points: Mapping[Any, np.ndarray]) -> dict[Any, Answer]:
        """Solve the named cases, each at its coupling vector."""
        ...

    def detail(self, points: Mapping[Any, np.ndarray], view: View | None = None) -> Details:
        """Primal and dual vectors of cases, or what ``view`` keeps of them."""
        ...

    def close(self) -> None:
        """End the workers."""
        ...


def make_pool(
    template: Template,
    cases: Mapping[Any, Case],
    workers: int | None,
    scheduler: str | None = None,
) -> Pool:
    """A pool of the given size; None takes one worker for each core.

    With ``scheduler``, the address of a Dask scheduler, its workers do the work.
    """
    if scheduler is not None:
        from gigaplan.solving.daskpool import DaskPool

        return DaskPool(template, cases, scheduler)
    count = min(workers if workers is not None else os.cpu_count() or 1, len(cases))
    if count <= 1:
        return SerialPool(template, cases)
    pool = ThreadPool if count <= THREADS else ProcessPool
    return pool(template, cases, count)
