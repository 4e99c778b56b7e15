"""Whether the process lives, and whether it may serve."""

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

_TIMEOUT_SECONDS = 0.2
_ROLE = """
    SELECT role.rolsuper OR role.rolbypassrls, EXISTS (SELECT FROM pg_class WHERE relowner = role.oid AND relkind = 'r')
    FROM pg_roles role WHERE role.rolname = current_user
"""


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process can answer at all; it asks nothing of others."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers under a role that row level security binds, else 503.

    Redis is reported and not required: without it events are some 200 ms later, nothing else.
    """
    database = _database()
    ready = database == "ok"
    body = {"status": "ready" if ready else "unavailable", "database": database, "redis": _redis()}
    return JsonResponse(body, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ROLE)
            bypasses, owns = cursor.fetchone()
    except DatabaseError:
        return "unreachable"
    return "role_is_too_powerful" if bypasses or owns else "ok"


def _redis() -> str:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
    )
    try:
        client.ping()
    except redis.RedisError:
        return "unreachable"
    return "ok"
