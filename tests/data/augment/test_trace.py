"""Points followed and origins told, against pictures that were really changed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastlab.data.augment import Drawn, Policy, apply, draw, make_step, policy
from contrastlab.data.augment.trace import FILLED, MADE_UP, ORIGINAL, follow, matrix, output_size, provenance


def dot(width: int, height: int, x: float, y: float) -> np.ndarray:
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    hill = 255 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / 8)
    return np.rint(hill).astype(np.uint8)[..., None].repeat(3, axis=2)


def seen(image: np.ndarray) -> np.ndarray:
    """Centre of brightness (x, y)."""
    weights = image[..., 0].astype(float)
    across, down = np.meshgrid(np.arange(image.shape[1]), np.arange(image.shape[0]))
    return np.array([(weights * across).sum(), (weights * down).sum()]) / weights.sum()


GEOMETRY = Policy(
    "g",
    (
        make_step("rotate"),
        make_step("translate"),
        make_step("scale"),
        make_step("flip"),
        make_step("shear"),
        make_step("blur", {"largest": 0.5}),
        make_step("perspective", {"distortion": 10}),
        make_step("elastic", {"strength": 2}),
    ),
    "constant",
)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), x=st.floats(35, 65), y=st.floats(30, 50))
def test_a_dot_lands_where_it_is_said_to(seed: int, x: float, y: float) -> None:
    drawn = draw(GEOMETRY, seed)
    (to,) = follow(drawn, (100, 80), [(x, y)])
    assert np.abs(seen(apply(dot(100, 80, x, y), drawn)) - to).max() < 0.45


def test_matrix_and_follow_agree_and_know_the_output_size() -> None:
    drawn = draw(policy("simclr", {"crop": {"size": 48}}), 8)
    assert output_size(drawn, (100, 80)) == (48, 48)
    points = np.array([[0, 0], [99, 0], [50, 40], [10.5, 70.25]])
    by_matrix = np.column_stack([points, np.ones(4)]) @ matrix(drawn, (100, 80)).T
    np.testing.assert_allclose(
        by_matrix[:, :2] / by_matrix[:, 2:], follow(drawn, (100, 80), points), atol=1e-9
    )
    values = drawn.steps[0].values
    left, top, width, height = drawn.steps[0].step.box(values, 100, 80)  # type: ignore[attr-defined]
    corners = follow(
        Drawn(drawn.steps[:1]), (100, 80), [(left - 0.5, top - 0.5), (left + width - 0.5, top + height - 0.5)]
    )
    np.testing.assert_allclose(corners, [[-0.5, -0.5], [47.5, 47.5]], atol=1e-9)


def test_skipped_steps_move_nothing() -> None:
    drawn = draw(policy("article", {"rotate": {"p": 0}, "translate": {"p": 0}, "flip": {"p": 0}}), 1)
    np.testing.assert_array_equal(follow(drawn, (10, 10), [(3, 4)]), [[3, 4]])
    np.testing.assert_array_equal(matrix(drawn, (10, 10)), np.eye(3))
    assert output_size(drawn, (10, 12)) == (10, 12)


@pytest.mark.parametrize("border", ["replicate", "reflect", "reflect101", "wrap", "constant"])
def test_what_came_from_beyond_the_edge_is_told(border: str) -> None:
    drawn = Drawn.of([(make_step("translate"), {"x": 5, "y": -3})], border)
    expected = np.full((20, 30), ORIGINAL)
    expected[:, :5] = expected[17:] = FILLED if border == "constant" else MADE_UP
    assert np.array_equal(provenance(drawn, (30, 20)), expected)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_filled_pixels_are_the_black_ones(seed: int) -> None:
    # On a white picture with a black border only what is filled gets dark.
    drawn = draw(GEOMETRY, seed)
    made = apply(np.full((60, 80, 3), 255, np.uint8), drawn)[..., 0]
    told = provenance(drawn, (80, 60))
    assert set(np.unique(told)) <= {ORIGINAL, FILLED}
    assert np.mean((made < 128) != (told == FILLED)) < 0.03  # up to the edge itself


def test_cut_outs_are_filled_and_move_with_the_picture() -> None:
    cut = (make_step("cutout", {"side": 50, "fill": 0}), {"x": 0.25, "y": 0.5})
    told = provenance(Drawn.of([cut]), (20, 20))
    assert (told[5:15, 0:10] == FILLED).all() and told.sum() == 100 * FILLED
    mirrored = provenance(Drawn.of([cut, (make_step("flip"), {})]), (20, 20))
    assert np.array_equal(mirrored, told[:, ::-1])


def test_the_map_has_the_outputs_size() -> None:
    assert provenance(draw(policy("simclr", {"crop": {"size": 32}}), 0), (100, 60)).shape == (32, 32)
