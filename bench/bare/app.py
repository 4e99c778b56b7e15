"""The bare statement behind Starlette and asyncpg: what a careful team writes when nothing else is asked for.

`BARE_DATABASE_URL=… granian --interface asgi bench.bare.app:app`. It asks nobody who they are.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.bare.statement import ITEM, MOVEMENT, STORED

# Of each of two processes. What is idle is given back soon: 64 clients of pgbench need the connections.
_POOL_SIZE = 8
_IDLE_SECONDS = 3.0


class Movement(msgspec.Struct, forbid_unknown_fields=True):
    """The request's body."""

    type: str
    quantity: int
    reference: str | None = None


_movements = msgspec.json.Decoder(Movement)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        os.environ["BARE_DATABASE_URL"],
        min_size=1,
        max_size=_POOL_SIZE,
        max_inactive_connection_lifetime=_IDLE_SECONDS,
    ) as pool:
        app.state.pool = pool
        yield


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json")


async def post_movement(request: Request) -> Response:
    """Post a movement: 201, 200 for a key that was used before, 409 where the guard refuses."""
    pool = request.app.state.pool
    try:
        movement = _movements.decode(await request.body())
    except msgspec.MsgspecError as error:
        return _json({"detail": str(error)}, 400)
    key = request.headers.get("idempotency-key")
    if not key or movement.type != "sale" or movement.quantity < 1:
        return _json({"detail": "A sale of at least one needs an Idempotency-Key."}, 400)
    try:
        row = await pool.fetchrow(MOVEMENT, request.path_params["item"], movement.quantity, movement.reference, key)
    except asyncpg.UniqueViolationError:
        return Response(await pool.fetchval(STORED, key), media_type="application/json")
    return _json({"detail": "Not enough is there."}, 409) if row is None else _json(dict(row), 201)


async def get_item(request: Request) -> Response:
    """Get an item."""
    row = await request.app.state.pool.fetchrow(ITEM, request.path_params["item"])
    return _json({"detail": "Not found."}, 404) if row is None else _json(dict(row))


app = Starlette(
    lifespan=_lifespan,
    routes=[
        Route("/items/{item:int}/movements", post_movement, methods=["POST"]),
        Route("/items/{item:int}", get_item, methods=["GET"]),
    ],
)
