"""What the methods of small steps are given: a piece of the damaged picture, and as much as they know of the damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from torch import Tensor

from ....core.errors import LabError
from ....core.images import Image
from ....core.knobs import Choice
from ....data.degrade import degrade
from ....data.pixels import resize, whole
from ....models.restorer.gradient import (
    Frame,
    conjugate_gradients,
    deep_image_prior,
    plug_and_play,
    total_variation,
)
from ....models.restorer.inference import Findings, Repairer
from ....models.restorer.operators import Operator, blurred, identity, masked, smaller
from ....nn.decoding import Decoder
from ....studies.completion import complete, pasted
from .scene import Scene
from .view import MINE

METHOD = Choice("method", ("variation", "conjugate", "denoiser", "prior", "generator"), "variation")
#: Side of the piece: what two cores change a few hundred times in some seconds.
SIDE = 96
#: Steps of each method.
STEPS: Mapping[str, int] = {"variation": 150, "conjugate": 40, "denoiser": 8, "prior": 300, "generator": 100}
#: The generator that is asked for what it would paint: of ours, the one with the largest pictures.
PAINTER = "gan-flowers64"
# Side that a piece must have, so that a blur finds something to mirror at its edges.
_LEAST = 32
# Of a blur that is only estimated, the least that is worth undoing and the most that is believed.
_BLUR = (0.5, 6.0)
# Levels by which pixels side by side mostly differ in photographs: what smoothness is weighed against noise by.
_ROUGH = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A piece to be found again.

    Attributes:
        clean: uint8 (H, W, 3); None where nobody knows it.
        before: uint8 (H, W, 3), what there is to look at.
        missing: bool (H, W).
        seen: float32, what `operator` made of the piece.
        start: float32 (1, 3, H, W), where to begin.
        noise: standard deviation that is known of, in levels.
    """

    clean: Image | None
    before: Image
    missing: np.ndarray = field(repr=False)
    operator: Operator
    seen: Tensor = field(repr=False)
    start: Tensor = field(repr=False)
    noise: float


def problem(scene: Scene) -> Problem:
    """The piece of the picture with most to see, damaged as the stage is.

    What is no linear damage is taken for noise. Raises LabError ``restore.tiny`` for a picture that is too small, and
    what `Scene.findings` raises where only the network can say what is wrong.
    """
    view = scene.view
    factor = max(1, round(view.strength)) if view.damage == "small" else 1
    piece = _busiest(scene.source, factor)
    result = degrade(piece, view.damages(), view.seed)
    image, seen, operator, noise = result.image, _tensor(result.image), identity(), 1.0
    start = seen
    if view.damage == "noise":
        noise = max(1.0, view.strength)
    elif view.damage == "jpeg":
        noise = max(1.0, float(np.sqrt(np.square(image.astype(np.float32) - piece).mean())))
    elif view.damage == "blur" and view.strength > 0:
        operator = blurred(view.strength)
    elif view.damage == "small":
        height, width = piece.shape[:2]
        less = resize(piece, (width // factor, height // factor))
        operator, seen, image = smaller(factor), _tensor(less), resize(less, (width, height))
        start = _tensor(image)
    elif view.damage == "holes" and result.missing.any():
        kept = piece[~result.missing]
        operator = masked(torch.from_numpy(result.missing)[None, None])
        mean = np.rint(kept.mean(axis=0)) if len(kept) else np.full(3, 128)
        start = _tensor(np.where(result.missing[:, :, None], mean, image).astype(np.uint8))
    elif view.damage == MINE:
        found = scene.findings
        noise = max(1.0, found.noise)
        if found.blur >= _BLUR[0]:
            operator = blurred(min(found.blur, _BLUR[1]))
    return Problem(None if view.damage == MINE else piece, image, result.missing, operator, seen, start, noise)


def search(
    given: Problem, method: str, repairer: Callable[[], Repairer], generator: Callable[[], Decoder], seed: int
) -> Iterator[Frame]:
    """The frames of a method on its way. `repairer` and `generator` are asked for by what needs them, and may raise."""
    steps, noise = STEPS[METHOD.check(method)], given.noise / 255
    if method == "generator":
        return _painted(given, generator(), seed)
    if method == "variation":
        return total_variation(given.seen, given.operator, given.start, noise=noise, steps=steps)
    if method == "conjugate":
        smoothness = min(1.0, (given.noise / _ROUGH) ** 2)
        return conjugate_gradients(given.seen, given.operator, given.start, smoothness=smoothness, steps=steps)
    if method == "denoiser":
        denoise = _denoiser(repairer())
        # A denoiser takes the flat filling of a hole for the truth and keeps it; from a smooth one it goes on.
        start = _smooth(given) if given.operator.name == "mask" else given.start
        return plug_and_play(given.seen, given.operator, start, denoise, noise=noise, steps=steps)
    height, width = given.before.shape[:2]
    return deep_image_prior(given.seen, given.operator, (height, width), seed=seed, steps=steps)


def shown(picture: Tensor) -> Image:
    """A frame's picture as one looks at it."""
    return whole(255 * picture[0].permute(1, 2, 0).numpy())


def _painted(given: Problem, generator: Decoder, seed: int) -> Iterator[Frame]:
    """The generated picture nearest to what is seen; of a picture with holes, only what was in them.

    No operator is told to it: against blur and small size all it has is that it never painted such pictures.
    """
    holes = given.operator.name == "mask"
    everything = np.ones_like(given.missing)
    searching = complete(generator, given.before, given.missing, steps=STEPS["generator"], seed=seed)
    for now in searching:
        image = now.picture if holes else pasted(given.before, everything, now.search.picture)
        yield Frame(now.search.step + 1, now.search.steps + 1, _tensor(image), now.search.levels)


def _smooth(given: Problem) -> Tensor:
    *_, last = conjugate_gradients(given.seen, given.operator, given.start, steps=STEPS["conjugate"])
    return last.picture


def _denoiser(repairer: Repairer) -> Callable[[Tensor, float], Tensor]:
    place = repairer.device.torch

    def denoise(pictures: Tensor, level: float) -> Tensor:
        there = pictures.to(place)
        with torch.no_grad():
            told = Findings(noise=255 * level, quality=100, blur=0)
            return repairer.denoise(there, torch.zeros_like(there[:, :1]), told).float().cpu()

    return denoise


def _busiest(picture: Image, factor: int) -> Image:
    """The square of it with most to see, whose side divides by the factor."""
    side = min(SIDE, *picture.shape[:2]) // factor * factor
    if side < _LEAST:
        raise LabError("restore.tiny", width=picture.shape[1], height=picture.shape[0], least=_LEAST)
    grey = picture.astype(np.float32).mean(axis=2)
    detail = np.abs(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 2), cv2.CV_32F))
    down, across = (have - side + 1 for have in grey.shape)
    # Of each place the mean over the square that begins there.
    means = cv2.boxFilter(detail, -1, (side, side), anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)[:down, :across]
    top, left = np.unravel_index(int(means.argmax()), means.shape)
    return np.ascontiguousarray(picture[top : top + side, left : left + side])


def _tensor(image: Image) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1), np.float32))[None] / 255
