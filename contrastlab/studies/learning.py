"""What a training's log says of how steadily two networks learned from each other."""

from __future__ import annotations

import numpy as np

from ..training.curve import Curve

#: The discriminator's mean logit of real pictures and of painted ones, as a GAN's training logs them.
REAL, PAINTED = "real_logit", "fake_logit"
# Points below which a half says nothing.
_FEWEST = 5


def unsteadiness(curve: Curve) -> float | None:
    """How much the discriminator's lead varied over the second half of a training, as a share of its mean.

    The lead is its logit of real pictures minus that of painted ones, so that losses of other scales compare; from
    one point to the next, so that a slow rise counts as steady. None for what is no GAN's curve, for a short one,
    and where there was no lead at all.
    """
    if not {REAL, PAINTED} <= curve.lines.keys():
        return None
    lead = np.subtract(curve.lines[REAL], curve.lines[PAINTED])
    late = lead[len(lead) // 2 :]
    if len(late) < _FEWEST or late.mean() <= 0:
        return None
    return float(np.abs(np.diff(late)).mean() / late.mean())
