"""A picture from the camera or the clipboard, on both tabs that take one."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .conftest import Visit

_LIVE = """() => (window.streams ?? []).flatMap((one) => one.getTracks())
    .filter((one) => one.readyState === 'live').length"""
_WATCHED = """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    (window.streams ??= []).push(stream);
    return stream;
};"""
_REFUSED = """() => {
    navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };
}"""


def test_a_picture_from_the_camera_becomes_the_visitors_photo_and_the_camera_is_let_go(visit: Visit) -> None:
    page = visit()
    page.evaluate(f"() => {{ {_WATCHED} }}")
    page.click("#tabs .camera-door button:visible")
    take = page.locator("dialog.camera .take")
    expect(take).to_be_enabled()
    expect(take).to_be_focused()
    assert page.evaluate(_LIVE) == 1
    page.keyboard.press("Enter")
    expect(page.locator("#augment-original figcaption")).to_contain_text("your photo")
    expect(page.locator("dialog.camera")).to_have_count(0)
    assert page.evaluate(_LIVE) == 0


def test_on_the_second_tab_it_becomes_the_question(visit: Visit) -> None:
    page = visit("?v=1&tab=neighbours")
    page.click("#tabs .camera-door button:visible")
    page.click("dialog.camera .take:enabled")
    expect(page.locator("#neighbours-question img")).to_have_attribute("alt", re.compile("your photo"))


def test_who_closes_the_dialog_keeps_what_was_there_and_the_focus(visit: Visit) -> None:
    page = visit("?lang=zh")
    page.evaluate(f"() => {{ {_WATCHED} }}")
    door = page.locator("#tabs .camera-door button:visible")
    expect(door).to_have_text("拍一张")
    door.click()
    expect(page.locator("dialog.camera .take")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.camera")).to_have_count(0)
    expect(door).to_be_focused()
    assert page.evaluate(_LIVE) == 0
    expect(page.locator("#augment-original figcaption")).not_to_contain_text("你的照片")


def test_a_camera_that_is_refused_is_explained_where_it_was_asked_for(visit: Visit) -> None:
    page = visit()
    page.evaluate(_REFUSED)
    page.click("#tabs .camera-door button:visible")
    expect(page.locator("dialog.camera [role=status]")).to_contain_text("not available")
    expect(page.locator("dialog.camera .take")).to_be_disabled()
    page.click("dialog.camera .tool:not(.take)")
    expect(page.locator("dialog.camera")).to_have_count(0)


def test_a_picture_in_the_clipboard_is_taken_on_the_open_tab(visit: Visit) -> None:
    page = visit("?v=1&tab=neighbours")
    page.evaluate("""async () => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 30 });
        const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
        const carrier = new DataTransfer();
        carrier.items.add(new File([blob], 'pasted.png', { type: 'image/png' }));
        window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: carrier }));
    }""")
    expect(page.locator("#neighbours-question img")).to_have_attribute("alt", re.compile("your photo"))
