"""What has been worked out for the pictures in use: computed once, not again by every fold that asks for it.

What lies here is found by what it was made from and by nothing else, so no visitor can come upon another's picture.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from ... import shelf

T = TypeVar("T")
#: First comes the picture: the path of a visitor's own, or a sample's name.
Key = tuple[Hashable, ...]

#: Pictures of the stage take about 160 kB each.
_PLACES = 96

_bench: OrderedDict[Key, Any] = OrderedDict()
_lock = threading.Lock()


def kept(key: Key, make: Callable[[], T]) -> T:
    """What was made for this key, made now if it is not there any more. Raises what `make` raises, and forgets that."""
    with _lock:
        if key in _bench:
            _bench.move_to_end(key)
            found: T = _bench[key]
            return found
    made = make()
    with _lock:
        _bench[key] = made
        while len(_bench) > _PLACES:
            _bench.popitem(last=False)
    return made


def forget(own: str | None) -> None:
    """The visitor has gone: the picture, and all that was made from it, leaves the memory and the disk."""
    if own is not None:
        with _lock:
            for key in [one for one in _bench if one[0] == own]:
                del _bench[key]
    shelf.forget(own)
