"""What a solve leaves for the next one: cuts and dual vectors, with what they depend on.

A cut depends on the numbers of its own dispatch problem and on nothing else, so each carries the
SHA-256 of exactly those numbers.  In the next solve

- a cut whose problem is the same to the bit stays valid and is put into the master;
- where only costs, loads, profiles or inflows differ, the cut is dropped, and the dual vector that
  made it is priced anew, which gives a valid cut for the new numbers (any dual vector does);
- where the problem's shape or its shared coefficients differ, nothing is kept.

Which of the three holds is read off the numbers, never off the names of what a user changed.

Of a plan in whole units its numbers are kept too, with the SHA-256 of what they count.  They prove
nothing: the next search looks at them first, if it counts the same things.
"""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gigaplan.errors import UsageError
from gigaplan.solving import carried
from gigaplan.solving.cases import DispatchEvaluator, Key
from gigaplan.solving.duals import DualPool
from gigaplan.solving.engine import Known
from gigaplan.solving.inner import Priced
from gigaplan.solving.master import Cut, Master
from gigaplan.solving.template import Case, Template

FILE = "proof.npz"
VERSION = 2
BUILT = "built "  # before the names of what the system builds
MASTER = "master "  # before the names of the parts of its basis


@dataclass(frozen=True)
class Kept:
    """What an earlier solve left that is of use here."""

    cuts: int
    repriced: int
    dropped: int
    whole: np.ndarray | None = None  # whole numbers of the earlier plan, if they count the same
    bases: Mapping[Key, np.ndarray] = field(default_factory=dict)
    ended: bool = False  # the earlier search reached its gap
    built: Mapping[str, np.ndarray] = field(default_factory=dict)
    priced: Priced | None = None  # points whose days all have the numbers that they had

    def __str__(self) -> str:
        return (
            f"from the earlier plan: {self.cuts:,} cuts still valid, "
            f"{self.repriced:,} dual vectors priced anew, {self.dropped:,} dropped"
        )


def keep(data: bytes, path: Path) -> None:
    """Write beside and rename, so that a file that is there is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)


def template_digest(template: Template) -> str:
    """SHA-256 of what all dispatch problems share: rows, senses, bounds and their coupling."""
    A, U = template.A.tocsc(), template.U.tocsr()
    parts = [
        A.indptr,
        A.indices,
        A.data,
        template.sense,
        template.upper,
        U.indptr,
        U.indices,
        U.data,
    ]
    return _digest(parts)


def digests(cases: Mapping[Key, Case]) -> dict[Key, str]:
    """SHA-256 of each dispatch problem's own numbers; what many share is gone through once."""
    cost = {id(c.cost): c.cost for c in cases.values()}
    costs = {i: _digest([values]).encode() for i, values in cost.items()}
    coupling = {id(c.B): c.B for c in cases.values()}
    places = {id(B.indices): (B.indptr, B.indices) for B in coupling.values()}
    standing = {i: _digest(pair).encode() for i, pair in places.items()}
    numbers = {i: _digest([standing[id(B.indices)], B.data]).encode() for i, B in coupling.items()}
    return {key: _digest([costs[id(c.cost)], numbers[id(c.B)], c.rhs]) for key, c in cases.items()}


def whole_digest(master: Master) -> str:
    """SHA-256 of what the whole numbers of a master count: names, labels and order."""
    parts: list[np.ndarray | bytes] = []
    for name in master.model.variables:
        variable = master.model.variables[name]
        if variable.attrs["integer"]:
            parts.append(str(name).encode())
            for dim in variable.dims:
                parts.append("\0".join(map(str, variable.indexes[dim])).encode())
    return _digest(parts)


def _digest(parts: Sequence[np.ndarray | bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else np.ascontiguousarray(part).data)
        digest.update(b"|")
    return digest.hexdigest()


def write(
    master: Master,
    evaluator: DispatchEvaluator,
    template: Template,
    cases: Mapping[Key, Case],
    duals: DualPool,
    *,
    whole: np.ndarray | None = None,
    bases: Mapping[Key, np.ndarray] | None = None,
    points: Sequence[Known] = (),
    ended: bool = False,
    built: Mapping[str, np.ndarray] | None = None,
) -> bytes:
    """The cuts of a master and the latest dual vector of each day, as an npz file.

    Cuts are kept in the units of their problem, before the day's weight.  ``whole`` are the whole
    numbers of the best point, in the order of ``master.whole``, ``bases`` those of the days, and
    ``points`` those at which every day was solved exactly; ``ended``: the search reached its gap,
    ``built`` what the system builds in the plan.
    """
    keys = sorted(k for k in cases if k in duals.latest or k in set(evaluator.keys))
    known = digests({k: cases[k] for k in keys})
    at = {k: i for i, k in enumerate(keys)}
    scale = evaluator.scale_of
    cuts = [c for c in master.cuts if c.key in at]
    shape = (0, template.U.shape[1])
    coefficients = [c.coefficients / scale[c.key] for c in cuts]
    solved = [k for k in keys if k in duals.latest]
    arrays: dict[str, np.ndarray] = {
        "version": np.array(VERSION),
        "ended": np.array(ended),
        "template": np.array(template_digest(template)),
        "keys": np.array(keys, dtype=int).reshape(-1, 2),
        "digests": np.array([known[k] for k in keys]),
        "cut_key": np.array([at[c.key] for c in cuts], dtype=int),
        "cut_constant": np.array([c.constant / scale[c.key] for c in cuts]),
        "cut_coefficients": np.array(coefficients) if cuts else np.zeros(shape),
        "dual_key": np.array([at[k] for k in solved], dtype=int),
        "duals": np.array([duals.latest[k] for k in solved], dtype=np.float32),
    }
    if bases:
        held = [k for k in keys if k in bases]
        arrays |= {
            "basis_key": np.array([at[k] for k in held], dtype=int),
            "bases": np.array([bases[k] for k in held]),
        }
    arrays |= {f"{MASTER}{name}": found for name, found in carried.stored(master).items()}
    arrays |= {f"{BUILT}{name}": found for name, found in (built or {}).items()}
    if points and evaluator.by_year:
        solved_at = [evaluator.priced(p.point, p.costs) for p in points]
        arrays |= {
            "priced_key": np.array([at[k] for k in evaluator.keys], dtype=int),
            "priced_costs": np.array([costs for _, costs in solved_at]),
            "priced_coupling": np.array([xi for xi, _ in solved_at]),
        }
    if whole is not None:
        arrays |= {"whole": np.round(whole), "whole_digest": np.array(whole_digest(master))}
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


Arrays = Mapping[str, np.ndarray]  # of an opened file
Saved = bytes | Arrays | Callable[[], bytes | None]  # a file, or what reads it if there is one


class Reading:
    """An earlier proof, read by a thread while this one builds models."""

    def __init__(self, saved: Saved):
        self._saved = saved
        self._found: Arrays | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            data = self._saved() if callable(self._saved) else self._saved
            self._found = opened(data) if isinstance(data, bytes) else data
        except BaseException as error:  # raised where the result is asked for
            self._error = error

    def result(self) -> Arrays | None:
        """The arrays, for :func:`read`; None: there is no proof."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._found


def opened(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of a file.

    Raises
    ------
    UsageError
        it is damaged.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            kept = {name: stored[name] for name in stored.files}
        int(kept["version"])
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise UsageError(
            f"{FILE} of the plan cannot be read ({error}); make the plan again"
        ) from error
    return kept


def read(
    kept: Mapping[str, np.ndarray], master: Master, evaluator: DispatchEvaluator,
    template: Template, cases: Mapping[Key, Case], duals: DualPool,
    here: Mapping[Key, str] | None = None,
) -> Kept:  # fmt: skip
    """Put what is still valid into the master and the pool of dual vectors.

    ``kept`` is of :func:`opened`; of another version, nothing in it is valid.  ``here``: the
    digests of the cases, if they are known.
    """
    keys = [(int(y), int(d)) for y, d in kept["keys"]]
    total = len(kept["cut_key"]) + len(kept["dual_key"])
    whole = None
    if len(master.whole) and str(kept.get("whole_digest")) == whole_digest(master):
        whole = kept["whole"]
    if int(kept["version"]) != VERSION or str(kept["template"]) != template_digest(template):
        return Kept(0, 0, total, whole)
    if here is None:
        here = digests({k: cases[k] for k in keys if k in cases})
    same = [here.get(k) == str(d) for k, d in zip(keys, kept["digests"], strict=True)]
    scale, columns = evaluator.scale_of, evaluator.columns_of
    cuts, valid = [], np.zeros(len(kept["cut_key"]), dtype=bool)
    for place, (i, constant, row) in enumerate(
        zip(kept["cut_key"], kept["cut_constant"], kept["cut_coefficients"], strict=True)
    ):
        key = keys[i]
        if same[i] and key in scale:
            theta, index = columns[key]
            cuts.append(Cut(theta, float(constant) * scale[key], index, row * scale[key], key))
            valid[place] = True
    master.add(cuts)
    basis = {n.removeprefix(MASTER): v for n, v in kept.items() if n.startswith(MASTER)}
    if len(basis.get("cuts", ())) == len(valid):
        basis["cuts"] = basis["cuts"][valid]
        carried.take(master, basis)
    found = {
        keys[i]: y for i, y in zip(kept["dual_key"], kept["duals"], strict=True) if keys[i] in cases
    }
    duals.add(found)
    bases = {
        keys[i]: b
        for i, b in zip(kept.get("basis_key", ()), kept.get("bases", ()), strict=True)
        if keys[i] in cases
    }
    return Kept(
        len(cuts),
        len(found),
        total - len(cuts) - len(found),
        whole,
        bases,
        bool(kept.get("ended", False)),
        {n.removeprefix(BUILT): v for n, v in kept.items() if n.startswith(BUILT)},
        _priced(kept, keys, same, evaluator),
    )


def _priced(
    kept: Mapping[str, np.ndarray], keys: list[Key], same: list[bool], evaluator: DispatchEvaluator
) -> Priced | None:
    """The points at which every day was solved, if each day still has the numbers it had then."""
    if "priced_key" not in kept:
        return None
    at = kept["priced_key"]
    if [keys[i] for i in at] != evaluator.keys or not all(same[i] for i in at):
        return None
    years = sorted({year for year, _ in evaluator.keys})
    coupling = {y: kept["priced_coupling"][:, j] for j, y in enumerate(years)}
    return Priced(coupling, {keys[i]: kept["priced_costs"][:, j] for j, i in enumerate(at)})
