"""One request's view with its pictures: clean, damaged, repaired. What is drawn on the page is drawn from this."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from ....core.errors import LabError
from ....core.images import Image, Picture, open_image
from ....data.degrade import Damaged, degrade
from ....data.pixels import blocks, resize
from ....lab import Lab
from ....metrics.fidelity import psnr, removed
from ....models.restorer.classical import METHODS, repair
from ....models.restorer.inference import Findings, Repairer
from ... import shelf
from ...bringing import brought
from ...drawing import exact
from . import bench
from .view import MINE, View

T = TypeVar("T")

#: (width, height) in which pictures are worked on while a slider moves. Two cores repair it in a fifth of a second.
STAGE = (288, 192)
#: Of each sample photograph the piece that is shown: (left, top, width) in its own pixels, two thirds as high.
PIECES = {
    "chelsea": (56, 92, 288), "astronaut": (112, 8, 288), "coffee": (150, 20, 288), "rocket": (0, 0, 640),
    "motorcycle": (150, 70, 576), "hubble": (560, 390, 288), "retina": (90, 540, 576),
}
#: Against each damage the classical method that stands beside the network.
CLASSICAL = {"noise": "nlm", "jpeg": "shifts", "blur": "wiener", "small": "cubic", "holes": "telea", MINE: "nlm"}
#: A picture that was shrunk by a factor is as soft as one blurred by so many pixels, times the factor.
SOFT = 0.45


@dataclass(frozen=True, slots=True, eq=False)
class Repaired:
    """What a method made of the damaged picture.

    Attributes:
        method: the network's checkpoint, or the name of a classical method.
        image: uint8 (H, W, 3).
        seconds: how long it took.
    """

    method: str
    image: Image
    seconds: float


@dataclass(frozen=True, slots=True)
class Score:
    """How good a repair is, where the truth is known.

    Attributes:
        removed: share of the squared error that is gone, 1 for all; below 0 where the repair did harm.
        gain: decibels more than before; infinite for a perfect repair.
    """

    removed: float
    gain: float


@dataclass(frozen=True)
class Scene:
    """What a visitor looks at, for the length of one request; what is costly is worked out once for several.

    Attributes:
        lab: where the restorer is.
        view: the settings.
        own: path of the visitor's own picture, if they brought one.
        carried: a small picture that came from another tab, as `ui.bringing.bring` wrote it; "" for none.
        language: of the words.
    """

    lab: Lab
    view: View
    own: str | None
    carried: str
    language: str

    # -- the picture ----------------------------------------------------------------------------------------------

    @property
    def is_own(self) -> bool:
        """Whether the visitor's own file is what is shown."""
        return not self.view.photo and self.own is not None

    @property
    def is_small(self) -> bool:
        """Whether the picture came from another tab, whose pictures are small."""
        return not self.view.photo and self.own is None

    @property
    def is_piece(self) -> bool:
        """Whether a piece of the visitor's picture is shown as it is: made smaller, it would lose its damage."""
        return self.is_own and self.view.damage == MINE

    @cached_property
    def source(self) -> Image:
        """The picture before anything is done to it, uint8 (H, W, 3), no larger than the stage, read-only."""
        return self._kept(("source", self.is_piece and self.view.place), self._source)

    @property
    def clean(self) -> Image | None:
        """The truth, which is what `source` was; None where nobody knows it."""
        return None if self.view.damage == MINE else self.source

    @property
    def drawn_source(self) -> str:
        """`source` as the address of its own PNG: it stays while sliders move."""
        return self._kept(("drawn", self.is_piece and self.view.place), lambda: exact(self.source))

    @cached_property
    def damaged(self) -> Damaged:
        """What is given to be repaired, and what is missing of it."""
        return self._kept(self._damage, lambda: degrade(self.source, self.view.damages(), self.view.seed))

    @property
    def is_damaged(self) -> bool:
        """Whether there is anything to repair, as far as anybody knows."""
        return self.clean is None or not np.array_equal(self.before, self.clean)

    @cached_property
    def before(self) -> Image:
        """What is shown as damaged: of a picture that was made small the small one, enlarged to blocks."""
        if self.view.damage != "small":
            return self.damaged.image
        return blocks(self.source, self.view.strength)

    # -- the repair -----------------------------------------------------------------------------------------------

    @cached_property
    def repairer(self) -> Repairer:
        """Raises LabError ``restore.no_restorer``, and what `Lab.restorer` raises."""
        try:
            return self.lab.restorer()
        except LabError as error:
            if error.key == "checkpoint.unknown":
                raise LabError("restore.no_restorer") from error
            raise

    @cached_property
    def findings(self) -> Findings:
        """What the network finds wrong with the damaged picture. Raises what `repairer` raises."""
        key = ("findings", self.repairer.key, *self._damage)
        missing = self.damaged.missing
        return self._kept(
            key, lambda: self.repairer.estimate(self.damaged.image, missing if missing.any() else None)
        )

    @cached_property
    def repaired(self) -> Repaired:
        """What the network makes of it. Raises what `repairer` raises, and LabError ``restore.all_missing``."""
        return self._kept(("repaired", self.repairer.key, self.amount, *self._damage), self._repair)

    @property
    def classical(self) -> Repaired:
        """What the classical method that stands beside the network makes of it. Raises what `by` raises."""
        return self.by(CLASSICAL[self.view.damage])

    def by(self, method: str) -> Repaired:
        """What a classical method makes of it that knows how strong the damage is.

        Where nobody knows, it has the network's word for it. Raises what `repairer` raises, then.
        """
        return self._kept(("classical", method, *self._damage), lambda: self._classical(method))

    @property
    def rivals(self) -> tuple[str, ...]:
        """The classical methods that are meant for such a damage, by name."""
        against = {"noise", "jpeg"} if self.view.damage == MINE else {self.view.damage}
        return tuple(name for name, method in METHODS.items() if against & set(method.against))

    def score(self, image: Image) -> Score | None:
        """How good a repair is; None where nobody knows."""
        if self.clean is None:
            return None
        before, after = psnr(self.before, self.clean), psnr(image, self.clean)
        return Score(removed(self.before, image, self.clean), after - before if self.is_damaged else 0.0)

    # -- the whole of it ------------------------------------------------------------------------------------------

    def whole(self) -> Picture:
        """The picture in its full size, before anything is done to it. Raises what `open_image` raises."""
        if self.is_own:
            return shelf.file(self.own)
        return open_image(brought(self.carried) if self.is_small else shelf.full(None, self.view.photo))

    @property
    def overview(self) -> Image:
        """All of the visitor's own picture, at preview size."""
        return shelf.preview(self.own, "")

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the visitor's own picture as it is in its file."""
        return self._kept(("size",), lambda: shelf.file(self.own, max_side=8).size)

    def frame(self, height: int, width: int) -> tuple[int, int, int, int]:
        """(left, top, width, height) of what the stage shows, in the whole picture of that size."""
        if self.is_piece:
            left, top = _corner(height, width, self.view.place)
            return left, top, min(width, STAGE[0]), min(height, STAGE[1])
        if self.is_own or self.is_small:
            return 0, 0, width, height
        left, top, across = PIECES[self.view.photo]
        return left, top, across, across * STAGE[1] // STAGE[0]

    @property
    def stem(self) -> str:
        """What a file with the repaired picture is called, but for its ending."""
        name = self.view.photo or ("photo" if self.is_own else "generated")
        return f"{name}-restored" if self.view.damage == MINE else f"{name}-{self.view.damage}-restored"

    # -- how it is made -------------------------------------------------------------------------------------------

    @property
    def picture(self) -> str:
        """The same for the same picture and for no other."""
        if self.is_small:
            return f"carried {zlib.crc32(self.carried.encode('utf-8', 'replace'))}"
        return self.view.photo or str(self.own)

    @property
    def stamp(self) -> int:
        """Changes with the picture and its damage."""
        return zlib.crc32(repr((self.picture, *self._damage)).encode("utf-8", "replace"))

    @property
    def _damage(self) -> tuple[Hashable, ...]:
        view = self.view
        strength = 0.0 if view.damage == MINE else view.strength
        return ("damaged", view.damage, strength, view.seed, self.is_piece and view.place)

    @property
    def amount(self) -> float:
        """How much of the repair, 0 to 1. Around a hole nothing is touched."""
        return {MINE: self.view.strength / 100, "holes": 0.0}.get(self.view.damage, 1.0)

    def _kept(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        return bench.kept((self.picture, *key), make)

    def _source(self) -> Image:
        if self.is_small:
            return _fitted(brought(self.carried))
        if self.is_piece:
            return _cut(shelf.full(self.own, ""), self.view.place)
        if self.is_own:
            return _fitted(shelf.preview(self.own, ""))
        left, top, width = PIECES[self.view.photo]
        height = width * STAGE[1] // STAGE[0]
        return resize(shelf.full(None, self.view.photo)[top : top + height, left : left + width], STAGE)

    def _repair(self) -> Repaired:
        repairer, missing = self.repairer, self.damaged.missing
        start = time.perf_counter()
        image = repairer.restore(
            self.damaged.image, missing if missing.any() else None, self.findings, strength=self.amount
        )
        return Repaired(repairer.name, image, time.perf_counter() - start)

    def _classical(self, name: str) -> Repaired:
        missing = self.damaged.missing
        if "holes" in METHODS[name].against and not missing.any():
            return Repaired(name, self.damaged.image, 0.0)
        told = self.findings if self.view.damage == MINE else self._truth()
        start = time.perf_counter()
        image = repair(name, self.damaged.image, told, missing)
        return Repaired(name, image, time.perf_counter() - start)

    def _truth(self) -> Findings:
        """What was done, as `classical` counts it. What JPEG does is told as noise of the size of its error."""
        strength = self.view.strength
        if self.view.damage == "jpeg":
            error = self.damaged.image.astype(np.float32) - self.source
            return Findings(float(np.sqrt(np.square(error).mean())), strength, 0)
        return Findings(
            noise=strength if self.view.damage == "noise" else 0, quality=100,
            blur={"blur": strength, "small": SOFT * strength}.get(self.view.damage, 0),
        )


def _fitted(picture: Image) -> Image:
    """The whole picture, made smaller until it has no more pixels than the stage."""
    height, width = picture.shape[:2]
    scale = min(1.0, (STAGE[0] * STAGE[1] / (width * height)) ** 0.5)
    return resize(picture, (max(1, round(width * scale)), max(1, round(height * scale))))


def _cut(picture: Image, place: tuple[int, int]) -> Image:
    """A piece as large as the stage, or all of a smaller picture, pixel for pixel."""
    height, width = picture.shape[:2]
    left, top = _corner(height, width, place)
    return np.ascontiguousarray(picture[top : top + STAGE[1], left : left + STAGE[0]])


def _corner(height: int, width: int, place: tuple[int, int]) -> tuple[int, int]:
    """(left, top) of such a piece."""
    across, down = max(0, width - STAGE[0]), max(0, height - STAGE[1])
    return round(across * place[0] / 1000), round(down * place[1] / 1000)
