"""What can be measured of a picture without knowing what it shows: light, colour, and where its subject stands."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

#: What `appearance` measures, each with what it means to have more of it.
ASPECTS = (
    "brightness",  # lighter on the whole, 0 to 1
    "contrast",  # spread of the lightness
    "saturation",  # further from grey
    "warmth",  # redder rather than bluer
    "green",  # greener rather than pink
    "middle",  # the middle lighter than the whole
    "above",  # the upper half lighter than the lower
    "right_light",  # the right half lighter than the left
    "size",  # share that differs from the border's colour
    "right",  # that share further to the right, -1 to 1
    "low",  # ... further down, -1 to 1
    "wide",  # ... wider than high
    "lean",  # ... leaning like a backslash, its top to the left
    "detail",  # changes from pixel to pixel, for the contrast that there is
)

# How far a pixel has to be from the border's colour to count as the subject: a fifth of the way from black to one
# pure colour.
_APART = 0.2
_CHUNK = 256
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def appearance(pictures: Pixels) -> dict[str, Values]:
    """Each of `ASPECTS` of pictures uint8 (N, H, W, 3): float32 (N,).

    The subject is what differs from the median colour of the border: rough, and enough to see a direction.
    """
    parts = [_measured(pictures[start : start + _CHUNK]) for start in range(0, len(pictures), _CHUNK)]
    if not parts:
        return {aspect: np.empty(0, np.float32) for aspect in ASPECTS}
    return {aspect: np.concatenate([part[aspect] for part in parts]) for aspect in ASPECTS}


def _measured(pictures: Pixels) -> dict[str, Values]:
    colours: Values = (pictures.astype(np.float32) / 255).astype(np.float32)
    light = colours @ _LUMA
    red, green, blue = colours[..., 0], colours[..., 1], colours[..., 2]
    height, width = light.shape[1:]
    top, left = height // 2, width // 2
    whole, spread = light.mean((1, 2)), light.std((1, 2))
    bends = np.abs(
        4 * light[:, 1:-1, 1:-1] - light[:, :-2, 1:-1] - light[:, 2:, 1:-1] - light[:, 1:-1, :-2] - light[:, 1:-1, 2:]
    )
    found = {
        "brightness": whole,
        "contrast": spread,
        "saturation": (colours.max(3) - colours.min(3)).mean((1, 2)),
        "warmth": (red - blue).mean((1, 2)),
        "green": (green - (red + blue) / 2).mean((1, 2)),
        "middle": light[:, height // 4 : -(height // 4), width // 4 : -(width // 4)].mean((1, 2)) - whole,
        "above": light[:, :top].mean((1, 2)) - light[:, top:].mean((1, 2)),
        "right_light": light[:, :, left:].mean((1, 2)) - light[:, :, :left].mean((1, 2)),
        "detail": bends.mean((1, 2)) / (spread + 0.02),
        **_subject(colours),
    }
    return {aspect: found[aspect].astype(np.float32) for aspect in ASPECTS}


def _subject(colours: Values) -> dict[str, Values]:
    """Size, place and shape of what differs from the border."""
    height, width = colours.shape[1:3]
    edge = max(1, min(height, width) // 10)
    border = np.ones((height, width), bool)
    border[edge:-edge, edge:-edge] = False
    ground = np.median(colours[:, border], axis=1)
    subject = (np.linalg.norm(colours - ground[:, None, None], axis=3) > _APART).astype(np.float32)
    area = subject.sum((1, 2))
    x, y = (np.linspace(-1, 1, side, dtype=np.float32) for side in (width, height))

    def mean(values: Values) -> Values:
        averaged: Values = (subject * values).sum((1, 2)) / np.maximum(area, 1)
        return averaged

    right, low = mean(x[None, None, :]), mean(y[None, :, None])
    from_x, from_y = x[None, None, :] - right[:, None, None], y[None, :, None] - low[:, None, None]
    wide, high = mean(from_x**2) + 1e-3, mean(from_y**2) + 1e-3
    return {
        "size": area / (height * width), "right": right, "low": low, "wide": np.log(wide / high),
        "lean": mean(from_x * from_y) / high,
    }
