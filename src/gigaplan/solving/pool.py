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
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

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
    cost, primal = solver.detail(key, case, xi)
    if view is None:
        return cost, primal, solver.dual.copy()
    return cost, view.sums @ primal, solver.dual[view.rows]


def perform(
    solver: Solver,
    cases: Mapping[Any, Case],
    kind: str,
    given: Mapping[Any, Any],
    view: View | None,
) -> dict[Any, Any]:
    """One job on some cases: "solve" or "detail" at their points, give or take "bases"."""
    if kind == "solve":
        return {k: solver.solve(k, cases[k], xi) for k, xi in given.items()}
    if kind == "detail":
        return {k: _detail(solver, k, cases[k], xi, view) for k, xi in given.items()}
    if kind == "bases":
        return {k: solver.basis_of(k) for k in given}
    solver.take(given)
    return dict.fromkeys(given)


# workers up to which threads do as well as processes
THREADS = 4
BLOCK, BLOCKS = 6, 8  # cases in a row for one worker; blocks that each has, at least


class Pool(ABC):
    """Solves cases somewhere; the answers do not depend on where."""

    _cases: Mapping[Any, Case]

    @abstractmethod
    def _job(self, kind: str, given: Mapping[Any, Any], view: View | None) -> dict[Any, Any]:
        """Take one job (see :func:`perform`) to the workers."""

    @abstractmethod
    def close(self) -> None:
        """End the workers."""

    def solve(self, points: Mapping[Any, np.ndarray]) -> dict[Any, Answer]:
        """Solve the named cases, each at its coupling vector."""
        return self._job("solve", points, None)

    def detail(self, points: Mapping[Any, np.ndarray], view: View | None = None) -> Details:
        """Primal and dual vectors of cases, or what ``view`` keeps of them."""
        return self._job("detail", points, view)

    def bases(self, keys: Iterable[Any]) -> dict[Any, np.ndarray]:
        """Packed bases of these cases, where their details were asked for."""
        found = self._job("bases", dict.fromkeys(keys), None)
        return {k: b for k, b in found.items() if b is not None}

    def take(self, bases: Mapping[Any, np.ndarray]) -> None:
        """Start cases from these bases."""
        self._job("take", {k: b for k, b in bases.items() if k in self._cases}, None)


class SerialPool(Pool):
    """All cases in this process."""

    def __init__(self, template: Template, cases: Mapping[Any, Case]):
        self._solver = Solver(template)
        self._cases = cases

    def _job(self, kind: str, given: Mapping[Any, Any], view: View | None) -> dict[Any, Any]:
        return perform(self._solver, self._cases, kind, given, view)

    def close(self) -> None:
        """Nothing to close."""


class ThreadPool(Pool):
    """Cases shared out over threads, the same cases always to the same one."""

    def __init__(self, template: Template, cases: Mapping[Any, Case], workers: int):
        self._solvers = [Solver(template) for _ in range(workers)]
        self._cases = cases
        self._share: dict[Any, int] = {}  # given when a case is first asked for
        self._threads = ThreadPoolExecutor(workers, "dispatch")

    def _job(self, kind: str, given: Mapping[Any, Any], view: View | None) -> dict[Any, Any]:
        """Give each thread its share, gather the replies in the order asked.

        The first error ends the others at their next case, an interruption too.
        """
        new = [key for key in given if key not in self._share]
        self._share |= shares(new, len(self._solvers))
        stopped = threading.Event()

        def share(index: int) -> dict[Any, Any]:
            out: dict[Any, Any] = {}
            for key, value in given.items():
                if self._share[key] == index and not stopped.is_set():
                    try:
                        out |= perform(self._solvers[index], self._cases, kind, {key: value}, view)
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
        return {key: replies[key] for key in given}

    def close(self) -> None:
        """End the threads, after the case that each is at."""
        self._threads.shutdown()


def shares(keys: Sequence[Any], workers: int) -> dict[Any, int]:
    """Worker of each case: neighbours together, for their bases are alike, in blocks by turns.

    Often it is one year's cases, or one season's, that need work; all workers have some of them.
    """
    block = max(1, min(BLOCK, len(keys) // (BLOCKS * workers)))
    return {k: i // block % workers for i, k in enumerate(keys)}


class ProcessPool(Pool):
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

    def _job(self, kind: str, given: Mapping[Any, Any], view: View | None) -> dict[Any, Any]:
        """Give each worker its share, gather the replies in the order asked."""
        parts: dict[int, dict[Any, Any]] = {}
        for key, value in given.items():
            parts.setdefault(self._share[key], {})[key] = value
        for index, part in parts.items():
            self._send(index, (kind, part, view))
        replies: dict[Any, Any] = {}
        for index, part in parts.items():
            replies |= self._receive(index, (kind, part, view))
        return {key: replies[key] for key in given}

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
                kind, given, view = job
                reply = perform(solver, cases, kind, given, view)
            except SolverError as error:
                pipe.send((False, str(error)))
                continue
            pipe.send((True, reply))
    except (EOFError, KeyboardInterrupt, BrokenPipeError, OSError):
        return


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
