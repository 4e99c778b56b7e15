"""A subscription for as long as somebody listens."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from sandbox.demo.api import Api
from sandbox.demo.errors import NoAnswer
from sandbox.hooks.caller import required


@asynccontextmanager
async def subscription(api: Api, body: Mapping[str, Any], *, warn: Callable[[str], None]) -> AsyncIterator[Any]:
    """Have a webhook for the length of the block; yields it with its secret. Raises CallRefused."""
    made = required(await api.post("/v1/webhooks", body, key=str(uuid4())), "The subscription")
    try:
        yield made
    finally:
        await delete_subscription(api, f"/v1/webhooks/{made['webhookId']}", warn=warn)


async def delete_subscription(api: Api, path: str, *, warn: Callable[[str], None]) -> None:
    """Delete a webhook whose version may have risen; says where it cannot."""
    try:
        found = await api.get(path)
        answer = await api.delete(f"{path}?version={found.body['version']}") if found.ok else found
        reason = "" if answer.ok else f"{answer.status} {answer.code}"
    except NoAnswer as error:
        reason = str(error)
    if reason:
        warn(f"The subscription stays, and can be deleted later by DELETE {path}: {reason}")
