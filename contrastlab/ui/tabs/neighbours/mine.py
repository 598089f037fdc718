"""A visitor's own pictures as a gallery: held in that visitor's session and nowhere else."""

from __future__ import annotations

import threading

from ....gallery import Gallery, Own, built
from ....lab import Lab


class Mine:
    """The pictures, and what embedders have made of them so far."""

    def __init__(self, own: Own) -> None:
        self.own = own
        self._galleries: dict[str, Gallery] = {}
        self._lock = threading.Lock()

    def __deepcopy__(self, _: object) -> Mine:
        return self  # one visitor's, never changed but by what is found out about it

    def gallery(self, lab: Lab, encoder: str) -> Gallery:
        """The pictures as that encoder sees them; embedded when first asked for."""
        with self._lock:
            if encoder not in self._galleries:
                self._galleries[encoder] = built(lab.build_gallery(self.own, encoder=encoder))
            return self._galleries[encoder]

    def keep(self, encoder: str, gallery: Gallery) -> None:
        """What has been built while somebody watched."""
        self._galleries[encoder] = gallery

    def has(self, encoder: str) -> bool:
        """Whether `gallery` would answer at once."""
        return encoder in self._galleries

    def forget(self) -> None:
        """The visitor has gone."""
        self._galleries.clear()
