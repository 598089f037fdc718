"""The Restore tab as a visitor meets it, with the restorer there is or one that learned nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from contrastlab.core.images import encode_png, open_image
from contrastlab.data.datasets import photo
from contrastlab.models.restorer import inference
from contrastlab.models.restorer.inference import Repairer

from .slow import slowed
from .test_page import soon_leftovers, too_small

Visit = Callable[..., Page]
HERE = "?v=1&tab=restore"
DIVIDER = "#restore-divider .divider"
NOISE = "#knob-strength-noise input[type=range]"


def written(page: Page, what: str) -> None:
    """Wait until the view's address says so: the answer has arrived."""
    expect(page.locator("#view [data-query]")).to_have_attribute("data-query", re.compile(what))


def source(page: Page, layer: str) -> str:
    return page.locator(f".layer.{layer}").get_attribute("src") or ""


def choose(page: Page, damage: str) -> None:
    page.locator(f"#knob-damage label:has(input[value={damage}])").click()
    written(page, f"damage={damage}")


def compared(page: Page) -> None:
    """Wait until the classical method has answered too."""
    expect(page.locator(".comparing.stale")).to_have_count(0)


def test_it_is_alive_on_load_and_everything_is_in_sight(visit: Visit) -> None:
    page = visit(HERE, width=1280, height=900)
    for layer in ("before", "after", "clean", "other"):
        expect(page.locator(f".layer.{layer}")).to_have_attribute("src", re.compile("^data:image/png"))
    expect(page).to_have_title(re.compile("what came back"))
    expect(page.locator("#restore-verdict .verdict")).to_contain_text("error")
    for seen in (DIVIDER, NOISE, "#restore-network .eye", "#restore-classical .eye", "#restore-hold button",
                 "#do-save-repaired", "#do-roll-damage", "#do-reset-damage", "#restore-samples"):
        box = page.locator(seen).bounding_box()
        assert box is not None, seen
        assert box["y"] + box["height"] <= 900, seen
    expect(page.locator("#tabs .knob:visible")).to_have_count(1)


def test_the_divider_is_moved_by_keys_and_kept_in_the_address(visit: Visit) -> None:
    page = visit(HERE)
    divider = page.locator(DIVIDER)
    divider.focus()
    for key, at in (("ArrowLeft", 48), ("ArrowRight", 50), ("PageUp", 60), ("End", 100), ("ArrowUp", 100), ("Home", 0),
                    ("PageUp", 10), ("ArrowRight", 12)):
        page.keyboard.press(key)
        expect(divider).to_have_attribute("aria-valuenow", str(at))
    clip = "getComputedStyle(document.querySelector('.layer.after')).clipPath"
    assert page.evaluate(clip).endswith("12%)")
    expect(page).to_have_url(re.compile("split=12"))
    page.locator(NOISE).fill("30")
    written(page, "strength=30")
    assert page.evaluate(clip).endswith("12%)"), "a new picture leaves it where it is"
    expect(page).to_have_url(re.compile("strength=30"))
    # The folds ask once more when the picture rests; who leaves meanwhile has an error of Gradio in the console.
    page.wait_for_timeout(4000)
    page.reload()
    expect(page.locator(DIVIDER)).to_have_attribute("aria-valuenow", "12")
    expect(page.locator(NOISE)).to_have_value("30")


def test_the_divider_is_dragged(visit: Visit) -> None:
    page = visit(HERE)
    box = page.locator(DIVIDER).bounding_box()
    assert box is not None
    y = box["y"] + box["height"] * 0.8
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.down()
    for share in (0.4, 0.3, 0.2):
        page.mouse.move(box["x"] + box["width"] * share, y)
    expect(page.locator(DIVIDER)).to_have_attribute("aria-valuenow", "20")
    page.mouse.move(box["x"] - 400, y)
    expect(page.locator(DIVIDER)).to_have_attribute("aria-valuenow", "0")
    page.mouse.up()
    page.mouse.move(box["x"] + box["width"] * 0.7, y)
    expect(page.locator(DIVIDER)).to_have_attribute("aria-valuenow", "0")


def test_each_damage_has_its_slider_and_its_rival(visit: Visit) -> None:
    page = visit(HERE)
    for damage, label, rival in (("jpeg", "Quality", "shift"), ("small", "smaller", "bicubic"),
                                 ("holes", "missing", "Telea"), ("blur", "blurred", "Wiener")):
        before = source(page, "before")
        choose(page, damage)
        expect(page.locator("#tabs .knob:visible")).to_have_count(1)
        expect(page.locator("#tabs .knob:visible label")).to_contain_text(label)
        expect(page.locator(".layer.before")).not_to_have_attribute("src", before)
        expect(page.locator("#restore-classical")).to_contain_text(rival)
        compared(page)
        expect(page.locator("#restore-verdict .verdict")).to_contain_text("error")


def test_a_slider_that_is_dragged_ends_where_it_is_let_go(visit: Visit) -> None:
    page = visit(HERE)
    knob = page.locator(NOISE)
    box = knob.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    for place in range(20):
        page.mouse.move(box["x"] + box["width"] * (0.5 - place / 64), y)
    page.mouse.up()
    last = int(knob.input_value())
    assert last < 30
    written(page, rf"strength={last}(&|$)")
    compared(page)
    page.click("#do-roll-damage")
    expect(page.locator("#view [data-query]")).not_to_have_attribute("data-query", re.compile("seed=7(&|$)"))
    written(page, rf"strength={last}(&|$)")
    page.click("#do-reset-damage")
    written(page, "strength=50&seed=7")
    expect(knob).to_have_value("50")


def test_the_original_is_shown_for_as_long_as_it_is_held(visit: Visit) -> None:
    page = visit(HERE)
    clean, after = page.locator(".layer.clean"), page.locator(".layer.after")
    expect(clean).to_be_hidden()
    page.locator("#restore-hold button").hover()
    page.mouse.down()
    expect(clean).to_be_visible()
    expect(after).to_be_hidden()
    page.mouse.up()
    expect(clean).to_be_hidden()
    page.locator("#restore-hold button").focus()
    page.keyboard.down("Space")
    expect(clean).to_be_visible()
    page.keyboard.up("Space")
    expect(clean).to_be_hidden()
    choose(page, "mine")
    expect(page.locator("#restore-hold button")).to_be_disabled()


def test_the_classical_method_takes_the_right_side_when_asked(visit: Visit) -> None:
    page = visit(HERE)
    expect(page.locator("#restore-network .eye")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".divider .right")).to_have_text("the network")
    page.click("#restore-classical .eye")
    expect(page.locator("#restore-classical .eye")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".layer.other")).to_be_visible()
    expect(page.locator(".layer.after")).to_be_hidden()
    expect(page.locator(".divider .right")).to_contain_text("non-local means")
    choose(page, "holes")
    expect(page.locator(".divider .right")).to_contain_text("Telea")
    expect(page.locator("#restore-classical .eye")).to_have_attribute("aria-pressed", "true")


def test_ones_own_photo_is_damaged_or_repaired_as_it_is(visit: Visit, tmp_path: Path) -> None:
    page = visit(HERE)
    path = tmp_path / "secret.png"
    path.write_bytes(encode_png(photo("coffee")))
    page.locator("#restore-upload input[type=file]").set_input_files(path)
    expect(page.locator("#restore-layers figcaption")).to_contain_text("your photo")
    expect(page.locator("#restore-verdict .verdict")).to_contain_text("error")
    choose(page, "mine")
    expect(page.locator("#restore-verdict .verdict")).to_have_text("Nobody knows the original")
    expect(page.locator(".layer.clean")).to_have_count(0)
    compared(page)
    expect(page).to_have_url(re.compile("damage=mine"))
    assert "secret" not in page.url
    assert "photo=" not in page.url
    page.locator("#restore-samples [data-pick=rocket]").click()
    written(page, "photo=rocket")
    expect(page.locator("#restore-samples [data-pick=rocket]")).to_have_attribute("aria-pressed", "true")
    path.write_bytes(b"no picture at all")
    page.locator("#restore-upload input[type=file]").set_input_files(path)
    expect(page.locator(".photos .complaint")).to_be_visible()
    expect(page.locator("#restore-layers figcaption")).to_contain_text("a rocket")


def test_two_visitors_do_not_meet(visit: Visit, tmp_path: Path) -> None:
    one, other = visit(HERE), visit(HERE)
    path = tmp_path / "one.png"
    path.write_bytes(encode_png(np.full((60, 90, 3), (20, 160, 90), np.uint8)))
    one.locator("#restore-upload input[type=file]").set_input_files(path)
    choose(other, "holes")
    other.locator("#restore-samples [data-pick=coffee]").click()
    written(other, "photo=coffee")
    expect(one.locator("#restore-layers figcaption")).to_contain_text("90 × 60")
    choose(one, "blur")
    expect(one.locator("#restore-layers figcaption")).to_contain_text("90 × 60")
    expect(other.locator("#restore-layers figcaption")).to_contain_text("a cup of coffee")
    written(other, "damage=holes")


def test_the_whole_picture_is_saved(visit: Visit) -> None:
    page = visit(f"{HERE}&damage=holes")
    page.click("#do-save-repaired")
    expect(page.locator("#restore-file")).to_contain_text("chelsea-holes-restored.png")
    with page.expect_download() as download:
        page.click("#restore-file")
    assert open_image(download.value.path()).pixels.shape == (300, 451, 3)
    page.locator("#knob-form-repaired label", has_text="JPEG").click()
    page.click("#do-save-repaired")
    expect(page.locator("#restore-file")).to_contain_text("chelsea-holes-restored.jpg")


def test_saving_is_stopped_and_can_be_begun_again(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    page = visit(HERE)
    monkeypatch.setattr(inference, "TILE", 256)
    monkeypatch.setattr(Repairer, "restoring", slowed(Repairer.restoring, 3))
    page.click("#do-save-repaired")
    expect(page.locator("#restore-progress")).to_contain_text(re.compile(r"piece \d+ of"))
    expect(page.locator("#do-save-repaired")).to_be_disabled()
    page.click("#do-stop-repair")
    expect(page.locator("#do-save-repaired")).to_be_enabled()
    expect(page.locator("#do-stop-repair")).to_be_hidden()
    expect(page.locator("#restore-file")).to_be_hidden()
    monkeypatch.undo()
    page.click("#do-save-repaired")
    expect(page.locator("#restore-file")).to_contain_text("chelsea-noise-restored.png")


def test_nothing_is_left_in_english_on_the_chinese_page(visit: Visit) -> None:
    page = visit(f"{HERE}&lang=zh")
    expect(page.locator("h2:visible")).to_have_text("哪些是找回的，哪些是编的？")
    assert soon_leftovers(page) == []
    for damage in ("jpeg", "small", "holes", "mine"):
        choose(page, damage)
        compared(page)
        assert soon_leftovers(page) == []
    page.locator("#language label", has_text="EN").click()
    expect(page.locator("#restore-hold button")).to_have_text("Hold to see the original")
    expect(page.locator(DIVIDER)).to_have_attribute("aria-label", re.compile("damaged"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_on_a_phone_picture_and_first_knob_are_seen_at_once(visit: Visit, language: str) -> None:
    page = visit(f"{HERE}&lang={language}", width=390, height=664)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans" if language == "zh" else "en")
    for seen in (DIVIDER, "#knob-damage label:has(input[value=mine])", NOISE):
        box = page.locator(seen).bounding_box()
        assert box is not None, seen
        assert 0 <= box["y"] < box["y"] + box["height"] <= 664, seen
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    doors = page.locator("#tabs > .tab-wrapper [role=tab]:visible")
    assert len({round((door.bounding_box() or {"y": 0})["y"]) for door in doors.all()}) == 1, "all tabs in one line"
    assert too_small(page, ".mending button, .mending label, .mending input[type=range]") == []


def test_a_teacher_may_ask_first_and_show_little(visit: Visit) -> None:
    page = visit(f"{HERE}&guess=1&show=damage")
    expect(page.locator("#restore-verdict .verdict")).to_be_hidden()
    expect(page.locator("#restore-network .number")).to_be_hidden()
    expect(page.locator("#do-save-repaired")).to_be_hidden()
    page.click("#restore-verdict .reveal")
    expect(page.locator("#restore-verdict .verdict")).to_be_visible()
    choose(page, "blur")
    expect(page.locator("#restore-verdict .verdict")).to_be_hidden()
    assert "guess=1" in page.url


def test_a_generated_picture_is_carried_on(visit: Visit) -> None:
    page = visit("?v=1&tab=generate")
    made = page.locator("#generate-main img").get_attribute("src")
    page.click("#do-next-restore")
    expect(page.locator("#restore-layers figcaption")).to_contain_text("the generated picture")
    expect(page.locator(".layer.clean")).to_have_attribute("src", str(made))
    written(page, "tab=restore")
    choose(page, "small")
    expect(page.locator("#restore-layers figcaption")).to_contain_text("the generated picture")
