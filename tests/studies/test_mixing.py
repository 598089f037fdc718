from __future__ import annotations

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.studies.mixing import blend

RED = np.full((40, 60, 3), (200, 0, 0), np.uint8)
BLUE = np.full((50, 30, 3), (0, 0, 100), np.uint8)


@pytest.mark.parametrize("seed", range(20))
def test_mixup_averages_the_two_whatever_the_seed(seed: int) -> None:
    mixed = blend(RED, BLUE, how="mixup", share=0.25, seed=seed, side=16)
    assert mixed.share == pytest.approx(0.25)
    np.testing.assert_array_equal(mixed.picture, np.broadcast_to((50, 0, 75), (16, 16, 3)))


@pytest.mark.parametrize("seed", range(20))
def test_cutmix_labels_follow_the_area_that_is_left(seed: int) -> None:
    mixed = blend(RED, BLUE, how="cutmix", share=0.6, seed=seed, side=32)
    red = (mixed.picture == (200, 0, 0)).all(axis=2).mean()
    blue = (mixed.picture == (0, 0, 100)).all(axis=2).mean()
    assert red + blue == 1
    assert mixed.share == pytest.approx(red)
    assert 0.55 < mixed.share < 1  # the box is rounded to whole pixels


def test_wrong_wishes_are_refused() -> None:
    with pytest.raises(LabError, match="unknown_choice"):
        blend(RED, BLUE, how="augmix", share=0.5, seed=0)
    with pytest.raises(LabError, match="out_of_range"):
        blend(RED, BLUE, how="mixup", share=1.5, seed=0)
