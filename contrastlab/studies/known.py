"""What a network knows of a data set: its training pictures as compact embeddings, and how near unseen ones come.

The training pictures stay at home. Kept beside an encoder's weights are their embeddings (see `compact`) and the
spread of the distances from test pictures to them, for every generator of that data set. What the rounding does to a
picture's place among the unseen ones is measured at each making and kept with the rest (`Known.points`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as parse_safetensors
from safetensors.numpy import save as pack_safetensors

from ..core.checkpoint import write_atomically
from ..core.errors import LabError
from ..data.datasets import Dataset
from ..gallery import build
from ..metrics.generative import nearest_distances
from ..models.encoder.inference import Embedder
from .compact import CompactRows, compact, unpack
from .quality import at_side

#: Where the spread of a number is kept: each per cent.
_LEVELS = np.linspace(0, 1, 101)
#: A class with fewer real pictures has no spread of its own.
_LEAST = 20
#: Test pictures that the rounding is judged by.
_JUDGED = 1000

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How a number is spread, 0 % to 100 %: of all pictures, and of each class.

    Attributes:
        quantiles: float32 (1 + classes, 101), all pictures first.
    """

    quantiles: Rows = field(repr=False)

    @classmethod
    def of(cls, values: npt.NDArray[np.floating], kinds: npt.NDArray[np.integer], classes: int) -> Spread:
        """Of numbers (N,) and their classes (N,); a class with hardly any is taken to be as all of them."""
        everything = np.quantile(values, _LEVELS)
        rows = [everything]
        for number in range(classes):
            own = values[kinds == number]
            rows.append(np.quantile(own, _LEVELS) if len(own) >= _LEAST else everything)
        return cls(np.stack(rows).astype(np.float32))

    def below(self, value: float, kind: int | None = None) -> float:
        """The share of the pictures (of that class) with a smaller number, 0 to 1."""
        return float(np.interp(value, self.quantiles[0 if kind is None else kind + 1], _LEVELS))

    def at(self, share: float, kind: int | None = None) -> float:
        """The number below which that share of the pictures (of that class) lies."""
        return float(np.interp(share, _LEVELS, self.quantiles[0 if kind is None else kind + 1]))


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The training split of a data set in an encoder's eyes.

    Attributes:
        encoder, encoder_key: by which the pictures were embedded.
        data, side: the data set and the side it was brought to; its training split in its order.
        rows: of the training pictures.
        labels: uint8 (M,), their classes.
        unseen: distances of the test pictures to the training picture nearest to each.
        test: how many test pictures that were.
        points: by how many points of 100 the rounding moves a picture's place among the unseen ones, on average.
    """

    encoder: str
    encoder_key: str
    data: str
    side: int
    rows: CompactRows
    labels: npt.NDArray[np.uint8] = field(repr=False)
    unseen: Spread
    test: int
    points: float


def learn_known(
    encoder: Embedder, train: Dataset, test: Dataset, side: int, *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> tuple[Known, bytes]:
    """Both splits embedded at that side, and the packed codes, for `write_known`.

    `on_progress` hears the share done, 0 to 1. Raises LabError ``metric.too_few`` without pictures.
    """
    train, test = (at_side(split, side) for split in (train, test))
    seen, unseen = (
        _embedded(encoder, split, lambda share, part=part: on_progress((part + share) * 0.45))  # type: ignore[misc]
        for part, split in enumerate((train, test))
    )
    rows, packed = compact(seen)
    distances = rows.nearest(unseen, 1)[0][:, 0]
    judged = np.random.default_rng(0).permutation(len(unseen))[:_JUDGED]
    moved = np.abs(_ranks(nearest_distances(seen, unseen[judged])) - _ranks(distances[judged])).mean()
    on_progress(1.0)
    return Known(
        encoder.name, encoder.key, train.name, side, rows, train.labels.astype(np.uint8),
        Spread.of(distances, test.labels, len(train.classes)), len(test), round(100 * float(moved), 1),
    ), packed


def known_path(checkpoints: Path, encoder: str, data: str, side: int) -> Path:
    """Where it is kept: in the encoder's folder."""
    return checkpoints / encoder / f"known-{data}-{side}.safetensors"


def write_known(checkpoints: Path, known: Known, packed: bytes) -> Path:
    """Keep it beside the encoder's weights; returns the file."""
    about = {name: getattr(known, name) for name in ("encoder_key", "test", "points")}
    about |= {"count": len(known.rows), "step": known.rows.step}
    tensors: dict[str, npt.NDArray[Any]] = {
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8), "codes": np.frombuffer(packed, np.uint8),
        "axes": known.rows.axes.astype(np.float16), "centre": known.rows.centre, "labels": known.labels,
        "unseen": known.unseen.quantiles,
    }
    path = known_path(checkpoints, known.encoder, known.data, known.side)
    write_atomically(path, pack_safetensors(tensors))
    return path


def read_known(checkpoints: Path, encoder: str, data: str, side: int) -> Known | None:
    """What was kept; None where nothing was. Raises LabError ``sample_card.damaged``."""
    path = known_path(checkpoints, encoder, data, side)
    try:
        kept = parse_safetensors(path.read_bytes())
        about = json.loads(kept["about"].tobytes())
        rows = CompactRows(
            unpack(kept["codes"].tobytes(), about["count"]), kept["axes"].astype(np.float32), kept["centre"],
            about["step"],
        )
        if len(kept["labels"]) != len(rows):
            raise ValueError(path.name)
        return Known(
            encoder, about["encoder_key"], data, side, rows, kept["labels"], Spread(kept["unseen"]), about["test"],
            about["points"],
        )
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, KeyError, ValueError, TypeError):
        raise LabError("sample_card.damaged", file=f"{path.parent.name}/{path.name}") from None


def _embedded(encoder: Embedder, data: Dataset, tell: Callable[[float], None]) -> Rows:
    for now in build(data, encoder.embed, f"{encoder.key} for quality"):
        tell(now.fraction)
    assert now.gallery is not None
    return now.gallery.index.rows


def _ranks(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Each number's place among all of them, 0 to 1."""
    places = np.empty(len(values))
    places[np.argsort(values, kind="stable")] = np.arange(len(values)) / max(1, len(values) - 1)
    return places
