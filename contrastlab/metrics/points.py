"""Points of light: how many there were, how many are left, and how many are new."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
#: int (K, 2): row and column of each, the brightest first.
Places = npt.NDArray[np.int64]

#: Widths of the two Gaussians whose difference answers to points, in pixels.
_POINT, _AROUND = 1.0, 3.0
#: The standard deviation of normal numbers over their median absolute deviation.
_MAD = 1.4826
#: The brightest are enough to count, and their distances fit into memory.
_MOST = 4000


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points of light before and after.

    Attributes:
        kept, lost: places in the true picture of those that the other one has too, and of those it has not.
        new: places in the other picture of those that the true one has not.
    """

    kept: Places = field(repr=False)
    lost: Places = field(repr=False)
    new: Places = field(repr=False)

    @property
    def before(self) -> int:
        """How many the true picture has."""
        return len(self.kept) + len(self.lost)

    @property
    def after(self) -> int:
        """How many the other one has."""
        return len(self.kept) + len(self.new)


def lost_points(truth: Pixels, picture: Pixels, *, sigmas: float = 5.0, within: float = 2.0) -> Points:
    """Which points of light of `truth` are still in `picture`, both uint8 (H, W, 3), and which are new in it.

    A point is brighter than what is around it by `sigmas` times the scatter of the true picture: the same limit for
    both, since in a smooth picture anything would stand out from its own scatter. Each is the same as at most one
    other, `within` so many pixels, nearest pairs first.
    """
    response = _response(truth)
    scatter = _MAD * float(np.median(np.abs(response - np.median(response))))
    # In a picture without any scatter a point still has to be seen.
    limit = sigmas * max(scatter, 0.2)
    before, after = _maxima(response, limit), _maxima(_response(picture), limit)
    one, other = _pairs(before, after, within)
    return Points(before[one], np.delete(before, one, axis=0), np.delete(after, other, axis=0))


def _response(picture: Pixels) -> npt.NDArray[np.float32]:
    """Brightness at the scale of a point less that around it, in levels."""
    grey = picture.astype(np.float32).mean(axis=2)
    near, around = (
        cv2.GaussianBlur(grey, (0, 0), width, borderType=cv2.BORDER_REFLECT_101) for width in (_POINT, _AROUND)
    )
    return np.asarray(near, np.float32) - np.asarray(around, np.float32)


def _maxima(response: npt.NDArray[np.float32], limit: float) -> Places:
    highest = np.asarray(cv2.dilate(response, np.ones((5, 5), np.uint8)))
    places = np.argwhere((response >= highest) & (response > limit))
    brightest = np.argsort(-response[tuple(places.T)], kind="stable")
    return np.asarray(places[brightest][:_MOST], np.int64)


def _pairs(before: Places, after: Places, within: float) -> tuple[list[int], list[int]]:
    """Numbers of those that belong together."""
    if not len(before) or not len(after):
        return [], []
    far = np.hypot(*(before[:, None, axis] - after[None, :, axis] for axis in (0, 1)))
    near = np.argwhere(far <= within)
    one: dict[int, int] = {}
    taken: set[int] = set()
    for first, second in near[np.argsort(far[tuple(near.T)], kind="stable")].tolist():
        if first not in one and second not in taken:
            one[first] = second
            taken.add(second)
    return list(one), list(one.values())
