"""What a generator's card says of its pictures is what was measured."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from contrastlab import cards
from contrastlab.core.checkpoint import Checkpoint
from contrastlab.text import say

QUALITY: dict[str, Any] = {
    "pictures": 10_000, "reference": 10_000, "encoders": {"encoder-a": "1", "encoder-b": "2"},
    "distances": {
        "FD-encoder-a@10k": {"generated": 23.456, "floor": 1.234, "ceiling": 345.6},
        "KD-encoder-a@10k": {"generated": 0.0345, "floor": -0.0002, "ceiling": 2.5, "error": 0.001},
        "FD-encoder-b@10k": {"generated": 33.3, "floor": 2.22, "ceiling": 444.4},
    },
    "manifold": {
        name: {
            "generated": {"precision": 0.71, "recall": 0.42, "density": 0.83, "coverage": 0.64},
            "floor": {"precision": 0.81, "recall": 0.82, "density": 1.03, "coverage": 0.97},
        }
        for name in ("encoder-a", "encoder-b")
    },
    "memorised": {name: {"generated": 0.0123, "limit": 0.01} for name in ("encoder-a", "encoder-b")},
    "votes": {"encoder": "encoder-a", "k": 20, "generated": 0.777, "test": 0.901, "hit": 2},
    "classes": {
        "cat": {"asked": 0.7, "memorised": 0.015, "accuracy": 0.55, "distance": 0.051, "floor": 0.001},
        "dog": {"asked": 0.8, "memorised": None, "accuracy": None},
    },
    "classifier": {
        "pictures": 50_000, "real_pictures": 49_000, "steps": 1000, "batch_size": 128, "policy": "light", "side": 32,
        "parameters": 1_000_000, "generated": 0.567, "real": 0.789,
    },
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_how_good_a_generators_pictures_are_stands_in_its_card_and_in_one_table(language: str) -> None:
    generator = Checkpoint(
        name="gan-x", family="gan", architecture={"kind": "resnet", "latent": 24}, draft=False, sha256="ab" * 32,
        preprocessing={"side": 32, "range": [-1.0, 1.0], "classes": ["cat", "dog"]}, metrics={"quality": QUALITY},
        training={
            "recipe": {"family": "gan", "name": "gan-x", "loss": "hinge"}, "step": 9, "max_steps": 9,
            "data": "cifar10", "pictures": 49_000, "device": "cpu", "precision": "bf16",
        },
        weights={},
    )
    text = cards.model_card(generator, 3.1, language)
    assert say("card.file.but", language) in text
    for row in (
        "| FD-encoder-a@10k | 23.5 | 1.23 | 346 |", "| KD-encoder-a@10k | 0.0345 | -0.0002 | 2.5 |",
        "| 0.71 | 0.42 | 0.83 | 0.64 | 1.2 % |", "| 0.81 | 0.82 | 1.03 | 0.97 |  |",
        "| cat | 70.0 % | 1.5 % | 55.0 % | 0.051 | 0.001 |", "| dog | 80.0 % |  |  |  |  |",
    ):
        assert row in text
    for fact in ("77.7 %", "90.1 %", "56.7 %", "78.9 %", "1,000,000", "50,000", "49,000", "evaluate gan-x"):
        assert fact in text
    other = dataclasses.replace(generator, name="gan-y", metrics={})
    filled = cards.fill_tables("<!-- table:generators -->\n<!-- end -->", [generator, other], {}, language)
    assert "| gan-x | FD-encoder-a@10k | 23.5 | 1.23 | 346 | 0.64 | 77.7 % | 1.2 % | 56.7 % | 78.9 % |" in filled
    assert "gan-y" not in filled
