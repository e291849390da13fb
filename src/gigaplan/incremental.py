"""Results kept with what they were made from, and made again only where that differs.

A job is given its sources as views that note every value it reads of them.  Asked for again with
other sources, it is done again only if one of these values is another: what a result depends on is
observed, never declared.  After the job its views are closed, so that nothing it returns can read a
source later.

Sections of a programme and classes marked :class:`Viewed` are noted field by field, Datasets
variable by variable, everything else as a whole.
"""

from __future__ import annotations

import datetime
import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, ClassVar, TypeVar, cast

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import BaseModel

from gigaplan.aside import Aside

T = TypeVar("T")
Step = tuple[str, Any]  # how a value is read of another, and by what name
Path = tuple[Any, ...]  # position of a source, then steps


class Viewed:
    """A class whose objects jobs see field by field.

    ``OUTLETS`` are fields that a job writes to rather than reads; a job that wrote there is done
    again each time.
    """

    OUTLETS: ClassVar[tuple[str, ...]] = ()


class Reads:
    """The values that a job has read of its sources."""

    def __init__(self) -> None:
        self._noted: dict[Path, Any] = {}
        self._outlets: list[tuple[Any, int]] = []
        self._open = True

    @classmethod
    def of(cls, paths: list[Path], sources: tuple[Any, ...]) -> Reads:
        """What stands at these paths of the sources."""
        reads = cls()
        reads._noted = {path: _found(sources[path[0]], path[1:]) for path in paths}
        reads.close()
        return reads

    @property
    def paths(self) -> list[Path]:
        """Where the values stand."""
        return list(self._noted)

    def note(self, path: Path, value: Any) -> Any:
        """Note one value, and give it to the job, or a view of it."""
        if not self._open:
            raise RuntimeError(f"a result reads {path[-1][1]!r} of its source after it was made")
        if isinstance(value, BaseModel | Viewed):
            return _ObjectView(value, self, path)
        if isinstance(value, xr.Dataset):
            return _DatasetView(value, self, path)
        self._noted.setdefault(path, value)
        # a job may add columns to its own table
        return value.copy(deep=False) if isinstance(value, pd.DataFrame) else value

    def outlet(self, value: Any) -> Any:
        """Note what the job may write to."""
        self._outlets.append((value, len(value)))
        return value

    def close(self) -> bool:
        """Allow no more reading; whether the result may be kept."""
        self._open = False
        kept = all(len(value) == size for value, size in self._outlets)
        self._outlets = []
        return kept

    def still(self, sources: tuple[Any, ...]) -> bool:
        """Whether all that was read is the same in these sources."""
        return all(
            same(value, _found(sources[path[0]], path[1:])) for path, value in self._noted.items()
        )


@dataclass
class _Result:
    reads: Reads
    value: Any


KEPT = 2  # results of a name: a question and its reverse


class Incremental:
    """The latest results by name.

    Attributes
    ----------
    done : names of the jobs that were done, in order, rather than found
    """

    def __init__(self) -> None:
        self._kept: dict[str, list[_Result]] = {}
        self._memory: dict[str, dict[Any, Any]] = {}
        self.done: list[str] = []

    def memory(self, name: str) -> dict[Any, Any]:
        """A dictionary for what depends on nothing but its keys."""
        return self._memory.setdefault(name, {})

    def result(self, name: str, job: Callable[..., T], *sources: Any) -> T:
        """What a job makes of its sources: found if they read the same to it, else made.

        Arrays in it are not to be changed: they are read-only.
        """
        before = self._found(name, sources)
        if before is not None:
            return cast(T, before.value)
        return self._keep(name, *noted(job, *sources))

    def beside(self, name: str, job: Callable[..., T], *sources: Any) -> Aside[T]:
        """The same, done in a copy of this process where it must be made, while this one goes on.

        What the copy has read is looked up here, in the same sources.
        """
        before = self._found(name, sources)
        if before is not None:
            value = cast(T, before.value)
            return Aside(lambda: value, worth=False)

        def made() -> tuple[list[Path] | None, T]:
            reads, value = noted(job, *sources)
            return None if reads is None else reads.paths, value

        def received(reply: tuple[list[Path] | None, T]) -> T:
            paths, value = reply
            reads = None if paths is None else Reads.of(paths, sources)
            return self._keep(name, reads, value)

        return Aside(made, then=received)

    def _found(self, name: str, sources: tuple[Any, ...]) -> _Result | None:
        """A result whose job would read the same of these sources."""
        kept = self._kept.get(name, [])
        for result in kept:
            if result.reads.still(sources):
                self._kept[name] = [result, *(r for r in kept if r is not result)]
                return result
        return None

    def _keep(self, name: str, reads: Reads | None, value: T) -> T:
        if reads is not None:
            made = _Result(reads, _read_only(value))
            self._kept[name] = [made, *self._kept.get(name, [])][:KEPT]
        self.done.append(name)
        return value


def noted(job: Callable[..., T], *sources: Any) -> tuple[Reads | None, T]:
    """Do a job and note what it reads; None where it wrote to an outlet."""
    reads = Reads()
    try:
        value = job(*(reads.note((i,), source) for i, source in enumerate(sources)))
    finally:
        kept = reads.close()
    return (reads if kept else None), value


class _ObjectView:
    """An object whose fields are noted when they are read; its methods read through the view."""

    def __init__(self, of: Any, reads: Reads, path: Path):
        self._gp_of, self._gp_reads, self._gp_path = of, reads, path

    def __getattr__(self, name: str) -> Any:
        of = self._gp_of
        written = None if name in vars(of) else inspect.getattr_static(type(of), name, None)
        if isinstance(written, property):
            return written.fget(self)  # type: ignore[misc]
        if isinstance(written, types.FunctionType):
            return types.MethodType(written, self)
        if name in getattr(type(of), "OUTLETS", ()):
            return self._gp_reads.outlet(getattr(of, name))
        value = self._gp_reads.note((*self._gp_path, ("field", name)), getattr(of, name))
        vars(self)[name] = value  # noted once
        return value


class _DatasetView:
    """A Dataset whose variables are noted when they are read."""

    def __init__(self, of: xr.Dataset, reads: Reads, path: Path):
        self._of, self._reads, self._path = of, reads, path
        self.dims = _Part(self, "dim")
        self.sizes = _Part(self, "size")
        self.indexes = _Part(self, "index")

    def note(self, kind: str, name: Any) -> Any:
        """Note one thing of the Dataset."""
        step = (kind, name)
        return self._reads.note((*self._path, step), _step(self._of, step))

    def __getitem__(self, name: Any) -> Any:
        if isinstance(name, list):
            for one in name:
                self.note("variable", one)
            return self._of[name]
        return self.note("variable", name)

    def __contains__(self, name: object) -> bool:
        return bool(self.note("has", name))

    @property
    def data_vars(self) -> tuple[str, ...]:
        """Names of the variables."""
        return cast(tuple[str, ...], self.note("names", None))


class _Part(Mapping[str, Any]):
    """Dimensions, sizes or indexes of a Dataset, each noted by itself."""

    def __init__(self, view: _DatasetView, kind: str):
        self._view, self._kind = view, kind

    def __getitem__(self, name: str) -> Any:
        return self._view.note(self._kind, name)

    def __contains__(self, name: object) -> bool:
        return bool(self._view.note("dim", name))

    def __iter__(self) -> Iterator[str]:
        raise TypeError("a job may not depend on all dimensions of a Dataset")

    def __len__(self) -> int:
        raise TypeError("a job may not depend on all dimensions of a Dataset")


_NOTHING = object()
PLAIN = (str, bytes, int, float, complex, set, frozenset, np.generic, BaseModel, datetime.date)


def _found(source: Any, path: Path) -> Any:
    """What stands at a path of a source; a value of its own where there is nothing."""
    for step in path:
        try:
            source = _step(source, step)
        except (KeyError, AttributeError, IndexError):
            return _NOTHING
    return source


def _step(of: Any, step: Step) -> Any:
    kind, name = step
    if kind == "field":
        return getattr(of, name)
    if kind == "variable":
        return of[name]
    if kind == "has":
        return name in of
    if kind == "dim":
        return name in of.dims
    if kind == "size":
        return of.sizes[name]
    if kind == "index":
        return of.indexes[name]
    return tuple(map(str, of.data_vars))


def same(a: Any, b: Any) -> bool:
    """Whether two values are the same to every reader: of one type, labels and numbers alike."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return _same_array(a, b)
    if isinstance(a, xr.DataArray):
        return bool(
            a.dims == b.dims
            and set(a.coords) == set(b.coords)
            and _same_array(a.values, b.values)
            and all(_same_array(a[c].values, b[c].values) for c in a.coords)
        )
    if isinstance(a, pd.DataFrame | pd.Series | pd.Index):
        return bool(a.equals(b) and _same_labels(a, b))
    if isinstance(a, Mapping):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    plain = isinstance(a, PLAIN) or type(a).__module__.split(".")[0] == __package__
    return plain and bool(a == b)  # others may compare by parts, or not at all


def _same_array(a: np.ndarray, b: np.ndarray) -> bool:
    if a is b:
        return True
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))


def _same_labels(a: Any, b: Any) -> bool:
    """What ``equals`` of pandas does not look at."""
    if isinstance(a, pd.DataFrame):
        return bool(a.columns.equals(b.columns) and a.index.names == b.index.names)
    return bool(a.name == b.name)


def _read_only(value: T) -> T:
    """Arrays that cannot be changed, also those within mappings, tuples and dataclasses."""
    if isinstance(value, np.ndarray):
        value.setflags(write=False)
    elif isinstance(value, Mapping):
        for part in value.values():
            _read_only(part)
    elif isinstance(value, tuple | list):
        for part in value:
            _read_only(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            _read_only(getattr(value, field.name))
    return value
