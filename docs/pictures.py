"""Take the README's pictures of the real page, in both languages. `python -m docs.pictures`

They show no photographs but those that scikit-image installs, and pictures that our own generator made.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import space
from tests.browser.conftest import chromium

FOLDER = Path(__file__).resolve().parent / "pictures"
#: File -> its tab and language.
PICTURES = {
    "augment.png": ("augment", "en"), "augment.zh.png": ("augment", "zh"),
    "neighbours.png": ("neighbours", "en"), "neighbours.zh.png": ("neighbours", "zh"),
}
#: What has to be there before a tab's picture is taken.
_DRAWN = {"augment": "#augment-changed img", "neighbours": "#neighbours-rows img"}
#: What a laptop shows of the opening; below it the folds begin.
WIDTH, HEIGHT = 1280, 712


def main() -> None:
    """Start the page as a Space would, open it in each language, and keep what is seen."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        space.started(Path(scratch)) as page,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        for name, (tab, language) in PICTURES.items():
            _take(browser, f"{page.url}/?v=1&tab={tab}&lang={language}", tab, language, FOLDER / name)
        browser.close()


def _take(browser: Browser, address: str, tab: str, language: str, target: Path) -> None:
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    page = context.new_page()
    page.goto(address)
    expect(page.locator(_DRAWN[tab]).first).to_be_visible()
    expect(page.locator(f"#language input[value={language}]")).to_be_checked()
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_at_rest(page))
    context.close()
    print(f"{target.name}: {target.stat().st_size / 1e3:.0f} kB")


def _at_rest(page: Page) -> bytes:
    """The first screenshot that equals the one taken half a second before it."""
    before, now = b"", page.screenshot(animations="disabled")
    while now != before:
        page.wait_for_timeout(500)
        before, now = now, page.screenshot(animations="disabled")
    return now


if __name__ == "__main__":
    main()
