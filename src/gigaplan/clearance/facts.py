"""Facts of one case, read by path, with a trail of what was read."""

from __future__ import annotations

from typing import Any


class Facts:
    """Nested facts; ``follow()`` gives the same facts with an empty trail of their own."""

    def __init__(self, data: dict[str, Any]):
        self._data = data
        self._used: list[str] = []

    def follow(self) -> Facts:
        """The same facts for one line of reasoning."""
        return Facts(self._data)

    @property
    def used(self) -> tuple[str, ...]:
        """Paths of the facts that were read and were there."""
        return tuple(self._used)

    def get(self, path: str) -> Any:
        """The fact at a dotted path, or None where nothing is stated."""
        value: Any = self._data
        for part in path.split("."):
            if not isinstance(value, dict) or part not in value:
                return None
            value = value[part]
        if value is not None and path not in self._used:
            self._used.append(path)
        return value

    def tokens(self, path: str) -> list[str]:
        """A list of tokens or of records; empty where nothing is stated."""
        return list(self.get(path) or [])

    def records(self, path: str) -> list[dict[str, Any]]:
        """A list of records; empty where nothing is stated."""
        return list(self.get(path) or [])

    def number(self, path: str) -> float | None:
        """A number, or None where nothing is stated."""
        value = self.get(path)
        return None if value is None else float(value)

    def true(self, path: str) -> bool:
        """Whether the fact is stated as true."""
        return self.get(path) is True

    def false(self, path: str) -> bool:
        """Whether the fact is stated as false."""
        return self.get(path) is False

    def states(self, path: str) -> bool:
        """Whether anything is stated there, without noting it as used."""
        value: Any = self._data
        for part in path.split("."):
            if not isinstance(value, dict) or part not in value:
                return False
            value = value[part]
        return value is not None
