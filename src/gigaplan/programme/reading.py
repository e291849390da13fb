"""A YAML file as plain data, with the line of every value, guarded against files that are not one.

Every fault that can be told from the text alone is reported together: duplicate keys, aliases that
explode, tags.  Nothing in a file is executed, and a file that is too large is not read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gigaplan.errors import InputError, Problem

YAML_LIMIT = 250_000  # the reader needs 3 s for it
TABLE_LIMIT = 20_000_000
ALIAS_BUDGET = 10_000  # values that aliases may repeat

Place = tuple[str | int, ...]
_PLAIN = ("a plain value", "remove the tag")


@dataclass
class Document:
    """Plain data of a YAML text, with file and line of every place, and the places with faults."""

    data: dict[str, Any]
    file: str
    places: dict[Place, tuple[str, int | None]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    faulty: set[Place] = field(default_factory=set)

    def where(self, place: Place) -> tuple[str, int | None]:
        """File and line of a place, or of the nearest place around it."""
        for length in range(len(place), -1, -1):
            if place[:length] in self.places:
                return self.places[place[:length]]
        return self.file, None


def read_text(path: Path, limit: int, kind: str, see: str = "see `gigaplan init`") -> str:
    """The text of a file that exists, is of a sane size and is UTF-8; else one Problem."""
    file = str(path)
    if not path.exists():
        raise _fault(file, "the file does not exist", kind, "check the path")
    if not path.is_file():
        raise _fault(file, "is not a file", kind, "give the path of a file")
    size = path.stat().st_size
    if size > limit:
        remedy = (
            "put series and tables into CSV files" if limit == YAML_LIMIT else "keep what is used"
        )
        message = f"the file has {size / 1e6:,.1f} MB and was not read"
        raise _fault(file, message, f"at most {limit / 1e6:g} MB in {kind}", remedy)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _fault(
            file, f"cannot be read: {error.strerror}", kind, "check its permissions"
        ) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        message = f"byte {error.start} is not UTF-8 text"
        raise _fault(file, message, f"{kind} in UTF-8", "save it as UTF-8", row) from error
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        raise _fault(file, "is not text: it holds NUL bytes", kind, "save it as text in UTF-8", row)
    if not text.strip():
        raise _fault(file, "the file is empty", kind, f"fill it, {see}")
    return text


def parse(text: str, file: str) -> Document:
    """Plain data of a YAML text whose top level is a mapping."""
    node = _compose(text, file, "a programme in YAML", "see `gigaplan init` for an example")
    if not isinstance(node, MappingNode):
        kind = {SequenceNode: "a list", ScalarNode: "text"}.get(type(node), "empty")
        message = f"the top level is {kind}, not a mapping"
        raise _fault(file, message, "keys such as `zones:` and `years:`", "see `gigaplan init`", 1)
    document = Document({}, file)
    document.data = _Builder(document).build(node, ())
    return document


def parse_list(text: str, file: str, name: str, what: str, see: str) -> Document:
    """Plain data of a YAML text whose top level is a list, kept under ``name``.

    ``what`` says what the file holds and ``see`` where an example is, for the messages of errors.
    """
    node = _compose(text, file, what, see)
    if not isinstance(node, SequenceNode):
        kind = {MappingNode: "a mapping", ScalarNode: "text"}.get(type(node), "empty")
        raise _fault(file, f"the top level is {kind}, not a list", what, "begin items with `- `", 1)
    document = Document({}, file)
    document.data = {name: _Builder(document).build(node, (name,))}
    return document


def _compose(text: str, file: str, what: str, see: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).compose(text)
    except RecursionError as error:
        raise _fault(file, "is nested too deeply", what, see) from error
    except MarkedYAMLError as error:
        raise _not_yaml(error, text, file, what) from error
    except (YAMLError, ValueError) as error:
        message = str(error).splitlines()[0]
        raise _fault(file, f"is not YAML: {message}", what, "save it as text") from error


def parse_value(text: str) -> Any:
    """One value as YAML reads it: ``150 BUSD``, ``[2028, 2030]``, ``{2030: 5 GW}``."""
    document = parse("value: " + text, "value")
    if document.problems:
        raise InputError(document.problems)
    return document.data["value"]


def _fault(
    file: str, message: str, expected: str, remedy: str = "", row: int | None = None
) -> InputError:
    return InputError([Problem(file, "", message, expected, remedy, row)])


def _not_yaml(error: MarkedYAMLError, text: str, file: str, what: str) -> InputError:
    mark = error.problem_mark or error.context_mark
    row = None if mark is None else mark.line + 1
    message = f"is not YAML: {error.problem or error.context or 'unreadable'}"
    lines = text.splitlines()
    remedy = "check the colons, quotes and brackets of this line and the one before"
    if row is not None and row <= len(lines) and "\t" in lines[row - 1]:
        remedy = "indent with spaces, not with tabs"
    return _fault(file, " ".join(message.split()), what, remedy, row)


class _Builder:
    """Makes plain data of YAML nodes; problems and lines go to the document."""

    def __init__(self, document: Document):
        self.document = document
        self.seen: set[int] = set()
        self.open: set[int] = set()
        self.repeated = 0

    def build(self, node: Node, place: Place) -> Any:
        self.document.places.setdefault(place, (self.document.file, node.start_mark.line + 1))
        if id(node) in self.open:
            raise _fault(
                self.document.file,
                "an alias holds itself",
                "plain values",
                "write it out",
                self._row(node),
            )
        if id(node) in self.seen:
            self.repeated += 1
            if self.repeated > ALIAS_BUDGET:
                message = f"aliases repeat more than {ALIAS_BUDGET:,} values"
                raise _fault(self.document.file, message, "few aliases", "write the values out")
        self.seen.add(id(node))
        if isinstance(node, ScalarNode):
            return self._scalar(node, place)
        if str(node.tag) not in ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            self._problem(node, place, f"the tag {node.tag} is not supported", *_PLAIN)
        self.open.add(id(node))
        try:
            if isinstance(node, MappingNode):
                return self._mapping(node, place)
            return [self.build(item, (*place, i)) for i, item in enumerate(node.value)]
        finally:
            self.open.discard(id(node))

    def _mapping(self, node: MappingNode, place: Place) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        lines: dict[Any, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self._problem(
                    key_node, place, "a key is a list or mapping", "a word or a year", "rename it"
                )
                continue
            key = self._scalar(key_node, place)
            if not isinstance(key, str | int) or isinstance(key, bool):
                key = key_node.value
            row = self._row(key_node)
            if key in result:
                message = f"the key is there twice, first in row {lines[key]}"
                self._problem(
                    key_node, (*place, key), message, "each key once", "remove one of them"
                )
                continue
            lines[key] = row
            self.document.places[(*place, key)] = (self.document.file, row)
            result[key] = self.build(value_node, (*place, key))
        return result

    def _scalar(self, node: ScalarNode, place: Place) -> Any:
        text, tag = node.value, str(node.tag or "").rpartition(":")[2]
        try:
            if tag == "null":
                return None
            if tag == "bool":
                return text.lower() == "true"
            if tag == "int":
                return int(
                    text.replace("_", ""), 0 if text.lstrip("+-")[:2] in ("0x", "0o") else 10
                )
            if tag == "float":
                return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            return text
        if tag not in ("str", "timestamp", "merge", "value"):
            self._problem(node, place, f"the tag {node.tag} is not supported", *_PLAIN)
        return text

    def _row(self, node: Node) -> int:
        return int(node.start_mark.line) + 1

    def _problem(
        self, node: Node, place: Place, message: str, expected: str, remedy: str = ""
    ) -> None:
        self.document.problems.append(
            Problem(
                self.document.file, field_name(place), message, expected, remedy, self._row(node)
            )
        )


def field_name(place: Place) -> str:
    """``money.available.2028``, ``policy.technology_bans[0].zone``."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) and part < 1000 else f".{part}"
    return text.lstrip(".")
