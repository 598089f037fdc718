"""The card to keep: its code leads to the address, and no more than the address ever reaches the server."""

from __future__ import annotations

import html
import re

import cv2
import gradio as gr
import numpy as np
import pytest

from contrastlab.text import LANGUAGES
from contrastlab.ui.card import drawn, keep_button, keeping
from contrastlab.ui.widgets import Words

ADDRESS = "http://192.168.1.20:7860/?v=1&tab=restore&lang=zh&photo=chelsea&damage=noise&strength=50&split=40"


def matrix(made: str) -> np.ndarray:
    (said,) = re.findall(r'data-code="([01,]*)"', made)
    return np.array([[int(one) for one in row] for row in said.split(",")], np.uint8)


def test_the_code_is_read_as_the_address() -> None:
    rows = matrix(drawn(ADDRESS))
    picture = np.pad(255 * (1 - rows), 4, constant_values=255).repeat(6, 0).repeat(6, 1)
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == ADDRESS
    assert f'data-address="{html.escape(ADDRESS)}"' in drawn(ADDRESS)


@pytest.mark.parametrize("address", ["h" * 3000, "变" * 2000])
def test_an_address_too_long_to_be_read_has_no_code(address: str) -> None:
    assert 'data-code=""' in drawn(address)


def test_what_comes_from_the_browser_is_escaped() -> None:
    assert "<b>" not in drawn('"><b>')


def test_a_card_asked_for_twice_is_made_twice() -> None:
    assert drawn(ADDRESS) != drawn(ADDRESS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_button_brings_the_words_of_the_card(language: str) -> None:
    for inside in (False, True):
        made = keep_button(language, inside=inside)
        assert 'data-do="keep"' in made
        assert all(re.search(f'data-{part}="[^"]+"', made) for part in ("scan", "own"))


def test_only_the_address_is_sent() -> None:
    with gr.Blocks() as page:
        keeping(Words(), gr.Radio(["en", "zh"], value="en"))
    (event,) = [one for one in page.fns.values() if one.fn is not None]
    assert len(event.inputs) == 2
    assert event.api_visibility == "private"
