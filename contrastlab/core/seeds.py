"""Seeds: what a visitor or a caller may give for one."""

from __future__ import annotations

import hashlib

import numpy as np

from .errors import LabError

_COUNT = 2**64


def checked_seed(seed: int) -> int:
    """The seed, a whole number from 0 to 2^64 - 1. Raises LabError ``knob.not_whole`` or ``knob.out_of_range``."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise LabError("knob.not_whole", name="seed", got=seed)
    if not 0 <= seed < _COUNT:
        raise LabError("knob.out_of_range", name="seed", got=int(seed), minimum=0, maximum=_COUNT - 1)
    return int(seed)


def seed_of(word: str | int) -> int:
    """Any whole number or any text as a seed, the same one each time.

    A number that is a seed stays what it is; any other, and text, is hashed (the first 8 bytes of SHA-256).
    """
    spoken = str(word).strip()
    # No seed is longer: a number of a million digits is not worth the time of reading it.
    if len(spoken) <= 20 and spoken.isascii() and spoken.isdecimal() and int(spoken) < _COUNT:
        return int(spoken)
    return int.from_bytes(hashlib.sha256(spoken.encode("utf-8", "surrogatepass")).digest()[:8], "big")
