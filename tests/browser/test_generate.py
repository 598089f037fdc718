"""The Generate tab as a visitor meets it, with whatever generators there are."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

Visit = Callable[..., Page]
HERE = "?v=1&tab=generate"
FIRST = "#knob-number-1 input[type=range]"


def said(page: Page) -> str:
    return page.locator("#view [data-query]").get_attribute("data-query") or ""


def written(page: Page, what: str) -> None:
    """Wait until the view's address says so: the answer has arrived."""
    expect(page.locator("#view [data-query]")).to_have_attribute("data-query", re.compile(what))


def shown(page: Page) -> str:
    return page.locator("#generate-main img").get_attribute("src") or ""


def changed(page: Page, before: str) -> None:
    expect(page.locator("#generate-main img")).not_to_have_attribute("src", before)


def within(page: Page, *places: str | Locator, height: int) -> None:
    for place in places:
        found = page.locator(place) if isinstance(place, str) else place
        box = found.bounding_box()
        assert box is not None, place
        assert box["y"] >= 0, place
        assert box["y"] + box["height"] <= height, place


def test_it_is_alive_on_load_and_everything_is_in_sight(visit: Visit) -> None:
    page = visit(HERE, width=1280, height=712)
    written(page, "tab=generate.*seed=")
    expect(page.locator(".sixteen button")).to_have_count(16)
    expect(page).to_have_title(re.compile("what does each number change"))
    within(page, "#generate-main img", "#generate-others img", "#do-another", "#do-morph", "#do-reset-numbers",
           "#knob-number-3 input[type=range]", height=712)
    for button in ("#do-another", "#do-morph", "#do-reset-numbers"):
        fits = "one => one.scrollHeight <= one.clientHeight && one.scrollWidth <= one.clientWidth"
        assert page.locator(button).evaluate(fits), button


def test_a_slider_that_is_dragged_ends_where_it_is_let_go(visit: Visit) -> None:
    page = visit(HERE)
    before, others = shown(page), page.locator("#generate-others img").last.get_attribute("src")
    knob = page.locator(FIRST)
    knob.scroll_into_view_if_needed()
    box = knob.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for place in range(30):
        page.mouse.move(box["x"] + box["width"] * (0.5 + place / 64), box["y"] + box["height"] / 2)
    page.mouse.up()
    last = float(knob.input_value())
    assert last > 1
    written(page, rf"steps={last:g}(&|$)")
    changed(page, before)
    expect(page.locator("#generate-others img").last).not_to_have_attribute("src", str(others))
    page.click("#do-reset-numbers")
    expect(page.locator("#generate-main img")).to_have_attribute("src", before)
    expect(knob).to_have_value("0")


def test_the_keyboard_alone_moves_picks_and_makes(visit: Visit) -> None:
    page = visit(HERE)
    page.locator(FIRST).focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    written(page, r"steps=0\.5")
    sixth = page.locator(".sixteen button").nth(5)
    seed = sixth.get_attribute("data-pick")
    sixth.focus()
    page.keyboard.press("Enter")
    written(page, f"seed={seed}&")
    chip = page.locator("#generate-kinds .chip").nth(2)
    word = chip.get_attribute("data-pick")
    chip.focus()
    page.keyboard.press("Space")
    written(page, f"class={word}")
    expect(page.locator("#generate-kinds .chip").nth(2)).to_have_attribute("aria-pressed", "true")
    page.locator("#do-another").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#view [data-query]")).not_to_have_attribute("data-query", re.compile(f"seed={seed}&"))
    written(page, r"steps=0\.5")


def test_the_copied_address_paints_the_same_picture_to_the_pixel(visit: Visit) -> None:
    page = visit(f"{HERE}&seed=my%20cat&truncation=0.7&steps=1.2,0,-2,0.4")
    expect(page.locator("#generate-main figcaption")).to_contain_text("no. my cat")
    chip = page.locator("#generate-kinds .chip").nth(3)
    before = shown(page)
    chip.click()
    changed(page, before)
    page.locator(FIRST).focus()
    page.keyboard.press("ArrowRight")
    written(page, r"steps=1\.3.*truncation=0\.7|truncation=0\.7.*steps=1\.3")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("[data-do=copy]")
    copied = page.evaluate("navigator.clipboard.readText()")
    again = visit(copied[copied.index("?"):])
    expect(again.locator("#generate-main img")).to_have_attribute("src", shown(page))
    expect(again.locator(FIRST)).to_have_value("1.3")


def test_the_morph_plays_unless_the_picture_has_moved_on(visit: Visit) -> None:
    page = visit(HERE)
    page.click("#do-morph")
    expect(page.locator("#generate-main img")).to_have_attribute("src", re.compile("^data:image/webp"))
    expect(page.locator("#do-morph")).to_be_enabled()
    page.click("#do-morph")
    page.locator(FIRST).focus()
    page.keyboard.press("ArrowRight")
    written(page, r"steps=0\.1")
    expect(page.locator("#do-morph")).to_be_enabled()
    page.wait_for_timeout(300)
    expect(page.locator("#generate-main img")).to_have_attribute("src", re.compile("^data:image/png"))


@pytest.mark.parametrize("wrong", ["class=zebra", "class=9999"])
def test_a_wrong_address_is_one_sentence_and_a_picture(visit: Visit, wrong: str) -> None:
    page = visit(f"{HERE}&{wrong}&steps=nan,1e9,x&truncation=-3&seed={'9' * 60}")
    expect(page.locator("#generate-main img")).to_be_visible()
    expect(page.locator(".tabitem:visible .complaint")).to_have_count(1)
    expect(page.locator(FIRST)).to_have_value("0")
    # Pictures painted meanwhile, as after a load whose values have changed, take nothing back.
    page.locator(FIRST).focus()
    page.keyboard.press("ArrowRight")
    written(page, r"steps=0\.1")
    expect(page.locator(".tabitem:visible .complaint")).to_have_count(1)
    page.locator("#generate-kinds .chip").nth(1).click()
    written(page, "class=")
    expect(page.locator(".tabitem:visible .complaint")).to_have_count(0)


def test_two_visitors_do_not_move_each_other(visit: Visit) -> None:
    one, two = visit(HERE), visit(f"{HERE}&seed=two")
    before = shown(one)
    two.locator(FIRST).focus()
    two.keyboard.press("ArrowLeft")
    written(two, r"seed=two.*steps=-0\.1")
    one.locator("#language label", has_text="中文").click()
    expect(one.locator("#do-another")).to_have_text("再生成一张")
    expect(one.locator("#generate-main img")).to_have_attribute("src", before)
    expect(two.locator("#do-another")).to_have_text("Make another")


def test_the_training_is_played_on_the_page_itself(visit: Visit) -> None:
    page = visit(HERE, height=1600)
    page.click("#fold-learning > button")
    expect(page.locator(".watched i").first).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    knob = page.locator(".scrub input")
    last = knob.input_value()
    at = page.locator(".watched i").first
    placed = "one => getComputedStyle(one).backgroundPosition"
    end = at.evaluate(placed)
    knob.focus()
    page.keyboard.press("Home")
    expect(page.locator(".scrub output")).to_contain_text("Step 8 of")
    assert at.evaluate(placed) != end
    page.click(".scrub button")
    expect(page.locator(".scrub output")).not_to_contain_text("Step 8 of")
    expect(knob).to_have_value(last)
    assert at.evaluate(placed) == end
    expect(page.locator(".scrub button")).to_have_text("Play the training")
    assert [url for url in asked if "queue" in url] == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), [(390, 664), (360, 640)])
def test_on_a_phone_tabs_picture_and_first_knob_are_seen_at_once(
    visit: Visit, language: str, width: int, height: int
) -> None:
    page = visit(f"{HERE}&lang={language}", width=width, height=height)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans" if language == "zh" else "en")
    within(page, "#generate-main img", "#generate-others img", FIRST, height=height)
    tops = page.locator("#tabs > .tab-wrapper button[role=tab]").evaluate_all("all => all.map((one) => one.offsetTop)")
    assert len(set(tops)) == 1, "the tabs stand in one row"
    page.click("#fold-learning > button")
    expect(page.locator(".watched i").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_nothing_is_left_in_english_in_the_chinese_tab(visit: Visit) -> None:
    from .test_page import soon_leftovers

    page = visit(f"{HERE}&lang=zh", height=1600)
    expect(page.locator("#do-another")).to_have_text("再生成一张")
    page.click("#fold-learning > button")
    expect(page.locator(".watched i").first).to_be_visible()
    assert soon_leftovers(page) == []


def test_a_neighbour_goes_on_to_be_found(visit: Visit) -> None:
    page = visit("?v=1&tab=neighbours", height=1600)
    expect(page.locator("#neighbours-rows .reply")).to_have_count(10)
    page.click("#do-next-find")
    expect(page).to_have_url(re.compile("tab=generate"))
    expect(page.locator("#fold-finding #generate-finding img").first).to_be_visible()
