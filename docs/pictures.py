"""Take the README's pictures of the real page, in both languages. `python -m docs.pictures`

They show no photographs but those that scikit-image installs.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import space
from tests.browser.conftest import chromium

FOLDER = Path(__file__).resolve().parent / "pictures"
#: File -> its language.
PICTURES = {"augment.png": "en", "augment.zh.png": "zh"}
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
        for name, language in PICTURES.items():
            _take(browser, page.url, language, FOLDER / name)
        browser.close()


def _take(browser: Browser, url: str, language: str, target: Path) -> None:
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    tab = context.new_page()
    tab.goto(f"{url}/?lang={language}")
    expect(tab.locator("#augment-bar")).to_be_visible()
    expect(tab.locator("#augment-changed img")).to_be_visible()
    expect(tab.locator(f"#language input[value={language}]")).to_be_checked()
    tab.wait_for_function("[...document.images].every((image) => image.complete)")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_at_rest(tab))
    context.close()
    print(f"{target.name}: {target.stat().st_size / 1e3:.0f} kB")


def _at_rest(tab: Page) -> bytes:
    """The first screenshot that equals the one taken half a second before it."""
    before, now = b"", tab.screenshot(animations="disabled")
    while now != before:
        tab.wait_for_timeout(500)
        before, now = now, tab.screenshot(animations="disabled")
    return now


if __name__ == "__main__":
    main()
