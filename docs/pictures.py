"""Take the README's pictures of the real page, in both languages. `python -m docs.pictures`

They show no photographs but those that scikit-image installs.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import space

FOLDER = Path(__file__).resolve().parent / "pictures"
#: File -> (language, width, height); the height that shows the opening without scrolling.
PICTURES = {
    "augment.png": ("en", 1280, 800),
    "augment.zh.png": ("zh", 1280, 800),
    "augment.phone.png": ("en", 390, 844),
    "augment.phone.zh.png": ("zh", 390, 844),
}


def main() -> None:
    """Start the page as a Space would, open it in each language, and keep what is seen."""
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next((path for name in names if (path := shutil.which(name))), None)
    expect.set_options(timeout=30_000)
    with (
        tempfile.TemporaryDirectory() as scratch,
        space.started(Path(scratch)) as page,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (language, width, height) in PICTURES.items():
            _take(browser, f"{page.url}/?lang={language}", FOLDER / name, width, height)
        browser.close()


def _take(browser: Browser, url: str, target: Path, width: int, height: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
    tab = context.new_page()
    tab.goto(url)
    expect(tab.locator("#augment-bar")).to_be_visible()
    expect(tab.locator("#augment-changed img")).to_be_visible()
    language = "zh-Hans" if "lang=zh" in url else "en"
    expect(tab.locator("html")).to_have_attribute("lang", language)
    expect(tab.locator(f"#language input[value={language[:2]}]")).to_be_checked()
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
