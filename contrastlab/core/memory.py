"""How much memory a process uses, and what the C library keeps of what a long-running server has given back to it."""

from __future__ import annotations

import ctypes
import re
import sys
import threading
import time
from functools import cache
from pathlib import Path

#: glibc's number for the most arenas there may be (malloc.h), and how many there are.
_M_ARENA_MAX, _ARENAS = -8, 2
#: Seconds between two sweeps.
_BETWEEN = 2.0

_sweeping = threading.Lock()
_swept = time.monotonic()


def resident(process: int, *, most: bool = False) -> int | None:
    """Bytes that a process has in memory now, or had at `most`; None where the system does not say (Linux does)."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return None
    found = re.search(rf"{'VmHWM' if most else 'VmRSS'}:\s+(\d+) kB", status)
    return 1024 * int(found[1]) if found else None


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
