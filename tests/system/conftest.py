"""What every system test finds: the packages that `.ci/system-packages` asks for, and the Node.js packages."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

# Playwright keeps an event loop in the thread of the tests, which never awaits anything: Django need not mind.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

# A large page needs seconds on a busy machine.
expect.set_options(timeout=60_000)

NODE = Path(__file__).parent / "node"


@pytest.fixture(scope="session")
def node() -> Path:
    """The directory in which `npx` finds TypeScript's tools; `make test-system` fills it."""
    assert (NODE / "node_modules").is_dir(), "Run `npm ci` in tests/system/node, or `make test-system`."
    return NODE


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Start Debian's Chromium, as root too, and without its talks with its maker."""
    return {
        "executable_path": "/usr/bin/chromium",
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session")
def base_url() -> None:
    """Tests say whole addresses. The plugin's own fixture of this name is written in a way that pytest deprecates."""


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """Collect what the browser complains of: scripts, refused sources, missing files. There must be nothing."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield heard
    assert heard == []
