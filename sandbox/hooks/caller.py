"""Who asks, and where: credentials from the options, the environment, or the sandbox that is up."""

import os
from argparse import ArgumentParser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.credentials import Principal, read_credentials
from sandbox.demo.api import Answer, Api
from sandbox.errors import NotRunning, SandboxError
from sandbox.state_dir import default_state_dir
from sandbox.supervisor.state import running_state

_PATIENCE_SECONDS = 5.0


class CallRefused(SandboxError):
    """The API refused what the command needs; the text is the problem's own."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An API and a client of it."""

    base_url: str
    principal: Principal

    @asynccontextmanager
    async def api(self, *scopes: str) -> AsyncIterator[Api]:
        """Call with these scopes for the length of the block."""
        person = self.principal
        asking = Principal(
            name=person.name,
            tenant=person.tenant,
            party=person.party,
            party_id=person.party_id,
            client_id=person.client_id,
            client_secret=person.client_secret,
            scopes=scopes,
        )
        async with aiohttp.ClientSession() as session:
            yield Api(session, base_url=self.base_url, principal=asking, patience_seconds=_PATIENCE_SECONDS)


def add_caller(parser: ArgumentParser) -> None:
    """Offer the options that say who asks, and where."""
    group = parser.add_argument_group("who asks (default: the first supplier of the running sandbox)")
    group.add_argument("--api", metavar="URL", help="the API's base URL; or STOCKWIRE_API")
    group.add_argument("--client-id", metavar="ID", help="or STOCKWIRE_CLIENT_ID")
    group.add_argument("--client-secret", metavar="SECRET", help="better STOCKWIRE_CLIENT_SECRET: others see options")


def caller_of(options: dict[str, Any]) -> Caller:
    """Return who asks. Raises NotRunning where neither options nor a sandbox say it, SandboxError for half of it."""
    given = {
        name: options[name] or os.environ.get(f"STOCKWIRE_{name.upper()}") for name in ("client_id", "client_secret")
    }
    base_url = options["api"] or os.environ.get("STOCKWIRE_API")
    if base_url is None:
        state = running_state(default_state_dir())
        if state is None:
            message = "No sandbox runs here: start it with `python manage.py up`, or name an installation with --api."
            raise NotRunning(message)
        base_url = state.urls["api"]
    if any(given.values()):
        if not all(given.values()):
            message = "A client is an id and a secret: set both STOCKWIRE_CLIENT_ID and STOCKWIRE_CLIENT_SECRET."
            raise SandboxError(message)
        person = Principal("the client", "", "", "", str(given["client_id"]), str(given["client_secret"]), ())
        return Caller(base_url.rstrip("/"), person)
    supplier = read_credentials(default_state_dir()).first("supplier")
    if supplier is None:
        message = "Nobody to sign in as: set STOCKWIRE_CLIENT_ID and STOCKWIRE_CLIENT_SECRET."
        raise NotRunning(message)
    return Caller(base_url.rstrip("/"), supplier)


def required(answer: Answer, what: str) -> Any:
    """Return the body of a success. Raises CallRefused with what the problem says."""
    if answer.ok:
        return answer.body
    errors = "; ".join(error["detail"] for error in answer.body.get("errors", ()))
    said = errors or answer.body.get("detail") or answer.body
    message = f"{what} was refused ({answer.status} {answer.code}): {said}"
    raise CallRefused(message)
