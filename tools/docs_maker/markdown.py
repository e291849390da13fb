"""Plain Markdown from rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "<!-- made by tools/make_docs.py; change the code that it names, not this page -->\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; pipes in cells are escaped, line ends become blanks."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for row in rows:
        cells = (" ".join(str(cell).split()).replace("|", "\\|") for cell in row)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def code(text: object) -> str:
    """Inline code, or nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def page(title: str, *parts: str) -> str:
    """A page from its parts, one blank line between them."""
    return "\n".join([MADE, f"# {title}\n", *(part.strip("\n") + "\n" for part in parts)])
