"""The one authenticator of /v1: a present but bad credential never falls through to another."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from apps.access.principals import cached_principal, resolve_token
from apps.core.context import Principal
from apps.core.errors import InvalidToken, Unauthenticated

_SCHEME = "bearer"


class BearerAuthentication(BaseAuthentication):
    """Resolves `Authorization: Bearer …` to a principal (`request.user`), or refuses."""

    def authenticate(self, request: Request) -> tuple[Principal, None]:
        http: HttpRequest = request._request
        principal = resolve_token(bearer_token(http), client_address(http))
        http.principal = principal  # type: ignore[attr-defined]  # read by the request log
        return principal, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def known_principal(request: HttpRequest) -> Principal | None:
    """Return the principal where memory has it: the hot lane's whole authentication."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if header[:7].lower() != "bearer ":
        return None
    principal = cached_principal(header[7:], client_address(request))
    request.principal = principal  # type: ignore[attr-defined]  # read by the request log
    return principal


def bearer_token(request: HttpRequest) -> str:
    """Return the bearer token.

    Raises Unauthenticated without an Authorization header, InvalidToken for another scheme or shape.
    """
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        raise Unauthenticated
    scheme, _, token = header.partition(" ")
    if scheme.lower() != _SCHEME or not token or " " in token:
        raise InvalidToken("The Authorization header is not `Bearer`, a space and a token.")
    return str(token)


def client_address(request: HttpRequest) -> str:
    """Return the caller's address; behind N trusted proxies it is the N-th from the right, never the leftmost."""
    proxies: int = settings.TRUSTED_PROXIES
    if proxies:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= proxies:
            return str(hops[-proxies])
    return str(request.META.get("REMOTE_ADDR", ""))
