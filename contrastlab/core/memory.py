"""What the C library keeps of the memory that a long-running server has given back to it."""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from functools import cache

#: glibc's number for the most arenas there may be (malloc.h), and how many there are.
_M_ARENA_MAX, _ARENAS = -8, 2
#: Seconds between two sweeps.
_BETWEEN = 2.0

_sweeping = threading.Lock()
_swept = time.monotonic()


def few_arenas() -> bool:
    """Let all threads share two heaps. Without, every thread that once held a network's layers keeps a heap of its own
    as large. To be called before the threads are; returns whether there was something to settle (glibc only)."""
    libc = _glibc()
    return libc is not None and bool(libc.mallopt(_M_ARENA_MAX, _ARENAS))


def sweep(between: float = _BETWEEN) -> bool:
    """Give free memory back to the system, unless it was done within so many seconds; returns whether it was."""
    global _swept
    libc = _glibc()
    if libc is None or time.monotonic() - _swept < between or not _sweeping.acquire(blocking=False):
        return False
    try:
        _swept = time.monotonic()
        libc.malloc_trim(0)
        return True
    finally:
        _sweeping.release()


@cache
def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    found = ctypes.CDLL(None)
    return found if hasattr(found, "malloc_trim") else None
