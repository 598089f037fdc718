"""What a data set is, and how far its preparation has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ...core.images import Image

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Pictures in a fixed order, each with the index of its class.

    Attributes:
        name: "cifar10", "glyphs", or the name of the folder they came from.
        split: "train", "test", or "all" where the source makes no difference.
        pictures: uint8 (N, H, W, 3) RGB if all have one size, else a tuple of N pictures (H, W, 3).
            Read-only and usually mapped from disk: copy before writing.
        labels: int64 (N,), indices into `classes`; -1 everywhere if there are no classes.
        classes: names of the classes, in the order of the labels; () if there are none.
        origin: where the pictures came from ("cifar10.tar.xz", "torchvision", "drawn"), for model cards.
    """

    name: str
    split: str
    pictures: Image | Sequence[Image] = field(repr=False)
    labels: Labels = field(repr=False)
    classes: tuple[str, ...]
    origin: str = ""

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the preparation of a data set has come.

    Attributes:
        name: the data set.
        stage: "download" and "unpack" count bytes, "read" counts files, "ready" is the last of all.
        done, total: work finished and altogether; total is 0 where a server does not tell.
    """

    name: str
    stage: str
    done: int
    total: int

    @property
    def fraction(self) -> float:
        """Share of this stage that is done, 0 to 1; 0 while the total is unknown."""
        return min(1.0, self.done / self.total) if self.total else 0.0
