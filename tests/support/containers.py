"""What Dockerfile and docker-compose.yml say, as processes of this machine."""

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.state_dir import CHECKOUT

_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Service:
    """A service of the compose file: its exact words, its environment as written, and how long it may take to end."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    grace_seconds: float


def dockerfile_words(instruction: str) -> tuple[str, ...]:
    """Return the words of the Dockerfile's one CMD, or of its HEALTHCHECK's."""
    text = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = [line for line in text.splitlines() if line.startswith(f"{instruction} ")]
    return tuple(json.loads(line[line.index("[") :]))


def service(name: str, given: Mapping[str, str]) -> Service:
    """Return a service; `given` fills its variables. Raises KeyError for one that must be set and is not."""
    document: Any = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8"))
    found = document["services"][name]
    environment = {key: _filled(value, given) for key, value in found["environment"].items()}
    command = tuple(found.get("command") or dockerfile_words("CMD"))
    return Service(command, environment, float(found.get("stop_grace_period", "10s").removesuffix("s")))


def path_of_this_python() -> dict[str, str]:
    """Have `python`, `celery` and `granian` be those of this interpreter, as they are the image's own there."""
    return {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def _filled(text: str, given: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name, rule, default = match.groups()
        return given.get(name, default) if rule == "-" else given[name]

    return _VARIABLE.sub(value, text)
