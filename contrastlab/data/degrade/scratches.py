"""A guess at where a photograph is scratched, for somebody to correct."""

from __future__ import annotations

import cv2
import numpy as np

from ...core.images import Image, checked
from .holes import Mask

#: Width in pixels up to which a line can be a scratch.
_WIDEST = 7
#: A scratch stands out from its surroundings by so many times what is usual there, and by so many levels at least.
_TIMES, _LEVELS = 4.0, 48.0
#: Pixels around, over which it is told what is usual.
_AROUND = 31
#: A stroke is at least so long. What is longer than it is wide by less than this is a patch.
_LONG, _SLIM = 24, 4.0


def proposed_scratches(image: Image) -> Mask:
    """bool (H, W) of thin bright or dark lines in a picture uint8 (H, W, 3): likely scratches, whiskers and wires too.

    What a morphological opening or closing of `_WIDEST` pixels takes away is thin; of that, what stands out and is
    long remains (top-hat filter: Serra 1982). Nothing here knows what a scratch is, which is why it is only proposed.
    """
    grey = cv2.cvtColor(checked(image), cv2.COLOR_RGB2GRAY)
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_WIDEST + 2, _WIDEST + 2))
    found = np.zeros(grey.shape, bool)
    for hat in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        thin = cv2.morphologyEx(grey, hat, window)
        # In fur and grass everything is thin lines: there, nothing stands out.
        usual = np.asarray(cv2.medianBlur(thin, _AROUND), np.float32)
        found |= _strokes((thin >= _LEVELS) & (thin >= _TIMES * usual))
    # The soft edge of a stroke belongs to it.
    return np.asarray(cv2.dilate(found.astype(np.uint8), np.ones((3, 3), np.uint8)), bool)


def _strokes(thin: Mask) -> Mask:
    """Those connected pieces that are long and slim."""
    _, labels, facts, _ = cv2.connectedComponentsWithStats(thin.astype(np.uint8), connectivity=8)
    long = np.maximum(facts[:, cv2.CC_STAT_WIDTH], facts[:, cv2.CC_STAT_HEIGHT])
    kept = (long >= _LONG) & (long * long >= _SLIM * facts[:, cv2.CC_STAT_AREA])
    kept[0] = False  # what is no piece at all
    found: Mask = kept[labels]
    return found
