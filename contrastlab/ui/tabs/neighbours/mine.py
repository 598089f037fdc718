"""A visitor's own pictures as a gallery: held in that visitor's session and nowhere else."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Iterator

from ....core.errors import LabError
from ....gallery import Building, Gallery, Own, built
from ....lab import Lab

#: Visitors whose pictures are held at a time; the next one's push out the oldest. At most 110 MB each.
_MOST = 12

_held: deque[weakref.ref[Mine]] = deque()
_lock = threading.Lock()


class Mine:
    """The pictures, and what embedders have made of them so far."""

    def __init__(self, own: Own) -> None:
        self._own: Own | None = own
        self._galleries: dict[str, Gallery] = {}
        self._building = threading.Lock()
        with _lock:
            _held.append(weakref.ref(self))
            pushed_out = [_held.popleft()() for _ in range(len(_held) - _MOST)]
        for one in pushed_out:
            forget(one)

    def gallery(self, lab: Lab, encoder: str) -> Gallery:
        """The pictures as that encoder sees them; embedded when first asked for.

        Raises LabError ``neighbours.no_own`` once they are gone.
        """
        with self._building:
            if encoder not in self._galleries:
                built(self.look(lab, encoder))
            return self._galleries[encoder]

    def look(self, lab: Lab, encoder: str) -> Iterator[Building]:
        """As `gallery`, telling how far it is."""
        own = self._own
        if own is None:
            raise LabError("neighbours.no_own")
        for now in lab.build_gallery(own, encoder=encoder):
            if now.gallery is not None:
                self._galleries[encoder] = now.gallery
            yield now

    def has(self, encoder: str) -> bool:
        """Whether `gallery` would answer at once."""
        return encoder in self._galleries

    def clear(self) -> None:
        """Let go of everything."""
        self._own = None
        self._galleries = {}


def forget(mine: Mine | None) -> None:
    """The visitor has gone, and the pictures with them."""
    if mine is not None:
        mine.clear()
