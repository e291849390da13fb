"""Shared test settings."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / name) for name in ("tools", "benchmarks"))]


@contextmanager
def keeping_the_system_without() -> Iterator[None]:
    """Small systems are solved without the programme too when planned, as large ones are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gigaplan.solving.solve.SMALL", 0)
        yield


@pytest.fixture(scope="session")
def three_states():
    """The plan of the built-in three states, solved once; not to be changed."""
    import gigaplan as gp

    with keeping_the_system_without():
        return gp.solve(gp.load("three-states"), workers=1)


@pytest.fixture(scope="session")
def coalition(tmp_path_factory):
    """The plan of three states with a small roster, solved once; not to be changed."""
    import gigaplan as gp
    from test_coalition import written

    return gp.solve(gp.load(written(tmp_path_factory.mktemp("roster"))), workers=1)
