"""What happens to pixels, written once: augmentation, degradation and search all call these.

Every function takes a picture uint8 (H, W, 3) RGB of any memory layout, read-only too, and gives back a
new contiguous one: the input is never changed and no memory is shared with it. Numbers outside a range
raise the `LabError` of their knob (``knob.out_of_range``, ``knob.not_a_number``, ``knob.not_whole``).
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..core.images import Image, checked
from ..core.knobs import Choice, Knob
from ..core.seeds import checked_seed

# Hard limits of the operations; what a slider offers is declared, narrower, where the slider is.
_SIDE = Knob("side", 1, 1_000_000, 32, 1, "px", integer=True)
_BLUR_SIGMA = Knob("sigma", 0, 200, 0, 0.1, "px")
_LENGTH = Knob("length", 0, 500, 0, 0.5, "px")
_ANGLE = Knob("angle", -360, 360, 0, 1, "deg")
_NOISE_SIGMA = Knob("sigma", 0, 255, 0, 1, "levels")
_FRACTION = Knob("fraction", 0, 1, 0, 0.01)
_QUALITY = Knob("quality", 1, 100, 90, 1, integer=True)
_FACTOR = Knob("factor", 1, 1000, 1, 0.1, "x")
_CHROMA = Choice("chroma", ("4:4:4", "4:2:2", "4:2:0"), "4:2:0")

_PAPER = np.array([196, 184, 156], np.float32)

_SAMPLING = {
    "4:4:4": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    "4:2:2": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
}


def whole(values: npt.NDArray[np.floating[Any]]) -> Image:
    """Values in 0-255 levels, and beyond, as a file holds them: rounded and clipped."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def resize(image: Image, size: tuple[int, int]) -> Image:
    """The picture at `size` = (width, height) in pixels: the one resize of training, preview and search.

    An axis that shrinks is averaged over areas, so fine stripes turn grey instead of into false
    patterns (a plain bilinear resize keeps a standard deviation of 37 of one-pixel stripes; pytorch/vision#2950);
    an axis that grows is interpolated with cubics. Area averaging is used for shrinking only: when an
    axis grows it degrades to blocks.
    """
    width, height = int(_SIDE.check(size[0])), int(_SIDE.check(size[1]))
    picture = _checked(image)
    shrunk = (min(width, picture.shape[1]), min(height, picture.shape[0]))
    if shrunk != (picture.shape[1], picture.shape[0]):
        picture = _resized(picture, shrunk, cv2.INTER_AREA)
    if shrunk != (width, height):
        picture = _resized(picture, (width, height), cv2.INTER_CUBIC)
    return _own(picture, image)


def centre_square(image: Image) -> Image:
    """The largest square about the centre, (S, S, 3), S = min(H, W); an odd margin is larger below and right."""
    picture = _checked(image)
    side = min(picture.shape[:2])
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    return picture[top : top + side, left : left + side].copy()


def gaussian_blur(image: Image, sigma: float) -> Image:
    """Convolved with a Gaussian of `sigma` pixels, edges mirrored; 0 gives an equal copy."""
    sigma = _BLUR_SIGMA.check(sigma)
    picture = _checked(image)
    if sigma == 0:
        return _own(picture, image)
    # OpenCV cuts the kernel of 8-bit pictures at 3 sigma; at 4 no step shows while a slider moves.
    taps = 2 * math.ceil(4 * sigma) + 1
    blurred = cv2.GaussianBlur(picture, (taps, taps), sigma, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(blurred, np.uint8)


def motion_blur(image: Image, length: float, angle: float) -> Image:
    """The mean of the picture along a straight path, as if the camera had moved while the shutter was open.

    `length` is the path in pixels (0 gives an equal copy), `angle` its direction in degrees,
    counter-clockwise from the right. Edges are mirrored, the picture is not displaced.
    """
    length, angle = _LENGTH.check(length), math.radians(_ANGLE.check(angle))
    picture = _checked(image)
    if length == 0:
        return _own(picture, image)
    kernel = _path_kernel(length * math.cos(angle), -length * math.sin(angle))
    return np.asarray(cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REFLECT_101), np.uint8)


def gaussian_noise(image: Image, sigma: float, seed: int) -> Image:
    """With white noise of standard deviation `sigma` in 0-255 levels, rounded and clipped to 0-255.

    Clipping makes the noise weaker than `sigma` where the picture is very dark or very bright. The
    same seed draws the same field for every sigma, which only scales it.
    Model y = x + n: Zhang et al. 2017, arXiv:1608.03981.
    """
    sigma = _NOISE_SIGMA.check(sigma)
    picture = _checked(image)
    field = _generator(seed).standard_normal(picture.shape, dtype=np.float32)
    return whole(picture + np.float32(sigma) * field)


def grey_noise(image: Image, sigma: float, seed: int) -> Image:
    """As `gaussian_noise`, the same in all three channels: brightness flickers, colours stay."""
    sigma = _NOISE_SIGMA.check(sigma)
    picture = _checked(image)
    field = _generator(seed).standard_normal((*picture.shape[:2], 1), dtype=np.float32)
    return whole(picture + np.float32(sigma) * field)


def uneven_noise(image: Image, sigma: float, seed: int) -> Image:
    """Gaussian noise that grows across the picture, from 0 at one side to twice `sigma` at the other.

    The seed draws the direction too. Spatially varying noise: Zhang et al. 2018, arXiv:1710.04026, sec. IV-D.
    """
    sigma = _NOISE_SIGMA.check(sigma)
    picture = _checked(image)
    generator = _generator(seed)
    field = generator.standard_normal(picture.shape, dtype=np.float32)
    strength = unevenness(picture.shape[0], picture.shape[1], generator.uniform(0, 2 * math.pi))
    return whole(picture + np.float32(sigma) * strength[:, :, None] * field)


def unevenness(height: int, width: int, angle: float) -> npt.NDArray[np.float32]:
    """float32 (height, width), 1 on average: what the strength of uneven noise is multiplied with at each pixel.

    It rises evenly from 0 to 2 in the direction `angle`, radians clockwise from the right.
    """
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    rising = across * np.float32(math.cos(angle)) + down * np.float32(math.sin(angle))
    return (rising - rising.min()) * np.float32(2 / max(float(np.ptp(rising)), 1e-6))


def shot_noise(image: Image, sigma: float, seed: int) -> Image:
    """The noise of counted light: its variance grows with brightness and is `sigma` squared at mid-grey (128).

    Poisson, by its normal approximation, which the same seed scales continuously. Foi et al. 2008, IEEE Trans.
    Image Processing 17(10), eq. 3 without the constant part.
    """
    sigma = _NOISE_SIGMA.check(sigma)
    picture = _checked(image)
    field = _generator(seed).standard_normal(picture.shape, dtype=np.float32)
    return whole(picture + np.float32(sigma) * brightness_share(picture) * field)


def brightness_share(levels: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """What the strength of counted light's noise is multiplied with at each value: 1 at mid-grey, 0 at black."""
    return np.sqrt(np.clip(levels, 0, 255).astype(np.float32) / np.float32(128))


def salt_and_pepper(image: Image, fraction: float, seed: int) -> Image:
    """With a `fraction` (0-1) of the pixels replaced, half by white and half by black, all channels together.

    Every pixel keeps its threshold and its colour while the fraction changes, so more noise only adds
    to what was there.
    """
    fraction = _FRACTION.check(fraction)
    picture = _checked(image).copy()
    generator = _generator(seed)
    hit = generator.random(picture.shape[:2], dtype=np.float32) < fraction
    colours = generator.integers(0, 2, picture.shape[:2], dtype=np.uint8) * np.uint8(255)
    picture[hit] = colours[hit][:, None]
    return picture


def jpeg(image: Image, quality: float, chroma: str = "4:2:0") -> Image:
    """Encoded as JPEG at `quality` (1-100) and decoded again; `chroma` is the colour sampling."""
    factor = _SAMPLING[_CHROMA.check(chroma)]
    options = [cv2.IMWRITE_JPEG_QUALITY, int(_QUALITY.check(quality)), cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor]
    _, code = cv2.imencode(".jpg", cv2.cvtColor(_checked(image), cv2.COLOR_RGB2BGR), options)
    decoded = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR))
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def downscale(image: Image, factor: float) -> Image:
    """Shrunk by `factor` (at least 1) and enlarged back to the same size: detail is lost, the frame stays."""
    height, width = checked(image).shape[:2]
    return resize(_shrunk(image, factor), (width, height))


def blocks(image: Image, factor: float) -> Image:
    """As `downscale`, but enlarged back by repeating pixels: what is really left, to look at."""
    height, width = checked(image).shape[:2]
    return _resized(_shrunk(image, factor), (width, height), cv2.INTER_NEAREST)


def fade(image: Image, amount: float) -> Image:
    """Bleached like an old print: `amount` (0-1) of the way to the yellow-grey of empty paper, 0 an equal copy."""
    amount = _FRACTION.check(amount)
    return whole(_checked(image) * np.float32(1 - amount) + np.float32(amount) * _PAPER)


def _path_kernel(dx: float, dy: float) -> npt.NDArray[np.float32]:
    """Weights of the mean over a path of (dx, dy) pixels about the centre, points shared out bilinearly."""
    reach_x, reach_y = math.ceil(abs(dx) / 2), math.ceil(abs(dy) / 2)
    # Sixteen points a pixel, in the middle of equal parts: enough for weights exact to 1 %.
    count = 16 * math.ceil(math.hypot(dx, dy)) + 1
    along = (np.arange(count) + 0.5) / count - 0.5
    x, y = along * dx + reach_x, along * dy + reach_y
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    kernel = np.zeros((2 * reach_y + 2, 2 * reach_x + 2), np.float64)
    for step_x in (0, 1):
        for step_y in (0, 1):
            weight = np.abs(1 - step_x - (x - left)) * np.abs(1 - step_y - (y - top))
            np.add.at(kernel, (top + step_y, left + step_x), weight)
    # The last row and column only catch weights of zero.
    return (kernel[:-1, :-1] / count).astype(np.float32)


def _checked(image: Image) -> Image:
    """The picture in contiguous memory (its own, if it already is). Raises LabError ``image.wrong_shape``."""
    return np.ascontiguousarray(checked(image))


def _shrunk(image: Image, factor: float) -> Image:
    factor = _FACTOR.check(factor)
    height, width = checked(image).shape[:2]
    return resize(image, (max(1, round(width / factor)), max(1, round(height / factor))))


def _own(picture: Image, source: Image) -> Image:
    return picture.copy() if np.shares_memory(picture, source) else picture


def _resized(picture: Image, size: tuple[int, int], interpolation: int) -> Image:
    return np.asarray(cv2.resize(picture, size, interpolation=interpolation), np.uint8)


def _generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(checked_seed(seed)))
