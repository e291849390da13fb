"""HiGHS objects as we use them: quiet, one thread, standard output left to results."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache

import highspy

STDOUT, STDERR = 1, 2


def new_highs() -> highspy.Highs:
    """A silent HiGHS object without threads of its own.

    No number of threads is asked for: HiGHS fails on a number that differs from that of an
    earlier user in the same process, and the processes are ours to share out.
    """
    banner_to_stderr()
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    h.setOptionValue("parallel", "off")
    return h


@cache
def banner_to_stderr() -> None:
    """Make the first HiGHS object, whose banner would stand among the results (HiGHS 1.16)."""
    sys.stdout.flush()
    kept = os.dup(STDOUT)
    try:
        _flush_c()
        os.dup2(STDERR, STDOUT)
        highspy.Highs()
        _flush_c()
    finally:
        os.dup2(kept, STDOUT)
        os.close(kept)


def _flush_c() -> None:
    """Flush the C library's own buffers, where it can be reached."""
    try:
        ctypes.CDLL(None).fflush(None)
    except (OSError, AttributeError, TypeError):  # not on this platform
        return
