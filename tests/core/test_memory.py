"""Memory that was given back to the C library goes back to the system."""

import sys

import numpy as np
import pytest

from contrastlab.core import memory


def resident():
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) * 1024


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's malloc")
def test_a_sweep_gives_free_memory_back_and_the_next_one_waits(monkeypatch):
    assert memory.few_arenas()
    # Small blocks that are freed below one that is kept stay with the C library until it is told.
    kept, blocks = [], [np.ones(1500, np.uint8) for _ in range(40_000)]
    kept.append(np.ones(1500, np.uint8))
    full = resident()
    del blocks
    assert memory.sweep(between=0)
    assert full - resident() > 20e6
    assert not memory.sweep(between=1e9)


def test_elsewhere_there_is_nothing_to_do(monkeypatch):
    monkeypatch.setattr(memory, "_glibc", lambda: None)
    assert not memory.few_arenas() and not memory.sweep(between=0)
