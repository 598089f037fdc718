"""The fold "For the curious" of the Restore tab as a visitor meets it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from contrastlab.core.images import encode_png
from contrastlab.ui.tabs.restore import stepwise

from .slow import slowed

Visit = Callable[..., Page]
HERE = "?v=1&tab=restore"


def opened(page: Page, room: int) -> Page:
    """The fold with the door of that room open."""
    expect(page.locator("#restore-layers .layer.after")).to_be_visible()
    page.locator("#fold-inside > button").click()
    page.locator("#restore-rooms").get_by_role("tab").nth(room).click()
    return page


def test_who_says_otherwise_gets_another_repair(visit: Visit) -> None:
    page = opened(visit(HERE), 0)
    expect(page.locator("#restore-told img")).to_have_count(2)
    expect(page.locator("#restore-told .says")).to_contain_text("move one")
    number = page.locator("#knob-told-noise input[type=number]")
    judged = number.input_value()
    number.fill("3")
    number.press("Enter")
    expect(page.locator("#restore-told .says")).not_to_contain_text("move one")
    page.locator("#do-as-estimated").click()
    expect(number).to_have_value(judged)
    expect(page.locator("#restore-told .says")).to_contain_text("move one")


def test_a_pixel_is_aimed_at_by_click_and_by_keys(visit: Visit) -> None:
    page = opened(visit(HERE), 2)
    aim, weights = page.locator("#restore-aim .aim"), page.locator("#restore-weights img").nth(1)
    expect(weights).to_be_visible()
    for move in (lambda: aim.click(position={"x": 40, "y": 40}), lambda: aim.press("Shift+ArrowDown")):
        before = weights.get_attribute("src") or ""
        move()
        expect(weights).not_to_have_attribute("src", before)
    expect(aim).to_be_focused()
    assert int(aim.get_attribute("data-row") or 0) > 10


def test_the_steps_are_seen_and_stopped(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepwise, "search", slowed(stepwise.search, 0.3))
    page = opened(visit(HERE), 3)
    expect(page.locator("#restore-stepwise img")).to_have_count(1)
    page.locator("#do-stepwise").click()
    expect(page.locator("#restore-stepwise img")).to_have_count(2)
    page.locator("#do-stop-stepwise").click()
    expect(page.locator("#do-stepwise")).to_be_enabled()
    expect(page.locator("#do-stop-stepwise")).not_to_be_visible()
    expect(page.locator("#tabs").get_by_text(re.compile(r"^Stopped at step \d+ of 150\.$"))).to_be_visible()
    expect(page.locator("#restore-stepwise img")).to_have_count(2)


def test_files_come_back_in_a_zip(visit: Visit, tmp_path: Path) -> None:
    page = opened(visit(HERE), 4)
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    good.write_bytes(encode_png(noise))
    bad.write_bytes(b"nothing")
    with page.expect_file_chooser() as chooser:
        page.locator("#restore-batch-files").click()
    chooser.value.set_files([good, bad])
    expect(page.locator("#restore-batch")).to_contain_text("bad.png")
    with page.expect_download() as download:
        page.locator("#restore-batch-file").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["good.png"]
