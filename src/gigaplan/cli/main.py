"""``gigaplan``: parse the command, run it, turn errors into exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from gigaplan import __version__
from gigaplan.cli import inspect, planning
from gigaplan.errors import GigaplanError

EPILOG = """exit codes: 0 ok, 2 usage, 3 invalid input, 4 infeasible, 5 stopped at a limit with a
plan, 6 solver failure, 130 interrupted. Results go to stdout, progress to stderr."""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="gigaplan",
        description="Plans AI infrastructure at the scale of gigawatts: what is built where and "
        "when for a budget, with proof.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"gigaplan {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    planning.register(commands)
    inspect.register(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    options = parser().parse_args(argv)
    try:
        code = options.run(options)
        sys.stdout.flush()
        return int(code or 0)
    except GigaplanError as error:
        if os.environ.get("GIGAPLAN_DEBUG"):
            raise
        print(f"gigaplan: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("gigaplan: interrupted; nothing was written", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
