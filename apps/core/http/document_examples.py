"""Examples of answers, problems and events. None is made up: `recorded_examples.json` holds what the API answered.

A contract test tells the document's own story through the API (every example of a request is sent) and compares what
comes back with the recording, so that an example is what a caller gets.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from apps.core.http.problems import INTERNAL_TITLE

Schema = dict[str, Any]

RECORDING = Path(__file__).with_name("recorded_examples.json")
PROBLEM_URL = "https://stockwire.example.com/problems"


def answer_examples(operation_id: str, status: int) -> Schema:
    """Return the examples of an operation's answer, by slug; empty where nothing was recorded."""
    answers: dict[str, Any] = _recording()["answers"].get(operation_id, {}).get(str(status), {})
    return {slugify(name): {"summary": name, "value": value} for name, value in answers.items()}


def event_examples(event_type: str) -> Schema:
    """Return the examples of an event's body."""
    events: dict[str, Any] = _recording()["events"].get(event_type, {})
    return {slugify(name): {"summary": name, "value": value} for name, value in events.items()}


def problem_example(code: str, status: int, title: str) -> Schema:
    """Return a problem as it was recorded; one that takes a fault to provoke says what every problem says."""
    recorded: Schema | None = _recording()["problems"].get(f"{code}.{status}")
    return recorded or {
        "type": f"{PROBLEM_URL}/{code.replace('_', '-')}",
        "title": title,
        "status": status,
        "code": code,
        "instance": "/v1/inventory/SUP123/HOTSAUCE789",
        "requestId": "4bf92f3577b34da6a3ce929d0e0e4736",
        "detail": INTERNAL_TITLE if code == "internal" else title,
    }


@cache
def _recording() -> dict[str, Any]:
    recording: dict[str, Any] = json.loads(RECORDING.read_text(encoding="utf-8"))
    return recording
