"""A product of five short files, so that the supervisor can be tested apart from the real one, in a second or two."""

import os
import shutil
from pathlib import Path

from sandbox.state_dir import CHECKOUT

# What the test run itself put into the environment would count as the user's own servers.
_NOT_INHERITED = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_RELAY_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "PUBLIC_URL",
    "STREAM_URL",
    "ALLOWED_HOSTS",
    "WEBHOOK_ALLOW_PRIVATE",
    "DJANGO_SETTINGS_MODULE",
    "STOCKWIRE_STATE_DIR",
    "PYTHONPATH",
)
_MANAGE = """
import json, os, pathlib, signal, sys
command = sys.argv[1]
here = pathlib.Path(__file__).parent
if command == "dispatch":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        signal.pause()
elif command in ("provision_roles", "migrate"):
    import psycopg
    if (here / f"fail-{command}").exists():
        sys.exit("broken on purpose")
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
        print(connection.execute("SELECT current_user").fetchone()[0])
elif command == "seed_sandbox":
    principal = {"name": "Acme", "tenant": "acme", "party": "supplier", "partyId": "sup_1", "clientId": "id",
                 "clientSecret": "secret", "scopes": ["inventory:read"]}
    second = {**principal, "tenant": "other", "clientId": "other-id", "clientSecret": "other-secret"}
    admin = {"username": "operator", "password": "pass"}
    (here / ".data" / "credentials.json").write_text(json.dumps({"principals": [principal, second], "admin": admin}))
else:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""
_FILES = {
    "manage.py": _MANAGE,
    "config/__init__.py": "",
    "config/settings.py": 'INSTALLED_APPS = ["sandbox"]\nSECRET_KEY = "stub"\n',
    "config/celery.py": 'import os\nfrom celery import Celery\napp = Celery("stub", broker=os.environ["REDIS_URL"])\n',
    "config/wsgi.py": (
        "import os\n"
        "def application(environ, start_response):\n"
        '    start_response("200 OK", [("Content-Type", "text/plain")])\n'
        "    return [str(os.getpid()).encode()]\n"
    ),
    "config/asgi.py": (
        "async def application(scope, receive, send):\n"
        '    await send({"type": "http.response.start", "status": 200, "headers": []})\n'
        '    await send({"type": "http.response.body", "body": b"open"})\n'
    ),
}


# What the sandbox's commands share with the product's.
_OF_THE_PRODUCT = (
    "apps/__init__.py",
    "apps/core/__init__.py",
    "apps/core/errors.py",
    "apps/core/management/__init__.py",
    "apps/core/management/base.py",
)


def write_stub_product(root: Path) -> Path:
    """Write the stub product with the real `sandbox` package into `root`, and return `root`."""
    shutil.copytree(CHECKOUT / "sandbox", root / "sandbox", ignore=shutil.ignore_patterns("__pycache__"))
    shared = {name: (CHECKOUT / name).read_text(encoding="utf-8") for name in _OF_THE_PRODUCT}
    for name, text in {**_FILES, **shared}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def bare_environment() -> dict[str, str]:
    """Return this process's environment without what leads to the test run's servers."""
    return {key: value for key, value in os.environ.items() if key not in _NOT_INHERITED}
