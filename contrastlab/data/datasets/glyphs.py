"""Digits drawn with OpenCV's fonts and bent at random: endless, labelled, nothing to download."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from ...core.images import Image
from ...core.knobs import Knob
from ...core.seeds import checked_seed
from .dataset import Dataset

SIDE = 28
_COUNT = Knob("count", 1, 1_000_000, 1000, 1, integer=True)
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SIMPLEX | cv2.FONT_ITALIC,
)
_THICKNESSES = (6, 9, 12)
# Drawn four times as large, bent at twice the size, then averaged down: no jagged edges.
_CANVAS = 4 * SIDE
_BENT = 2 * SIDE


def glyphs(n: int, seed: int) -> Dataset:
    """`n` digits, white on black as in MNIST: pictures (n, 28, 28, 3), labels in 0-9 drawn evenly, ten classes.

    Picture i depends on (seed, i) only, so a larger `n` begins with the pictures of a smaller one.
    Raises LabError ``knob.out_of_range`` for n < 1 or a negative seed.
    """
    count, seed = int(_COUNT.check(n)), checked_seed(seed)
    pictures = np.empty((count, SIDE, SIDE, 3), np.uint8)
    labels = np.empty(count, np.int64)
    for index in range(count):
        generator = np.random.default_rng((seed, index))
        labels[index] = generator.integers(10)
        pictures[index] = _bent(int(labels[index]), generator)[:, :, None]
    pictures.flags.writeable = labels.flags.writeable = False
    return Dataset("glyphs", "all", pictures, labels, tuple("0123456789"), "drawn")


def _bent(digit: int, generator: np.random.Generator) -> Image:
    """One digit (28, 28), turned, scaled, sheared, shifted and bent."""
    drawn = _drawn(digit, int(generator.integers(len(_FONTS))), int(generator.integers(len(_THICKNESSES))))
    angle, shear = generator.uniform(-0.25, 0.25), generator.uniform(-0.3, 0.3)
    scale = generator.uniform(0.8, 1.15, 2)
    shift = generator.uniform(-2.5, 2.5, 2) * _CANVAS / SIDE
    cosine, sine = np.cos(angle), np.sin(angle)
    backward = np.array([[cosine, sine], [-sine, cosine]]) @ np.array([[1, shear], [0, 1]]) / scale[:, None]
    # A coarse grid of displacements, enlarged smoothly, bends strokes as a hand does.
    bends = generator.normal(0, 2.5, (4, 4, 2)).astype(np.float32)
    field = cv2.resize(bends, (_BENT, _BENT), interpolation=cv2.INTER_CUBIC)
    centre = (_CANVAS - 1) / 2
    grid = (np.arange(_BENT) + 0.5) * (_CANVAS / _BENT) - 0.5 - centre
    target = np.stack(np.meshgrid(grid, grid), -1) - shift
    place = (target @ backward.T + centre + field).astype(np.float32)
    bent = cv2.remap(drawn, place[..., 0], place[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(cv2.resize(bent, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


@cache
def _drawn(digit: int, font: int, thickness: int) -> Image:
    """The digit in one font, (112, 112), 20/28 of the canvas high and centred, as MNIST's digits are."""
    canvas = np.zeros((400, 400), np.uint8)
    cv2.putText(canvas, str(digit), (100, 300), _FONTS[font], 8, 255, 2 * _THICKNESSES[thickness], cv2.LINE_AA)
    left, top, width, height = cv2.boundingRect(canvas)
    tall = 20 * _CANVAS // SIDE
    wide = min(tall, round(tall * width / height))
    digit_only = canvas[top : top + height, left : left + width]
    drawn = np.zeros((_CANVAS, _CANVAS), np.uint8)
    y, x = (_CANVAS - tall) // 2, (_CANVAS - wide) // 2
    drawn[y : y + tall, x : x + wide] = cv2.resize(digit_only, (wide, tall), interpolation=cv2.INTER_AREA)
    drawn.flags.writeable = False
    return drawn
