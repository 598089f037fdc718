"""The real page in a real browser: a server on a free port, Chromium, and a watch on what the page asks for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run",
          "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# How long to wait for what must come, not how long it may take: the machine may be busy with a training.
expect.set_options(timeout=60_000)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Left out only where somebody said so; a missing browser is a failure and no skip."""
    here = Path(__file__).parent
    mine = [item for item in items if here in item.path.parents]
    for item in mine:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.timeout(400))
    if os.environ.get("CONTRASTLAB_NO_BROWSER") == "1" and mine:
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]


def chromium() -> str:
    found = os.environ.get("CONTRASTLAB_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    assert found, (
        "The browser tests need Chromium on PATH, or its path in CONTRASTLAB_CHROMIUM. "
        "To leave them out, set CONTRASTLAB_NO_BROWSER=1."
    )
    return found


@pytest.fixture(scope="session")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Gradio keeps uploads and offered files while the tests run."""
    return tmp_path_factory.mktemp("gradio")


@pytest.fixture(scope="module")
def address(temporary: Path) -> Iterator[str]:
    """The page's address. Built and launched as app.py does, but for a gallery that needs no data: drawn digits.

    Where there is no restorer, one that learned nothing takes its place.

    One a module, and what it changes is put back: tests elsewhere count on all the digits there are.
    """
    from contrastlab.core.checkpoint import list_checkpoints, load_checkpoint
    from contrastlab.data.datasets import known
    from contrastlab.lab import DEFAULT_RESTORER, Lab
    from contrastlab.models.restorer.inference import Repairer, load_repairer
    from contrastlab.ui.page import build, launch_kwargs
    from tests.models.restorer.tiny import save_tiny

    class DigitsLab(Lab):
        def galleries(self) -> tuple[str, ...]:
            return ("glyphs", "mnist")

        def restorer(self, name: str = DEFAULT_RESTORER) -> Repairer:
            if name in list_checkpoints(self.checkpoints):
                return super().restorer(name)
            return self._once(name, lambda: load_repairer(
                load_checkpoint(save_tiny(temporary / "tiny" / name), family="restorer"), self.device
            ))

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(temporary))
        patch.setenv("CONTRASTLAB_CACHE", str(temporary / "cache"))
        patch.delenv("CONTRASTLAB_DATA", raising=False)
        patch.setattr(known, "_GLYPHS", {"train": (200, 0), "test": (200, 1)})
        lab = DigitsLab(device="cpu")
        page = build(lab)
        _, url, _ = page.launch(**launch_kwargs(lab), prevent_thread_lock=True, quiet=True, inbrowser=False)
        yield url
        page.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=list(_FLAGS))
        yield launched
        launched.close()


class Watch:
    """What went wrong behind the page's back: errors in its console, requests to other hosts."""

    def __init__(self, host: str) -> None:
        self.host, self.errors, self.elsewhere = host, list[str](), list[str]()

    def over(self, context: BrowserContext) -> None:
        context.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.elsewhere.append(url)


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Open the page as a visitor of its own: `visit(query, width=, height=, locale=, scheme=)`.

    After the test, no visitor's console may hold an error and nobody may have been sent elsewhere.
    """
    watch, contexts = Watch(urlsplit(address).netloc), list[BrowserContext]()

    def open_page(
        query: str = "", *, width: int = 1280, height: int = 900, locale: str = "en-GB", scheme: str = "light"
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, color_scheme=scheme,  # type: ignore[arg-type]
        )
        contexts.append(context)
        watch.over(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(address + query)
        # The answer to the visit itself has arrived once the address of the view is written down.
        expect(page.locator("#view [data-query]")).to_have_count(1)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watch.errors == []
    assert watch.elsewhere == []
