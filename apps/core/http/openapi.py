"""The OpenAPI document (written by drf-spectacular from the operations)."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class OperationSchema(AutoSchema):  # type: ignore[misc] -- drf-spectacular has no types
    """Documents an operation from its definition."""


def only_v1(endpoints: list[Any]) -> list[Any]:
    """Keep the routes of /v1."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/v1/")]


def complete_document(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add what no view says."""
    return result
