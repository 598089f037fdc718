"""The room "Write a digit" of Generate, without a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contrastlab.core.images import encode_png
from contrastlab.data.digit import as_digit
from contrastlab.data.seen import view as seen_at
from contrastlab.ui.drawing import exact
from contrastlab.ui.tabs.generate.codes import Codes

from .test_generate import picture
from .test_generate_more import room
from .visiting import MakingVisit


@pytest.fixture
def codes(making: MakingVisit) -> Any:
    return room(making, "codes")


def written(place: int = 100) -> np.ndarray[Any, Any]:
    paper = np.zeros((280, 280, 3), np.uint8)
    paper[60:220, place : place + 24] = 255
    return paper


def tiles(drawn: str) -> list[np.ndarray[Any, Any]]:
    return [picture("data:image" + part) for part in drawn.split("data:image")[1:]]


def test_it_opens_with_a_digit_of_its_own_and_what_comes_back(making: MakingVisit, codes: Any) -> None:
    yours, back, short = tiles(making.holds(codes.shown))
    assert yours.shape == back.shape == short.shape == (14, 14, 3)
    assert json.loads(making.holds(codes.coded))[1] in range(10)


def test_moving_a_number_changes_what_comes_back_and_not_what_was_written(making: MakingVisit, codes: Any) -> None:
    before = tiles(making.holds(codes.shown))
    making.now[codes.sliders[0]] = 3.5
    after = tiles(making.happens(codes.sliders[0], "input")[codes.shown])
    assert np.array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])
    assert np.array_equal(before[2], after[2])
    back = making.happens(codes.back, "click")
    assert all(np.array_equal(one, other) for one, other in zip(before, tiles(back[codes.shown]), strict=True))


def test_a_shorter_code_brings_back_less(making: MakingVisit, codes: Any) -> None:
    making.now[codes.length] = 1
    drawn = making.happens(codes.length, "input")[codes.shown]
    assert "first 1 of 5" in drawn
    nested = making.lab.autoencoder("autoencoder-digits")
    yours, _, short = tiles(drawn)
    assert np.array_equal(short, nested.reconstruct(yours[None], length=1)[0])


def test_what_is_written_is_taken_for_the_class_that_loses_least(making: MakingVisit, codes: Any) -> None:
    updates = making.happens(codes.paper, "select", exact(written()))
    coder = making.lab.autoencoder("vae-digits")
    yours, *_ = tiles(updates[codes.shown])
    _, kind, _ = json.loads(updates[codes.coded])
    means, _ = coder.encode(np.repeat(yours[None], 10, axis=0), range(10))
    lost = np.square(coder.paint(means, range(10)).astype(float) - yours).mean(axis=(1, 2, 3))
    assert kind == int(lost.argmin())


def test_a_photograph_of_a_digit_is_taken_and_its_file_forgotten(
    making: MakingVisit, codes: Any, tmp_path: Path
) -> None:
    path = tmp_path / "digit.png"
    path.write_bytes(encode_png(255 - written()))
    updates = making.happens(codes.upload, "input", str(path))
    assert not path.exists()
    photographed = tiles(updates[codes.shown])[0].astype(int)
    # Dark on light and light on dark are the same digit, but for how halves are rounded on the way.
    path.write_bytes(encode_png(written()))
    turned = tiles(making.happens(codes.upload, "input", str(path))[codes.shown])[0]
    assert np.abs(photographed - turned).max() <= 2
    # And what goes the way of a photograph, shrunk to what is kept, is the digit of those pixels.
    kept = seen_at(as_digit(seen_at(written(), 128)), turned.shape[0])
    assert np.array_equal(turned, kept)


@pytest.mark.parametrize("said", [
    exact(np.zeros((280, 280, 3), np.uint8)), "data:image/png;base64,AAAA", "../secret", "x" * 200_000,
])
def test_what_is_no_digit_is_a_sentence(making: MakingVisit, codes: Any, said: str) -> None:
    updates = making.happens(codes.paper, "select", said)
    assert list(updates) == [codes.message]
    assert 'role="alert"' in updates[codes.message]


@pytest.mark.parametrize("said", [
    "", "{", "[1]", '["x", 99, "[]"]', "[" * 50_000, '["data:image/png;base64,AA", 1, "[]"]',
])
def test_a_code_that_no_page_can_send_is_a_sentence(making: MakingVisit, codes: Any, said: str) -> None:
    making.now[codes.coded] = said
    updates = making.happens(codes.sliders[0], "input")
    assert list(updates) == [codes.message]
    assert "bug" not in updates[codes.message]


def test_without_the_network_the_room_says_so(
    making: MakingVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making.lab, "autoencoders", lambda: [])
    shown = room(making, "codes")
    assert "not among the checkpoints" in making.holds(shown.shown)
    assert isinstance(shown, Codes)
