"""The Neighbours tab as a visitor meets it, searching in drawn digits."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from contrastlab.core.images import encode_png
from contrastlab.ui.tabs.neighbours import wishes

from .slow import slowed

Visit = Callable[..., Page]
HERE = "?v=1&tab=neighbours"
REPLIES = "#neighbours-rows .learned .reply"


def said(page: Page) -> str:
    return page.locator("#view [data-query]").get_attribute("data-query") or ""


def written(page: Page, what: str) -> None:
    """Wait until the view's address says so: the answer has arrived."""
    expect(page.locator("#view [data-query]")).to_have_attribute("data-query", re.compile(what))


def packed(folder: Path, name: str, count: int, colour: tuple[int, int, int]) -> Path:
    path, rng = folder / f"{name}.zip", np.random.default_rng(1)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            noisy = np.clip(np.array(colour) + rng.integers(-40, 40, (24, 24, 3)), 0, 255).astype(np.uint8)
            archive.writestr(f"set/{name}{number % 2}/{number}.png", encode_png(noisy))
    return path


def reload(page: Page) -> None:
    """Come back to the address; an answer that is still on its way would be an error in the console."""
    expect(page.locator("#neighbours-sheet .line").first).to_be_attached()
    page.wait_for_timeout(300)
    page.reload()


def bring(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.click("#neighbours-files")
    chooser.value.set_files(path)


def test_a_link_to_the_tab_opens_it_with_both_rows_there(visit: Visit) -> None:
    page = visit(HERE)
    expect(page.locator("#neighbours-rows .reply")).to_have_count(10)
    written(page, "tab=neighbours.*gallery=glyphs")
    expect(page).to_have_title(re.compile("find alike"))
    expect(page.locator("#neighbours-seen")).to_contain_text("itself, 1.00")


def test_the_address_is_that_of_the_tab_that_is_open(visit: Visit) -> None:
    page = visit()
    written(page, "tab=augment")
    page.get_by_role("tab", name="Neighbours").click()
    expect(page).to_have_url(re.compile("tab=neighbours"))
    page.get_by_role("tab", name="Augment").click()
    expect(page).to_have_url(re.compile("tab=augment&.*photo=chelsea"))
    page.locator("#language label", has_text="中文").click()
    expect(page).to_have_url(re.compile("tab=augment&lang=zh"))


def test_a_neighbour_becomes_the_question_and_the_trail_leads_back(visit: Visit) -> None:
    page = visit(HERE)
    start = re.search(r"query=(\d+)", said(page))
    assert start
    for _ in range(2):
        # Not one that is on the trail already, which would lead back.
        fresh = page.locator(f'{REPLIES}:not([data-pick="{start[1]}"])').first
        picked = fresh.get_attribute("data-pick")
        fresh.click()
        written(page, f"query={picked}&")
    expect(page.locator("#neighbours-trail button")).to_have_count(2)
    page.locator("#neighbours-trail button").nth(0).click()
    written(page, f"query={start[1]}&")
    expect(page.locator("#neighbours-trail button")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"query={start[1]}&"))


def test_the_gallery_comes_into_view_and_is_clicked_in_by_keyboard(visit: Visit) -> None:
    page = visit(HERE, height=2000)
    thumbs = page.locator("#neighbours-sheet .thumbs button")
    expect(page.locator("#neighbours-sheet .line")).to_have_count(10)
    picked = thumbs.nth(30).get_attribute("data-pick")
    thumbs.nth(30).focus()
    page.keyboard.press("Enter")
    written(page, f"query={picked}&")
    expect(thumbs.nth(30)).to_have_attribute("aria-pressed", "true")


def test_the_crop_is_dragged_pulled_and_moved_by_keys(visit: Visit) -> None:
    page = visit(HERE)
    page.click('#neighbours-samples [data-pick="motorcycle"]')
    frame = page.locator("#neighbours-question .crop")
    box, whole = frame.bounding_box(), page.locator("#neighbours-question .shot").bounding_box()
    assert box is not None
    assert whole is not None
    seen = page.locator("#neighbours-seen img")
    before = seen.get_attribute("src")
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 30, steps=6)
    written(page, "crop=")
    page.mouse.up()
    expect(seen).not_to_have_attribute("src", str(before))
    moved = frame.bounding_box()
    assert moved is not None
    assert moved["x"] > box["x"] + 15
    grip = page.locator("#neighbours-question .grip").bounding_box()
    assert grip is not None
    page.mouse.move(grip["x"] + 20, grip["y"] + 20)
    page.mouse.down()
    page.mouse.move(grip["x"] - 60, grip["y"] - 60, steps=6)
    page.mouse.up()
    smaller = frame.bounding_box()
    assert smaller is not None
    assert smaller["width"] < box["width"] - 40
    written(page, r"crop=\d+%2C\d+%2C[4-6]\d\d$")
    frame.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    at = frame.bounding_box()
    assert at is not None
    assert at["x"] < smaller["x"]
    left = round(1000 * (at["x"] - whole["x"]) / whole["height"])
    written(page, f"crop=({'|'.join(str(left + off) for off in range(-4, 5))})%2C")
    expect(page).to_have_url(re.compile(re.escape(said(page)[-20:])))  # written once a movement has ended
    reload(page)
    expect(frame).to_have_attribute("style", re.compile("width"))
    again = frame.bounding_box()
    assert again is not None
    assert abs(again["x"] - at["x"]) < 2
    assert abs(again["width"] - at["width"]) < 2


def test_next_carries_the_changed_picture_on(visit: Visit) -> None:
    page = visit("?v=1&photo=coffee&turn=90&seed=4")
    page.click("#do-next")
    written(page, "tab=neighbours.*query=coffee.*change=")
    expect(page.locator("#neighbours-seen")).to_contain_text("a cup of coffee")
    seen = page.locator("#neighbours-seen img").get_attribute("src")
    expect(page).to_have_url(re.compile("tab=neighbours.*change="))
    reload(page)
    expect(page.locator("#neighbours-seen img")).to_have_attribute("src", str(seen))
    page.click('#neighbours-samples [data-pick="rocket"]')
    page.click('#neighbours-samples [data-pick="coffee"]')
    written(page, "query=coffee&eye=simclr")
    expect(page.locator("#neighbours-seen img")).not_to_have_attribute("src", str(seen))


def test_the_tab_speaks_chinese_and_no_verdict_falls_on_a_photograph(visit: Visit) -> None:
    page = visit(HERE + "&lang=zh&query=astronaut")
    expect(page.locator("#neighbours-rows .learned .who")).to_have_text("按学到的")
    expect(page.locator("#neighbours-rows .sign")).to_have_count(0)
    expect(page.locator("#neighbours-seen")).not_to_contain_text("它自己")
    expect(page.locator("#neighbours-rows .says")).to_contain_text("不给它贴标签")
    expect(page.locator("#knob-eye label").last).to_have_text("没训练过")
    words = page.locator(".stage.search").inner_text()
    assert not re.search(r"[A-Za-z]{3,}", re.sub("SimCLR|SupCon", "", words)), words


def test_two_visitors_bring_galleries_that_they_do_not_share(visit: Visit, tmp_path: Path) -> None:
    first, second = visit(HERE, height=1600), visit(HERE, height=1600)
    for page, name, colour in ((first, "ruby", (220, 20, 20)), (second, "navy", (20, 20, 220))):
        bring(page, packed(tmp_path, name, 12, colour))
    for page, own, foreign in ((first, "ruby", "navy"), (second, "navy", "ruby")):
        expect(page.locator("#knob-gallery label:has(input:checked)")).to_have_text("my pictures")
        expect(page.locator("#neighbours-sheet .line b").first).to_have_text(f"{own}0")
        assert foreign not in page.content()
        assert own not in said(page)
    third = visit(HERE)
    assert third.locator("#knob-gallery label", has_text="my pictures").count() == 0


def test_a_build_can_be_stopped_and_leaves_everything_as_it_was(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wishes, "read_own", slowed(wishes.read_own, 0.1))
    page = visit(HERE)
    before, rows = said(page), page.locator("#neighbours-rows").bounding_box()
    bring(page, packed(tmp_path, "many", 600, (90, 160, 40)))
    expect(page.locator("#neighbours-progress")).to_contain_text("of 600")
    assert page.locator("#neighbours-rows").bounding_box() == rows, "nothing jumps"
    page.click("#do-stop-gallery")
    expect(page.locator("#do-stop-gallery")).to_have_count(0)
    expect(page.locator("#neighbours-progress .progress")).not_to_be_visible()
    assert said(page) == before
    page.locator(REPLIES).nth(1).click()
    expect(page.locator("#neighbours-trail button")).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_on_a_phone_the_question_and_the_first_row_are_seen_at_once(visit: Visit, language: str) -> None:
    page = visit(f"{HERE}&lang={language}", width=390, height=664)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans" if language == "zh" else "en")
    for seen in ("#neighbours-question img", "#neighbours-rows .baseline .reply >> nth=4"):
        box = page.locator(seen).bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 664, seen
        assert box["x"] + box["width"] <= 390, seen
    page.locator("#neighbours-sheet").scroll_into_view_if_needed()
    expect(page.locator("#neighbours-sheet .line")).to_have_count(10)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_teacher_may_ask_which_row_is_which(visit: Visit) -> None:
    page = visit(HERE + "&guess=1")
    expect(page.locator("#neighbours-rows .who").first).to_be_hidden()
    expect(page.locator("#neighbours-rows .word").first).to_be_hidden()
    page.click("#neighbours-rows .reveal")
    expect(page.locator("#neighbours-rows .who").first).to_be_visible()
    page.locator(REPLIES).first.click()
    expect(page.locator("#neighbours-rows .who").first).to_be_hidden()
