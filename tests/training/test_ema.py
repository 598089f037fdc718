"""The average is what its formula says."""

import pytest
import torch

from contrastlab.training.ema import Ema


def test_average_follows_the_formula_with_the_early_decay_held_down():
    network = torch.nn.Linear(1, 1, bias=False)
    ema = Ema(network, decay=0.5)
    expected = network.weight.item()
    for step, weight in enumerate([2.0, -1.0, 4.0]):
        with torch.no_grad():
            network.weight.fill_(weight)
        ema.update(network, step)
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * weight
    assert ema.network.weight.item() == pytest.approx(expected)


def test_statistics_are_averaged_and_counters_copied():
    network = torch.nn.BatchNorm1d(2)
    ema = Ema(network, decay=0.999)
    network.train()(torch.randn(16, 2) + 5)
    ema.update(network, 1000)
    assert ema.network.num_batches_tracked == 1
    assert 0 < ema.network.running_mean.abs().max() < network.running_mean.abs().min()


def test_the_network_itself_is_left_alone():
    network = torch.nn.Linear(2, 2)
    before = network.weight.clone()
    ema = Ema(network, decay=0.9)
    ema.network.weight.add_(1)
    ema.update(network, 0)
    assert torch.equal(network.weight, before) and network.weight.requires_grad
    assert not ema.network.weight.requires_grad


@pytest.mark.parametrize("decay", [-0.1, 1.0, float("nan")])
def test_a_decay_outside_its_range_is_refused(decay):
    with pytest.raises(ValueError, match="decay"):
        Ema(torch.nn.Linear(1, 1), decay=decay)
