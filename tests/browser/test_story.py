"""One story: from tab to tab with one picture, a card to keep, and questions for a class."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from contrastlab.text import LANGUAGES
from contrastlab.ui.tabs import TABS

Visit = Callable[..., Page]
MOMENTS = {tab.MOMENT.name: tab.MOMENT for tab in TABS}


def opened(page: Page, name: str) -> None:
    expect(page.locator(f"#tabs > .tab-wrapper [data-tab-id={name}]").first).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_next_leads_one_picture_through_all_tabs(visit: Visit, width: int, height: int) -> None:
    page = visit("?v=1&tab=augment&photo=coffee&turn=20", width=width, height=height)
    page.click("#do-next")
    opened(page, "neighbours")
    expect(page.locator("#neighbours-seen b")).to_have_text("a cup of coffee")
    expect(page.locator("#neighbours-question img")).to_be_in_viewport(ratio=0.9)
    expect(page).to_have_url(re.compile("tab=neighbours.*query=coffee"))
    page.click("#do-next-find")
    opened(page, "generate")
    expect(page.locator("#fold-finding > button")).to_have_class(re.compile("open"))
    expect(page.locator("#generate-finding .query img")).to_be_in_viewport(ratio=0.9)
    painted = page.locator("#generate-main img").get_attribute("src")
    page.click("#do-next-restore")
    opened(page, "restore")
    expect(page.locator("#restore-layers figcaption")).to_contain_text("the generated picture")
    expect(page.locator(".layer.clean")).to_have_attribute("src", str(painted))
    expect(page.locator("#restore-layers .frame")).to_be_in_viewport(ratio=0.9)
    expect(page.locator(".keep-here")).to_be_visible()


# -- the card ---------------------------------------------------------------------------------------------------------


def kept(page: Page, folder: Path) -> tuple[np.ndarray, str]:
    """The card as (H, W, 3), and what its code says."""
    with page.expect_download() as download:
        page.locator("[data-do=keep]:visible").first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    card = cv2.imread(str(path))
    # The code stands below the pictures on the right.
    corner = cv2.copyMakeBorder(card[-360:, -360:], 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    return card, cv2.QRCodeDetector().detectAndDecode(corner)[0]


@pytest.mark.parametrize("tab", [tab.NAME for tab in TABS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_of_every_tab_shows_the_view_and_leads_back_to_it(
    visit: Visit, tmp_path: Path, tab: str, language: str
) -> None:
    page = visit(f"?v=1&tab={tab}&lang={language}")
    expect(page.locator("#view [data-query]")).to_have_attribute("data-tab", tab)
    expect(page.locator(".tabitem h2:visible")).to_be_visible()
    card, said = kept(page, tmp_path)
    assert card.shape[1] == 1080
    assert 700 < card.shape[0] <= 1600
    assert f"tab={tab}" in said
    assert f"lang={language}" in said
    assert said == page.evaluate("window.contrastlab.here()")
    upper = card[150:-360].reshape(-1, 3).astype(int)
    assert (np.ptp(upper, axis=1) > 12).mean() > 0.02 or upper.std() > 30, "there is a picture on it"


def test_a_picture_of_ones_own_is_on_the_card_and_not_in_its_address(visit: Visit, tmp_path: Path) -> None:
    mine = np.zeros((120, 120, 3), np.uint8)
    mine[:, :, 1] = 200
    cv2.imwrite(str(tmp_path / "mine.png"), mine)
    page = visit("?v=1&tab=restore&damage=mine")
    page.set_input_files("#restore-upload input[type=file]", tmp_path / "mine.png")
    expect(page.locator("#restore-layers figcaption")).to_contain_text("your photo")
    card, said = kept(page, tmp_path)
    green = (card[:, :, 1] > 150) & (card[:, :, 0] < 60) & (card[:, :, 2] < 60)
    assert green.mean() > 0.1
    assert "mine.png" not in said
    assert "photo=" not in said


# -- questions for a class --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MOMENTS)
def test_a_link_asks_hides_the_answer_and_reveals_it(visit: Visit, name: str) -> None:
    moment = MOMENTS[name]
    page = visit("?" + moment.query("en"))
    opened(page, moment.tab)
    asked = page.locator("#moment")
    expect(asked.locator(".ask")).to_have_text(moment.question("en"))
    expect(asked.locator(".answer")).to_be_hidden()
    expect(page.locator(".reveal:visible")).to_have_count(1)
    before = asked.bounding_box()
    asked.locator(".reveal").click()
    expect(asked.locator(".answer")).to_be_visible()
    assert asked.bounding_box() == before, "nothing jumps"


def test_a_choice_changes_the_view_and_stays_with_the_question(visit: Visit) -> None:
    page = visit("?" + MOMENTS["taught"].query("en"))
    expect(page.locator("#augment-changed figcaption")).to_contain_text("mirror left-right")
    page.click("#moment .chip >> nth=1")
    expect(page.locator("#moment .chip >> nth=1")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#augment-changed figcaption")).not_to_contain_text("mirror left-right")
    expect(page).to_have_url(re.compile("moment=taught"))
    expect(page.locator("#augment-bar .verdict")).to_be_hidden()
    page.click("#language label >> nth=1")
    expect(page.locator("#moment .ask")).to_have_text(MOMENTS["taught"].question("zh"))


def test_it_stands_above_its_own_tab_only(visit: Visit) -> None:
    page = visit("?" + MOMENTS["stars"].query("en"))
    expect(page.locator("#moment .ask")).to_be_visible()
    page.locator("#tabs > .tab-wrapper [data-tab-id=augment]").first.click()
    expect(page.locator("#moment .ask")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"tab=augment(?!.*moment=)"))


def test_all_four_are_found_in_the_footer_and_each_beside_what_its_tab_is_about(visit: Visit) -> None:
    page = visit("?lang=en")
    page.click("#foot summary")
    expect(page.locator("#foot .moments a:visible")).to_have_count(4)
    page.click(".headline .about summary >> nth=0")
    page.locator(".headline .lesson a:visible").click()
    expect(page.locator("#moment .ask")).to_have_text(MOMENTS["taught"].question("en"))


@pytest.mark.parametrize("tab", ["generate", "restore"])
def test_a_link_with_a_seed_speaks_chinese(visit: Visit, tab: str) -> None:
    page = visit(f"?v=1&tab={tab}&lang=zh&seed=5")
    place = {"generate": "#generate-main figcaption", "restore": "#restore-layers figcaption"}[tab]
    expect(page.locator(place)).to_contain_text("像素")
    # The tab asks once more when it is first drawn: the answer to that speaks it too, and nothing else tells it apart.
    page.wait_for_timeout(2000)
    expect(page.locator(place)).to_contain_text("像素")
