"""Latents as text: each number comes back, or a sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.ui.address import Address
from contrastlab.ui.tabs.generate.latents import pack, read_latents, shortened, unpack, write_latents

from .studio import LATENT
from .visiting import MakingVisit


def drawn(count: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(count).astype(np.float32)


def test_numbers_are_written_so_that_each_comes_back() -> None:
    latents = drawn(LATENT)
    assert np.array_equal(read_latents(write_latents(latents), LATENT), latents)
    said = [0.5, -1.25, 3]
    assert read_latents(json.dumps(said), 3).tolist() == said


@pytest.mark.parametrize("wrong", ["", "null", '"x"', "[1, 2, true]", '[1, 2, "3"]', "[1, 2, 1e400]", "[1,2,3,4]"])
def test_what_is_no_list_of_numbers_is_refused(wrong: str) -> None:
    with pytest.raises(LabError, match=r"generate\.wrong_latents"):
        read_latents(wrong, 3)


@pytest.mark.parametrize("count", [20, 99, 100, 101, 128])
def test_an_address_carries_them_exactly_and_shortened_ones_in_half_the_letters(count: int) -> None:
    latents = drawn(count)
    assert np.array_equal(unpack(pack(latents), count), latents)
    short = shortened(latents)
    assert np.abs(short - latents).max() < 2e-3
    assert np.array_equal(unpack(pack(short), count), short)
    assert len(pack(short)) <= 342
    assert set(pack(latents)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("wrong", [
    "A", "AAAA", "AAAAAAA", "AAAAAAAAA", "????????", "\N{SNOWMAN}" * 8, "AAAA AAAA",
    pack(np.array([1, 2, np.nan], "f4")), pack(np.array([1, 2, np.inf], "f4")), pack(np.array([1, 2, 101], "f4")),
    "A" * 5000,
])
def test_what_is_no_such_code_is_refused(wrong: str) -> None:
    with pytest.raises(LabError, match=r"generate\.wrong_code"):
        unpack(wrong, 3)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_wrong_code_in_an_address_is_one_sentence_and_the_seeds_picture(making: MakingVisit, language: str) -> None:
    tab = making.tab
    plain = tab.open(Address({"v": "1", "seed": "5"}), language)
    for said in ("oops", pack(drawn(LATENT + 1)), "A" * 2000):
        updates = tab.open(Address({"v": "1", "seed": "5", "numbers": said}), language)
        assert updates[tab.notice].count('role="alert"') == 1
        assert str(LATENT) in updates[tab.notice]
        assert updates[tab.main] == plain[tab.main]
        assert updates[tab.base] == ""
    both = tab.open(Address({"v": "1", "numbers": "oops", "class": "zebra"}), language)
    assert both[tab.notice].count('role="alert"') == 2
