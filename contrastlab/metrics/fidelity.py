"""How near a repaired picture is to what it was: numbers in 0-255 levels in, decibels and the like out."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

#: Pictures uint8 or float (H, W, 3) RGB in 0-255 levels.
Levels = npt.NDArray[np.uint8] | npt.NDArray[np.float32] | npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Of SSIM: an 11-pixel Gaussian window, and what keeps quotients of small numbers calm.
_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def psnr(picture: Levels, truth: Levels, where: Mask | None = None) -> float:
    """Peak signal-to-noise ratio in decibels, all channels together; infinite for equal pictures.

    10 log10(255^2 / mean squared error), over the pixels `where` (H, W) is True if that is given. Above 40 nobody
    sees a difference; 3 more is half the squared error.
    """
    difference = np.asarray(picture, np.float64) - np.asarray(truth, np.float64)
    error = float(np.square(difference if where is None else difference[where]).mean())
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def luma(picture: Levels) -> npt.NDArray[np.float64]:
    """(H, W) brightness as television counts it, 16-235: what JPEG results are reported on (ITU-R BT.601)."""
    weighted: npt.NDArray[np.float64] = np.asarray(picture, np.float64) @ np.array([65.481, 128.553, 24.966]) / 255 + 16
    return weighted


def psnr_y(picture: Levels, truth: Levels) -> float:
    """As `psnr`, of the brightness alone."""
    return psnr(luma(picture), luma(truth))


def ssim(picture: Levels, truth: Levels) -> float:
    """Structural similarity, 1 for equal pictures: mean over channels and over places where the window fits.

    Wang et al. 2004, IEEE Trans. Image Processing 13(4): 11x11 Gaussian window of 1.5 pixels, K1 .01, K2 .03, as in
    the restoration literature (scikit-image's default window differs). NaN for pictures smaller than the window.
    """
    x, y = np.asarray(picture, np.float64), np.asarray(truth, np.float64)
    if min(x.shape[:2]) < _WINDOW:
        return math.nan
    mean_x, mean_y = _windowed(x), _windowed(y)
    var_x, var_y = _windowed(x * x) - mean_x**2, _windowed(y * y) - mean_y**2
    together = _windowed(x * y) - mean_x * mean_y
    alike = (2 * mean_x * mean_y + _C1) * (2 * together + _C2)
    size = (mean_x**2 + mean_y**2 + _C1) * (var_x + var_y + _C2)
    return float((alike / size).mean())


def removed(damaged: Levels, repaired: Levels, truth: Levels) -> float:
    """Share of the squared error that a repair took away: 1 for all of it, below 0 where it made things worse.

    0 where there was none.
    """
    before, after = (
        float(np.square(np.asarray(one, np.float64) - np.asarray(truth, np.float64)).mean())
        for one in (damaged, repaired)
    )
    return 1 - after / before if before else 0.0


def _windowed(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    half = _WINDOW // 2
    blurred = cv2.GaussianBlur(rows, (_WINDOW, _WINDOW), _SIGMA)
    return np.asarray(blurred[half:-half, half:-half], np.float64)
