"""GET /metrics: what the workers of this server measured, and how far behind the database says that work is."""

import hmac
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from apps.core.errors import InvalidToken, MethodNotAllowed, Unauthenticated, Unavailable
from apps.core.http.problems import problem_response
from apps.core.metrics import CONTENT_TYPE, exposition

log = structlog.get_logger(component="stockwire.metrics")

# Reads gauges in the relay's role, which sees every tenant's rows and gives away none: they are sums.
Reader = Callable[[psycopg.Connection[Any]], Iterable[Metric]]

_METHODS = ("GET", "HEAD")
_CONNECT_SECONDS = 2
_LIMITS = "-c statement_timeout=2000 -c default_transaction_read_only=on"


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a scrape. With METRICS_TOKEN it needs that bearer token; without, there is no such page in production."""
    given = request.META.get("HTTP_AUTHORIZATION")
    if not settings.METRICS_TOKEN and settings.PRODUCTION:
        raise Http404
    if settings.METRICS_TOKEN and given is None:
        return problem_response(request, Unauthenticated())
    if not may_scrape(given):
        return problem_response(request, InvalidToken())
    if request.method not in _METHODS:
        return problem_response(request, MethodNotAllowed(allowed=list(_METHODS)))
    return HttpResponse(exposition() + generate_latest(_backlog()), content_type=CONTENT_TYPE)


def may_scrape(authorization: str | None) -> bool:
    """True where the header carries the token, or where no token is asked for outside production."""
    expected: str = settings.METRICS_TOKEN
    if not expected:
        return not settings.PRODUCTION
    scheme, _, token = (authorization or "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(token.encode("utf-8", "replace"), expected.encode())


class _Collected(Collector):
    """Families that were read already: the registry only prints them."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Yield them."""
        yield from self._families


def _backlog() -> CollectorRegistry:
    families: list[Metric] = []
    try:
        with psycopg.connect(
            settings.DATABASE_RELAY_URL,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            options=_LIMITS,
            application_name="stockwire-metrics",
        ) as connection:
            for reader in _readers():
                families += reader(connection)
    except (psycopg.Error, Unavailable) as error:
        log.warning("backlog_not_read", error=str(error))
        families = [_up(0)]
    else:
        families.append(_up(1))
    registry = CollectorRegistry()
    registry.register(_Collected(families))
    return registry


def _up(value: int) -> Metric:
    return GaugeMetricFamily(
        "stockwire_database_up", "1 where the database told the backlog at this scrape.", value=value
    )


@cache
def _readers() -> tuple[Reader, ...]:
    return tuple(import_string(path) for path in settings.METRIC_READERS)
