"""The folds under the Restore tab, as a visitor meets them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from contrastlab.ui.tabs.restore import true

from .slow import slowed

Visit = Callable[..., Page]


def test_the_search_for_what_was_made_up_is_stopped_and_keeps_what_it_found(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(true, "doubting", slowed(true.doubting, 2.0))
    page = visit("?v=1&tab=restore", width=390, height=844)
    page.locator("#fold-true > button").click()
    for part in ("fits", "made-up", "taken"):
        expect(page.locator(f"#restore-{part} .says").first).not_to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("#do-doubt").click()
    expect(page.locator("#restore-made-up .ramp")).to_have_count(2)
    page.locator("#do-stop-doubt").click()
    expect(page.locator("#do-stop-doubt")).to_be_hidden()
    expect(page.locator("#do-doubt")).to_be_enabled()
    expect(page.locator("#restore-made-up .ramp")).to_have_count(2)
    # The slider hatches what was found anew, and another picture begins from nothing.
    page.locator("#knob-beyond input[type=range]").focus()
    page.keyboard.press("Home")
    expect(page.locator("#restore-made-up .says").first).to_contain_text("more than 1.0 levels")
    page.locator("#do-roll-damage").click()
    expect(page.locator("#restore-made-up .ramp")).to_have_count(1)
