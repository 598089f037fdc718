"""The repairs there were before networks, from OpenCV and scikit-image, each at its best setting for the damage.

Every method takes a picture uint8 (H, W, 3) RGB and gives one of the same size back. Their traps are dealt with here:
OpenCV's non-local means takes blue first, its inpainting errs at a picture's edge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ...core.errors import LabError
from ...core.images import Image, checked
from ...data import pixels
from .inference import Findings, Mask

#: Mirrored around a picture that is to be filled or sharpened, and cut off again.
_EDGE = 16
#: Counts as none: below, a method gives back a copy.
_LEAST_NOISE, _LEAST_BLUR, _BEST_QUALITY = 1.0, 0.3, 95

Work = Callable[[Image, float], Image]


@dataclass(frozen=True, slots=True)
class Method:
    """One classical repair.

    Attributes:
        name: its text is ``method.<name>``.
        against: the damages of `data.degrade` that it is meant for.
        settings: its one parameter, best for so strong a damage: (strength, parameter) by rising strength, found by
            `python -m docs.tuning --data FOLDER` on BSD's training photographs, and interpolated between. Strength is
            the noise in levels, the blur in pixels or 100 - quality, by the damage it is meant for, and 0 for holes;
            () if it has no parameter.
        run: (picture, parameter, findings, missing) -> repaired picture.
        noisy: as `settings`, by the noise that comes on top of a blur: where there is any, it decides.
    """

    name: str
    against: tuple[str, ...]
    settings: tuple[tuple[float, float], ...]
    run: Callable[[Image, float, Findings, Mask | None], Image]
    noisy: tuple[tuple[float, float], ...] = ()

    def parameter(self, found: Findings) -> float:
        """The best setting for such a damage; 0 if there is none to set."""
        if not self.settings:
            return 0.0
        strength = {"noise": found.noise, "salt": found.noise, "jpeg": 100 - found.quality}.get(
            self.against[0], found.blur
        )
        settings = self.settings
        if self.noisy and found.noise >= _LEAST_NOISE:
            strength, settings = found.noise, self.noisy
        strengths, best = zip(*settings, strict=True)
        return float(np.interp(strength, strengths, best))


def repair(name: str, image: Image, found: Findings, missing: Mask | None = None) -> Image:
    """`image` repaired by the method of that name, set for what was found.

    Raises LabError ``restore.unknown_method`` naming those there are, and ``restore.needs_mask`` for a method that
    fills holes where there is no hole.
    """
    if name not in METHODS:
        raise LabError("restore.unknown_method", got=name, options=", ".join(METHODS))
    method = METHODS[name]
    if "holes" in method.against and (missing is None or not missing.any()):
        raise LabError("restore.needs_mask", method=name)
    return method.run(np.ascontiguousarray(checked(image)), method.parameter(found), found, missing)


def non_local_means(image: Image, strength: float) -> Image:
    """The mean of similar patches from all around. Buades et al. 2005 (CVPR); `strength` is OpenCV's h, in levels."""
    # By name: the third positional argument is where the result goes, and a number there is taken without complaint.
    bgr = np.ascontiguousarray(image[:, :, ::-1])
    cleaned = cv2.fastNlMeansDenoisingColored(
        bgr, None, h=strength, hColor=strength, templateWindowSize=5, searchWindowSize=21
    )
    return np.ascontiguousarray(np.asarray(cleaned, np.uint8)[:, :, ::-1])


def bilateral(image: Image, strength: float) -> Image:
    """The mean of near pixels of similar colour. Tomasi & Manduchi 1998 (ICCV); `strength` in levels of colour."""
    return np.asarray(cv2.bilateralFilter(image, 9, strength, 3.0), np.uint8)


def median(image: Image, side: float) -> Image:
    """The middle value of a window of `side` pixels, taken to the nearest of 1, 3, 5 and 7."""
    width = 2 * round((min(max(side, 1), 7) - 1) / 2) + 1
    return np.asarray(cv2.medianBlur(image, width), np.uint8) if width > 1 else image.copy()


def total_variation(image: Image, weight: float) -> Image:
    """The picture of least total variation near this one. Chambolle 2004, J. Math. Imaging and Vision 20."""
    from skimage.restoration import denoise_tv_chambolle

    return _levels(denoise_tv_chambolle(image / 255.0, weight=weight, channel_axis=2))


def wiener(image: Image, balance: float, blur: float) -> Image:
    """The linear filter that undoes a Gaussian blur of `blur` pixels best on average. Wiener 1949.

    `balance` keeps it from blowing up what the blur left nothing of.
    """
    from skimage.restoration import wiener as undo

    kernel = _kernel(blur)
    return _by_channel(image, len(kernel), lambda channel: undo(channel, kernel, balance, clip=False))


def richardson_lucy(image: Image, rounds: float, blur: float) -> Image:
    """The likeliest picture behind a Gaussian blur and counted light, after `rounds`. Richardson 1972; Lucy 1974."""
    from skimage.restoration import richardson_lucy as undo

    kernel, count = _kernel(blur), max(1, round(rounds))
    return _by_channel(image, len(kernel), lambda channel: undo(np.maximum(channel, 1e-4), kernel, count, clip=False))


def enlarged(image: Image, interpolation: int, blur: float) -> Image:
    """Brought back to the size from which it was enlarged, as far as the blur tells, and enlarged anew."""
    factor = max(1.0, blur / 0.45)
    height, width = image.shape[:2]
    small = pixels.resize(image, (max(1, round(width / factor)), max(1, round(height / factor))))
    return np.asarray(cv2.resize(small, (width, height), interpolation=interpolation), np.uint8)


def shifted(image: Image, quality: float) -> Image:
    """Encoded as JPEG anew with its blocks at 64 other places, and averaged: block edges end up everywhere, faintly.

    Nosratinia 2001, J. VLSI Signal Processing 27; `quality` (1-100) about that of the file it went through.
    """
    quality = round(min(max(quality, 1), 100))
    total = np.zeros(image.shape, np.float32)
    for top in range(8):
        for left in range(8):
            moved = cv2.copyMakeBorder(image, top, 0, left, 0, cv2.BORDER_REPLICATE)
            total += pixels.jpeg(np.asarray(moved, np.uint8), quality)[top:, left:]
    return pixels.whole(total / 64)


def filled(image: Image, missing: Mask, algorithm: int, radius: float) -> Image:
    """Holes filled from their edges: cv2.INPAINT_TELEA (Telea 2004) or cv2.INPAINT_NS (Bertalmio et al. 2001).

    From as many pixels around each as lie within `radius`.
    """
    border = cv2.BORDER_REFLECT_101 if min(image.shape[:2]) > _EDGE else cv2.BORDER_REPLICATE
    padded = cv2.copyMakeBorder(image, _EDGE, _EDGE, _EDGE, _EDGE, border)
    # The mask is mirrored as well: a hole at the edge would be filled from its own black image otherwise.
    mask = cv2.copyMakeBorder(missing.astype(np.uint8) * 255, _EDGE, _EDGE, _EDGE, _EDGE, border)
    repaired = np.asarray(cv2.inpaint(padded, mask, radius, algorithm), np.uint8)[_EDGE:-_EDGE, _EDGE:-_EDGE]
    return np.where(missing[:, :, None], repaired, image)


def biharmonic(image: Image, missing: Mask) -> Image:
    """Holes filled by the smoothest surface that fits their edges. Damelin & Hoang 2018, scikit-image's."""
    from skimage.restoration import inpaint_biharmonic

    repaired = _levels(inpaint_biharmonic(image / 255.0, missing, channel_axis=2))
    return np.where(missing[:, :, None], repaired, image)


def _denoising(work: Work) -> Callable[[Image, float, Findings, Mask | None], Image]:
    return lambda image, setting, found, _: image.copy() if found.noise < _LEAST_NOISE else work(image, setting)


def _sharpening(work: Callable[[Image, float, float], Image]) -> Callable[[Image, float, Findings, Mask | None], Image]:
    return lambda image, setting, found, _: (
        image.copy() if found.blur < _LEAST_BLUR else work(image, setting, found.blur)
    )


def _deblocking(work: Work) -> Callable[[Image, float, Findings, Mask | None], Image]:
    return lambda image, setting, found, _: image.copy() if found.quality > _BEST_QUALITY else work(image, setting)


def _filling(work: Callable[[Image, Mask, float], Image]) -> Callable[[Image, float, Findings, Mask | None], Image]:
    def run(image: Image, setting: float, found: Findings, missing: Mask | None) -> Image:
        assert missing is not None
        return work(image, missing, setting)

    return run


METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method(
            "nlm", ("noise",), ((5, 2.5), (15, 9.0), (25, 15.0), (50, 30.0), (75, 37.5)), _denoising(non_local_means)
        ),
        Method(
            "bilateral", ("noise",), ((5, 20.0), (15, 60.0), (25, 100.0), (50, 250.0), (75, 375.0)),
            _denoising(bilateral),
        ),
        Method("median", ("salt",), ((40, 3.0), (57, 5.0), (81, 7.0)), _denoising(median)),
        Method(
            "tv", ("noise",), ((5, 0.01), (15, 0.045), (25, 0.075), (50, 0.15), (75, 0.45)),
            _denoising(total_variation),
        ),
        Method("shifts", ("jpeg",), ((60, 50.0), (70, 38.0), (80, 30.0), (90, 10.0)), _deblocking(shifted)),
        Method(
            "wiener", ("blur",), ((2, 0.0003), (3, 0.003)), _sharpening(wiener),
            noisy=((1, 0.003), (3, 0.03), (6, 0.1), (12, 0.3)),
        ),
        # More rounds would gain a little more where there is no noise, and take longer still.
        Method(
            "lucy", ("blur",), ((0.6, 30.0), (1, 50.0)), _sharpening(richardson_lucy),
            noisy=((1, 12.0), (3, 8.0), (6, 3.0), (12, 2.0)),
        ),
        Method("cubic", ("small",), (), lambda p, _, f, __: enlarged(p, cv2.INTER_CUBIC, f.blur)),
        Method("lanczos", ("small",), (), lambda p, _, f, __: enlarged(p, cv2.INTER_LANCZOS4, f.blur)),
        Method("telea", ("holes",), ((0, 3.0),), _filling(lambda p, m, r: filled(p, m, cv2.INPAINT_TELEA, r))),
        Method("navier-stokes", ("holes",), ((0, 1.0),), _filling(lambda p, m, r: filled(p, m, cv2.INPAINT_NS, r))),
        Method("biharmonic", ("holes",), (), _filling(lambda p, m, _: biharmonic(p, m))),
    )
}


def _kernel(sigma: float) -> npt.NDArray[np.float64]:
    taps = 2 * int(np.ceil(3 * sigma)) + 1
    line = cv2.getGaussianKernel(taps, sigma)
    return np.asarray(line @ line.T, np.float64)


def _by_channel(image: Image, taps: int, undo: Callable[[npt.NDArray[np.float64]], Any]) -> Image:
    edge = max(_EDGE, taps)
    padded = np.pad(image / 255.0, ((edge, edge), (edge, edge), (0, 0)), mode="symmetric")
    undone = np.stack([np.asarray(undo(padded[:, :, channel])) for channel in range(3)], axis=2)
    return _levels(undone[edge : edge + image.shape[0], edge : edge + image.shape[1]])


def _levels(values: Any) -> Image:
    return pixels.whole(np.asarray(values) * 255)
