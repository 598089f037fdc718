"""Ways through a generator's latents: every point on them is as likely as a fresh one, so every picture is one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Latents = npt.NDArray[np.float32]

# Below this angle two latents are taken for parallel, in radians.
_PARALLEL = 1e-4


def loop(start: Latents, other: Latents, frames: int) -> Latents:
    """Latents (..., Z) -> (frames, ..., Z): a round trip from `start` past `other`, without its end, which is `start`.

    cos(t) start + sin(t) other is normal for every t if both are normal and independent.
    """
    turns = np.linspace(0, 2 * np.pi, frames, endpoint=False)
    at = turns.reshape(-1, *[1] * start.ndim)
    return (np.cos(at) * start + np.sin(at) * other).astype(np.float32)


def walk(stops: Latents, frames: int, *, closed: bool = False) -> Latents:
    """Stops (K, Z) -> (M, Z): from each to the next in `frames` steps, back to the first if `closed`.

    The last stop itself is the last point unless the walk is closed. The way is along the arc, not the chord, whose
    middle is nearer to the origin than almost any latent: White 2016, arXiv:1609.04468.
    """
    ahead = np.concatenate([stops[1:], stops[:1]]) if closed else stops[1:]
    parts = [_arc(one, other, frames) for one, other in zip(stops, ahead, strict=False)]
    return np.concatenate(parts if closed else [*parts, stops[-1:]])


def _arc(one: Latents, other: Latents, frames: int) -> Latents:
    share = np.linspace(0, 1, frames, endpoint=False, dtype=np.float32)[:, None]
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    angle = float(np.arccos(np.clip(np.dot(one, other) / max(lengths, 1e-12), -1, 1)))
    if np.sin(angle) < _PARALLEL:
        straight: Latents = (1 - share) * one + share * other
        return straight
    arc: Latents = (np.sin((1 - share) * angle) * one + np.sin(share * angle) * other) / np.float32(np.sin(angle))
    return arc
