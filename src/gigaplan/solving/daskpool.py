"""Sub-problems on the workers of a Dask cluster; needs the extra ``gigaplan[dask]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gigaplan.errors import SolverError, UsageError
from gigaplan.solving.pool import Pool, View, perform, shares
from gigaplan.solving.subproblem import Solver
from gigaplan.solving.template import Case, Template

TIMEOUT = 20  # seconds to reach the scheduler


class _Share:
    """One worker's cases and its HiGHS object, kept there between rounds (a Dask actor)."""

    def __init__(self, template: Template, cases: Mapping[Any, Case]):
        self._solver, self._cases = Solver(template), cases

    def run(self, given: Mapping[Any, Any], kind: str, view: View | None) -> dict[Any, Any]:
        """One job on the named cases."""
        return perform(self._solver, self._cases, kind, given, view)


class DaskPool(Pool):
    """Cases shared out over the workers of a scheduler, the same cases always to the same one.

    A worker that is lost gives its cases to one that is left, and the work is done again.
    """

    def __init__(self, template: Template, cases: Mapping[Any, Case], address: str):
        """Connect to ``address``, ``tcp://host:port``.

        Raises
        ------
        UsageError
            the extra is not installed, the scheduler cannot be reached, or it has no workers.
        """
        try:
            from distributed import Client
        except ImportError:
            raise UsageError("--scheduler needs Dask: pip install 'gigaplan[dask]'") from None
        try:
            self._client = Client(address, timeout=TIMEOUT)
        except (OSError, ValueError, TimeoutError) as error:
            raise UsageError(f"no Dask scheduler answers at {address}: {error}") from None
        self._template, self._cases = template, cases
        workers = self._alive()
        if not workers:
            self._client.close()
            raise UsageError(f"the Dask scheduler at {address} has no workers; start some first")
        self._share = shares(list(cases), len(workers))
        self._actors = [self._start(i, worker) for i, worker in enumerate(workers)]

    def _alive(self) -> list[str]:
        return sorted(self._client.scheduler_info(n_workers=-1)["workers"])

    def _start(self, index: int, worker: str) -> Any:
        own = {k: self._cases[k] for k, i in self._share.items() if i == index}
        made = self._client.submit(
            _Share, self._template, own, actor=True, workers=[worker], pure=False
        )
        return made.result(timeout=60)

    def _job(self, kind: str, given: Mapping[Any, Any], view: View | None) -> dict[Any, Any]:
        parts: dict[int, dict[Any, Any]] = {}
        for key, value in given.items():
            parts.setdefault(self._share[key], {})[key] = value
        jobs = {i: self._ask(i, part, kind, view) for i, part in parts.items()}
        replies: dict[Any, Any] = {}
        for i, part in parts.items():
            replies |= self._answer(i, jobs[i], part, kind, view)
        return {key: replies[key] for key in given}

    def _ask(self, index: int, part: Any, kind: str, view: View | None) -> Any:
        try:
            return self._actors[index].run(part, kind, view)
        except (OSError, ValueError, RuntimeError):
            return None  # asked again when the answer is wanted

    def _answer(self, index: int, job: Any, part: Any, kind: str, view: View | None) -> Any:
        """The reply, or that of the worker which takes over the cases of a lost one."""
        for _ in range(3):
            try:
                if job is None:
                    raise OSError("the worker was lost")
                return job.result()
            except SolverError:
                raise
            except (OSError, ValueError, RuntimeError):
                workers = self._alive()
                if not workers:
                    break
                self._actors[index] = self._start(index, workers[index % len(workers)])
                job = self._ask(index, part, kind, view)
        raise SolverError("the workers of the Dask cluster were lost again and again")

    def close(self) -> None:
        """Leave the scheduler; its workers stay."""
        self._actors = []
        self._client.close()
