"""One OAuth client of the API that does not give up: the same request, under the same key, until there is an answer.

That is the whole of what a caller needs to survive a server that is killed: the key makes the second try harmless.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from sandbox.credentials import Principal
from sandbox.demo.errors import NoAnswer, UnexpectedAnswer

PATIENCE_SECONDS = 60.0
_TRY_SECONDS = aiohttp.ClientTimeout(total=20, connect=5)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_BUSY = frozenset({429, 502, 503, 504})
_LATER = _BUSY | {401}
_AGAIN = frozenset({"idempotency_in_progress", "concurrent_update"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `replayed` when the key had been used before, by an earlier try whose answer was lost."""

    status: int
    body: Any
    replayed: bool

    @property
    def code(self) -> str:
        """The problem's code, empty for a success."""
        return str(self.body.get("code", "")) if self.status >= 400 else ""

    @property
    def ok(self) -> bool:
        """True for a 2xx."""
        return self.status < 300


class Api:
    """Calls of one principal. `retries` counts what made it try again."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        principal: Principal,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._session = session
        self._base = base_url
        self._principal = principal
        self._patience = patience_seconds
        self._token = ""
        self._renewing = asyncio.Lock()
        self.retries: Counter[str] = Counter()

    async def post(self, path: str, body: Mapping[str, Any] | None, *, key: str) -> Answer:
        """Post, under a key that stays the same over all tries; None is no body."""
        return await self._write("POST", path, body, key)

    async def patch(self, path: str, body: Mapping[str, Any], *, key: str) -> Answer:
        """Patch with a merge patch, which names the version, under a key that stays the same over all tries."""
        return await self._write("PATCH", path, body, key)

    async def get(self, path: str) -> Answer:
        """Get; `path` carries the query."""
        return await self._until_answered("GET", path)

    async def delete(self, path: str) -> Answer:
        """Delete; `path` carries the version."""
        return await self._until_answered("DELETE", path)

    async def create(self, path: str, body: Mapping[str, Any], *, key: str) -> Any:
        """Post what must succeed and return its body. Raises UnexpectedAnswer."""
        answer = await self.post(path, body, key=key)
        return _required(answer, f"POST {path}")

    async def rows(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """Yield every row of a list, page by page."""
        token: str | None = ""
        while token is not None:
            page = _required(await self.get(f"{path}?pageSize=200" + (f"&pageToken={token}" if token else "")), path)
            for row in page["data"]:
                yield row
            token = page["nextPageToken"]

    async def _write(self, method: str, path: str, body: Mapping[str, Any] | None, key: str) -> Answer:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        content = b"" if body is None else msgspec.json.encode(body)
        return await self._until_answered(method, path, content=content, headers=headers)

    async def _until_answered(
        self, method: str, path: str, *, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        give_up_at = time.monotonic() + self._patience
        pause = _FIRST_PAUSE
        while True:
            try:
                answer = await self._try(method, path, content, headers or {})
                reason = _reason_to_retry(answer)
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError) as error:
                reason = type(error).__name__
            else:
                if reason is None:
                    return answer
            self.retries[reason] += 1
            if time.monotonic() > give_up_at:
                message = (
                    f"{method} {path} got no answer from {self._base} in {self._patience:.0f} s of trying; "
                    f"the last was: {reason}."
                )
                raise NoAnswer(message)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _try(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        token = await self._bearer()
        authorization = {"Authorization": f"Bearer {token}"}
        async with self._session.request(
            method, self._base + path, data=content, headers={**authorization, **headers}, timeout=_TRY_SECONDS
        ) as response:
            raw = await response.read()
            if response.status == 401 and self._token == token:  # another task may have a new one already
                self._token = ""
            replayed = response.headers.get("Idempotent-Replayed") == "true"
            return Answer(response.status, _decoded(raw, response.status), replayed)

    async def _bearer(self) -> str:
        if not self._token:
            async with self._renewing:
                self._token = self._token or await self._new_token()
        return self._token

    async def _new_token(self) -> str:
        person = self._principal
        form = {"grant_type": "client_credentials", "scope": " ".join(person.scopes)}
        authorization = {"Authorization": aiohttp.encode_basic_auth(person.client_id, person.client_secret)}
        async with self._session.post(
            f"{self._base}/oauth/token", data=form, headers=authorization, timeout=_TRY_SECONDS
        ) as response:
            raw = await response.read()
            if response.status in _BUSY:
                message = f"the token endpoint answered {response.status}"
                raise aiohttp.ClientConnectionError(message)
            if response.status != 200:
                message = f"No token for {person.name}: {response.status} {raw[:300]!r}"
                raise UnexpectedAnswer(message)
            return str(msgspec.json.decode(raw)["access_token"])


def _reason_to_retry(answer: Answer) -> str | None:
    if answer.status in _LATER or (answer.status == 409 and answer.code in _AGAIN):
        return answer.code or str(answer.status)
    return None


def _required(answer: Answer, what: str) -> Any:
    if not answer.ok:
        message = f"{what} was answered {answer.status}: {answer.body}"
        raise UnexpectedAnswer(message)
    return answer.body


def _decoded(raw: bytes, status: int) -> Any:
    """Return the body; one that is not JSON (a proxy's page) becomes a problem without a code."""
    if not raw:
        return {}
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return {"code": "", "status": status, "detail": raw[:300].decode(errors="replace")}
