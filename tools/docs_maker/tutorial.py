"""The tutorial: its commands are run and their output put below them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gigaplan.cli.main import main

BLOCK = re.compile(r"```console\n(?P<body>.*?)```", re.DOTALL)
MOST_LINES = 12  # of a table; a summary is shown whole
# lines that differ from machine to machine
VARIES = (re.compile(r"^seconds: .*$", re.MULTILINE), re.compile(r"worst residual \S+"))


@contextlib.contextmanager
def _within(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def run(command: str) -> str:
    """Standard output of a command, or its errors where it has none."""
    words = shlex.split(command)
    if words[0] == "cat":
        return Path(words[1]).read_text(encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(words[1:])
    return out.getvalue() or err.getvalue()


def _short(text: str, command: str) -> str:
    lines = [line.rstrip() for line in text.rstrip("\n").splitlines()]
    most = len(lines) if command.startswith(("gigaplan plan", "cat")) else MOST_LINES
    if len(lines) > most:
        lines = [*lines[:most], f"... ({len(lines) - most} more lines)"]
    text = "\n".join(lines)
    text = VARIES[0].sub("seconds: ...", text)
    return VARIES[1].sub("worst residual ...", text)


def make(text: str) -> str:
    """The tutorial with every ``$ command`` of its console blocks run, in a folder of its own."""

    def block(match: re.Match[str]) -> str:
        commands = [line for line in match["body"].splitlines() if line.startswith("$ ")]
        shown = []
        for command in commands:
            output = _short(run(command[2:]), command[2:])
            shown += [command, *([output] if output else [])]
        return "```console\n" + "\n".join(shown) + "\n```"

    with tempfile.TemporaryDirectory() as folder, _within(Path(folder)):
        return BLOCK.sub(block, text)
