"""What every system test finds: the packages that `.ci/system-packages` asks for, and the Node.js packages."""

import os
from pathlib import Path

import pytest

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
    """Each test knows the address of its own server (and the plugin's own fixture is of a kind that pytest retires)."""


@pytest.fixture(scope="session", autouse=True)
def database_beside_a_browser() -> None:
    """Playwright keeps a loop in this thread, in which Django would see an async caller; there is none."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
