"""Gradient ascent: change the numbers, or the pixels themselves, until a network likes what it sees."""

from __future__ import annotations

from collections import abc
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..core.errors import LabError
from ..core.images import Image, to_images
from ..core.knobs import Choice, Knob
from ..core.seeds import checked_seed
from ..data.seen import seen_by
from ..models.encoder.inference import Embedder, NetworkEmbedder
from ..models.gan.inference import Generator
from ..nn.decoding import Decoder
from .prototypes import Prototypes

WHERE = Choice("where", ("latents", "pixels"), "latents")
BEGIN = Choice("begin", ("picture", "chance"), "picture")
STEPS = Knob("steps", 1, 1000, 60, 1, integer=True)
#: How far each number moves in a step, of the spread that such numbers have: 1 for latents, a quarter of the way from
#: black to white for pixels.
PACE = Knob("pace", 0.5, 20, 5, 0.5, "%")
#: What keeps the climb near to what is usual: of latents the mean square, of pixels the total variation.
RESTRAINT = Knob("restraint", 0, 10, 0, 0.5)

# Pictures of its own that a discriminator's logits are compared with.
_OWN = 64
# The spread of pixels in [0, 1] that a step is a share of.
_SPREAD = 0.25
# A restraint of 1 weighs the mean square of latents (about 1) and the total variation of pixels (about 0.06 in
# photographs) about alike.
_OF_PIXELS = 10.0

Latents = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Goal:
    """Something to climb.

    Attributes:
        score: pictures (N, 3, S, S) in [0, 1] -> (N,), the more the better; differentiable.
        told: a score as people hear it: a probability, a similarity, or the score itself.
    """

    score: Callable[[Tensor], Tensor]
    told: Callable[[float], float] = float


@dataclass(frozen=True, slots=True, eq=False)
class Ascent:
    """How far a climb has come.

    Attributes:
        step, steps: steps taken and to take.
        curve: the score as people hear it, before the first step and after each one.
        picture: uint8 (S, S, 3), after the last of them.
        begun: uint8 (S, S, 3), before the first.
        latents: float32 (Z,), what `picture` is painted from; None where the pixels themselves climb.
        length: of the latents, where 1 is that of latents drawn at random; None likewise.
    """

    step: int
    steps: int
    curve: tuple[float, ...]
    picture: Image = field(repr=False)
    begun: Image = field(repr=False)
    latents: Latents | None = field(repr=False)
    length: float | None

    @property
    def score(self) -> float:
        """As it is now."""
        return self.curve[-1]

    @property
    def away(self) -> float:
        """Root of the mean squared difference from the beginning, in levels."""
        return float(np.sqrt(np.square(self.picture.astype(np.float64) - self.begun).mean()))


def class_goal(seen_as: Prototypes, label: int) -> Goal:
    """The probability of a class, told from 0 to 1; its logarithm is climbed, which never flattens on the way up.

    Simonyan et al. 2013, arXiv:1312.6034, sec. 2, climb the score before the softmax, which can also be won by a
    picture that other classes fit as well.
    """
    return Goal(lambda pictures: seen_as.log_chances(pictures)[:, label], lambda score: float(np.exp(score)))


def realness_goal(generator: Decoder, label: int) -> Goal:
    """What the discriminator says of a picture asked for as that class.

    Told as the share, 0 to 1, of 64 of the generator's own pictures that it finds less real: a logit by itself says
    nothing.
    The logit itself is climbed. One of the source articles takes the logarithm of it, which there is none of below 0;
    what is meant is log sigmoid(logit), of which the slope has the same direction (Goodfellow et al. 2014,
    arXiv:1406.2661, sec. 3, non-saturating). It is the sign that makes it an ascent: a generator in training goes
    down the slope of a loss that has a minus before it.
    Raises LabError ``gan.no_discriminator`` for what is no GAN, and ``gan.unknown_class``.
    """
    if not isinstance(generator, Generator):
        raise LabError("gan.no_discriminator", name=generator.name)
    wanted = generator.class_numbers([label])
    own = generator.generate(range(_OWN), [label] * _OWN)
    usual = np.sort(generator.realness(own, [label] * _OWN))
    return Goal(
        lambda pictures: generator.judge(pictures, wanted.expand(len(pictures))),
        lambda score: float(np.searchsorted(usual, score) / _OWN),
    )


def likeness_goal(encoder: Embedder, picture: Image) -> Goal:
    """The cosine similarity with a picture uint8 (H, W, 3) in an encoder's embedding.

    Raises LabError ``attack.needs_network`` for an encoder that is no network, and those of a malformed picture.
    """
    if not isinstance(encoder, NetworkEmbedder):
        raise LabError("attack.needs_network", name=getattr(encoder, "name", str(encoder)))
    row = torch.from_numpy(encoder.embed([picture])).to(encoder.device.torch)
    return Goal(lambda pictures: (encoder.embed_tensor(seen_by(pictures, encoder.side)) * row).sum(dim=1))


def ascend(
    decoder: Decoder,
    goal: Goal,
    latents: Latents,
    label: int,
    *,
    where: str = WHERE.default,
    begin: str = BEGIN.default,
    steps: int = int(STEPS.default),
    pace: float = PACE.default,
    restraint: float = RESTRAINT.default,
    seed: int = 0,
) -> abc.Generator[Ascent, None, None]:
    """Climb a goal by Adam, from the picture that `latents` (Z,) and the class number `label` paint.

    In "latents" the generator paints every step, so whatever is found is one of its pictures; in "pixels" each value
    is free, and without a `restraint` what is climbed is mostly what nobody can see (Szegedy et al. 2014,
    arXiv:1312.6199). Taken off the score is `restraint` times the mean square of the latents, or ten times the total
    variation of the pixels (Mahendran & Vedaldi 2015, arXiv:1412.0035, sec. 3). `pace` is the step in per cent of
    the spread. With `begin` "chance" it starts from latents, or from pixels, drawn by the seed.

    Yields the start and every step; closing the iterator ends the climb. The same arguments give the same result on
    one machine. Raises, at the first step, what `Decoder.decode` and the knobs raise.
    """
    WHERE.check(where)
    steps, weight = int(STEPS.check(steps)), RESTRAINT.check(restraint)
    step_size = PACE.check(pace) / 100
    rows = torch.from_numpy(np.array(latents, np.float32)).reshape(1, -1)
    labels = torch.tensor([label])
    with torch.no_grad():
        decoder.decode(rows, labels)  # raises for what it cannot paint
        free, paint, too_much = _room(decoder, rows, labels, where, BEGIN.check(begin), seed)
    free.requires_grad_()
    climber = torch.optim.Adam([free], lr=step_size * (_SPREAD if where == "pixels" else 1.0), maximize=True)
    curve, begun = list[float](), None
    for step in range(steps + 1):
        with torch.enable_grad():
            painted = paint(free)
            score = goal.score(painted).sum().cpu()
            (free.grad,) = torch.autograd.grad(score - weight * too_much(free), free)
        curve.append(goal.told(float(score.detach())))
        picture = to_images(painted)[0]
        begun = picture if begun is None else begun
        found = None if where == "pixels" else free.detach()[0].clone().numpy()
        length = None if found is None else float(np.sqrt(np.square(found).mean()))
        yield Ascent(step, steps, tuple(curve), picture, begun, found, length)
        climber.step()
        if where == "pixels":
            with torch.no_grad():
                free.clamp_(0, 1)


def roughness(pictures: Image) -> npt.NDArray[np.float64]:
    """Of pictures uint8 (N, S, S, 3): by how many levels neighbouring pixels differ on average, (N,)."""
    across, down = (np.abs(np.diff(pictures.astype(np.float64), axis=axis)) for axis in (2, 1))
    mean: npt.NDArray[np.float64] = (across.mean(axis=(1, 2, 3)) + down.mean(axis=(1, 2, 3))) / 2
    return mean


_Paint = Callable[[Tensor], Tensor]


def _room(
    decoder: Decoder, latents: Tensor, labels: Tensor, where: str, begin: str, seed: int
) -> tuple[Tensor, _Paint, _Paint]:
    """What is free to move, on the CPU; how it becomes pictures (1, 3, S, S); and what is too much of it."""
    chance = np.random.Generator(np.random.PCG64(checked_seed(seed)))
    if where == "latents":
        if begin == "chance":
            latents = torch.from_numpy(chance.standard_normal((1, decoder.latent), np.float32))
        return latents.clone(), lambda free: decoder.decode(free, labels), lambda free: free.square().mean()
    if begin == "chance":
        noise = 0.5 + _SPREAD * chance.standard_normal((1, 3, decoder.side, decoder.side), np.float32)
        pixels = torch.from_numpy(noise).clamp(0, 1)
    else:
        pixels = decoder.decode(latents, labels).cpu()
    return pixels.clone(), lambda free: free.to(decoder.device.torch), lambda free: _OF_PIXELS * _variation(free)


def _variation(pixels: Tensor) -> Tensor:
    """Total variation: the mean difference of neighbouring values."""
    across, down = pixels.diff(dim=3).abs(), pixels.diff(dim=2).abs()
    return (across.mean() + down.mean()) / 2
