"""What the environment asks of the demo."""

import pytest

from sandbox.demo.errors import DemoError
from sandbox.demo.options import Options, read_options


@pytest.mark.parametrize(
    ("environ", "options"),
    [
        ({}, Options(limit=3000, once=False, chaos=False)),
        ({"FULL": "1", "ONCE": "1", "CHAOS": "1"}, Options(limit=None, once=True, chaos=True)),
        ({"FULL": "0", "ONCE": "", "CHAOS": "no"}, Options(limit=3000, once=False, chaos=False)),
        ({"LINES": "120"}, Options(limit=120)),
        ({"LINES": "120", "FULL": "1"}, Options(limit=120)),
    ],
)
def test_the_environment_chooses(environ: dict[str, str], options: Options) -> None:
    assert read_options(environ) == options


@pytest.mark.parametrize("lines", ["0", "-1", "many", "1.5"])
def test_lines_is_a_positive_number(lines: str) -> None:
    with pytest.raises(DemoError, match="LINES"):
        read_options({"LINES": lines})
