"""What happens to pictures: each damage with its knobs, alone or one after another, the same for the same seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...core.errors import LabError
from ...core.images import Image, checked
from ...core.knobs import Choice, Knob, check_all
from ...core.seeds import checked_seed
from .. import pixels
from .holes import KIND, SHARE, Mask, holes

#: A knob's checked values by name.
Values = Mapping[str, object]

_KIND_OF_NOISE = Choice("kind", ("gaussian", "grey", "shot", "uneven"), "gaussian")
_NOISES: Mapping[str, Callable[[Image, float, int], Image]] = {
    "gaussian": pixels.gaussian_noise, "grey": pixels.grey_noise, "shot": pixels.shot_noise,
    "uneven": pixels.uneven_noise,
}


@dataclass(frozen=True, slots=True)
class Damage:
    """One way for a picture to suffer.

    Attributes:
        name: its text is ``damage.<name>``.
        knobs: the first says how much; of "jpeg" it is the quality that is left.
        apply: (picture, checked values, seed) -> damaged picture of the same size.
    """

    name: str
    knobs: tuple[Knob | Choice, ...]
    apply: Callable[[Image, Values, int], Image]


@dataclass(frozen=True, slots=True, eq=False)
class Damaged:
    """A damaged picture.

    Attributes:
        image: uint8 (H, W, 3); black where it is missing.
        missing: bool (H, W), True where nothing is left.
    """

    image: Image
    missing: Mask


DAMAGES: Mapping[str, Damage] = {
    damage.name: damage
    for damage in (
        Damage("blur", (Knob("blur", 0, 8, 1.5, 0.1, "px"),), lambda p, v, _: pixels.gaussian_blur(p, _n(v, "blur"))),
        Damage(
            "motion", (Knob("motion", 0, 40, 9, 1, "px"), Knob("angle", -180, 180, 20, 1, "deg")),
            lambda p, v, _: pixels.motion_blur(p, _n(v, "motion"), _n(v, "angle")),
        ),
        Damage(
            "small", (Knob("factor", 1, 8, 3, 0.1, "x"),), lambda p, v, _: pixels.downscale(p, _n(v, "factor"))
        ),
        Damage(
            "noise", (Knob("noise", 0, 100, 25, 1, "levels"), _KIND_OF_NOISE),
            lambda p, v, seed: _NOISES[str(v["kind"])](p, _n(v, "noise"), seed),
        ),
        Damage(
            "salt", (Knob("salt", 0, 0.5, 0.05, 0.01),),
            lambda p, v, seed: pixels.salt_and_pepper(p, _n(v, "salt"), seed),
        ),
        Damage("fade", (Knob("fade", 0, 0.8, 0.4, 0.01),), lambda p, v, _: pixels.fade(p, _n(v, "fade"))),
        Damage(
            "jpeg",
            (Knob("quality", 1, 100, 20, 1, integer=True), Choice("chroma", ("4:4:4", "4:2:2", "4:2:0"), "4:2:0")),
            lambda p, v, _: pixels.jpeg(p, _n(v, "quality"), str(v["chroma"])),
        ),
    )
}
#: What takes pixels away altogether; not among `DAMAGES`, since it leaves a mask.
HOLES = "holes"
_HOLES = (SHARE, Choice("kind", KIND.options, KIND.default))

NAMES = (*DAMAGES, HOLES)


def degrade(image: Image, damages: Sequence[tuple[str, Values]], seed: int = 0) -> Damaged:
    """`image` uint8 (H, W, 3) after each (name, values) in turn; what is missing is taken away at the end.

    A damage draws its own numbers from the seed and its name: another one before it, or more of it, leaves them as
    they are, so that a strength that moves moves the picture continuously. Values left out are the knobs' defaults.
    Raises LabError ``damage.unknown`` naming those there are, and what the knobs raise.
    """
    picture = checked(image).copy()
    missing = np.zeros(picture.shape[:2], bool)
    for name, values in damages:
        own = _own_seed(seed, name)
        if name == HOLES:
            known = check_all(name, _HOLES, values)
            missing |= holes(picture.shape[0], picture.shape[1], str(known["kind"]), float(known["holes"]), own)
            continue
        damage = _known(name)
        picture = damage.apply(picture, check_all(name, damage.knobs, values), own)
    picture[missing] = 0
    return Damaged(picture, missing)


def published_noise(image: Image, sigma: float, seed: int = 0) -> np.ndarray:
    """float32 (H, W, 3) in 0-255 levels and beyond: Gaussian noise as the denoising literature adds it.

    Neither rounded nor clipped, drawn by NumPy's legacy generator at `seed` for every picture (the protocol of
    DnCNN, FFDNet and their successors): unclipped noise of 25 leaves a picture at 20.17 dB. `pixels.gaussian_noise`
    is what a camera's file has; results of the two are not to be compared.
    """
    drawn = np.random.RandomState(checked_seed(seed)).normal(0, sigma, checked(image).shape)
    return (image + drawn).astype(np.float32)


def _known(name: str) -> Damage:
    if name not in DAMAGES:
        raise LabError("damage.unknown", got=name, options=", ".join(NAMES))
    return DAMAGES[name]


def _own_seed(seed: int, name: str) -> int:
    mixed = np.random.SeedSequence([checked_seed(seed), zlib.crc32(name.encode())])
    return int(mixed.generate_state(1, np.uint64)[0])


def _n(values: Values, name: str) -> float:
    value = values[name]
    assert isinstance(value, (int, float))
    return float(value)
