"""A picture that somebody brings to a tab: it lies in their own page, small, as text, and nowhere else."""

from __future__ import annotations

import base64
import binascii

from ..core.errors import LabError
from ..core.images import Image, open_image
from ..data.seen import view as seen_at
from .drawing import exact

#: No generator here paints more than half of this: what is shrunk from it looks as if shrunk from the whole.
_SIDE = 128
_HEAD = "data:image/png;base64,"
#: Letters of such a picture at most: a PNG of noise.
_LONGEST = 2 * 3 * _SIDE**2


def bring(picture: Image) -> str:
    """A picture uint8 (H, W, 3) as text: the address of its middle square, at most 128 pixels wide."""
    return exact(seen_at(picture, min(_SIDE, *picture.shape[:2])))


def brought(said: str) -> Image:
    """The picture that such a text stands for. Raises LabError ``page.no_picture``, and what `open_image` raises."""
    if not said.startswith(_HEAD) or len(said) > _LONGEST:
        raise LabError("page.no_picture")
    try:
        content = base64.b64decode(said.removeprefix(_HEAD), validate=True)
    except (binascii.Error, ValueError):
        raise LabError("page.no_picture") from None
    return open_image(content, max_side=_SIDE).pixels
