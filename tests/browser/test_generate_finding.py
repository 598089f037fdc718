"""Finding a picture in a generator, as a visitor does it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from contrastlab.ui.tabs.generate import finding

from .slow import slowed

Visit = Callable[..., Page]
#: A search takes seconds; the machine may be busy.
_LONG = 300_000


def opened(visit: Visit) -> Page:
    page = visit("?v=1&tab=generate")
    page.click("#fold-finding > button")
    expect(page.locator("#generate-finding img")).to_have_count(1)
    return page


def test_a_search_is_stopped_and_what_was_found_so_far_is_edited(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "invert", slowed(finding.invert, 1))
    page = opened(visit)
    page.click("#do-find")
    expect(page.locator("#generate-finding img")).to_have_count(2, timeout=_LONG)
    page.click("#do-stop-find")
    expect(page.locator("#do-stop-find")).to_be_hidden()
    expect(page.locator("#do-find")).to_be_enabled()
    expect(page.locator("#fold-finding .says")).to_have_text(re.compile(r"Stopped at step \d+ of"), use_inner_text=True)
    page.click("#do-edit-found")
    expect(page.locator("#generate-main figcaption")).to_contain_text("from numbers that were found")
    before = page.locator("#generate-main img").get_attribute("src")
    page.locator("#knob-number-1 input[type=range]").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#generate-main img")).not_to_have_attribute("src", str(before))


def test_a_picture_that_it_painted_itself_is_found(visit: Visit) -> None:
    page = opened(visit)
    page.click("#do-find")
    expect(page.locator("#do-edit-found")).to_be_visible(timeout=_LONG)
    off = re.search(r"off by (\d+) of 255", page.locator("#generate-course").inner_text())
    # Any other picture of a generator is further away than that, by twice as much and more.
    assert off is not None and int(off[1]) < 25
    expect(page.locator("#generate-course polyline")).to_have_count(9)
