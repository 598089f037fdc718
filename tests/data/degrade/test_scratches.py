from __future__ import annotations

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.datasets import photo
from contrastlab.data.degrade import holes, proposed_scratches


@pytest.mark.parametrize("name", ["chelsea", "coffee", "hubble"])
def test_most_of_bright_scratches_is_found_and_little_else(name: str) -> None:
    scratched, missing = photo(name)[:288, :432].copy(), holes(288, 432, "scratches", 0.04, 3)
    scratched[missing] = (235, 230, 220)
    found = proposed_scratches(scratched)
    assert found[missing].mean() > 0.5
    assert found[~missing].mean() < 0.08


def test_where_there_is_nothing_thin_nothing_is_proposed() -> None:
    ramp = np.linspace(0, 255, 96).astype(np.uint8)
    smooth = np.repeat(np.repeat(ramp[None, :, None], 64, axis=0), 3, axis=2)
    assert not proposed_scratches(smooth).any()
    spots = smooth.copy()
    spots[20:24, 20:24] = 255  # small, but no stroke
    assert not proposed_scratches(spots).any()


@pytest.mark.parametrize("ink", [5, 250])
def test_a_single_line_is_found_whole(ink: int) -> None:
    picture = np.full((64, 96, 3), 120, np.uint8)
    picture[30:33, 10:80] = ink
    found = proposed_scratches(picture)
    assert found[30:33, 10:80].all()
    assert found.sum() < 2 * 3 * 70


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(LabError):
        proposed_scratches(np.zeros((8, 8), np.uint8))
