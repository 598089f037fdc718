"""The cards of both kinds of autoencoders hold what was measured of them."""

import dataclasses

import pytest
import torch

from contrastlab import cards
from contrastlab.core.checkpoint import Checkpoint

VARIATIONAL = Checkpoint(
    name="vae-x", family="vae", architecture={"method": "vae", "latent": 4},
    preprocessing={"side": 28, "range": [0.0, 1.0], "classes": ["one", "two"]},
    training={
        "recipe": {"family": "vae", "name": "vae-x"}, "step": 4000, "max_steps": 10_000, "data": "mnist",
        "pictures": 48_000, "device": "cpu", "precision": "bf16",
    },
    metrics={
        "bound": {"pictures": 10_000, "bound": -95.32, "cross_entropy": 71.2, "kl": 24.12, "entropy": 51.1},
        "active": {"threshold": 0.1, "latents": [2, 0, 1], "kl": [1, 0.5, 2, 0.01]},
        "reconstruction": {"rmse": 24.44, "class_mean": 58.2},
    },
    draft=False, sha256="ab" * 32, weights={"layer": torch.zeros(30, 50)},
)
LENGTHS = [float(length) for length in range(7, 0, -1)]
NESTED = dataclasses.replace(
    VARIATIONAL, name="autoencoder-x", architecture={"method": "nested", "latent": 6},
    metrics={"by_length": {"pictures": 10_000, "l1": LENGTHS, "rmse": LENGTHS}},
)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_variational_card_holds_the_bound_and_the_active_numbers(language):
    text = cards.model_card(VARIATIONAL, 3.1, language)
    for fact in ("28x28", "one", 'generator("vae-x")', "-95.3", "24.1", "58.2", "evaluate vae-x", "10,000"):
        assert fact in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_nested_card_holds_what_comes_back_by_length(language):
    text = cards.model_card(NESTED, 3.1, language)
    assert 'autoencoder("autoencoder-x")' in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows[2:] == [f"| {n} | {7 - n}.0 | {7 - n}.0 |" for n in (0, 1, 2, 4, 6)]


def test_each_kind_has_its_own_table_and_unmeasured_weights_show_the_command():
    both = [VARIATIONAL, NESTED]
    assert "-95.3" in cards.fill_tables("<!-- table:vae -->\n<!-- end -->", both, {})
    assert "-95.3" not in cards.fill_tables("<!-- table:autoencoder -->\n<!-- end -->", both, {})
    for one in both:
        assert f"evaluate {one.name}" in cards.model_card(dataclasses.replace(one, metrics={}), 3.1)
