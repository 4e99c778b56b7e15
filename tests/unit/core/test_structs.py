"""Types are built once, whoever comes first (see apps/core/structs.py)."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# Every round has fresh types that refer to each other; eight threads meet at each. Without the lock the interpreter
# is killed by a segmentation fault, so it is one of its own.
_MEETING = """
import sys, threading
import msgspec
from apps.core.structs import convert, decoder_of

sys.setswitchinterval(1e-6)
for number in range(150):
    inner = msgspec.defstruct(f"Inner{number}", [(f"a{n}", int | None, None) for n in range(20)])
    outer = msgspec.defstruct(f"Outer{number}", [(f"b{n}", list[inner] | None, None) for n in range(20)])
    meeting = threading.Barrier(8)

    def use():
        meeting.wait()
        assert decoder_of(outer).decode(b'{"b3": [{"a4": 5}]}').b3[0].a4 == 5
        assert convert({"b3": [{"a4": 5}]}, outer).b3[0].a4 == 5

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print("met")
"""


def test_many_threads_may_be_the_first_to_use_a_type() -> None:
    run = subprocess.run([sys.executable, "-c", _MEETING], capture_output=True, text=True, timeout=60, check=False)

    assert (run.returncode, run.stdout) == (0, "met\n"), run.stderr


def test_a_command_that_built_the_types_ends_as_it_should() -> None:
    # The debug allocator overwrites what is freed: without the freeze this ends in a segmentation fault every time.
    run = subprocess.run(
        [sys.executable, "manage.py", "openapi", "--print"],
        cwd=ROOT,
        env={**os.environ, "PYTHONMALLOC": "debug"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 0, run.stderr
