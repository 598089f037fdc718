"""The page around the tabs: languages, phone, dark, links for teachers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from contrastlab.ui.tabs.augment.view import SEED

Visit = Callable[..., Page]

#: What is written alike in both languages: names, units, code.
_SAME = re.compile(
    r"contrastlab|EN|SimCLR|SupCon|RandAugment|TrivialAugment|Mixup|CutMix|FGSM|PGD|JPEG|PNG|JSON|torchvision|seed|"
    r"(?:autoencoder|encoder|gan|vae|restorer)[a-z0-9-]*|cpu|fp32|Apache-2\.0|sigma|YIQ|HSV|px|ms|alpha|gamma|OpenCV|Telea|dB"
)


def leftovers(page: Page) -> list[str]:
    """Latin words that can be read or heard on the page, but for the names that are the same everywhere."""
    shown = page.evaluate(
        """() => {
          const found = [];
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const holder = walk.currentNode.parentElement;
            if (holder.closest('script, style, pre')) continue;
            const isSeen = holder.checkVisibility({checkVisibilityCSS: true});
            if (isSeen) found.push(walk.currentNode.textContent);
          }
          for (const name of ['aria-label', 'alt', 'title'])
            for (const element of document.querySelectorAll(`.stage [${name}], #top [${name}], .fold [${name}]`))
              if (element.checkVisibility({checkVisibilityCSS: true})) found.push(element.getAttribute(name));
          return found;
        }"""
    )
    return [words for words in shown if re.search(r"[A-Za-z]{2,}", _SAME.sub("", words))]


def soon_leftovers(page: Page) -> list[str]:
    """What is still left over once the page has come to rest: parts are named a moment after they appear."""
    found = leftovers(page)
    for _ in range(20):
        if not found:
            break
        page.wait_for_timeout(100)
        found = leftovers(page)
    return found


@pytest.mark.parametrize("locale", ["zh-CN", "zh-SG", "zh-TW", "zh-HK"])
def test_a_browser_that_prefers_chinese_is_answered_in_chinese(visit: Visit, locale: str) -> None:
    page = visit(locale=locale)
    expect(page.locator("h2")).to_have_text("怎么改，它还是它？")
    expect(page.locator("#knob-turn label")).to_contain_text("旋转")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page).to_have_title(re.compile("什么没变"))


def test_the_address_overrules_the_browser_and_the_switch_both(visit: Visit) -> None:
    page = visit("?lang=zh", locale="de-DE")
    expect(page.locator("#do-roll")).to_have_text("再随机一次")
    page.locator("#language label", has_text="EN").click()
    expect(page.locator("#do-roll")).to_have_text("Roll again")
    expect(page.locator("#augment-changed figcaption b")).to_have_text("The same, changed")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(re.compile("lang=en"))
    page = visit("?lang=en", locale="zh-CN")
    expect(page.locator("#do-roll")).to_have_text("Roll again")


def test_nothing_is_left_in_english_on_the_chinese_page(visit: Visit) -> None:
    page = visit("?lang=zh&v=1&ready=strong")
    expect(page.locator("#do-roll")).to_have_text("再随机一次")
    assert soon_leftovers(page) == []
    for fold, shown in (("happened", ".strip li"), ("rolls", ".sheet"), ("fool", ".tiles"), ("curious", ".chain")):
        page.click(f"#fold-{fold} > button")
        expect(page.locator(shown).first).to_be_visible()
    assert soon_leftovers(page) == []
    for place, shown in ((2, "#augment-curves svg"), (3, ".label-bar"), (4, "#augment-code pre")):
        page.click(f"#augment-rooms button[role=tab]:nth-child({place})")
        expect(page.locator(shown)).to_be_visible()
        assert soon_leftovers(page) == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), [(390, 664), (360, 640)])
def test_on_a_phone_picture_bar_and_first_knob_are_seen_at_once(
    visit: Visit, language: str, width: int, height: int
) -> None:
    page = visit(f"?lang={language}", width=width, height=height)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans" if language == "zh" else "en")
    bar, first_knob = "#augment-bar .track >> nth=1", "#knob-turn input[type=range]"
    for seen in ("#augment-original img", "#augment-changed img", bar, first_knob):
        box = page.locator(seen).bounding_box()
        assert box is not None
        assert box["y"] >= 0, seen
        assert box["y"] + box["height"] <= height, seen
        assert box["x"] >= 0, seen
        assert box["x"] + box["width"] <= width, seen


def test_on_a_phone_the_result_stays_in_view_at_the_last_knob(visit: Visit) -> None:
    page = visit(width=390, height=664)
    knob = page.locator("#knob-colours input[type=range]")
    knob.evaluate("element => element.scrollIntoView({block: 'end'})")
    slider = knob.bounding_box()
    assert slider is not None
    assert page.evaluate("scrollY") > 50
    for seen in ("#augment-changed img", "#augment-bar .track >> nth=1"):
        box = page.locator(seen).bounding_box()
        assert box is not None
        assert 0 <= box["y"] < box["y"] + box["height"] <= slider["y"], seen
    # What lies on top there is the knob itself and nothing that sticks.
    middle = (slider["x"] + 100, slider["y"] + slider["height"] / 2)
    assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).type", middle) == "range"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_on_a_phone_nothing_scrolls_sideways_even_with_everything_open(visit: Visit, language: str) -> None:
    width = 390 if language == "en" else 360
    page = visit(f"?lang={language}&v=1&ready=strong", width=width, height=844)
    for fold, shown in (("happened", ".strip li"), ("rolls", ".sheet"), ("fool", ".tiles"), ("curious", ".chain")):
        page.click(f"#fold-{fold} > button")
        expect(page.locator(shown).first).to_be_visible()
    for place, shown in ((1, ".chain"), (2, "#augment-curves svg"), (3, ".label-bar"), (4, "#augment-code pre")):
        page.click(f"#augment-rooms button[role=tab]:nth-child({place})")
        expect(page.locator(shown)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        wide = page.evaluate(
            """() => [...document.querySelectorAll('.gradio-container *')].filter((element) => {
                 const box = element.getBoundingClientRect();
                 return box.width && box.right > innerWidth + 1 && !element.closest('pre, [class*=hidden], .rail');
               }).map((element) => element.outerHTML.slice(0, 90))"""
        )
        assert wide == []


def too_small(page: Page, selector: str) -> list[str]:
    """Size and beginning of everything to touch, among what is seen, that is smaller than a finger."""
    found: list[str] = page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)]
             .filter((element) => element.checkVisibility({checkVisibilityCSS: true}))
             .filter((element) => !(element.tagName === 'LABEL' && element.closest('.knob .head')))
             .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
             .filter(([_, box]) => box.width && (box.height < 40 || box.width < 40))
             .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)""",
        selector,
    )
    return found


def test_on_a_phone_everything_to_touch_is_large_enough(visit: Visit) -> None:
    page = visit(width=390, height=844)
    assert too_small(page, "button, label, summary, input[type=range]") == []


def test_dark_follows_the_system_and_the_button_and_is_remembered(visit: Visit) -> None:
    page = visit(scheme="dark")
    expect(page.locator("body")).to_have_class(re.compile(r"\bdark\b"))
    ground = "getComputedStyle(document.querySelector('.gradio-container')).backgroundColor"
    assert page.evaluate(ground) == "rgb(20, 19, 17)"
    page.click("[data-do=theme]")
    expect(page.locator("body")).not_to_have_class(re.compile(r"\bdark\b"))
    assert page.evaluate(ground) == "rgb(250, 248, 244)"
    page.reload()
    expect(page.locator("#view [data-query]")).to_have_count(1)
    expect(page.locator("body")).not_to_have_class(re.compile(r"\bdark\b"))


def test_a_meaning_has_the_same_colour_in_the_dark(visit: Visit) -> None:
    fill = "getComputedStyle(document.querySelector('.learned .rail .fill')).backgroundColor"
    assert visit(scheme="dark").evaluate(fill) == visit().evaluate(fill) == "rgb(86, 180, 233)"


def test_a_teacher_may_show_one_knob_only(visit: Visit) -> None:
    page = visit("?show=turn")
    expect(page.locator("#knob-turn input[type=range]")).to_be_visible()
    others = ("#knob-cut", "#knob-ready", "#do-roll", "#do-reset", "#augment-samples", "#fold-rolls", "#language")
    for hidden in others:
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator("#augment-changed img")).to_be_visible()
    height = "element => element.getBoundingClientRect().height"
    words = "#augment-changed figcaption b"
    assert page.locator(words).evaluate(height) > 1.2 * visit().locator(words).evaluate(height)


def test_a_teacher_may_ask_first(visit: Visit) -> None:
    page = visit("?guess=1")
    expect(page.locator(".track .number").first).to_be_hidden()
    expect(page.locator(".verdict")).to_be_hidden()
    page.click("#augment-bar .reveal")
    expect(page.locator(".track .number").first).to_be_visible()
    page.click("#do-roll")
    expect(page.locator(".track .number").first).to_be_hidden()
    expect(page).to_have_url(re.compile(f"seed=(?!{SEED.default}&)"))
    assert "guess=1" in page.url, "the address keeps what the teacher asked for"


def test_the_address_of_this_exact_view_can_be_copied(visit: Visit) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("[data-do=copy]")
    expect(page.locator("[data-do=copy]")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url
    assert f"seed={SEED.default}" in copied


def test_every_picture_says_what_it_is(visit: Visit) -> None:
    page = visit()
    for fold, shown in (("happened", ".strip li"), ("rolls", ".sheet"), ("fool", ".tiles")):
        page.click(f"#fold-{fold} > button")
        expect(page.locator(shown).first).to_be_visible()
    silent = page.evaluate(
        """() => [...document.querySelectorAll('img, [role=img]')]
             .filter((one) => one.checkVisibility() && !one.closest('button[aria-label]'))
             .filter((one) => !(one.getAttribute('alt') || one.getAttribute('aria-label')))
             .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert silent == []
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('button, input[type=range]')]
             .filter((one) => one.checkVisibility() && !one.textContent.trim() && !one.getAttribute('aria-label'))
             .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert unnamed == []
