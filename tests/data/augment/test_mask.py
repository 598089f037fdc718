"""Transparency follows the pixels and nothing else touches it."""

import numpy as np

from contrastlab.data.augment import POLICIES, Drawn, apply, apply_mask, draw, make_step


def test_a_mask_moves_exactly_as_a_grey_picture_of_itself():
    mask = np.random.default_rng(0).integers(0, 256, (40, 60), dtype=np.uint8)
    grey = np.repeat(mask[:, :, None], 3, axis=2)
    for seed in range(5):
        drawn = draw(POLICIES["article"], seed)
        np.testing.assert_array_equal(apply_mask(mask, drawn), apply(grey, drawn)[:, :, 0])


def test_a_mask_bends_with_the_picture_and_ignores_colour_noise_and_cutouts():
    mask = np.tile(np.arange(0, 240, 4, dtype=np.uint8), (40, 1))
    bend = (make_step("elastic"), {"pattern": 7})
    colour = (make_step("brightness"), {"factor": 0.5})
    alone, among = Drawn.of([bend]), Drawn.of([colour, bend, colour])
    assert (apply_mask(mask, alone) != mask).any()
    np.testing.assert_array_equal(apply_mask(mask, alone), apply_mask(mask, among))


def test_nothing_drawn_gives_an_equal_copy():
    mask = np.arange(12, dtype=np.uint8).reshape(3, 4)
    same = apply_mask(mask, Drawn.of([]))
    np.testing.assert_array_equal(same, mask)
    assert not np.shares_memory(same, mask)
