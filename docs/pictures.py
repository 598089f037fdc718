"""Take the README's pictures of the real page, in both languages. `python -m docs.pictures`

They show no photographs but those that scikit-image installs, and pictures that our own generator made.
"""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import space
from tests.browser.conftest import chromium

FOLDER = Path(__file__).resolve().parent / "pictures"
#: Tab -> what has to be there before its picture is taken.
DRAWN = {
    "augment": "#augment-changed img", "neighbours": "#neighbours-rows img", "generate": "#generate-main img",
    "restore": "#restore-layers img",
}
#: Language -> what comes before the ending of a file.
LANGUAGES = {"en": "", "zh": ".zh"}
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
        for tab, (language, mark) in product(DRAWN, LANGUAGES.items()):
            address = f"{page.url}/?v=1&tab={tab}&lang={language}"
            _take(browser, address, tab, language, FOLDER / f"{tab}{mark}.png")
        browser.close()


def _take(browser: Browser, address: str, tab: str, language: str, target: Path) -> None:
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    page = context.new_page()
    page.goto(address)
    expect(page.locator(DRAWN[tab]).first).to_be_visible()
    expect(page.locator(f"#language input[value={language}]")).to_be_checked()
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_at_rest(page))
    context.close()
    print(f"{target.name}: {target.stat().st_size / 1e3:.0f} kB")


def _at_rest(page: Page) -> bytes:
    """The screenshot when all but what moves by itself is as it was half a second before."""
    moving = [page.locator("#generate-others")]
    before, now = b"", page.screenshot(animations="disabled", mask=moving)
    while now != before:
        page.wait_for_timeout(500)
        before, now = now, page.screenshot(animations="disabled", mask=moving)
    return page.screenshot(animations="disabled")


if __name__ == "__main__":
    main()
