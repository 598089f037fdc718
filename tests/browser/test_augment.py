"""The Augment tab as a visitor meets it."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from playwright.sync_api import Locator, Page, expect

from contrastlab.cli.main import main
from contrastlab.core.images import encode_jpeg, encode_png, open_image
from contrastlab.data.datasets import photo
from contrastlab.ui.tabs.augment import rolls
from contrastlab.ui.tabs.augment.view import SEED

from .slow import slowed

Visit = Callable[..., Page]
FIRST = int(SEED.default)


def jpeg(page: Page, which: str = "changed") -> bytes:
    address = page.locator(f"#augment-{which} img").get_attribute("src")
    assert address is not None
    return base64.b64decode(address.partition(",")[2])


def pixels(page: Page, which: str = "changed") -> np.ndarray:
    return np.asarray(PIL.Image.open(io.BytesIO(jpeg(page, which))))


def knob(page: Page, name: str) -> Locator:
    return page.locator(f"#knob-{name} input[type=range]")


def drag(page: Page, name: str, *, start: float, end: float, steps: int = 30) -> None:
    """Take the thumb of a slider from one share of its length to another, as a hand does."""
    box = knob(page, name).bounding_box()
    assert box is not None
    inside, thumb, y = box["width"] - 24, 12, box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + thumb + start * inside, y)
    page.mouse.down()
    page.mouse.move(box["x"] + thumb + end * inside, y, steps=steps)
    page.mouse.up()


def written(page: Page, name: str, value: str) -> None:
    """Wait until the view's address says so: the answer to that position has arrived."""
    expect(page.locator("#view [data-query]")).to_have_attribute("data-query", re.compile(rf"\b{name}={value}(&|$)"))


def test_a_drag_ends_on_its_last_position_with_the_picture_of_the_command_line(visit: Visit, tmp_path: Path) -> None:
    page = visit("?v=1&seed=7&ready=article&turn=15&cut=0&colours=0")
    drag(page, "turn", start=15 / 180, end=0.7)
    final = knob(page, "turn").input_value()
    assert 110 < float(final) < 140
    written(page, "turn", final)

    source, result = tmp_path / "in.png", tmp_path / "out.png"
    source.write_bytes(encode_png(photo("chelsea")))
    asked = ["--policy", "article", "--seed", "7", "--set", f"rotate.degrees={final}"]
    assert main(["augment", str(source), str(result), *asked]) == 0
    assert jpeg(page) == encode_jpeg(open_image(result).pixels, 90)


def test_the_picture_moves_while_the_finger_does(visit: Visit) -> None:
    page = visit()
    before = page.locator("#augment-changed img").get_attribute("src")
    assert before is not None
    box = knob(page, "turn").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 20, steps=5)
    expect(page.locator("#augment-changed img")).not_to_have_attribute("src", before)
    page.mouse.up()


def test_arrow_keys_move_a_slider_and_the_picture(visit: Visit) -> None:
    page = visit()
    knob(page, "turn").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    written(page, "turn", "18")


def test_the_whole_tab_can_be_reached_and_used_by_keyboard_alone(visit: Visit) -> None:
    page = visit()
    reached = []
    for _ in range(45):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.closest('.block[id], button[id]')?.id ?? ''"))
        if reached[-1] == "do-roll":
            page.keyboard.press("Enter")
        if page.evaluate("document.activeElement.matches('#fold-rolls > button')"):
            page.keyboard.press("Enter")
            break
    wanted = ["tools", "do-roll", "do-reset", "augment-samples", "fold-happened", "fold-rolls"]
    places = [reached.index(name) if name in reached else -1 for name in wanted]
    assert places == sorted(places), list(zip(wanted, places, strict=True))
    assert -1 not in places, list(zip(wanted, places, strict=True))
    expect(page.locator("#augment-sheet .tile")).to_have_count(12)
    assert f"seed={FIRST}&" not in page.locator("#view [data-query]").get_attribute("data-query")  # type: ignore[operator]


def test_rolling_again_changes_the_draw_and_a_kept_step_stays(visit: Visit) -> None:
    page = visit("?v=1&seed=1&turn=90&cut=40&colours=0.4")
    turned = re.search(r"turned \d+° \w+", page.inner_text("#augment-changed"))
    assert turned
    page.locator("#keep-turn input").check()
    page.click("#do-roll")
    expect(page.locator("#view [data-query]")).to_have_attribute("data-query", re.compile("keep=turn%3A1(&|$)"))
    assert turned[0] in page.inner_text("#augment-changed")
    page.click("#do-reset")
    written(page, "turn", "15")


def test_an_own_photo_replaces_the_sample_and_never_enters_the_address(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    path = tmp_path / "mine.jpg"
    path.write_bytes(encode_jpeg(np.full((700, 1400, 3), (10, 160, 90), np.uint8)))
    page.set_input_files("#augment-upload input[type=file]", path)
    expect(page.locator("#augment-original figcaption")).to_contain_text("your photo")
    assert pixels(page, "original").shape == (256, 512, 3)
    assert np.abs(pixels(page, "original").astype(int) - (10, 160, 90)).max() < 6
    drag(page, "turn", start=15 / 180, end=0.5)
    turned = knob(page, "turn").input_value()
    written(page, "turn", turned)
    expect(page).to_have_url(re.compile(f"turn={turned}(&|$)"))
    assert "photo=" not in page.url
    assert "mine" not in page.url
    # The place is free again: the next picture goes the same way.
    page.set_input_files("#augment-upload input[type=file]", path)
    expect(page.locator("#augment-original figcaption")).to_contain_text("your photo")


def test_a_bad_file_is_explained_in_its_place_and_the_old_result_stays(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    before, height = jpeg(page), page.locator(".stage .pair").bounding_box()
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"no picture" * 20)
    page.set_input_files("#augment-upload input[type=file]", broken)
    complaint = page.locator(".photos .complaint")
    expect(complaint).to_be_visible()
    assert complaint.get_attribute("role") == "alert"
    assert jpeg(page) == before
    assert page.locator(".stage .pair").bounding_box() == height, "nothing jumps"
    expect(page.locator("#augment-upload button")).to_be_visible()
    page.click('#augment-samples [data-pick="coffee"]')
    expect(complaint).to_have_count(0)
    expect(page.locator("#augment-original figcaption")).to_contain_text("coffee")


def test_two_visitors_never_see_each_other(visit: Visit, tmp_path: Path) -> None:
    first, second = visit(), visit("?lang=zh")
    for page, colour, name in ((first, (220, 20, 20), "red.png"), (second, (20, 20, 220), "blue.png")):
        path = tmp_path / name
        path.write_bytes(encode_png(np.full((64, 96, 3), colour, np.uint8)))
        page.set_input_files("#augment-upload input[type=file]", path)
    expect(first.locator("#augment-original figcaption")).to_contain_text("your photo")
    expect(second.locator("#augment-original figcaption")).to_contain_text("你的照片")
    for page in (first, second):
        drag(page, "turn", start=15 / 180, end=0.8)
    for page, colour in ((first, (220, 20, 20)), (second, (20, 20, 220))):
        written(page, "turn", knob(page, "turn").input_value())
        for which in ("original", "changed"):
            middle = pixels(page, which)[32, 48].astype(int)
            assert middle[0] > middle[2] + 40 if colour[0] > 100 else middle[2] > middle[0] + 40
    expect(first.locator("h2")).to_have_text("Which changes keep it the same?")
    assert visit().locator("#augment-original figcaption").inner_text().endswith("Chelsea, a cat")


def test_a_reloaded_address_brings_the_same_view_back(visit: Visit) -> None:
    page = visit()
    page.click("#knob-ready label:nth-of-type(3)")
    written(page, "ready", "strong")
    page.click('#augment-samples [data-pick="astronaut"]')
    written(page, "photo", "astronaut")
    drag(page, "colours", start=0.8, end=0.3)
    written(page, "colours", knob(page, "colours").input_value())
    page.click("#do-roll")
    expect(page).to_have_url(re.compile(f"photo=astronaut&seed=(?!{FIRST}&)"))
    before, values = jpeg(page), [knob(page, name).input_value() for name in ("turn", "cut", "colours")]
    page.reload()
    expect(page.locator("#view [data-query]")).to_have_count(1)
    expect(page.locator("#augment-original figcaption")).to_contain_text("astronaut")
    assert jpeg(page) == before
    assert [knob(page, name).input_value() for name in ("turn", "cut", "colours")] == values
    assert "v=1" in page.url


@pytest.mark.parametrize(
    "query", ["?v=9&turn=90", "?v=1&turn=900&seed=x&photo=..%2F..&ready=%3Cb%3E&chain=%7B", "?v=1&keep=%27"]
)
def test_an_address_of_nonsense_opens_the_first_view(visit: Visit, query: str) -> None:
    page = visit(query)
    assert [knob(page, name).input_value() for name in ("turn", "cut", "colours")] == ["15", "40", "0.4"]
    assert jpeg(page) == jpeg(visit())


@pytest.mark.parametrize(
    ("fold", "shown"),
    [
        ("happened", "#augment-strip li:nth-child(3) img"),
        ("rolls", "#augment-sheet .sheet"),
        ("fool", "#augment-fool .tile-card:nth-child(2) img"),
        ("curious", "#augment-chain-picture img"),
    ],
)
def test_every_fold_draws_itself_when_opened_and_follows_the_stage(visit: Visit, fold: str, shown: str) -> None:
    page = visit()
    assert page.locator(shown).count() == 0, "closed folds compute nothing"
    page.click(f"#fold-{fold} > button")
    expect(page.locator(shown)).to_be_visible()
    before = page.locator(shown).evaluate("element => element.outerHTML")
    if fold == "fool":  # the attack is on the photograph itself, whatever the sliders say
        page.click('#augment-samples [data-pick="coffee"]')
    else:
        knob(page, "turn").fill("60")
    page.wait_for_function(
        "([shown, before]) => document.querySelector(shown)?.outerHTML !== before", arg=[shown, before]
    )


def test_taking_a_roll_over_and_following_a_point(visit: Visit) -> None:
    page = visit("?v=1&seed=20")
    page.click("#fold-rolls > button")
    page.click("#augment-sheet .tile >> nth=4")
    written(page, "seed", "25")
    page.click("#fold-happened > button")
    expect(page.locator("#augment-strip .point")).to_have_count(0)
    page.locator("#augment-strip [data-point]").click(position={"x": 60, "y": 50})
    expect(page.locator("#augment-strip li:nth-child(1) .point")).to_have_count(1)


def test_many_rolls_can_be_stopped(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolls, "roll_many", slowed(rolls.roll_many, 2))
    page = visit("?v=1&ready=strong")
    page.click("#fold-rolls > button")
    page.click("#do-many")
    expect(page.locator("#augment-many h3 >> nth=0")).to_contain_text("of 200 rolls")
    page.click("#do-stop-many")
    expect(page.locator("#do-stop-many")).to_have_count(0)
    monkeypatch.undo()
    page.click("#do-many")
    expect(page.locator("#augment-many .effect")).to_have_count(7, timeout=90_000)


def test_a_chain_of_ones_own_is_built_and_travels_in_the_address(visit: Visit) -> None:
    page = visit()
    page.click("#fold-curious > button")
    page.click("#augment-supplies summary >> nth=0")
    page.click('[data-pick="add:solarise"]')
    expect(page.locator(".chain li")).to_have_count(4)
    threshold = page.locator("#chain-knob-0 input[type=range]")
    threshold.fill("30")
    expect(page.locator("#view [data-query]")).to_have_attribute("data-query", re.compile("threshold.{1,12}30"))
    changed = jpeg(page)
    expect(page).to_have_url(re.compile("threshold.{1,12}30"))
    page.reload()
    expect(page.locator("#knob-ready label:has(input:checked)")).to_have_text("mine")
    assert jpeg(page) == changed


def test_code_picture_and_zip_can_be_taken_along(visit: Visit) -> None:
    page = visit()
    page.click("#fold-curious > button")
    page.get_by_role("tab", name="Take it with you").click()
    expect(page.locator("#augment-code code")).to_contain_text("make_step")
    page.click("#do-save")
    expect(page.locator("#augment-file")).to_contain_text(f"chelsea-{FIRST}.png")
    with page.expect_download() as download:
        page.click("#augment-file")
    assert open_image(download.value.path()).pixels.shape == (300, 451, 3)
    page.locator("#knob-count input[type=range]").fill("2")
    page.click("#do-zip")
    expect(page.locator("#augment-file")).to_contain_text(f"chelsea-{FIRST}-2.zip")
