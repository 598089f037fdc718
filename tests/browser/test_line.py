"""Two visitors want long work at the same time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from contrastlab.ui.tabs.augment import rolls

from .slow import slowed

Visit = Callable[..., Page]


def test_who_waits_reads_the_place_in_line_and_is_served_in_turn(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolls, "roll_many", slowed(rolls.roll_many, 2))
    first, second = visit("?v=1&ready=strong"), visit("?v=1&lang=zh")
    for page in (first, second):
        page.click("#fold-rolls > button")
        page.click("#do-many")
        if page is first:
            expect(page.locator("#augment-many h3 >> nth=0")).to_contain_text("of 200 rolls")
    told = second.locator("#fold-rolls .complaint.waiting")
    expect(told).to_have_text("正忙：您排在第 1 位，轮到时会自动开始。")
    first.click("#do-stop-many")
    expect(told).to_have_count(0)
    expect(second.locator("#augment-many .chart >> nth=0")).to_be_visible()
    monkeypatch.undo()
    expect(second.locator("#augment-many .effect")).to_have_count(3, timeout=90_000)
