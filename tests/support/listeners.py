"""Many clients of one stream process that do nothing but listen, and what they cost it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sandbox.processes.child import Child
from sandbox.processes.identity import members_of_session
from tests.support.streams import Stream, open_stream


@contextmanager
def listeners(base: str, token: str, count: int) -> Iterator[list[Stream]]:
    """Have so many streams open, each begun, for the length of the block."""
    with ExitStack() as closing:
        streams = []
        for _ in range(count):
            stream = open_stream(base, token)
            closing.callback(stream.close)
            assert stream.status == 200, stream.body
            streams.append(stream)
        for stream in streams:
            assert next(stream.blocks(seconds=30)).id
        yield streams


def resident_kilobytes(child: Child) -> int:
    """Return the memory of a server's processes that is really there."""
    return sum(_resident(pid) for pid in {child.pid, *members_of_session(child.pid)})


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
