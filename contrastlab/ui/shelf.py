"""The photographs in use, at preview size: opened once, not at every step of a slider.

What lies here is found by a path or a name and by nothing else, so no visitor can come upon another's
picture. A visitor's picture goes when the page is closed, at the latest when newer ones push it out.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from ..core.errors import LabError
from ..core.images import Image, Picture, open_image
from ..data.datasets import photo

#: The longer side of what is shown while a slider moves.
PREVIEW_SIDE = 512
_PLACES = 24

_shelf: OrderedDict[str, Image] = OrderedDict()
_lock = threading.Lock()


def preview(own: str | None, name: str) -> Image:
    """The visitor's own picture if there is one, else the sample photograph: (H, W, 3), at most 512 px, read-only.

    Raises the LabErrors of `open_image`, and ``page.photo_gone`` once the file has been swept away.
    """
    key = own or name
    with _lock:
        if key in _shelf:
            _shelf.move_to_end(key)
            return _shelf[key]
    pixels = _opened(own, name, max_side=PREVIEW_SIDE)
    with _lock:
        _shelf[key] = pixels
        while len(_shelf) > _PLACES:
            _shelf.popitem(last=False)
    return pixels


def full(own: str | None, name: str) -> Image:
    """The same picture in its full size, read-only."""
    return _opened(own, name, max_side=None)


def file(own: str | None, *, max_side: int | None = None) -> Picture:
    """The visitor's own picture with all that its file has beside the pixels. Raises as `preview` does."""
    if own is None or not Path(own).is_file():
        raise LabError("page.photo_gone")
    return open_image(own, max_side=max_side)


def forget(own: str | None) -> None:
    """The visitor has gone: the picture leaves the memory and the disk."""
    if own is not None:
        with _lock:
            _shelf.pop(own, None)
        Path(own).unlink(missing_ok=True)


def _opened(own: str | None, name: str, *, max_side: int | None) -> Image:
    if own is None:
        return open_image(photo(name), max_side=max_side).pixels
    return file(own, max_side=max_side).pixels
