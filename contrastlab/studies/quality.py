"""How good a generator's pictures are and how new: by our own encoders, and by what a classifier learns from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.device import Device
from ..core.errors import LabError
from ..core.images import Image
from ..data.datasets import Dataset
from ..data.seen import view
from ..gallery import build
from ..metrics.generative import frechet_distance, kernel_distance, manifold, memorised, nearest_distances
from ..metrics.retrieval import knn_votes
from ..models.encoder.inference import Embedder
from ..nn.decoding import Decoder
from .classifier import ClassifierSettings, classify, train_classifier

Rows = npt.NDArray[np.float32]

#: By data set, the encoders that look at its pictures: the first, which was taught its classes, also votes.
ENCODERS: Mapping[str, tuple[str, ...]] = {
    "cifar10": ("encoder-supervised-cifar10", "encoder-simclr-cifar10"),
    "mnist": ("encoder-supcon-digits", "encoder-simclr-cifar10"),
    "glyphs": ("encoder-supcon-digits", "encoder-simclr-cifar10"),
    "flowers": ("encoder-supcon-flowers", "encoder-simclr-cifar10"),
}
#: By data set, how pictures are changed while the classifier learns.
POLICIES: Mapping[str, str] = {"mnist": "digits", "glyphs": "digits", "flowers": "flowers"}

#: Neighbours that vote.
K = 20
#: A class is hit when so large a share of the pictures asked for it is taken for it.
HIT = 0.5
#: Fewer real pictures of a class have no kernel distance of their own.
_LEAST = 20
_CHUNK = 64


@dataclass(frozen=True, slots=True)
class QualitySettings:
    """How much is measured.

    Attributes:
        pictures: generated and real ones compared, at most; as many as there are test pictures if those are fewer.
        taught: generated pictures that the classifier learns from, the classes in turn.
        classifier: how it learns.
    """

    pictures: int = 10_000
    taught: int = 50_000
    classifier: ClassifierSettings = field(default_factory=ClassifierSettings)


def quality(
    generator: Decoder,
    encoders: Sequence[Embedder],
    train: Dataset,
    test: Dataset,
    device: Device,
    settings: QualitySettings | None = None,
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """Everything that is measured on a generator, beside the same of real pictures. Picture i has seed i.

    The reference is the test split: nothing is won by copying training pictures. Generated pictures have the test
    pictures' classes; the floor is as many training pictures of the same classes, the ceiling as many of noise.
    Embeddings count at length sqrt(D), so that a number in them is 1 on average. Real pictures are brought to the
    generator's side first. Keys:

    - ``pictures`` n, ``reference`` (test pictures), ``encoders`` {name: key}.
    - ``distances`` {"FD-<encoder>@<n>", "KD-<encoder>@<n>": {generated, floor, ceiling}}; of KD also {error}.
    - ``manifold`` {encoder: {generated, floor: {precision, recall, density, coverage}}}.
    - ``memorised`` {encoder: {generated, limit}}: the share nearer to a training picture than the 1st percentile of
      the test pictures is, and that cosine distance.
    - ``votes`` {encoder, k, generated, test, hit}: share of the pictures that the first encoder takes for what was
      asked, of the test pictures beside it, and the number of classes of which it does for at least half.
    - ``classes`` {name: {asked, memorised, distance, floor, accuracy}}: the same for each class, by the first encoder,
      the distances KD; the accuracy is the next entry's.
    - ``classifier`` {pictures, real_pictures, steps, batch_size, policy, side, parameters, generated, real}: accuracy
      on the test split of a small classifier taught by generated pictures alone, and by the training split for as
      many steps. Classification accuracy score: Ravuri & Vinyals 2019, arXiv:1905.10887.

    `on_progress` hears the share done, 0 to 1. Raises LabError ``quality.no_encoder`` without an encoder and
    ``quality.other_classes`` where the data's classes are not the generator's.
    """
    if not encoders:
        raise LabError("quality.no_encoder", name=generator.name)
    if train.classes != generator.classes:
        raise LabError("quality.other_classes", name=generator.name, data=train.name)
    settings = settings or settings_for(train)
    train, test = (at_side(split, generator.side) for split in (train, test))
    stages = _Stages(on_progress, len(encoders))
    compared = _compared(generator, train, test, settings.pictures, stages)
    found: dict[str, Any] = {
        "pictures": len(compared.labels), "reference": len(test), "encoders": {one.name: one.key for one in encoders},
        "distances": {}, "manifold": {}, "memorised": {}, "classes": {name: {} for name in generator.classes},
    }
    for place, encoder in enumerate(encoders):
        rows = _embedded(encoder, compared, train, test, stages)
        _measure(found, encoder.name, rows, compared.labels, generator.classes, by_class=place == 0)
        if place == 0:
            found["votes"] = _votes(found, encoder.name, rows, train, test, compared.labels, generator.classes)
    found["classifier"] = _classification(found, generator, train, test, device, settings, stages)
    return found


def settings_for(data: Dataset) -> QualitySettings:
    """The usual amounts, with the changes that leave pictures of this data set what they are."""
    classifier = ClassifierSettings(policy=POLICIES.get(data.name, "light"))
    return QualitySettings(classifier=classifier)


def at_side(data: Dataset, side: int) -> Dataset:
    """The data set with its pictures as a generator of that side would paint them: central squares, shrunk."""
    if isinstance(data.pictures, np.ndarray) and data.pictures.shape[1:3] == (side, side):
        return data
    return dataclasses.replace(data, pictures=np.stack([view(picture, side) for picture in data.pictures]))


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """Pictures beside the reference, and what they were asked to be.

    Attributes:
        labels: int64 (n,), of the generated pictures and of the test pictures at `reference`.
        reference: int64 (n,), rows of the test split.
        floor: int64 (n,), rows of the training split.
    """

    labels: npt.NDArray[np.int64]
    reference: npt.NDArray[np.int64]
    floor: npt.NDArray[np.int64]
    generated: Image
    noise: Image


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Embeddings of unit length: of the splits, the pictures compared with them, and which of the splits count."""

    train: Rows
    test: Rows
    generated: Rows
    noise: Rows
    reference: npt.NDArray[np.int64]
    floor: npt.NDArray[np.int64]


class _Stages:
    """One share from 0 to 1 out of those of the stages, by about how long each takes."""

    def __init__(self, tell: Callable[[float], None], encoders: int) -> None:
        self._tell, self._before = tell, 0.0
        self._total = 3 + 4 * encoders + 8

    @contextmanager
    def stage(self, weight: float) -> Iterator[Callable[[float], None]]:
        """Hands out what hears the share of this stage."""
        yield lambda share: self._tell(min(1.0, (self._before + weight * share) / self._total))
        self._before += weight
        self._tell(min(1.0, self._before / self._total))


def _compared(generator: Decoder, train: Dataset, test: Dataset, most: int, stages: _Stages) -> _Compared:
    chance = np.random.default_rng(0)
    reference = np.sort(chance.permutation(len(test))[: min(most, len(test))])
    labels = test.labels[reference]
    floor = np.empty(len(labels), np.int64)
    for number in np.unique(labels):
        own = np.flatnonzero(train.labels == number)
        wanted = labels == number
        # Repeated only where a class has fewer training pictures than test pictures.
        floor[wanted] = np.resize(chance.permutation(own), int(wanted.sum()))
    with stages.stage(1) as tell:
        generated = _painted(generator, labels, tell)
    noise = chance.integers(0, 256, generated.shape, np.uint8)
    return _Compared(labels, reference, floor, generated, noise)


def _painted(generator: Decoder, labels: npt.NDArray[np.int64], tell: Callable[[float], None]) -> Image:
    parts = []
    for start in range(0, len(labels), _CHUNK):
        asked = labels[start : start + _CHUNK].tolist()
        parts.append(generator.generate(range(start, start + len(asked)), asked))
        tell((start + len(asked)) / len(labels))
    return np.concatenate(parts)


def _embedded(
    encoder: Embedder, compared: _Compared, train: Dataset, test: Dataset, stages: _Stages
) -> _Rows:
    made = []
    for data in (train, test):
        with stages.stage(1) as tell:
            # Kept on disk: every generator of this data is compared with the same pictures.
            for now in build(data, encoder.embed, f"{encoder.key} for quality"):
                tell(now.fraction)
        assert now.gallery is not None
        made.append(now.gallery.index.rows)
    for pictures in (compared.generated, compared.noise):
        parts = []
        with stages.stage(1) as tell:
            for start in range(0, len(pictures), _CHUNK):
                parts.append(encoder.embed(list(pictures[start : start + _CHUNK])))
                tell(start / len(pictures))
        made.append(np.concatenate(parts))
    of_train, of_test, generated, noise = made
    return _Rows(of_train, of_test, generated, noise, compared.reference, compared.floor)


def _measure(
    found: dict[str, Any], name: str, rows: _Rows, labels: npt.NDArray[np.int64], classes: Sequence[str], *,
    by_class: bool,
) -> None:
    """Add what one encoder says to `found`."""
    length = np.sqrt(rows.test.shape[1])
    real = rows.test[rows.reference] * length
    sides = {
        "generated": rows.generated * length, "floor": rows.train[rows.floor] * length, "ceiling": rows.noise * length,
    }
    at = f"{name}@{short(len(labels))}"
    found["distances"][f"FD-{at}"] = {key: round(frechet_distance(made, real), 3) for key, made in sides.items()}
    kernels = {key: kernel_distance(made, real) for key, made in sides.items()}
    found["distances"][f"KD-{at}"] = {
        **{key: round(one.distance, 5) for key, one in kernels.items()},
        "error": None if np.isnan(kernels["generated"].error) else round(kernels["generated"].error, 5),
    }
    found["manifold"][name] = {
        key: {what: round(value, 4) for what, value in dataclasses.asdict(manifold(real, sides[key])).items()}
        for key in ("generated", "floor")
    }
    of_made, of_test = (nearest_distances(rows.train, queries) for queries in (rows.generated, rows.test))
    found["memorised"][name] = {
        "generated": round(memorised(of_made, of_test), 4),
        # Of unit rows at distance d the cosine is 1 - d^2 / 2.
        "limit": round(float(np.percentile(of_test, 1)) ** 2 / 2, 5),
    }
    if not by_class:
        return
    for number, word in enumerate(classes):
        own = labels == number
        about = found["classes"][word]
        about["memorised"] = round(memorised(of_made[own], of_test), 4) if own.any() else None
        if own.sum() >= _LEAST:
            about["distance"], about["floor"] = (
                round(kernel_distance(sides[key][own], real[own]).distance, 5) for key in ("generated", "floor")
            )


def _votes(
    found: dict[str, Any], name: str, rows: _Rows, train: Dataset, test: Dataset, labels: npt.NDArray[np.int64],
    classes: Sequence[str],
) -> dict[str, Any]:
    k = min(K, len(train))
    right, of_test = (
        knn_votes(rows.train, train.labels, queries, k=k).argmax(axis=1) == truth
        for queries, truth in ((rows.generated, labels), (rows.test, test.labels))
    )
    shares = {word: float(right[labels == number].mean()) for number, word in enumerate(classes) if number in labels}
    for word, share in shares.items():
        found["classes"][word]["asked"] = round(share, 4)
    return {
        "encoder": name, "k": k, "generated": round(float(right.mean()), 4), "test": round(float(of_test.mean()), 4),
        "hit": sum(share >= HIT for share in shares.values()),
    }


def _classification(
    found: dict[str, Any], generator: Decoder, train: Dataset, test: Dataset, device: Device,
    settings: QualitySettings, stages: _Stages,
) -> dict[str, Any]:
    classes, how = len(generator.classes), settings.classifier
    labels = np.arange(settings.taught) % classes
    # Half a level of rounding teaches nothing, and 50,000 pictures take minutes.
    with device.autocast(), stages.stage(2) as tell:
        painted = _painted(generator, labels, tell)
    accuracies = {}
    parameters = 0
    for key, pictures, taught in (("generated", painted, labels), ("real", train.pictures, train.labels)):
        assert isinstance(pictures, np.ndarray)
        assert isinstance(test.pictures, np.ndarray)
        with stages.stage(4) as tell:
            classifier = train_classifier(pictures, taught, classes, device, how, on_progress=tell)
        right = classify(classifier, test.pictures, device, how) == test.labels
        accuracies[key] = round(float(right.mean()), 4)
        parameters = sum(weight.numel() for weight in classifier.parameters())
        if key == "generated":
            for number, word in enumerate(generator.classes):
                of_class = right[test.labels == number]
                found["classes"][word]["accuracy"] = round(float(of_class.mean()), 4) if len(of_class) else None
    return {
        "pictures": len(painted), "real_pictures": len(train), "steps": how.steps, "batch_size": how.batch_size,
        "policy": how.policy, "side": min(how.side, generator.side), "parameters": parameters, **accuracies,
    }


def short(count: int) -> str:
    """10000 -> "10k", 435 -> "435"."""
    return f"{count // 1000}k" if count and count % 1000 == 0 else str(count)
