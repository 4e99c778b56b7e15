"""`python -m bench.load`: a plan on standard input, what was seen on standard output."""

import sys

import msgspec
import uvloop

from bench.load.generator import Load
from bench.load.plan import Plan, Seen


async def _run(plan: Plan) -> Seen:
    return await Load(plan).run()


if __name__ == "__main__":
    seen = uvloop.run(_run(msgspec.json.Decoder(Plan).decode(sys.stdin.buffer.read())))
    sys.stdout.buffer.write(msgspec.json.encode(seen))
