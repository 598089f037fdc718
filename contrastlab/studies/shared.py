"""What a generator paints alike whatever it is asked for: how far an aspect goes by the numbers and not by the word."""

from __future__ import annotations

import numpy as np

from ..metrics.appearance import appearance
from ..nn.decoding import Decoder

#: Latents that are painted as every class.
SAMPLES = 64


def shared(decoder: Decoder, aspect: str, *, samples: int = SAMPLES) -> float:
    """How far two classes agree in an aspect (one of `metrics.appearance.ASPECTS`) when painted from the same latents.

    The mean over all pairs of classes of Pearson's correlation over the latents: 1 where the latents alone decide,
    about 0 where every class goes its own way; 0 where the aspect never changes. A decoder that was told the class
    keeps in its latents what the class does not say (Kingma et al. 2014, arXiv:1406.5298, sec. 4.3).
    """
    latents = decoder.latents(range(samples))
    measured = np.stack([
        appearance(decoder.paint(latents, [kind] * samples))[aspect] for kind in range(len(decoder.classes))
    ])
    centred = measured - measured.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    units = np.divide(centred, lengths, out=np.zeros_like(centred), where=lengths > 0)
    pairs = np.triu_indices(len(units), k=1)
    return float((units @ units.T)[pairs].mean())
