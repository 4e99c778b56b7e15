"""A caller of /v1 as tests see it: real tokens, real routes, no network."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from django.test import Client
from django.test.client import ClientHandler
from oauthlib.common import Request, generate_token

from apps.access.commands.issue_client import issue_client
from apps.access.models import Application
from apps.access.oauth import Validator
from apps.access.types import IssuedClient
from apps.core.context import PartyType
from apps.tenancy.models import Tenant

_NO_BODY = object()
# One stack of middleware for all clients: each of its own would look for the static files anew, a good part of a test.
_STACK = ClientHandler(enforce_csrf_checks=False)


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What came back; `json` is None where there is no body."""

    status: int
    json: Any
    headers: dict[str, str]
    content: bytes


class ApiClient:
    """A client of one party. Its token is issued with its first request, as POST /oauth/token stores one.

    Headers are keyword arguments with underscores: `get("/v1/products/P1", if_none_match=tag)`. A body of `bytes`
    is sent as it is, anything else as JSON.
    """

    def __init__(self, credentials: IssuedClient, *, scopes: tuple[str, ...] = ()) -> None:
        self.credentials = credentials
        self._scopes = scopes or credentials.scopes
        self._token = ""
        self._http = Client(raise_request_exception=False)
        self._http.handler = _STACK

    @property
    def token(self) -> str:
        """The bearer token; asking for it over HTTP, as tests/api/access does, would be a good part of many tests."""
        if not self._token:
            self._token = self._issued_token()
        return self._token

    def get(self, path: str, **headers: str | None) -> ApiAnswer:
        """GET a path."""
        return self.request("GET", path, **headers)

    def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> ApiAnswer:
        """POST a body, with an Idempotency-Key if one is given."""
        return self.request("POST", path, body, idempotency_key=key, **headers)

    def patch(
        self, path: str, body: Any, if_match: str | None = None, key: str | None = None, **headers: str
    ) -> ApiAnswer:
        """PATCH with a merge patch."""
        return self.request("PATCH", path, body, if_match=if_match, idempotency_key=key, **headers)

    def put(
        self, path: str, body: Any, if_match: str | None = None, key: str | None = None, **headers: str
    ) -> ApiAnswer:
        """PUT a whole resource."""
        return self.request("PUT", path, body, if_match=if_match, idempotency_key=key, **headers)

    def delete(self, path: str, if_match: str | None = None, key: str | None = None, **headers: str) -> ApiAnswer:
        """DELETE a path."""
        return self.request("DELETE", path, if_match=if_match, idempotency_key=key, **headers)

    def request(self, method: str, path: str, body: Any = _NO_BODY, **headers: str | None) -> ApiAnswer:
        """Send a request; a header that is None is left out."""
        sent = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        if "authorization" not in headers:
            sent["authorization"] = f"Bearer {self.token}"
        content_type = sent.pop("content-type", "application/json")
        response = self._http.generic(method, path, _encoded(body), content_type=content_type, headers=sent)
        return ApiAnswer(
            status=response.status_code,
            json=json.loads(response.content)
            if response.content and "json" in response.get("Content-Type", "")
            else None,
            headers=dict(response.headers),
            content=response.content,
        )

    def revoke(self) -> None:
        """Revoke the token at the endpoint for it; the client keeps sending it."""
        pair = {"client_id": self.credentials.client_id, "client_secret": self.credentials.client_secret}
        response = self._http.post("/oauth/revoke_token", {**pair, "token": self.token})
        assert response.status_code == 200, response.content

    def _issued_token(self) -> str:
        request = Request("/oauth/token")
        request.grant_type = "client_credentials"
        request.client = Application.objects.get(client_id=self.credentials.client_id)
        token: str = generate_token()
        Validator().save_bearer_token({"access_token": token, "scope": " ".join(self._scopes)}, request)
        return token


class TestTenant:
    """A tenant of its own for one test, and clients of its parties.

    A client needs no resource of its party: create suppliers and retail partners with `tests.factories`.
    """

    __test__ = False  # a tool, not a test
    made: ClassVar[list[int]] = []

    def __init__(self, name: str) -> None:
        self.row = Tenant.objects.create(name=name)
        TestTenant.made.append(self.row.pk)
        self._clients: dict[tuple[PartyType, str], ApiClient] = {}

    @property
    def id(self) -> int:
        """The tenant's key."""
        return self.row.pk

    @property
    def operator(self) -> ApiClient:
        """A client of the tenant's own staff, with every scope."""
        return self._client(PartyType.TENANT, "")

    def supplier(self, code: str) -> ApiClient:
        """A supplier's client, with every scope that a supplier may have."""
        return self._client(PartyType.SUPPLIER, code)

    def retailer(self, code: str) -> ApiClient:
        """A retail partner's client, with every scope that a retail partner may have."""
        return self._client(PartyType.RETAIL_PARTNER, code)

    def client_with(self, *scopes: str, party: PartyType = PartyType.TENANT, party_id: str = "") -> ApiClient:
        """A fresh client whose token has exactly these scopes."""
        return ApiClient(
            issue_client(tenant_id=self.id, name="with scopes", party=party, party_id=party_id, scopes=scopes)
        )

    def _client(self, party: PartyType, code: str) -> ApiClient:
        if (party, code) not in self._clients:
            issued = issue_client(tenant_id=self.id, name=f"{party} {code}".strip(), party=party, party_id=code)
            self._clients[party, code] = ApiClient(issued)
        return self._clients[party, code]


def _encoded(body: Any) -> bytes:
    if body is _NO_BODY:
        return b""
    return body if isinstance(body, bytes) else json.dumps(body).encode()
