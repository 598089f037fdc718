"""Holes filled by a generator: searched for the picture that agrees with what is left, and only its hole is taken."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np

from ..core.images import Image, checked
from ..data.pixels import resize
from ..models.encoder.inference import Embedder
from ..nn.decoding import Decoder
from .inversion import RESTARTS, STEPS, Inversion, Mask, invert


@dataclass(frozen=True, slots=True, eq=False)
class Completion:
    """How far a search has come.

    Attributes:
        search: its state: step, steps, curve, and what the whole generated picture looks like.
        picture: uint8 (H, W, 3): the generated picture where something was missing, elsewhere the pixels as they were.
    """

    search: Inversion
    picture: Image = field(repr=False)


def complete(
    decoder: Decoder,
    picture: Image,
    missing: Mask,
    *,
    encoder: Embedder | None = None,
    label: int | None = None,
    steps: int = int(STEPS.default),
    restarts: int = int(RESTARTS.default),
    seed: int = 0,
) -> Generator[Completion, None, None]:
    """Fill what is `missing`, bool (H, W), of a picture uint8 (H, W, 3) from a generator's world, found by `invert`.

    Yeh et al. 2017, arXiv:1607.07539, without blending at the hole's edge: a step in colour there says how far the
    picture lies outside of what the generator knows. A generator paints the central square; nothing is filled beyond.

    Yields the start and every step; closing the iterator ends the search. Raises what `invert` raises.
    """
    search = invert(
        decoder, picture, encoder=encoder, label=label, missing=missing, steps=steps, restarts=restarts, seed=seed
    )
    last, whole = None, checked(picture)
    for now in search:
        if last is None or now.picture is not last.search.picture:
            whole = pasted(picture, missing, now.picture)
        last = Completion(now, whole)
        yield last


def pasted(picture: Image, missing: Mask, painted: Image) -> Image:
    """`painted` (S, S, 3) at the size and place of the central square, inside the hole alone."""
    height, width = picture.shape[:2]
    side = min(height, width)
    square = np.s_[(height - side) // 2 : (height - side) // 2 + side, (width - side) // 2 : (width - side) // 2 + side]
    filled = picture.copy()
    hole = missing[square]
    filled[square][hole] = resize(painted, (side, side))[hole]
    return filled
