"""Latents as text: as JSON, to copy and to bring back; and short, as an address carries them."""

from __future__ import annotations

import base64
import binascii
import json

import numpy as np
import numpy.typing as npt

from ....core.errors import LabError

Latents = npt.NDArray[np.float32]

#: A latent further from 0 than this is none that anybody drew, and paints nothing.
_FURTHEST = 100
# Numbers of two bytes, and of four.
_SHORT, _EXACT = np.dtype("<f2"), np.dtype("<f4")


def write_latents(latents: Latents) -> str:
    """Latents (Z,) as a JSON list, in as few digits as give each number back exactly."""
    return json.dumps([float(str(value)) for value in latents])


def read_latents(said: str, latent: int) -> Latents:
    """Latents (Z,) from a JSON list of numbers. Raises LabError ``generate.wrong_latents``."""
    wrong = LabError("generate.wrong_latents", expected=latent, most=_FURTHEST)
    try:
        told = json.loads(said) if len(said) < 100_000 else None
    except (ValueError, RecursionError):
        raise wrong from None
    if not isinstance(told, list) or len(told) != latent or not all(type(one) in (int, float) for one in told):
        raise wrong
    if not all(-_FURTHEST <= one <= _FURTHEST for one in told):  # nor is NaN
        raise wrong
    return np.array(told, np.float32)


def shortened(latents: Latents) -> Latents:
    """Latents to three digits or so, which moves hardly a pixel by a level: what `pack` writes half as long."""
    return latents.astype(_SHORT).astype(np.float32)


def pack(latents: Latents) -> str:
    """Latents (Z,) as letters, digits, - and _, exactly; 8 for 3 of them where they are `shortened`, else 16."""
    kind = _SHORT if np.array_equal(shortened(latents), latents) else _EXACT
    return base64.urlsafe_b64encode(latents.astype(kind).tobytes()).decode().rstrip("=")


def unpack(said: str, latent: int) -> Latents:
    """Latents (Z,) as `pack` wrote them. Raises LabError ``generate.wrong_code`` for anything else."""
    wrong = LabError("generate.wrong_code", expected=latent)
    try:
        content = base64.b64decode(said + "=" * (-len(said) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise wrong from None
    kind = next((kind for kind in (_SHORT, _EXACT) if len(content) == latent * kind.itemsize), None)
    if kind is None:
        raise wrong
    latents = np.frombuffer(content, kind).astype(np.float32)
    if not (np.abs(latents) <= _FURTHEST).all():  # nor is NaN
        raise wrong
    return latents
