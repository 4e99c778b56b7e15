"""The documentation's site in a browser: dark and light, wide and narrow, searched, and alone in the world."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.site import build_site

_SHOWN = ["index.html", "quickstart.html", "concepts.html", "guides/webhooks.html", "guides/errors.html"]


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the site and yield its address."""
    place: Path = build_site(tmp_path_factory.mktemp("site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(place))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 420])
def test_every_kind_of_page_fits_and_asks_no_other_server(site: str, page: Page, width: int, scheme: Any) -> None:
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for name in _SHOWN:
        page.goto(f"{site}/{name}")
        expect(page.locator("body")).to_have_attribute(
            "data-md-color-scheme", {"light": "default", "dark": "slate"}[scheme]
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []
    assert errors == []


@pytest.mark.parametrize(
    ("word", "where"),
    [
        ("rotateSecret", "guides/webhooks.html"),
        ("insufficient_stock", "guides/errors.html"),
        ("batchNumber", "guides/batches.html"),
    ],
)
def test_the_search_finds_a_word_of_a_page(site: str, page: Page, word: str, where: str) -> None:
    page.goto(f"{site}/index.html")
    page.get_by_role("textbox", name="Search").click()
    # What is typed before the index is there is lost.
    expect(page.locator(".md-search-result__meta")).to_have_text("Type to start searching", timeout=20_000)
    page.get_by_role("textbox", name="Search").press_sequentially(word)

    first = page.locator(".md-search-result__link").first
    expect(first).to_have_attribute("href", re.compile(re.escape(where)), timeout=20_000)


def test_a_language_once_chosen_is_shown_everywhere(site: str, page: Page) -> None:
    page.goto(f"{site}/guides/read.html")
    page.locator(".tabbed-labels").first.get_by_text("TypeScript").click()
    page.goto(f"{site}/guides/webhooks.html")

    expect(page.get_by_text('import { connect } from "./stockwire.ts"').first).to_be_visible()
    expect(page.get_by_text(". ./stockwire.sh").first).to_be_hidden()
