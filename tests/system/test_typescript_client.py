"""The document is proved by a client that is generated from it: a TypeScript one, down the whole journey."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.state_dir import CHECKOUT
from tests.support.api import ApiClient, TestTenant
from tests.support.live import live_shop

DOCUMENT = CHECKOUT / "docs" / "api" / "openapi.json"


@pytest.fixture(scope="module")
def client(node: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the types beside a copy of the journey; the directory of both."""
    place = tmp_path_factory.mktemp("typescript")
    for name in ("package.json", "tsconfig.json", "journey.ts"):
        shutil.copy(node / name, place)
    (place / "node_modules").symlink_to(node / "node_modules")
    said = _run(place, "openapi-typescript", str(DOCUMENT), "--default-non-nullable=false", "-o", "stockwire.d.ts")
    assert "warn" not in said.lower().replace("npm warn", ""), said
    return place


def test_the_types_serve_a_strict_compiler(client: Path) -> None:
    assert _run(client, "tsc", "--noEmit", "--strict", "-p", ".") == ""


def test_the_journey(client: Path, tenant: TestTenant) -> None:
    with live_shop(tenant) as shop:
        env = {"STOCKWIRE_API": shop.base, **_pair("SUPPLIER", shop.supplier), **_pair("RETAILER", shop.retailer)}
        assert _run(client, "tsx", "journey.ts", env=env) == "The journey ends well.\n"


def _pair(name: str, client: ApiClient) -> dict[str, str]:
    return {f"{name}_ID": client.credentials.client_id, f"{name}_SECRET": client.credentials.client_secret}


def _run(place: Path, tool: str, *arguments: str, env: dict[str, str] | None = None) -> str:
    """Return what a tool of the project's own Node.js packages prints. Fails where it fails."""
    done = subprocess.run(
        [str(place / "node_modules" / ".bin" / tool), *arguments],
        cwd=place,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
