"""The formulation, made from the docstrings of ``gigaplan.model``.

A docstring declares what its function adds in sections ``Variables`` and ``Constraints``, whose
entries read ``name[dims] [unit]`` with the meaning or equation indented below, and for a
constraint a last line ``Dual [unit]: meaning.``
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from dataclasses import dataclass
from types import ModuleType

from docs_maker.markdown import code, page, table

ORDER = ("assemble", "power", "campus", "policy", "money", "aim", "dispatch")
SECTION = re.compile(r"^(?P<name>[A-Z][a-z]+)\n-{4,}\n", re.MULTILINE)
ENTRY = re.compile(r"^(?P<name>[a-z_]+)(\[(?P<dims>[a-z_, ]+)\])? \[(?P<unit>[^\]]+)\]$")
DUAL = re.compile(r"^Dual \[(?P<unit>[^\]]+)\]: (?P<meaning>.+)$", re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """A variable or constraint as its docstring declares it."""

    kind: str
    name: str
    dims: str
    unit: str
    text: str
    dual_unit: str
    dual: str
    source: str


def modules() -> list[ModuleType]:
    """Modules of the model, known ones in the order of the formulation, then all others."""
    import gigaplan.model

    names = {m.name for m in pkgutil.iter_modules(gigaplan.model.__path__)}
    ordered = [*(n for n in ORDER if n in names), *sorted(names - set(ORDER))]
    return [importlib.import_module(f"gigaplan.model.{name}") for name in ordered]


def functions(module: ModuleType) -> list[tuple[str, str]]:
    """Functions of a module with their docstrings, in the order of the file."""
    found = [f for _, f in inspect.getmembers(module, inspect.isfunction)]
    own = [f for f in found if f.__module__ == module.__name__ and f.__doc__]
    own.sort(key=lambda f: f.__code__.co_firstlineno)
    return [(f.__name__, inspect.cleandoc(f.__doc__ or "")) for f in own]


def sections(doc: str) -> tuple[str, dict[str, str]]:
    """A docstring's text before its sections, and the sections by name."""
    marks = list(SECTION.finditer(doc))
    if not marks:
        return doc.strip(), {}
    ends = [*(m.start() for m in marks[1:]), len(doc)]
    parts = {m["name"]: doc[m.end() : end].strip("\n") for m, end in zip(marks, ends, strict=True)}
    return doc[: marks[0].start()].strip(), parts


def entries(doc: str, source: str) -> list[Entry]:
    """Variables and constraints that a docstring declares."""
    out = []
    for kind, text in sections(doc)[1].items():
        if kind not in ("Variables", "Constraints"):
            continue
        blocks = re.split(r"\n(?=\S)", text)
        for block in blocks:
            head, _, body = block.partition("\n")
            match = ENTRY.match(head)
            if match is None:
                raise ValueError(f"{source}: {kind}: {head!r} is not `name[dims] [unit]`")
            said, _, dual = inspect.cleandoc(body).partition("\nDual ")
            found = DUAL.match("Dual " + dual) if dual else None
            if kind == "Constraints" and found is None:
                raise ValueError(f"{source}: {match['name']} lacks its line `Dual [unit]: meaning`")
            out.append(
                Entry(
                    kind,
                    match["name"],
                    match["dims"] or "",
                    match["unit"],
                    said,
                    found["unit"] if found else "",
                    " ".join(found["meaning"].split()) if found else "",
                    source,
                )
            )
    return out


def declared(kind: str) -> list[Entry]:
    """All variables or constraints that the model's docstrings declare."""
    found = []
    for module in modules():
        for name, doc in functions(module):
            found += [e for e in entries(doc, f"{module.__name__}.{name}") if e.kind == kind]
    return found


def _function(name: str, doc: str, source: str) -> str:
    head, parts = sections(doc)
    found = entries(doc, source)
    if not found and "objective" not in name and "cost" not in name:
        return ""
    text = [f"### {name}\n", re.sub(r"``", "`", head) + "\n"]
    variables = [e for e in found if e.kind == "Variables"]
    if variables:
        rows = [(code(e.name), e.dims, e.unit, e.text) for e in variables]
        text.append(table(("variable", "dimensions", "unit", "meaning"), rows))
    for e in found:
        if e.kind == "Constraints":
            dims = f", for each {e.dims}" if e.dims else ""
            text.append(f"**{code(e.name)}** [{e.unit}]{dims}\n")
            text.append("```text\n" + e.text + "\n```\n")
            text.append(f"Dual [{e.dual_unit}]: {e.dual}\n")
    if "Notes" in parts:
        text.append(parts["Notes"] + "\n")
    return "\n".join(text)


def make() -> dict[str, str]:
    """The page of the formulation."""
    parts = [
        "What the plan decides and what it must keep to, made from the docstrings of "
        "`gigaplan.model`. The master holds everything annual; the dispatch of each planning year "
        "and representative day is a problem of its own, which gives its cost and a cut. The "
        "monolith holds the same rows in one problem.",
        "Inside the model: GW, GWh, billion USD of 2025 (BUSD), dispatch in million USD a day. "
        "Duals of the master are in discounted BUSD; duals of dispatch are those of a day's own "
        "problem, here in USD/MWh. The sets and data are in [data.md](data.md).",
    ]
    rows = [
        (f"[`{e.name}`](#{e.source.rsplit('.', 1)[1]})", e.dims, e.unit, e.dual_unit, e.dual)
        for e in declared("Constraints")
    ]
    parts.append("## All constraints")
    parts.append(table(("constraint", "for each", "unit", "unit of the dual", "dual"), rows))
    for module in modules():
        texts = [_function(n, d, f"{module.__name__}.{n}") for n, d in functions(module)]
        if any(texts):
            doc = re.sub(r"``", "`", inspect.cleandoc(module.__doc__ or ""))
            parts += [f"## {module.__name__}", doc, *(t for t in texts if t)]
    return {"formulation.md": page("Formulation", *parts)}
