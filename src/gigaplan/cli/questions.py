"""Questions about a plan one after another, each a line of settings on standard input."""

from __future__ import annotations

import contextlib
import json
import shlex
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from gigaplan.cli.planning import _say, _setting
from gigaplan.cli.stopping import INTERRUPTED
from gigaplan.errors import GigaplanError, UsageError

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

PROMPT = "what if> "
HOW = (
    'settings that change, such as  budget=110BUSD chips.share_within_reach=0.5  or "budget=110 '
    'BUSD"; Ctrl-C gives a question up, an empty line or Ctrl-D ends'
)


def asked_in_turn(
    plan: Plan, ask: Callable[[dict[str, str]], int], quiet: bool = False, as_json: bool = False
) -> int:
    """Answer one line after another; what is built for one is kept for the next.

    A question that has an error is told, and the next is read; ``as_json`` tells it on standard
    output too, so that a program reads one line for each question.  Returns 0, or the exit code of
    the last question that did not end well.
    """
    from gigaplan.solving.whatif import make_ready

    terminal = sys.stdin.isatty()
    if not quiet:
        _say(f"{plan.title}: getting ready")
    make_ready(plan)
    if terminal:
        _say(HOW)
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  # earlier lines with the arrow keys
    code = 0
    for line in _lines(terminal):
        try:
            code = ask(_settings(line)) or code
        except GigaplanError as error:
            print(f"gigaplan: {error}", file=sys.stderr, flush=True)
            code = error.exit_code
            if as_json:
                print(json.dumps(_refusal(line, error)), flush=True)
        except KeyboardInterrupt:
            if not terminal:
                raise
            INTERRUPTED.clear()
            print("gigaplan: given up; ask another", file=sys.stderr, flush=True)
    return code


def _lines(terminal: bool) -> Iterator[str]:
    """Lines of standard input; at a terminal they end with an empty one."""
    if not terminal:
        yield from (line for line in sys.stdin if line.strip())
        return
    while True:
        try:
            line = input(PROMPT)
        except EOFError:
            return
        if not line.strip():
            return
        yield line


def _refusal(line: str, error: GigaplanError) -> dict[str, Any]:
    """What a program reads where it would read an answer."""
    return {
        "asked": line.strip(), "status": "error", "error": str(error), "exit_code": error.exit_code
    }  # fmt: skip


def _settings(line: str) -> dict[str, str]:
    try:
        return dict(_setting(part) for part in shlex.split(line))
    except ValueError as error:  # a quotation that is not closed
        raise UsageError(
            f"{line.strip()!r}: {error}; write FIELD=VALUE, with spaces in quotes"
        ) from error
