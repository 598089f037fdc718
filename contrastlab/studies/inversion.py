"""Which numbers a generator would have to be given to paint a picture: found by going down the slope, many at once."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..core.errors import LabError
from ..core.images import Image, checked, to_images, to_tensor
from ..core.knobs import Knob
from ..core.seeds import checked_seed
from ..data.seen import seen_by, view
from ..models.encoder.inference import Embedder, NetworkEmbedder
from ..models.restorer.inference import check_mask
from ..nn.decoding import CHUNK, Decoder

STEPS = Knob("steps", 1, 2000, 150, 1, integer=True)
RESTARTS = Knob("restarts", 1, 64, 8, 1, integer=True)

#: What a mean squared difference of 1 (black for white) adds to the loss, where the encoder's part goes from 0 to 2.
PIXELS = 20.0

# Latents that are painted and looked at before the search; the best of them are where it starts.
_CANDIDATES = 256
# The first step moves each number by so many standard deviations; the last ones by next to nothing.
_RATE = 0.1
# Of Adam; the second is shorter than usual because the search is.
_BETAS, _EPSILON = (0.9, 0.99), 1e-8
# How much longer than usual latents may get, in standard deviations of a chi distribution.
_BEYOND = 3.0

Latents = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Inversion:
    """How far a search has come.

    Attributes:
        step, steps: steps taken and to take.
        losses: of each restart, as it stands now or, once it was given up, as it stood then; the smaller the nearer.
        curve: the smallest loss so far, before the first step and after each one.
        latents: float32 (Z,), the best found so far.
        label: the class number that goes with them.
        picture: uint8 (S, S, 3), what they paint.
        target: uint8 (S, S, 3), the picture looked for, as the generator could paint it at most.
        levels: root of the mean squared difference of the two, in levels from 0 to 255, where nothing is missing.
        alike: cosine similarity of the two as the encoder sees them; None without one.
    """

    step: int
    steps: int
    losses: tuple[float, ...]
    curve: tuple[float, ...]
    latents: Latents = field(repr=False)
    label: int
    picture: Image = field(repr=False)
    target: Image = field(repr=False)
    levels: float
    alike: float | None

    @property
    def loss(self) -> float:
        """The smallest so far."""
        return self.curve[-1]


def invert(
    decoder: Decoder,
    picture: Image,
    *,
    encoder: Embedder | None = None,
    label: int | None = None,
    missing: Mask | None = None,
    steps: int = int(STEPS.default),
    restarts: int = int(RESTARTS.default),
    seed: int = 0,
) -> Generator[Inversion, None, None]:
    """Search the latents for those whose picture is nearest to `picture` uint8 (H, W, 3), taken at the decoder's side.

    The loss is `PIXELS` times the mean squared difference, plus 1 less the cosine similarity of the two in the
    encoder's embedding: pixels alone prefer a blur. It is minimised over the latents by Adam, as Creswell & Bharath
    2018, arXiv:1611.05644, do, from several starts, since the slope leads into local minima: the best of 256 latents
    drawn at random, classes in turn unless a class number `label` is given. After a third of the steps the worse half
    is given up, after two thirds half of the rest. After each step latents that have become longer than all but one
    in hundreds of those drawn are brought back to that length: further out a generator paints what it was never
    taught (Menon et al. 2020, arXiv:2003.03808, sec. 3.2, keep them on the sphere).

    Of a picture with pixels `missing`, bool (H, W), only the others count (Yeh et al. 2017, arXiv:1607.07539, eq. 3,
    unweighted): at the decoder's side those that nothing is missing of. The encoder then sees both with the mean colour
    where something is.

    Yields the start and every step; nothing is changed anywhere, so closing the iterator ends the search. The same
    arguments give the same result on one machine.
    Raises, at the first step, LabError ``attack.needs_network`` for an encoder that is no network,
    ``gan.unknown_class``, ``restore.wrong_mask``, ``restore.all_missing``, those of `STEPS` and `RESTARTS`, of a seed
    and of a malformed picture.
    """
    steps, restarts = int(STEPS.check(steps)), int(RESTARTS.check(restarts))
    if label is not None:
        decoder.class_numbers([label])
    target = _Target(decoder, encoder, picture, missing)
    latents, labels = _starts(decoder, target, label, restarts, seed)
    best, curve = _Best(target), list[float]()
    losses, alive = torch.zeros(restarts), torch.arange(restarts)
    speed, size = torch.zeros_like(latents), torch.zeros_like(latents)
    for step in range(steps + 1):
        painted, losses[alive], slope = target.look(latents[alive], labels[alive])
        curve.append(best.of(painted, latents[alive], labels[alive], losses[alive]))
        yield best.told(step, steps, losses, curve)
        speed[alive] = _BETAS[0] * speed[alive] + (1 - _BETAS[0]) * slope
        size[alive] = _BETAS[1] * size[alive] + (1 - _BETAS[1]) * slope.square()
        move = speed[alive] / (1 - _BETAS[0] ** (step + 1))
        move /= (size[alive] / (1 - _BETAS[1] ** (step + 1))).sqrt() + _EPSILON
        rate = _RATE * (1 + math.cos(math.pi * step / steps)) / 2
        latents[alive] = _plausible(latents[alive] - rate * move)
        if step in (steps // 3, 2 * steps // 3):
            alive = alive[losses[alive].argsort()[: (len(alive) + 1) // 2]]


class _Target:
    """What is looked for, and how far pictures are from it."""

    def __init__(
        self, decoder: Decoder, encoder: Embedder | None, picture: Image, missing: Mask | None = None
    ) -> None:
        if encoder is not None and not isinstance(encoder, NetworkEmbedder):
            raise LabError("attack.needs_network", name=getattr(encoder, "name", str(encoder)))
        self.image = view(picture, decoder.side)
        self._decoder, self._encoder = decoder, encoder
        self._kept = np.ones(self.image.shape[:2], bool) if missing is None else _kept(picture, missing, decoder.side)
        self._pixels = to_tensor(self.image).to(decoder.device.torch)
        self._counts = torch.from_numpy(self._kept).to(self._pixels)
        self._mean = (self._pixels * self._counts).sum(dim=(2, 3), keepdim=True) / self._counts.sum()
        self._embedded = None if encoder is None else self._embed(self._pixels)

    def losses(self, painted: Tensor) -> Tensor:
        """Of pictures (N, 3, S, S): (N,) on the CPU; differentiable."""
        squares = (painted - self._pixels).square().mean(dim=1) * self._counts
        losses = PIXELS * squares.sum(dim=(1, 2)) / self._counts.sum()
        if self._embedded is not None:
            losses = losses + 1 - (self._embed(painted) * self._embedded).sum(dim=1)
        return losses.cpu()

    def look(self, latents: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What latents (N, Z) paint, (N, 3, S, S), their losses (N,), and the slope of these by the latents, (N, Z)."""
        with torch.enable_grad():
            moved = latents.detach().requires_grad_()
            painted = self._decoder.decode(moved, labels)
            losses = self.losses(painted)
            (slope,) = torch.autograd.grad(losses.sum(), moved)
        return painted.detach(), losses.detach(), slope

    def compared(self, image: Image) -> tuple[float, float | None]:
        """Root of the mean squared difference in levels and cosine similarity of a picture uint8 (S, S, 3)."""
        levels = float(np.sqrt(np.square(image.astype(np.float64) - self.image)[self._kept].mean()))
        if self._embedded is None:
            return levels, None
        with torch.inference_mode():
            row = self._embed(to_tensor(image).to(self._pixels.device))
        return levels, float((row * self._embedded).sum())

    def _embed(self, pictures: Tensor) -> Tensor:
        assert self._encoder is not None
        known = pictures * self._counts + self._mean * (1 - self._counts)
        return self._encoder.embed_tensor(seen_by(known, self._encoder.side))


def _kept(picture: Image, missing: Mask, side: int) -> Mask:
    """bool (S, S): what counts at the decoder's side."""
    check_mask(checked(picture), missing)
    white = np.repeat(missing[:, :, None], 3, axis=2).astype(np.uint8) * np.uint8(255)
    kept: Mask = view(white, side).max(axis=2) == 0
    if not kept.any():
        raise LabError("restore.all_missing")
    return kept


class _Best:
    """The nearest picture so far."""

    def __init__(self, target: _Target) -> None:
        self._target, self._loss = target, math.inf
        self._latents, self._picture = np.empty(0, np.float32), target.image
        self._label, self._compared = 0, (math.nan, None)

    def of(self, painted: Tensor, latents: Tensor, labels: Tensor, losses: Tensor) -> float:
        """Take the nearest of these if it is nearer; the smallest loss so far."""
        at = int(losses.argmin())
        if float(losses[at]) < self._loss:
            self._loss, self._label = float(losses[at]), int(labels[at])
            self._latents = latents[at].clone().numpy()
            self._picture = to_images(painted[at : at + 1])[0]
        return self._loss

    def told(self, step: int, steps: int, losses: Tensor, curve: list[float]) -> Inversion:
        levels, alike = self._target.compared(self._picture)
        return Inversion(
            step, steps, tuple(losses.tolist()), tuple(curve), self._latents, self._label, self._picture,
            self._target.image, levels, alike,
        )


def _starts(
    decoder: Decoder, target: _Target, label: int | None, restarts: int, seed: int
) -> tuple[Tensor, Tensor]:
    """The best of the candidates: latents (R, Z) and class numbers (R,)."""
    # Not `Decoder.latents`: a picture that the generator painted from a seed is to be searched for and not looked up.
    chance = np.random.Generator(np.random.PCG64(checked_seed(seed)))
    drawn = torch.from_numpy(chance.standard_normal((_CANDIDATES, decoder.latent), np.float32))
    labels = torch.arange(_CANDIDATES) % len(decoder.classes) if label is None else torch.full((_CANDIDATES,), label)
    with torch.inference_mode():
        losses = torch.cat([
            target.losses(decoder.decode(latents, of))
            for latents, of in zip(drawn.split(CHUNK), labels.split(CHUNK), strict=True)
        ])
    nearest = losses.argsort()[:restarts]
    return drawn[nearest], labels[nearest]


def _plausible(latents: Tensor) -> Tensor:
    """Latents (N, Z), those that are too long brought back to the greatest plausible length.

    The length of Z standard normal numbers is about sqrt(Z), give or take the square root of a half.
    """
    longest = math.sqrt(latents.shape[1]) + _BEYOND * math.sqrt(0.5)
    return latents * (longest / latents.norm(dim=1, keepdim=True)).clamp(max=1)
