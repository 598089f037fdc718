"""The encoder's only door outward: pictures in, unit-length embeddings out, NumPy on both sides."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.checkpoint import Checkpoint, load_weights
from ...core.device import Device
from ...core.images import Image, to_tensor
from ...data.seen import view as seen_at
from ...metrics.retrieval import Band
from ...nn.export import Exportable
from .network import CIFAR_MEAN, SIDE, Encoder, check_side

#: Pictures a forward pass; more gain nothing on a CPU and cost memory.
_CHUNK = 256
#: Up to so many pictures at once it is worth looking whether one was embedded a moment ago.
_FEW = 4

#: The network the untrained baseline is drawn with: that of encoder-simclr-cifar10.
UNTRAINED_ARCHITECTURE: Mapping[str, Any] = {
    "widths": (64, 256, 256), "stem": 24, "head_hidden": 512, "projection": 128,
}


class Embedder(Protocol):
    """Anything that turns pictures into embeddings: a trained network, an untrained one, the pixels themselves.

    Attributes:
        name: what it is called in the page and on the command line.
        key: changes whenever its answers would (the weights' hash): what an index is filed under.
        band: where the similarities of different pictures lie, measured by `evaluate`; None before that.
        side: of the square view of a picture that is all it sees, in pixels.
    """

    @property
    def name(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def band(self) -> Band | None: ...

    @property
    def side(self) -> int: ...

    def embed(self, images: Sequence[Image]) -> npt.NDArray[np.float32]:
        """N pictures uint8 (H, W, 3) of any size -> (N, D) float32 rows of unit length; none -> (0, D).

        Each is cropped to its central square and brought to `side` pixels, as `view` shows.
        Raises the LabErrors of a malformed picture.
        """


def view(image: Image, side: int = SIDE) -> Image:
    """The (side, side, 3) picture that an embedder of that side really sees; see `data.seen.view`."""
    return seen_at(image, side)


@cache
def fingerprint(side: int) -> str:
    """Changes whenever an embedder of this side would see a picture differently: a hash of what it sees of one."""
    pixels = np.random.default_rng(0).integers(0, 256, (96, 130, 3), np.uint8)
    return hashlib.sha256(view(pixels, side).tobytes()).hexdigest()


class _Recent:
    """Rows embedded a moment ago, found by a hash of what the network saw; holds no picture.

    At every step of a slider the unchanged picture comes again beside the changed one: half the work.
    """

    def __init__(self, places: int = 256) -> None:
        self._rows: OrderedDict[bytes, npt.NDArray[np.float32]] = OrderedDict()
        self._places = places
        self._lock = threading.Lock()

    def get(self, key: bytes) -> npt.NDArray[np.float32] | None:
        with self._lock:
            if key in self._rows:
                self._rows.move_to_end(key)
            return self._rows.get(key)

    def put(self, key: bytes, row: npt.NDArray[np.float32]) -> None:
        with self._lock:
            self._rows[key] = row
            while len(self._rows) > self._places:
                self._rows.popitem(last=False)


@dataclass(frozen=True, slots=True, eq=False)
class NetworkEmbedder:
    """A trained (or untrained) network in evaluation mode. Shared by all requests and changed by none."""

    name: str
    key: str
    band: Band | None
    network: Encoder
    device: Device
    side: int = SIDE
    _recent: _Recent = field(default_factory=_Recent, repr=False)

    def embed(self, images: Sequence[Image]) -> npt.NDArray[np.float32]:
        """See `Embedder.embed`. This is the backbone's output, before the projection head."""
        if not 0 < len(images) <= _FEW:
            return self._forward(_views(images, self.side))
        views = [view(image, self.side) for image in images]
        keys = [hashlib.blake2b(seen.tobytes(), digest_size=16).digest() for seen in views]
        rows = [self._recent.get(key) for key in keys]
        new = [place for place, row in enumerate(rows) if row is None]
        if new:
            for place, row in zip(new, self._forward(to_tensor([views[place] for place in new])), strict=True):
                self._recent.put(keys[place], row)
                rows[place] = row
        return np.stack([row for row in rows if row is not None])

    @torch.inference_mode()
    def _forward(self, pictures: Tensor) -> npt.NDArray[np.float32]:
        rows = [self.embed_tensor(chunk).cpu() for chunk in pictures.split(_CHUNK)]
        embedded: npt.NDArray[np.float32] = torch.cat(rows).numpy()
        return embedded

    def embed_tensor(self, pictures: Tensor) -> Tensor:
        """(N, 3, side, side) float32 in [0, 1], on any device -> (N, D) unit rows on the network's; differentiable."""
        return F.normalize(self.network.backbone(pictures.to(self.device.torch)).float(), dim=1)

    def exportable(self) -> Exportable:
        """`embed_tensor`, for programs without torch."""
        pictures = torch.rand(2, 3, self.side, self.side)
        return Exportable(self.embed_tensor, self.network, (("pictures", pictures),), "embeddings", {0: 1})

    def project(self, images: Sequence[Image]) -> npt.NDArray[np.float32]:
        """As `embed`, but after the projection head: what the loss compared, (N, P)."""
        return self.embed_and_project(images)[1]

    @torch.inference_mode()
    def embed_and_project(
        self, images: Sequence[Image]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Both before the head and after it, (N, D) and (N, P), for one pass through the network."""
        pairs = [self.network(chunk.to(self.device.torch)) for chunk in _views(images, self.side).split(_CHUNK)]
        before, after = (
            torch.cat([F.normalize(rows.float(), dim=1).cpu() for rows in part]).numpy()
            for part in zip(*pairs, strict=True)
        )
        return before, after


@dataclass(frozen=True, slots=True, eq=False)
class PixelEmbedder:
    """The baseline that has learned nothing: the view's pixels themselves, less the mean colour, at unit length."""

    name: str = "pixels"
    band: Band | None = None
    side: int = SIDE

    @property
    def key(self) -> str:
        """See `Embedder`."""
        return f"pixels-{self.side}-cifar-mean"

    def embed(self, images: Sequence[Image]) -> npt.NDArray[np.float32]:
        """See `Embedder.embed`; D = 3 * side**2. Without the mean colour taken off, all pictures would look alike."""
        centred = _views(images, self.side) - torch.tensor(CIFAR_MEAN).view(1, 3, 1, 1)
        rows: npt.NDArray[np.float32] = F.normalize(centred.flatten(1), dim=1).numpy()
        return rows


def load_embedder(checkpoint: Checkpoint, device: Device) -> NetworkEmbedder:
    """The embedder of a checkpoint.

    Raises LabError ``checkpoint.wrong_weights`` if weights and architecture differ, ``encoder.small_side`` if the
    view is too small for the architecture.
    """
    network = Encoder(**checkpoint.architecture)
    load_weights(network, checkpoint)
    side = check_side(checkpoint.preprocessing.get("side", SIDE), checkpoint.architecture["widths"])
    band = band_of(checkpoint.metrics, "embedding")
    return _ready(checkpoint.name, checkpoint.sha256, network, device, band, side)


def untrained_embedder(
    device: Device,
    *,
    band: Band | None = None,
    seed: int = 0,
    architecture: Mapping[str, Any] = UNTRAINED_ARCHITECTURE,
    side: int = SIDE,
) -> NetworkEmbedder:
    """A network of that architecture with random weights: what the architecture alone finds alike."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Encoder(**architecture)
    drawn = json.dumps([seed, side, dict(architecture)], sort_keys=True)
    key = f"untrained-{hashlib.sha256(drawn.encode()).hexdigest()[:16]}"
    return _ready("untrained", key, network, device, band, check_side(side, architecture["widths"]))


def band_of(metrics: dict[str, object], which: str) -> Band | None:
    """The measured band of "embedding", "untrained" or "pixels" in an encoder's metrics, if it was measured."""
    bands = metrics.get("different_pairs")
    if not isinstance(bands, dict) or which not in bands:
        return None
    return Band(**{**bands[which], "shares": tuple(bands[which]["shares"])})


def _ready(
    name: str, key: str, network: Encoder, device: Device, band: Band | None, side: int
) -> NetworkEmbedder:
    network = network.eval().requires_grad_(False).to(device.torch).to(memory_format=torch.channels_last)
    return NetworkEmbedder(name=name, key=key, band=band, network=network, device=device, side=side)


def _views(images: Sequence[Image], side: int) -> Tensor:
    """(N, 3, side, side) float32 in [0, 1]; an empty list gives N = 0."""
    if len(images) == 0:
        return torch.zeros(0, 3, side, side)
    return to_tensor([view(image, side) for image in images])
