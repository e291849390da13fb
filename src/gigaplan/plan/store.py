"""Plans on disk: a folder that is whole or not there, and that says when it is damaged.

``plan.nc`` and ``inputs.nc`` (NetCDF 4) hold the Datasets, ``meta.json`` the proof and the SHA-256
of every file, ``programme/`` what was asked, ``proof.npz`` what a later solve can start from,
``without.nc`` the same system without the programme (:mod:`gigaplan.plan.without`);
``summary.json`` and ``tables/*.csv`` are for readers without gigaplan.
Hourly arrays are kept in single precision.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigaplan.errors import GigaplanError, UsageError

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from gigaplan.plan.plan import Plan

FORMAT = "gigaplan plan"
VERSION = 2
# tables of plans with a roster
ROSTER_TABLES = (
    "capital", "calls", "investors", "stakes", "outreach", "clearance", "structure",
)  # fmt: skip
DATASETS = ("plan.nc", "inputs.nc")
PROOF, PROGRAMME, WITHOUT = "proof.npz", "programme", "without.nc"
HOURLY = ("hour", "hour_of_day")
ENCODED = ("dtype", "_FillValue")  # attributes of how a variable is stored
REMEDY = "make the plan again with gigaplan plan, or use another copy"
AGAIN = "remove that file, and the next gigaplan outcomes makes it anew"


def save_plan(plan: Plan, directory: str | Path) -> Path:
    """Write a plan; the folder appears whole or not at all.

    A plan that is already there is replaced; anything else is left alone.  Returns the folder.

    Raises
    ------
    UsageError
        the folder is not a plan, or cannot be written.
    """
    target = Path(directory).expanduser().resolve()
    check_target(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_remains(target)
        prefix = f".{target.name}.partial-{os.getpid()}-"
        beside = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    except OSError as error:
        raise UsageError(
            f"cannot write {target}: {error.strerror}; choose another folder"
        ) from error
    try:
        _write(plan, beside)
        _swap(beside, target)
    except OSError as error:
        message = f"cannot write {target}: {error.strerror or error}; nothing was changed there"
        raise UsageError(message) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target


def open_plan(directory: str | Path) -> Plan:
    """Read a plan and hold it against the checksums written with it.

    Raises
    ------
    UsageError
        not a plan, of another version, or a file is missing or damaged.
    """
    folder = Path(directory).expanduser()
    record = _record(folder)
    for name in DATASETS:
        _whole(folder, name, record)
    from gigaplan.plan.plan import Plan

    loaded = {}
    for name in DATASETS:
        try:
            loaded[name] = _read(folder / name)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise UsageError(f"{folder / name} cannot be read ({error}); {REMEDY}") from error
    try:
        attached = _Attachments(folder, record["files"])
        return Plan(loaded["inputs.nc"], loaded["plan.nc"], record["meta"], attached)
    except GigaplanError as error:
        raise UsageError(f"{folder / 'plan.nc'}: {error}; {REMEDY}") from error


def open_part(
    directory: str | Path, plan_names: Iterable[str], input_names: Iterable[str]
) -> tuple[xr.Dataset, xr.Dataset, dict[str, Any]]:
    """Some variables of the inputs and of a plan, and its meta: quicker than the whole plan.

    The files are held against their checksums as in :func:`open_plan`.

    Raises
    ------
    UsageError
        as :func:`open_plan`, or a variable is not there.
    """
    from gigaplan.inputs.declaration import VARIABLES as INPUTS
    from gigaplan.plan.declaration import VARIABLES as PLAN

    folder = Path(directory).expanduser()
    record = _record(folder)
    found = []
    for file, declared, names in (
        ("inputs.nc", INPUTS, set(input_names)), ("plan.nc", PLAN, set(plan_names)),
    ):  # fmt: skip
        path = _whole(folder, file, record)
        dims = {n: declared[n].dims for n in sorted(names)}
        try:
            found.append(_some(path, dims, {"zone", "year", "calendar"}))
        except (OSError, ValueError, KeyError) as error:
            raise UsageError(f"{path} cannot be read ({error}); {REMEDY}") from error
    return found[0], found[1], dict(record["meta"])


def _whole(folder: Path, name: str, record: Mapping[str, Any]) -> Path:
    """A file of a plan that is there and is the one that was written."""
    path = folder / name
    if not path.is_file():
        raise UsageError(f"{path} is missing, so the plan cannot be opened; {REMEDY}")
    if _sha256(path) != record["files"].get(name):
        raise UsageError(f"{path} is damaged or was changed after it was written; {REMEDY}")
    return path


class _Attachments(Mapping[str, bytes]):
    """Files kept with a plan, read when they are asked for and held against their checksum."""

    def __init__(self, folder: Path, sums: Mapping[str, str]):
        self._folder = folder
        self._sums = {
            name: digest
            for name, digest in sums.items()
            if name == PROOF
            or name.startswith(f"{PROGRAMME}/")
            # what was taken away by hand is made anew
            or (name == WITHOUT and (folder / name).is_file())
        }

    def __getitem__(self, name: str) -> bytes:
        expected = self._sums[name]
        path = self._folder / name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path} is missing or cannot be read; {REMEDY}") from error
        if hashlib.sha256(data).hexdigest() != expected:
            remedy = AGAIN if name == WITHOUT else REMEDY
            raise UsageError(f"{path} is damaged or was changed after it was written; {remedy}")
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(self._sums)

    def __len__(self) -> int:
        return len(self._sums)


# --- the folder -----------------------------------------------------------------------------------


def check_target(target: Path) -> None:
    """Only an empty folder or a plan may be replaced."""
    if not target.name:
        raise UsageError(f"cannot write a plan at {target}; name a folder")
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file; name a folder that does not exist yet")
    if not target.is_dir() or not any(target.iterdir()):
        return
    try:
        known = json.loads((target / "meta.json").read_text(encoding="utf-8"))["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        known = False
    if not known:
        message = "exists and is not a gigaplan plan, so it is left alone; name another folder"
        raise UsageError(f"{target} {message}")


def _swap(beside: Path, target: Path) -> None:
    """Rename into place; what was there is put back if that fails."""
    mask = os.umask(0)
    os.umask(mask)
    beside.chmod(0o777 & ~mask)
    if not target.exists():
        beside.rename(target)
        return
    prefix = f".{target.name}.replaced-{os.getpid()}-"
    old = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        target.rename(old / "plan")
        try:
            beside.rename(target)
        except BaseException:
            (old / "plan").rename(target)
            raise
    finally:
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)


def _clear_remains(target: Path) -> None:
    """Take away what a run left that was killed while it wrote; put back a plan it had moved."""
    for kind in ("replaced", "partial"):
        for remains in target.parent.glob(f".{glob.escape(target.name)}.{kind}-*-*"):
            pid = remains.name.rsplit("-", 2)[1]
            if not pid.isdigit() or _alive(int(pid)):
                continue
            if kind == "replaced" and (remains / "plan").is_dir() and not target.exists():
                (remains / "plan").rename(target)
            shutil.rmtree(remains, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _record(folder: Path) -> dict[str, Any]:
    """The content of ``meta.json``, or a message that says what is wrong with it."""
    path = folder / "meta.json"
    if not folder.is_dir():
        near = (
            sorted(p.parent.name for p in folder.parent.glob("*/meta.json")) if folder.name else []
        )
        hint = f"; plans beside it: {', '.join(near[:5])}" if near else ""
        raise UsageError(f"there is no plan at {folder}{hint}; make one with gigaplan plan")
    if not path.is_file():
        raise UsageError(
            f"{folder} is not a gigaplan plan: {path} is missing; name a plan's folder"
        )
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is damaged (it is not JSON); {REMEDY}") from error
    if not isinstance(record, Mapping) or record.get("format") != FORMAT:
        raise UsageError(f"{path} is not that of a gigaplan plan; name a plan's folder")
    if record.get("version") != VERSION:
        raise UsageError(
            f"{path} has plan format {record.get('version')}, this gigaplan reads {VERSION}; "
            "open it with the gigaplan that wrote it, or make the plan again"
        )
    whole = isinstance(record.get("files"), Mapping) and isinstance(record.get("meta"), Mapping)
    if not whole or _text_sha256(record["meta"]) != record.get("meta_sha256"):
        raise UsageError(f"{path} is damaged or was changed after it was written; {REMEDY}")
    return dict(record)


# --- the files ------------------------------------------------------------------------------------


def _write(plan: Plan, folder: Path) -> None:
    """Every file of a plan into an empty folder; ``meta.json``, which makes it a plan, last."""
    _write_dataset(plan.data, folder / "plan.nc")
    _write_dataset(plan.inputs, folder / "inputs.nc")
    for name, content in plan.attachments.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    _write_json(folder / "summary.json", plan.summary())
    (folder / "tables").mkdir()
    tables = {
        "rollout": plan.rollout(),
        "power": plan.power(),
        "dispatch_national": plan.dispatch(national=True),
        "corridors": plan.corridors(),
        "campuses": plan.campuses(),
        "money": plan.money(),
        "money_by_asset": plan.money_by_asset(),
        "costs": plan.costs(),
        "binding": plan.binding(),
    }
    if "funding" in plan.inputs.dims:
        tables |= {name: getattr(plan, name)() for name in ROSTER_TABLES}
    for name, table in tables.items():
        units = table.attrs["units"]
        header = [f"{c} [{units[c]}]" if units[c] else c for c in table.columns]
        table.to_csv(
            folder / "tables" / f"{name}.csv", index=False, header=header, float_format="%.8g"
        )
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    record = {
        "format": FORMAT,
        "version": VERSION,
        "files": {p.relative_to(folder).as_posix(): _sha256(p) for p in files},
        "meta_sha256": _text_sha256(plan.meta),
        "meta": plan.meta,
    }
    _write_json(folder / "meta.json", record)


def _write_dataset(dataset: xr.Dataset, path: Path) -> None:
    """NetCDF 4 in a file."""
    flat, encoding = encoded(dataset)
    flat.to_netcdf(path, engine="netcdf4", format="NETCDF4", encoding=encoding)


def encoded(dataset: xr.Dataset) -> tuple[xr.Dataset, dict[str, dict[str, Any]]]:
    """For NetCDF: large arrays compressed, hourly ones in single precision, flags stay flags."""
    encoding: dict[str, dict[str, Any]] = {}
    text = {}
    for name, array in dataset.variables.items():
        if array.dtype.kind in "OUT":
            text[name] = array.copy(data=array.values.astype(str).astype(object))
        elif array.dtype.kind in "fb" and array.size > 4096:
            own: dict[str, Any] = {"zlib": True, "complevel": 1, "shuffle": True}
            own["chunksizes"] = (1, *array.shape[1:]) if array.ndim > 2 else array.shape
            if array.dtype.kind == "f" and array.ndim and array.dims[-1] in HOURLY:
                own["dtype"] = "float32"
            encoding[str(name)] = own
    flat = dataset.assign(text)
    for variable in flat.variables.values():
        variable.encoding = {}
    return flat, encoding


def _some(path: Path, dims: Mapping[str, tuple[str, ...]], also: set[str]) -> xr.Dataset:
    """Variables with their labels, read past xarray, which would look at all the others first.

    ``also`` are dimensions whose labels are read too.
    """
    import netCDF4
    import xarray as xr

    with netCDF4.Dataset(path) as stored:
        stored.set_auto_maskandscale(False)

        labels = {d for own in dims.values() for d in own} | also
        coords = {d: _values(stored.variables[d]) for d in sorted(labels) if d in stored.variables}
        found = {n: (own, _values(stored.variables[n])) for n, own in dims.items()}
        return xr.Dataset(found, coords=coords)


def _read(path: Path) -> xr.Dataset:
    """A Dataset as it was written; past xarray's own reader, which takes three times as long."""
    import netCDF4
    import xarray as xr

    variables: dict[str, xr.Variable] = {}
    with netCDF4.Dataset(path) as stored:
        stored.set_auto_maskandscale(False)
        whole = {name: stored.getncattr(name) for name in stored.ncattrs()}
        coords = set(str(whole.pop("coordinates", "")).split())
        for name, array in stored.variables.items():
            attrs = {a: array.getncattr(a) for a in array.ncattrs() if a not in ENCODED}
            coords |= set(str(attrs.pop("coordinates", "")).split())
            variables[name] = xr.Variable(array.dimensions, _values(array), attrs)
    coords |= {n for n, v in variables.items() if v.dims == (n,)}
    labels = {n: v for n, v in variables.items() if n in coords}
    return xr.Dataset({n: v for n, v in variables.items() if n not in coords}, labels, whole)


def _values(stored: Any) -> np.ndarray:
    """What a variable of a netCDF file holds: numbers in double precision, text as objects."""
    import numpy as np

    read = np.asarray(stored[...])
    if stored.dtype is str:
        return read.astype(object)
    if "dtype" in stored.ncattrs() and stored.getncattr("dtype") == "bool":
        return read.astype(bool)
    return read.astype(float) if read.dtype.kind == "f" else read


def decoded(loaded: xr.Dataset) -> xr.Dataset:
    """Numbers in double precision, text as objects."""
    changed: dict[Any, Any] = {}
    for name, array in loaded.variables.items():
        if array.dtype.kind == "f":
            changed[name] = array.astype("float64")
        elif array.dtype.kind in "OUT":
            changed[name] = array.copy(data=array.values.astype(str).astype(object))
    # all at once: one by one, every assignment would align the whole Dataset
    loaded = loaded.assign_coords({n: v for n, v in changed.items() if n in loaded.coords})
    loaded = loaded.assign({n: v for n, v in changed.items() if n in loaded.data_vars})
    for variable in loaded.variables.values():
        variable.encoding = {}
    return loaded


def _write_json(path: Path, value: Any) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text_sha256(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
