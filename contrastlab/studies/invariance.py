"""One change, dialled through its whole range: where does an encoder stop knowing the picture?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..core.errors import LabError
from ..core.images import Image
from ..data.augment import Drawn, Step, apply, make_step
from .rolls import Embed


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Similarity along one change.

    Attributes:
        change: "angle", "hue" or "scale".
        unit: of `positions`.
        positions: float32 (P,), ascending; one of them leaves the picture as it is.
        similarities: embedder name -> float32 (P,), cosine similarity with the unchanged picture.
    """

    change: str
    unit: str
    positions: npt.NDArray[np.float32]
    similarities: Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class _Range:
    unit: str
    positions: tuple[float, ...]
    step: Callable[[], Step]
    value: str


def _spread(low: float, high: float, count: int) -> tuple[float, ...]:
    return tuple(float(value) for value in np.linspace(low, high, count))


#: What can be dialled. Hue runs through the full circle, in turns; scale by powers of two.
CHANGES: Mapping[str, _Range] = {
    "angle": _Range("deg", _spread(-180, 180, 73), lambda: make_step("rotate"), "angle"),
    "hue": _Range("turn", _spread(-0.5, 0.5, 51), lambda: make_step("hue"), "shift"),
    "scale": _Range("x", tuple(2.0**power for power in _spread(-2, 2, 49)), lambda: make_step("scale"), "factor"),
}


def invariance_curve(
    picture: Image, embedders: Mapping[str, Embed], *, change: str, border: str = "reflect101"
) -> Curve:
    """How alike each embedder finds `picture` (H, W, 3) uint8 and itself under the change, all along its range.

    Raises LabError ``knob.unknown_choice`` if the change is none of `CHANGES`.
    """
    if change not in CHANGES:
        raise LabError("knob.unknown_choice", name="change", got=change, options=", ".join(CHANGES))
    dial = CHANGES[change]
    changed = [apply(picture, Drawn.of([(dial.step(), {dial.value: position})], border)) for position in dial.positions]
    similarities = {}
    for name, embed in embedders.items():
        rows = embed([picture, *changed])
        similarities[name] = rows[1:] @ rows[0]
    return Curve(change, dial.unit, np.array(dial.positions, np.float32), similarities)
