"""``gigaplan``: parse the command, run it, turn errors into exit codes."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Sequence

from gigaplan import __version__
from gigaplan.cli import (
    clearance,
    deals,
    explain,
    finance,
    inspect,
    outcomes,
    planning,
    stopping,
    whatif,
)
from gigaplan.errors import CheckError, GigaplanError, UsageError

INTERRUPTED = 130
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
    whatif.register(commands)
    inspect.register(commands)
    explain.register(commands)
    finance.register(commands)
    clearance.register(commands)
    deals.register(commands)
    outcomes.register(commands)
    return top


def _debugging() -> bool:
    return bool(os.environ.get("GIGAPLAN_DEBUG"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    options = parser().parse_args(argv)
    heard = stopping.INTERRUPTED
    heard.clear()

    def interrupted(number: int, _: object) -> None:
        heard.append(number)
        raise KeyboardInterrupt

    # a polite kill is an interruption: workers end, nothing half-written stays
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, interrupted)
        signal.signal(signal.SIGINT, interrupted)
    with stopping.not_swallowed(interrupted):
        code = _run(options)
    # code that was interrupted may end in an error of its own, such as a failed import
    return _say_interrupted() if heard and code not in (0, INTERRUPTED) else code


def _say_interrupted() -> int:
    print("gigaplan: interrupted; no plan was written", file=sys.stderr)
    return INTERRUPTED


def _run(options: argparse.Namespace) -> int:
    """Run the chosen command; errors become messages and exit codes."""
    try:
        code = options.run(options)
        sys.stdout.flush()
        return int(code or 0)
    except GigaplanError as error:
        if _debugging():
            raise
        print(f"gigaplan: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return _say_interrupted()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if _debugging():
            raise
        place = f"{error.filename}: " if error.filename else ""
        print(f"gigaplan: {place}{error.strerror or error}", file=sys.stderr)
        return UsageError.exit_code
    except Exception as error:
        if _debugging():
            raise
        what = f"{type(error).__name__}: {error}"
        print(
            f"gigaplan: a fault of gigaplan itself, no plan was written ({what}); "
            "GIGAPLAN_DEBUG=1 shows where, please report it",
            file=sys.stderr,
        )
        return CheckError.exit_code


def _without_dask() -> None:
    """Keep xarray from importing dask's arrays and client (0.4 s) to find that none is used."""
    for name in ("dask.array", "dask.distributed"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


def run() -> None:
    """Entry point of the command: ends the process with the exit code of :func:`main`."""
    # models are many small objects without cycles: collecting less often saves a tenth
    gc.set_threshold(100_000, 50, 100)
    # Arrow's own pool keeps what tables needed while they were read
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if not any(a.startswith("--sc") for a in sys.argv):  # no --scheduler
        _without_dask()
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    if "multiprocessing" in sys.modules:
        for worker in sys.modules["multiprocessing"].active_children():
            worker.kill()
    # taking a large model apart costs a third of a second, and Python would end by the signal where
    # an import was interrupted
    os._exit(code)


if __name__ == "__main__":
    run()
