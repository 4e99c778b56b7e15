"""Doing one thing to many, several at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

from sandbox.errors import SandboxError

T = TypeVar("T")


async def each(items: Iterable[T], action: Callable[[T], Awaitable[object]], *, width: int) -> None:
    """Run `action` on every item, `width` at a time; the first failure ends the others and is raised."""
    waiting = iter(items)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(width):
                group.create_task(_work(waiting, action))
    except* SandboxError as failures:
        first: BaseException = failures
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


async def _work(waiting: Iterator[T], action: Callable[[T], Awaitable[object]]) -> None:
    for item in waiting:
        await action(item)
