"""What a visitor painted over the picture, between the page's text and a mask."""

from __future__ import annotations

import base64
import binascii
import zlib

import cv2
import numpy as np

from ....core.errors import LabError
from ....core.images import Picture, encode_png, open_image
from ....data.degrade import Mask, mask_of
from ...drawing import embedded
from .scene import STAGE, Scene

_HEAD = "data:image/png;base64,"
#: Letters of a painted layer at most: a PNG of noise in four channels.
_LONGEST = 2 * 4 * STAGE[0] * STAGE[1]


def painted(said: str, scene: Scene) -> Mask | None:
    """bool (H, W) of what is painted on the scene's picture; None for nothing, and for what was painted on another.

    `said` is a stamp and the layer's address, as paint.js writes them. Raises LabError ``page.no_picture`` for what is
    no such thing, ``restore.wrong_mask`` for another size, and what `open_image` raises.
    """
    stamp, _, address = said.partition(" ")
    if not address or stamp != str(picture_stamp(scene)):
        return None
    if not address.startswith(_HEAD) or len(address) > _LONGEST:
        raise LabError("page.no_picture")
    try:
        content = base64.b64decode(address.removeprefix(_HEAD), validate=True)
    except (binascii.Error, ValueError):
        raise LabError("page.no_picture") from None
    mask = _fitting(open_image(content), scene)
    return mask if mask.any() else None


def brought(path: str, scene: Scene) -> Mask:
    """bool (H, W) of a mask in a file, white or opaque where something is missing, as large as the stage's picture.

    It may be of the size of the whole picture too. Raises LabError ``restore.wrong_mask`` for any other, and what
    `open_image` raises.
    """
    return _fitting(open_image(path), scene)


def in_the_whole(mask: Mask, scene: Scene, height: int, width: int) -> Mask:
    """The mask (h, w) of what the stage shows, in the whole picture (height, width)."""
    left, top, across, down = scene.frame(height, width)
    large = np.zeros((height, width), bool)
    part = cv2.resize(mask.astype(np.uint8), (across, down), interpolation=cv2.INTER_NEAREST)
    large[top : top + down, left : left + across] = part[: height - top, : width - left]
    return large


def layer(mask: Mask) -> str:
    """The mask as a picture's address: white where something is missing."""
    return embedded(encode_png(np.repeat((mask * np.uint8(255))[:, :, None], 3, axis=2)), "png")


def picture_stamp(scene: Scene) -> int:
    """Changes with the picture, and with the piece of it that is shown, not with what is done to it."""
    return zlib.crc32(repr((scene.picture, scene.is_piece and scene.view.place)).encode("utf-8", "replace"))


def _fitting(picture: Picture, scene: Scene) -> Mask:
    mask, (height, width) = mask_of(picture), scene.source.shape[:2]
    if mask.shape == (height, width):
        return mask
    if mask.shape == scene.whole().pixels.shape[:2]:
        left, top, across, down = scene.frame(*mask.shape)
        part = mask[top : top + down, left : left + across].astype(np.float32)
        # A pixel that lost a part of itself is missing: a scratch must not fall between the pixels that are kept.
        found: Mask = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA) > 0
        return found
    raise LabError(
        "restore.wrong_mask", got=f"{mask.shape[1]} x {mask.shape[0]}", width=width, height=height
    )
