"""The changes do what they say, each picture by itself, and let gradients through."""

import pytest
import torch

from contrastlab.core.errors import LabError
from contrastlab.models.gan.diffaugment import CHANGES, diff_augment


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_differs_from_picture_to_picture_and_passes_gradients(name):
    picture = torch.rand(1, 3, 16, 16).repeat(32, 1, 1, 1).requires_grad_()
    changed = diff_augment(picture, [name])
    assert changed.shape == picture.shape and len(torch.unique(changed.detach().flatten(1), dim=0)) > 8
    changed.sum().backward()
    assert picture.grad.isfinite().all() and picture.grad.abs().sum() > 0


def test_no_change_gives_the_same_pictures_back():
    pictures = torch.rand(2, 3, 8, 8)
    assert diff_augment(pictures, ()) is pictures


def test_translation_moves_by_whole_pixels_up_to_an_eighth_and_brings_in_grey():
    picture = torch.arange(1.0, 257).view(1, 1, 16, 16).repeat(64, 3, 1, 1)
    moved = diff_augment(picture, ["translation"])
    seen = set()
    for one in moved:
        (row, column), = (one[0] == picture[0, 0, 8, 8]).nonzero().tolist()
        down, right = row - 8, column - 8
        expected = torch.zeros(16, 16)
        inside = picture[0, 0, max(0, -down):16 - max(0, down), max(0, -right):16 - max(0, right)]
        expected[max(0, down):16 + min(0, down), max(0, right):16 + min(0, right)] = inside
        assert torch.equal(one[0], expected) and torch.equal(one[1], expected)
        seen.add((down, right))
    assert {down for down, _ in seen} == {right for _, right in seen} == {-2, -1, 0, 1, 2}


def test_cutout_hides_one_square_of_at_most_half_the_side():
    hidden = diff_augment(torch.ones(64, 3, 16, 16), ["cutout"])[:, 0] == 0
    areas = hidden.sum(dim=(1, 2))
    assert areas.max() <= 64 and areas.min() >= 9
    for one in hidden:
        rows, columns = one.any(dim=1), one.any(dim=0)
        assert torch.equal(one, rows[:, None] & columns[None])


def test_colour_keeps_shapes_and_changes_all_places_alike():
    pictures = torch.rand(16, 3, 8, 8)
    pictures[:, :, 4:] = pictures[:, :, :4]
    changed = diff_augment(pictures, ["colour"])
    assert torch.allclose(changed[:, :, :4], changed[:, :, 4:]) and not torch.allclose(changed, pictures, atol=0.1)


@pytest.mark.parametrize("name", CHANGES)
def test_grey_pictures_of_one_channel_are_changed_as_their_three_equal_channels_are(name):
    grey = torch.rand(8, 1, 28, 28) * 2 - 1
    torch.manual_seed(1)
    one = diff_augment(grey, [name])
    torch.manual_seed(1)
    three = diff_augment(grey.expand(-1, 3, -1, -1), [name])
    assert one.shape == grey.shape and not torch.allclose(one, grey, atol=0.01)
    assert torch.allclose(three, one.expand_as(three), atol=1e-5)


def test_a_whole_policy_on_grey_pictures_passes_gradients():
    grey = (torch.rand(16, 1, 28, 28) * 2 - 1).requires_grad_()
    changed = diff_augment(grey, tuple(CHANGES))
    changed.square().sum().backward()
    assert changed.shape == grey.shape and (grey.grad.flatten(1).abs().sum(dim=1) > 0).all()


def test_an_unknown_change_is_refused_by_name():
    with pytest.raises(LabError, match="colour, translation, cutout"):
        diff_augment(torch.rand(1, 3, 8, 8), ["blur"])
