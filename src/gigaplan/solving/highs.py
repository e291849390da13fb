"""HiGHS objects as we use them: quiet, one thread, standard output left to results."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache

import highspy

STDOUT, STDERR = 1, 2
# glibc's M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD [byte], M_ARENA_MAX
MEMORY = {-3: 32 << 20, -1: 256 << 20, -2: 16 << 20, -8: 2}


def new_highs() -> highspy.Highs:
    """A silent HiGHS object without threads of its own.

    No number of threads is asked for: HiGHS fails on a number that differs from that of an
    earlier user in the same process, and the processes are ours to share out.
    """
    banner_to_stderr()
    keep_memory()
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    h.setOptionValue("parallel", "off")
    return h


@cache
def keep_memory() -> None:
    """Have the C library keep what HiGHS frees, for its next solve (Linux).

    Each solve allocates arrays anew, and fetching their pages from the system took a quarter of a
    day's time.  Two arenas serve all threads: each of its own keeps what the others could use.
    """
    try:
        for option, size in MEMORY.items():
            ctypes.CDLL(None).mallopt(option, size)
    except (OSError, AttributeError, TypeError):  # not on this platform
        return


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
