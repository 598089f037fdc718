"""Two pictures in one, as Mixup and CutMix make them for training, and what their label then says."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..core.errors import LabError
from ..core.images import Image, to_images, to_tensor
from ..data.augment.mix import cutmix, mixup
from ..data.pixels import centre_square, resize

HOW = {"mixup": mixup, "cutmix": cutmix}
#: Seeds tried until the draw pairs the two pictures with each other: every second one does.
_TRIES = 64


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """A mixed picture.

    Attributes:
        first, second, picture: (side, side, 3) uint8.
        share: what the label says of the first picture, 0 to 1; the second has the rest.
    """

    first: Image
    second: Image
    picture: Image
    share: float


def blend(first: Image, second: Image, *, how: str, share: float, seed: int, side: int = 224) -> Blend:
    """The first picture mixed with the second, both uint8 (H, W, 3), cut to squares of `side` pixels.

    `share` (0 to 1) is asked for; with "cutmix" the label follows the area really left, which can be larger.
    Raises LabError ``knob.unknown_choice`` for another `how`, ``knob.out_of_range`` for the share.
    """
    if how not in HOW:
        raise LabError("knob.unknown_choice", name="how", got=how, options=", ".join(HOW))
    squares = [resize(centre_square(picture), (side, side)) for picture in (first, second)]
    pictures, labels = to_tensor(squares), torch.eye(2)
    for attempt in range(seed, seed + _TRIES):
        mixed = HOW[how](pictures, labels, seed=attempt, share=share)
        if int(mixed.partners[0]) == 1:
            break
    return Blend(squares[0], squares[1], to_images(mixed.pictures)[0], float(mixed.labels[0, 0]))
