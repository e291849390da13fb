"""Sub-problems over worker processes; the answers do not depend on how many there are.

Each worker holds one HiGHS object and the cases given to it, and sends back costs and cuts.  A
worker that dies is replaced and its work done again.
"""

from __future__ import annotations

import multiprocessing as mp
import os
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from gigaplan.errors import SolverError
from gigaplan.solving.subproblem import Answer, Solver
from gigaplan.solving.template import Case, Template


class SerialPool:
    """All cases in this process."""

    def __init__(self, template: Template, cases: Mapping[object, Case]):
        self._solver = Solver(template)
        self._cases = cases

    def solve(self, points: Mapping[object, np.ndarray]) -> dict[object, Answer]:
        """Solve the named cases, each at its coupling vector."""
        return {k: self._solver.solve(k, self._cases[k], xi) for k, xi in points.items()}

    def detail(self, key: object, xi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Primal and dual vector of a case at a point."""
        self._solver.solve(key, self._cases[key], xi)
        return self._solver.primal, self._solver.dual

    def close(self) -> None:
        """Nothing to close."""


class ProcessPool:
    """Cases shared out over processes, the same cases always to the same one."""

    def __init__(self, template: Template, cases: Mapping[object, Case], workers: int):
        self._template, self._cases = template, cases
        keys = list(cases)
        self._share = {k: i * workers // len(keys) for i, k in enumerate(keys)}
        self._context = mp.get_context("spawn")
        self._workers: list[tuple[Any, Connection]] = [self._start(i) for i in range(workers)]

    def _start(self, index: int) -> tuple[Any, Connection]:
        own = {k: self._cases[k] for k, i in self._share.items() if i == index}
        here, there = self._context.Pipe()
        process = self._context.Process(target=_work, args=(there,), daemon=True)
        process.start()
        there.close()
        here.send((self._template, own))
        return process, here

    def solve(self, points: Mapping[object, np.ndarray]) -> dict[object, Answer]:
        """Solve the named cases, each at its coupling vector."""
        parts: dict[int, dict[object, np.ndarray]] = {}
        for key, xi in points.items():
            parts.setdefault(self._share[key], {})[key] = xi
        for index, part in parts.items():
            self._send(index, part)
        answers: dict[object, Answer] = {}
        for index, part in parts.items():
            answers |= self._receive(index, part)
        return {key: answers[key] for key in points}

    def detail(self, key: object, xi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Primal and dual vector of a case at a point."""
        index = self._share[key]
        self._send(index, ("detail", key, xi))
        return self._receive(index, ("detail", key, xi))

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


def _work(pipe: Connection) -> None:
    """A worker's life: take the family and its cases, then solve what is asked until closed."""
    try:
        template, cases = pipe.recv()
        solver = Solver(template)
        while True:
            job = pipe.recv()
            try:
                if isinstance(job, tuple):
                    _, key, xi = job
                    solver.solve(key, cases[key], xi)
                    reply: Any = (solver.primal, solver.dual)
                else:
                    reply = {k: solver.solve(k, cases[k], xi) for k, xi in job.items()}
            except SolverError as error:
                pipe.send((False, str(error)))
                continue
            pipe.send((True, reply))
    except (EOFError, KeyboardInterrupt, BrokenPipeError, OSError):
        return


Pool = SerialPool | ProcessPool


def make_pool(template: Template, cases: Mapping[object, Case], workers: int | None) -> Pool:
    """A pool of the given size; None takes one process for each core."""
    count = workers if workers is not None else (os.cpu_count() or 1)
    count = min(count, len(cases))
    return SerialPool(template, cases) if count <= 1 else ProcessPool(template, cases, count)


def ordered(points: Sequence[object]) -> list[object]:
    """Keys in the order that gives each worker neighbouring days."""
    return sorted(points, key=str)
