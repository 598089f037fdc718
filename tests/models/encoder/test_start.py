"""What a whitened start promises: uncorrelated answers of the stem, which then stays, and layers that pass on."""

import numpy as np
import pytest
import torch

from contrastlab.core.errors import LabError
from contrastlab.data.datasets import photo
from contrastlab.models.encoder.network import Encoder
from contrastlab.models.encoder.start import begin

SHAPE = {"widths": [24, 32, 32], "stem": 24, "head_hidden": 8, "projection": 4}


@pytest.fixture(scope="module")
def pictures():
    picture, generator = photo("chelsea"), np.random.default_rng(0)
    corners = generator.integers(0, 250, (300, 2))
    cuts = np.stack([picture[y : y + 32, x : x + 32] for y, x in corners])
    return torch.from_numpy(cuts.transpose(0, 3, 1, 2).copy())


def begun(start, pictures, **changes):
    torch.manual_seed(0)
    network = Encoder(**{**SHAPE, **changes})
    begin(network, start, pictures)
    return network


def test_answers_of_the_stem_are_uncorrelated_and_each_filter_has_its_negative(pictures):
    network = begun("whitened", pictures)
    weight = network.backbone.stem[0].weight
    assert torch.equal(weight[:12], -weight[12:]) and not weight.requires_grad
    with torch.no_grad():
        answers = torch.conv2d(network.backbone.standardise(pictures.float() / 255), weight[:12])
    flat = answers.transpose(0, 1).flatten(1)
    covariance = torch.cov(flat)
    assert (covariance - torch.diag(covariance.diagonal())).abs().max() < 0.02
    assert covariance.diagonal()[:4].sub(1).abs().max() < 0.1  # the weakest are held down


def test_three_by_three_layers_begin_by_passing_on(pictures):
    network = begun("whitened", pictures)
    convolution = network.backbone.stages[1][0]
    x = torch.rand(1, 24, 5, 5)
    assert torch.allclose(convolution(x), x, atol=1e-6)
    wider = network.backbone.stages[2][0].weight  # 24 -> 32: the other eight are drawn
    assert wider[24:].abs().min() > 0


def test_what_never_occurs_is_not_blown_up(pictures):
    grey = pictures[:, :1].expand(-1, 3, -1, -1)
    network = begun("whitened", grey)
    weight = network.backbone.stem[0].weight
    assert torch.equal(weight[:4], -weight[4:8])
    scales = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)  # grey is unequal once standardised
    chroma = (weight / scales).std(dim=1).max()
    assert chroma < 10 * (weight[8:] / scales).std(dim=1).max()


@pytest.mark.parametrize("stem", [6, 40])
def test_any_stem_will_do(pictures, stem):
    weight = begun("whitened", pictures, stem=stem).backbone.stem[0].weight
    half = min(12, stem // 2)
    assert torch.equal(weight[:half], -weight[half : 2 * half]) and (weight != 0).any(dim=(1, 2, 3)).all()


def test_a_random_start_is_torchs_own_and_another_is_refused(pictures):
    torch.manual_seed(0)
    plain = Encoder(**SHAPE).state_dict()
    assert all(torch.equal(value, plain[name]) for name, value in begun("random", pictures).state_dict().items())
    with pytest.raises(LabError, match="random, whitened"):
        begun("best", pictures)
