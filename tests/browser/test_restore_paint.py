"""Painting over a picture, with a mouse and with keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from contrastlab.core.images import encode_png, open_image
from contrastlab.text import say
from contrastlab.ui.tabs.restore.scene import STAGE

Visit = Callable[..., Page]
HERE = "?v=1&tab=restore"
CANVAS, FILLED = "#restore-canvas canvas", "#restore-filled"


def opened(visit: Visit, query: str = HERE) -> Page:
    page = visit(query, height=1600)
    page.click("#fold-paint > button")
    expect(page.locator(CANVAS)).to_be_visible()
    expect(page.locator(FILLED)).to_contain_text(say("restore.paint.nothing", "en"))
    return page


def stroke(page: Page) -> None:
    """Draw a line over the middle of the picture."""
    page.locator(CANVAS).scroll_into_view_if_needed()
    box = page.locator(CANVAS).bounding_box()
    assert box is not None
    y = box["y"] + 0.5 * box["height"]
    page.mouse.move(box["x"] + 0.3 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], y, steps=5)
    page.mouse.up()


def mask(page: Page, tmp_path: Path) -> np.ndarray:
    """What is saved as the mask, as bool."""
    with page.expect_download() as download:
        page.click("[data-paint=save]")
    path = tmp_path / "saved.png"
    download.value.save_as(path)
    pixels = open_image(path).pixels
    assert set(np.unique(pixels)) <= {0, 255}
    return pixels[:, :, 0] > 0


def test_a_stroke_is_filled_in_and_taken_back(visit: Visit, tmp_path: Path) -> None:
    page = opened(visit)
    stroke(page)
    expect(page.locator(f"{FILLED} img")).to_have_count(2)
    painted = mask(page, tmp_path)
    assert painted.shape == (STAGE[1], STAGE[0])
    rows, columns = np.nonzero(painted)
    assert abs(rows.mean() / STAGE[1] - 0.5) < 0.02
    assert columns.min() / STAGE[0] < 0.32 and columns.max() / STAGE[0] > 0.58
    expect(page.locator(FILLED)).to_contain_text(f"{int(painted.sum()):,} pixels")
    page.click("[data-paint=grow]")
    expect(page.locator(FILLED)).not_to_contain_text(f"{int(painted.sum()):,} pixels")
    grown = mask(page, tmp_path)
    assert grown[painted].all() and grown.sum() > painted.sum()
    page.click("[data-paint=invert]")
    expect(page.locator(FILLED)).to_contain_text(f"{int((~grown).sum()):,} pixels")
    page.click("[data-paint=clear]")
    expect(page.locator(FILLED)).to_contain_text(say("restore.paint.nothing", "en"))
    for count in (int((~grown).sum()), int(grown.sum()), int(painted.sum())):
        page.click("[data-paint=undo]")
        expect(page.locator(FILLED)).to_contain_text(f"{count:,} pixels")


def test_what_is_painted_stays_while_the_damage_moves_and_can_be_erased(visit: Visit) -> None:
    page = opened(visit)
    stroke(page)
    expect(page.locator(f"{FILLED} img")).to_have_count(2)
    says = page.locator(f"{FILLED} .says")
    told = says.inner_text()
    page.locator("#knob-strength-noise input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#view [data-query*='strength=49']")).to_have_count(1)
    expect(says).to_have_text(told)
    page.click("[data-paint=erase]")
    stroke(page)
    # Of the soft edge a pixel here and there is left.
    expect(says).to_have_text(re.compile(r"^\d{1,2} pixels"))


def test_keys_move_the_brush_and_the_space_bar_marks(visit: Visit) -> None:
    page = opened(visit)
    page.locator(CANVAS).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#restore-canvas .brush")).to_be_visible()
    page.keyboard.press(" ")
    expect(page.locator(f"{FILLED} img")).to_have_count(2)


def test_a_mask_is_brought_and_one_of_another_size_is_a_sentence(visit: Visit, tmp_path: Path) -> None:
    page = opened(visit)
    marks = np.zeros((STAGE[1], STAGE[0]), np.uint8)
    marks[40:60, 50:90] = 255
    for name, given in (("right.png", marks), ("wrong.png", marks[:50, :60])):
        (tmp_path / name).write_bytes(encode_png(np.repeat(given[:, :, None], 3, axis=2)))
    upload = page.locator("#restore-mask input[type=file]")
    upload.set_input_files(tmp_path / "wrong.png")
    expect(page.locator("#fold-paint .complaint")).to_contain_text("60 x 50")
    upload.set_input_files(tmp_path / "right.png")
    expect(page.locator(FILLED)).to_contain_text("800 pixels")
    expect(page.locator("#fold-paint .complaint")).to_have_count(0)
