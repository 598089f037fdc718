"""The restorer's only door outward: damaged pictures in, repaired pictures out, of any size, piece by piece."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.checkpoint import Checkpoint, load_weights
from ...core.device import Device
from ...core.errors import LabError
from ...core.images import Image, checked
from ...core.knobs import Knob
from ...data.pixels import whole
from ...nn.export import Exportable
from .network import BLUR_UNIT, RestorerNetwork
from .training import build

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

#: Pictures are worked on in squares of this side, which share so many pixels with each neighbour and blend there.
TILE, OVERLAP = 512, 96
#: Pixels of a picture that is repaired at full size, at most.
MOST = 25_000_000
#: How much of a repair is taken: 0 the picture as it was, 1 the repair.
STRENGTH = Knob("strength", 0, 1, 1, 0.01)
#: Rows that are put together at a time, so that a large picture is not in memory many times over.
_ROWS = 256
#: Side of the piece that the estimator looks at: the sharpest of a few would be dearer and no better.
_LOOKED_AT = 512


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with a picture, as estimated or told.

    Attributes:
        noise: standard deviation, in levels.
        quality: of the JPEG file it went through, 1-100; 100 for none.
        blur: standard deviation, in pixels.
    """

    noise: float
    quality: float
    blur: float


@dataclass(frozen=True, slots=True)
class Step:
    """How far a repair has come: `done` of `total` pieces, and with the last one the picture."""

    done: int
    total: int
    image: Image | None


@dataclass(frozen=True, slots=True, eq=False)
class Repairer:
    """A trained restorer in evaluation mode. Shared by all requests and changed by none.

    Attributes:
        name: of the checkpoint.
        key: changes whenever its answers would (the weights' hash).
    """

    name: str
    key: str
    device: Device
    network: RestorerNetwork = field(repr=False)

    def moved(self, device: Device) -> Repairer:
        """The same restorer on another device, with weights of its own there."""
        return replace(self, device=device, network=copy.deepcopy(self.network).to(device.torch))

    @torch.inference_mode()
    def estimate(self, image: Image, missing: Mask | None = None) -> Findings:
        """What is wrong with a picture uint8 (H, W, 3), by its middle; pixels that are `missing` are passed over."""
        picture = checked(image)
        height, width = (min(side, _LOOKED_AT) // 2 * 2 or 1 for side in picture.shape[:2])
        top, left = ((side - used) // 2 for side, used in zip(picture.shape[:2], (height, width), strict=True))
        rows, columns = slice(top, top + height), slice(left, left + width)
        piece = _tensor(picture[rows, columns].astype(np.float32), self.device)
        if min(height, width) < 16:  # the estimator's layers need so many
            piece = F.pad(piece, (0, max(0, 16 - width), 0, max(0, 16 - height)), mode="replicate")
        if missing is not None:
            piece = self._filled(piece, missing[rows, columns])
        noise, jpeg, blur = self.network.estimator(piece)[0].clamp_min(0).tolist()
        return Findings(noise=255 * noise, quality=max(1.0, 100 * (1 - jpeg)), blur=BLUR_UNIT * blur)

    def restore(
        self, image: Image, missing: Mask | None = None, told: Findings | None = None, *, strength: float = 1.0
    ) -> Image:
        """The last picture of `restoring`."""
        *_, last = self.restoring(image, missing, told, strength=strength)
        assert last.image is not None
        return last.image

    def restoring(
        self, image: Image, missing: Mask | None = None, told: Findings | None = None, *, strength: float = 1.0
    ) -> Iterator[Step]:
        """Repair a picture uint8 (H, W, 3) piece by piece; closing the iterator stops after the current piece.

        Pixels that are `missing`, bool (H, W), are invented from those around, whatever they hold. `told` replaces
        the estimate. `strength` 0 gives the picture back, 1 the repair, values between a blend; what is missing
        is invented in any case. Raises LabError ``restore.too_large`` beyond `MOST` pixels, ``restore.wrong_mask``,
        ``restore.all_missing``, and what `STRENGTH` raises.
        """
        picture, strength = checked(image), STRENGTH.check(strength)
        check_mask(picture, missing)
        if picture.shape[0] * picture.shape[1] > MOST:
            height, width = picture.shape[:2]
            raise LabError("restore.too_large", width=width, height=height, limit=MOST // 1_000_000)
        told = told or self.estimate(picture, missing)
        repaired = None
        tiles = list(_tiles(*picture.shape[:2]))
        total = np.zeros(picture.shape, np.float32)
        weight = np.zeros((*picture.shape[:2], 1), np.float32)
        for done, (rows, columns) in enumerate(tiles, start=1):
            lost = None if missing is None else missing[rows, columns]
            part = self.repair(picture[rows, columns].astype(np.float32), lost, told)
            share = _share(rows, columns, picture.shape[:2])
            total[rows, columns] += part * share
            weight[rows, columns] += share
            if done == len(tiles):
                total /= weight
                repaired = blended(picture, total, missing, strength)
            yield Step(done, len(tiles), repaired)

    @torch.inference_mode()
    def repair(self, levels: Floats, missing: Mask | None, told: Findings) -> Floats:
        """float32 levels (H, W, 3), unclipped noise too, in one piece -> repaired ones, neither rounded nor clipped."""
        damaged = _tensor(levels, self.device)
        lost = torch.zeros_like(damaged[:, :1])
        if missing is not None:
            lost = torch.from_numpy(missing.astype(np.float32))[None, None].to(self.device.torch)
        # In bf16, where that is faster: on one core with AVX-512 and AMX a third of the time, and .01 dB.
        with self.device.autocast():
            repaired = self.denoise(damaged * (1 - lost), lost, told)
        return np.ascontiguousarray(repaired[0].permute(1, 2, 0).cpu().numpy()) * np.float32(255)

    def denoise(self, damaged: Tensor, missing: Tensor, told: Findings) -> Tensor:
        """Pictures (N, 3, H, W) in [0, 1] and masks (N, 1, H, W) -> repaired ones; differentiable by the pictures."""
        height, width = damaged.shape[2:]
        multiple = self.network.restorer.multiple
        below, right = -height % multiple, -width % multiple
        if below or right:
            # Mirrored, where the picture is large enough for that.
            mode = "reflect" if below < height and right < width else "replicate"
            damaged, missing = (F.pad(one, (0, right, 0, below), mode=mode) for one in (damaged, missing))
        maps = torch.tensor([told.noise / 255, 1 - told.quality / 100, told.blur / BLUR_UNIT])
        maps = maps.view(1, 3, 1, 1).expand(len(damaged), -1, -1, -1).to(self.device.torch)
        repaired: Tensor = self.network.restorer(damaged, missing, maps)
        return repaired[:, :, :height, :width]

    def exportable(self) -> Exportable:
        """The network alone, for programs without torch: sides must divide by `multiple`, maps are (N, 3, 1, 1)."""
        restorer = self.network.restorer
        step = restorer.multiple
        damaged, missing = torch.rand(2, 3, 4 * step, 5 * step), torch.zeros(2, 1, 4 * step, 5 * step)
        example = (("damaged", damaged), ("missing", missing), ("maps", torch.rand(2, 3, 1, 1)))
        return Exportable(restorer, restorer, example, "repaired", {0: 1, 2: step, 3: step})

    def _filled(self, piece: Tensor, missing: Mask) -> Tensor:
        """With the mean colour where something is missing: black would be taken for an edge."""
        kept = torch.from_numpy(~missing).to(self.device.torch)[None, None].float()
        if piece.shape[2:] != kept.shape[2:] or not kept.any():
            return piece
        mean = (piece * kept).sum(dim=(2, 3), keepdim=True) / kept.sum()
        return piece * kept + mean * (1 - kept)


def load_repairer(checkpoint: Checkpoint, device: Device) -> Repairer:
    """The restorer of a checkpoint. Raises LabError ``checkpoint.wrong_weights`` if they do not fit together."""
    network = build(checkpoint.architecture)
    load_weights(network, checkpoint)
    network.eval().requires_grad_(False).to(device.torch)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Repairer(name=checkpoint.name, key=checkpoint.sha256, device=device, network=network)


def check_mask(picture: Image, missing: Mask | None) -> None:
    """Raises LabError ``restore.wrong_mask`` unless a mask is bool and of the picture's size, ``restore.all_missing``
    where it leaves nothing of it."""
    if missing is None:
        return
    if missing.shape != picture.shape[:2] or missing.dtype != np.bool_:
        fits = missing.dtype == np.bool_ and missing.ndim == 2
        got = " x ".join(map(str, missing.shape[::-1])) if fits else f"{missing.dtype} {missing.shape}"
        raise LabError("restore.wrong_mask", got=got, width=picture.shape[1], height=picture.shape[0])
    if missing.all():
        raise LabError("restore.all_missing")


def blended(picture: Image, repaired: Floats | Image, missing: Mask | None, strength: float) -> Image:
    """The `strength` (0-1) of a repair, levels (H, W, 3): 0 the picture as it was; what is missing always repaired."""
    result = np.empty_like(picture)
    for top in range(0, len(picture), _ROWS):
        rows = slice(top, top + _ROWS)
        before, after = picture[rows].astype(np.float32), repaired[rows].astype(np.float32)
        mixed = before + np.float32(strength) * (after - before)
        if missing is not None:
            mixed = np.where(missing[rows, :, None], after, mixed)
        result[rows] = whole(mixed)
    return result


def _tiles(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    for rows in _spans(height):
        for columns in _spans(width):
            yield rows, columns


def _spans(length: int) -> list[slice]:
    """Stretches of `TILE` that share `OVERLAP` with the next; the last one ends at the end."""
    if length <= TILE:
        return [slice(0, length)]
    # Starts stay on the grid of the network's coarsest level, so that a piece is seen as the whole would be.
    starts = [*range(0, length - TILE, TILE - OVERLAP), -(-(length - TILE) // 16) * 16]
    return [slice(start, min(start + TILE, length)) for start in sorted(set(starts))]


def _share(rows: slice, columns: slice, size: tuple[int, ...]) -> Floats:
    """(H, W, 1) of a tile: what it counts, falling to 0 over the inner half of what it shares with a neighbour.

    The outermost quarter counts nothing: there the tile knows less than its neighbour.
    """
    down, across = (_ramp(one, length) for one, length in zip((rows, columns), size[:2], strict=True))
    return (down[:, None] * across[None, :])[:, :, None]


def _ramp(span: slice, length: int) -> Floats:
    count = span.stop - span.start
    distance = np.arange(count, dtype=np.float32)
    share = np.ones(count, np.float32)
    if span.start > 0:
        share *= np.clip((distance - OVERLAP / 4) / (OVERLAP / 2), 1e-4, 1)
    if span.stop < length:
        share *= np.clip((distance[::-1] - OVERLAP / 4) / (OVERLAP / 2), 1e-4, 1)
    return share


def _tensor(levels: Floats, device: Device) -> Tensor:
    pixels = torch.from_numpy(np.ascontiguousarray(levels.transpose(2, 0, 1)))[None] / 255
    return pixels.to(device.torch)
