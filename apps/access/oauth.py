"""django-oauth-toolkit's seams, with its known defects closed (docs/decisions)."""

import base64
import hmac
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from django.db.models import QuerySet
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidScopeError

from apps.access.hashers import KeyedSecretHasher
from apps.access.models import Application
from apps.access.principals import forget_token
from apps.access.scopes import SCOPE_DESCRIPTIONS, scopes_of_party
from apps.core.context import PartyType
from apps.outbox.unit_of_work import identity_transaction
from apps.tenancy.types import TenantStatus

_hasher = KeyedSecretHasher()
# An unknown client costs the same comparison as a known one, so that time does not tell which ids exist.
_NO_SECRET = _hasher.encode("", "")


class ApplicationScopes(BaseScopes):
    """An application may ask for what it was allowed, and its party may ever have; nothing by default."""

    def get_all_scopes(self) -> dict[str, str]:
        return SCOPE_DESCRIPTIONS

    def get_available_scopes(
        self, application: Application | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        if application is None:
            return []
        possible = scopes_of_party(PartyType(application.party_type))
        return [scope for scope in application.allowed_scopes if scope in possible]

    def get_default_scopes(
        self, application: Application | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return []


class _SuspendedMeanwhile(InvalidClientError):
    """`invalid_client`, raised where oauthlib does not expect it any more and leaves the answer's headers to us."""

    @property
    def headers(self) -> dict[str, str]:
        return {**super().headers, "Content-Type": "application/json", "Cache-Control": "no-store"}


class Validator(OAuth2Validator):
    """Two live secrets; no token without a scope; no token for a client that may not call."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        credentials = self._credentials(request)
        if credentials is None:
            return False
        client_id, secret = credentials
        application = self._application(client_id)
        stored = [application.client_secret, _live_previous_secret(application)] if application else [_NO_SECRET, ""]
        matches = [hmac.compare_digest(candidate, _hasher.encode(secret, "")) for candidate in stored]
        if application is None or not any(matches) or not _is_usable(application):
            return False
        request.client = application
        return True

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Application, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        if not [scope for scope in scopes if scope]:
            raise InvalidScopeError(description="Name the scopes that the token is for.", request=request)
        return bool(super().validate_scopes(client_id, scopes, client, request, *args, **kwargs))

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        """Store a token of a client that may still call: whoever suspends it waits for this, or is waited for."""
        with identity_transaction():
            application = Application.objects.select_for_update(no_key=True).get(pk=request.client.pk)
            if not _is_usable(application):
                raise _SuspendedMeanwhile(request=request)
            super().save_bearer_token(token, request, *args, **kwargs)

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        super().revoke_token(token, token_type_hint, request, *args, **kwargs)
        forget_token(token)

    def _credentials(self, request: Any) -> tuple[str, str] | None:
        basic = self._extract_basic_auth(request)
        if basic:
            try:
                client_id, _, secret = base64.b64decode(basic, validate=True).decode("utf-8").partition(":")
            except ValueError:  # not base64, not ASCII, not UTF-8
                return None
            return unquote_plus(client_id), unquote_plus(secret)
        posted = getattr(request, "client_id", None), getattr(request, "client_secret", None)
        return (str(posted[0]), str(posted[1])) if all(posted) else None

    def _load_application(self, client_id: str, request: Any) -> Application | None:
        application = self._application(client_id)
        request.client = application
        return application

    @staticmethod
    def _application(client_id: str) -> Application | None:
        if not client_id.isascii() or "\x00" in client_id:
            return None
        rows: QuerySet[Application] = Application.objects.select_related("tenant")
        return rows.filter(client_id=client_id).first()


def _live_previous_secret(application: Application) -> str:
    expires_at = application.previous_secret_expires_at
    return application.previous_client_secret if expires_at and expires_at > datetime.now(UTC) else ""


def _is_usable(application: Application) -> bool:
    expired = application.expires_at is not None and application.expires_at <= datetime.now(UTC)
    active = application.tenant.status == TenantStatus.ACTIVE
    return active and not expired and application.disabled_at is None
