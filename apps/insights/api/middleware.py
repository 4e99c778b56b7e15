"""The door through which refusals come to be counted."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.insights.domain.refusals import count_refusal


class RefusalCounter:
    """Counts the problems that a tenant's clients were answered. Of what succeeds it looks at the status alone.

    A caller without a valid token has no tenant: those stand in the log alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= 400:
            code = getattr(response, "problem_code", None)
            principal = getattr(request, "principal", None)
            if code is not None and principal is not None:
                count_refusal(principal.tenant_id, _operation_id(request), code)
        return response


def _operation_id(request: HttpRequest) -> str:
    """Return the operation's name; empty where the address or the method is none of the API's."""
    view: Any = getattr(request.resolver_match.func, "cls", None) if request.resolver_match else None
    definition = view.operation_for(request.method) if hasattr(view, "operation_for") else None
    return definition.operation_id if definition else ""
