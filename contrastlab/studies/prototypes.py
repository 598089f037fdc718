"""What class an encoder takes pictures for, when all it was ever shown of the classes is a generator's pictures."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.errors import LabError
from ..core.images import Image, to_tensor
from ..data.seen import seen_by
from ..models.encoder.inference import Embedder, NetworkEmbedder
from ..nn.decoding import Decoder

#: Pictures a class that are looked at.
EACH = 24
# Of these every third is not for the prototypes but says how sharp the softmax is to be, one of the temperatures.
_HELD_OUT = 3
_TEMPERATURES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2)


@dataclass(frozen=True, slots=True, eq=False)
class Prototypes:
    """One mean embedding a class.

    Attributes:
        encoder: whose embedding it is.
        rows: float32 (K, D), of unit length.
        temperature: of the softmax, above 0.
        classes: their names.
    """

    encoder: NetworkEmbedder
    rows: Tensor = field(repr=False)
    temperature: float
    classes: tuple[str, ...]

    def log_chances(self, pictures: Tensor) -> Tensor:
        """Pictures (N, 3, S, S) in [0, 1] -> the logarithms of their class probabilities (N, K); differentiable.

        Softmax over the similarities with the prototypes: Snell et al. 2017, arXiv:1703.05175, eq. 2, with cosine
        similarity.
        """
        rows = self.encoder.embed_tensor(seen_by(pictures, self.encoder.side))
        return F.log_softmax(rows @ self.rows.T / self.temperature, dim=1)

    def chances(self, pictures: Image) -> npt.NDArray[np.float32]:
        """Class probabilities (N, K) of pictures uint8 (N, S, S, 3)."""
        with torch.inference_mode():
            found: npt.NDArray[np.float32] = self.log_chances(to_tensor(pictures)).exp().cpu().numpy()
        return found


def prototypes(decoder: Decoder, encoder: Embedder, *, each: int = EACH) -> Prototypes:
    """The prototypes of a generator's classes, from `each` of its pictures a class: those of the first seeds.

    The temperature is the one of nine with which pictures that made no prototype are told their class most surely
    (least cross-entropy: Guo et al. 2017, arXiv:1706.04599, sec. 4.2), so that "99 % sure" means that.
    Raises LabError ``attack.needs_network`` for an encoder that is no network.
    """
    if not isinstance(encoder, NetworkEmbedder):
        raise LabError("attack.needs_network", name=getattr(encoder, "name", str(encoder)))
    count = len(decoder.classes)
    painted = decoder.generate(range(each * count), [place % count for place in range(each * count)])
    with torch.inference_mode():
        rows = encoder.embed_tensor(seen_by(to_tensor(painted), encoder.side))
    # Rows of inference mode may not take part in gradients; a copy made outside of it may.
    seen = rows.clone().view(each, count, -1)
    held = torch.arange(each) % _HELD_OUT == _HELD_OUT - 1
    means = F.normalize(seen[~held].mean(dim=0), dim=1)
    similarities = (seen[held] @ means.T).flatten(0, 1)
    labels = torch.arange(count, device=rows.device).repeat(int(held.sum()))
    sharp = min(_TEMPERATURES, key=lambda one: float(F.cross_entropy(similarities / one, labels)))
    return Prototypes(encoder, means, sharp, decoder.classes)
