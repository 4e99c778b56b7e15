"""One permission for every operation: the scope that it names."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.core.context import Principal
from apps.core.errors import InsufficientScope
from apps.core.http.operations import Operation


class HasScope(BasePermission):
    """Refuses a principal whose token lacks the operation's scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        operation: Operation | None = view.operation_for(request.method)
        if operation is not None:
            principal: Any = request.user
            require_scope(principal, operation)
        return True


def require_scope(principal: Principal, operation: Operation) -> None:
    """Raise InsufficientScope, naming the scope, unless the principal has it."""
    if operation.scope not in principal.scopes:
        raise InsufficientScope(requiredScope=operation.scope)
