"""Optimisation finds what closed forms say, explains what it sees, and stops when told."""

import itertools

import numpy as np
import pytest
import torch

from contrastlab.core.errors import LabError
from contrastlab.data.pixels import gaussian_blur
from contrastlab.models.restorer import gradient
from contrastlab.models.restorer.operators import blurred, identity, masked, smaller


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def scene(height=24, width=32):
    """A bright square on a gradient."""
    picture = torch.linspace(0.1, 0.6, width).expand(1, 3, height, width).clone()
    picture[:, :2, height // 4 : height // 2, width // 4 : width // 2] = 0.9
    return picture


def lost(height=24, width=32, seed=0):
    return torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(seed)) < 0.3


OPERATORS = {
    "identity": identity(), "mask": masked(lost()), "blur": blurred(1.5), "weak blur": blurred(0.4),
    "small 2": smaller(2), "small 4": smaller(4),
}


def error(picture, truth):
    return float((picture - truth).square().mean())


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
def test_the_adjoint_is_the_adjoint(operator):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(1, 3, 24, 32, generator=generator)
    image = operator.forward(x)
    y = torch.randn(image.shape, generator=generator)
    assert float((image * y).sum()) == pytest.approx(float((x * operator.adjoint(y)).sum()), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
def test_operators_are_linear_and_keep_flat_pictures_flat(operator):
    x, z = scene(), torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(2))
    both = operator.forward(2 * x - 3 * z)
    assert (both - 2 * operator.forward(x) + 3 * operator.forward(z)).abs().max() < 1e-5
    if operator.name != "mask":
        assert (operator.forward(torch.full_like(x, 0.4)) - 0.4).abs().max() < 1e-5


def test_a_blur_blurs_as_the_pixels_do():
    picture = (scene(40, 48) * 255).round()
    image = picture[0].permute(1, 2, 0).numpy().astype(np.uint8)
    theirs = torch.from_numpy(gaussian_blur(image, 1.5)).permute(2, 0, 1)[None].float()
    assert (blurred(1.5).forward(picture) - theirs).abs().max() < 1.6


@pytest.mark.parametrize(("make", "key"), [
    (lambda: blurred(0.0), "knob.out_of_range"), (lambda: smaller(9), "knob.out_of_range"),
    (lambda: smaller(1.5), "knob.not_whole"),
])
def test_impossible_operators_are_refused(make, key):
    with pytest.raises(LabError) as caught:
        make()
    assert caught.value.key == key


def test_the_laplacian_is_the_differences_own():
    x = torch.rand(1, 3, 7, 9, generator=torch.Generator().manual_seed(0), requires_grad=True)
    energy = (x.diff(dim=2).square().sum() + x.diff(dim=3).square().sum()) / 2
    (slope,) = torch.autograd.grad(energy, x)
    assert (gradient.laplacian(x.detach()) - slope).abs().max() < 1e-6


def test_conjugate_gradients_solve_in_as_many_steps_as_there_are_unknowns():
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(8, 8, generator=generator, dtype=torch.float64)
    matrix = root @ root.T + torch.eye(8, dtype=torch.float64)
    right = torch.randn(8, generator=generator, dtype=torch.float64)
    *_, found = gradient.solve(lambda x: matrix @ x, right, torch.zeros(8, dtype=torch.float64), 8)
    assert (found - torch.linalg.solve(matrix, right)).abs().max() < 1e-8


def test_conjugate_gradients_end_where_the_gradient_is_nothing():
    operator = OPERATORS["blur"]
    seen = operator.forward(scene())
    *_, last = gradient.conjugate_gradients(seen, operator, seen, smoothness=0.01, steps=200)
    left = operator.normal(last.picture) + 0.01 * gradient.laplacian(last.picture) - operator.adjoint(seen)
    assert left.abs().max() < 1e-4


@pytest.mark.parametrize("name", ["blur", "mask", "small 2"])
def test_conjugate_gradients_come_nearer_to_the_truth(name):
    truth, operator = scene(), OPERATORS[name]
    seen = operator.forward(truth)
    start = operator.adjoint(seen)
    frames = list(gradient.conjugate_gradients(seen, operator, start, smoothness=0.003, steps=60))
    assert error(frames[-1].picture, truth) < 0.4 * error(start, truth)
    assert frames[-1].misfit < 2  # levels
    assert all(one.picture.isfinite().all() for one in frames)


def test_more_smoothness_is_smoother():
    seen = scene() + 0.1 * torch.randn(1, 3, 24, 32, generator=torch.Generator().manual_seed(0))
    rough, smooth = (
        list(gradient.conjugate_gradients(seen, identity(), seen, smoothness=weight, steps=60))[-1].picture
        for weight in (0.01, 1.0)
    )
    assert gradient.variation(smooth) < 0.7 * gradient.variation(rough)


def test_total_variation_takes_noise_away_and_keeps_edges():
    truth = scene()
    seen = truth + 0.1 * torch.randn(truth.shape, generator=torch.Generator().manual_seed(0))
    *_, last = gradient.total_variation(seen, identity(), seen, noise=0.1, steps=120)
    assert error(last.picture, truth) < 0.35 * error(seen, truth)
    edge = last.picture[0, 0, 9, 7:9]
    assert edge[1] - edge[0] > 0.4


def test_plug_and_play_uses_the_denoiser_and_explains_what_is_seen():
    truth, operator = scene(), OPERATORS["mask"]
    seen = operator.forward(truth)
    levels = []

    def smooth(x, level):
        levels.append(level)
        *_, last = gradient.conjugate_gradients(x, identity(), x, smoothness=min(1.0, 10 * level), steps=20)
        return last.picture

    frames = list(gradient.plug_and_play(seen, operator, seen, smooth, noise=2 / 255, steps=8))
    assert error(frames[-1].picture, truth) < 0.15 * error(seen, truth)
    assert levels == sorted(levels, reverse=True)
    assert levels[0] == pytest.approx(49 / 255)
    assert levels[-1] == pytest.approx(2 / 255)


def test_the_deep_image_prior_learns_the_picture_and_the_seed_decides():
    truth = scene(32, 32)
    frames = [
        list(gradient.deep_image_prior(truth, identity(), (32, 32), seed=seed, steps=40)) for seed in (0, 0, 1)
    ]
    assert torch.equal(frames[0][-1].picture, frames[1][-1].picture)
    assert not torch.equal(frames[0][-1].picture, frames[2][-1].picture)
    assert frames[0][-1].misfit < 0.6 * frames[0][0].misfit
    assert frames[0][-1].picture.shape == truth.shape


def test_it_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    next(gradient.deep_image_prior(scene(16, 16), identity(), (16, 16), steps=2))
    assert torch.equal(torch.rand(3), expected)


def test_a_search_that_is_closed_stops():
    calls = itertools.count()
    operator = masked(lost())
    counted = type(operator)("mask", lambda x: (next(calls), operator.forward(x))[1], operator.adjoint)
    search = gradient.total_variation(scene(), counted, scene(), noise=0.1, steps=1000)
    for _ in range(3):
        next(search)
    search.close()
    assert next(calls) < 20


@pytest.mark.parametrize("search", [
    lambda seen, operator, start: gradient.conjugate_gradients(seen, operator, start),
    lambda seen, operator, start: gradient.total_variation(seen, operator, start, noise=0.1),
    lambda seen, operator, start: gradient.plug_and_play(seen, operator, start, lambda x, _: x, noise=0.1),
    lambda seen, operator, start: gradient.deep_image_prior(seen, operator, start.shape[2:]),
], ids=["conjugate gradients", "total variation", "plug and play", "deep image prior"])
def test_a_start_of_the_wrong_shape_is_refused(search):
    with pytest.raises(LabError, match=r"restore\.wrong_start"):
        next(search(scene(), smaller(2), scene()))
    assert next(search(smaller(2).forward(scene()), smaller(2), scene())).step == 1
