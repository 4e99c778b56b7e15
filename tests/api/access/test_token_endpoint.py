"""POST /oauth/token and /oauth/revoke_token: RFC 6749 and 7009, with the toolkit's known defects closed."""

import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from oauth2_provider.models import get_access_token_model

from apps.access.hashers import KeyedSecretHasher
from apps.access.models import Application
from apps.access.types import IssuedClient
from apps.tenancy.models import Tenant
from tests.support.api import TestTenant

AccessToken = get_access_token_model()
_FORM = "application/x-www-form-urlencoded"


def _basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": f"Basic {b64encode(f'{client_id}:{secret}'.encode()).decode()}"}


def _ask(tenant: TestTenant, scope: str | None = "inventory:read", secret: str | None = None, **form: str) -> Any:
    return _ask_as(tenant.operator.credentials, scope, secret, **form)


def _ask_as(credentials: IssuedClient, scope: str | None, secret: str | None = None, **form: str) -> Any:
    fields = {"grant_type": "client_credentials", **({} if scope is None else {"scope": scope}), **form}
    headers = _basic(credentials.client_id, secret or credentials.client_secret)
    return Client(raise_request_exception=False).post("/oauth/token", fields, headers=headers)


def _error(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"].startswith("application/json"), answer.content
    return answer.status_code, answer.json()["error"]


@pytest.fixture
def client_row(tenant: TestTenant) -> Any:
    """Return the operator's application."""
    return Application.objects.get(client_id=tenant.operator.credentials.client_id)


def test_a_client_gets_the_scopes_that_it_asks_for(tenant: TestTenant) -> None:
    answer = _ask(tenant, "inventory:read products:read")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    assert sorted(body["scope"].split()) == ["inventory:read", "products:read"]
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert answer["Cache-Control"] == "no-store"


def test_the_credentials_may_stand_in_the_body(tenant: TestTenant) -> None:
    credentials = tenant.operator.credentials
    form = {
        "grant_type": "client_credentials",
        "scope": "inventory:read",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }
    assert Client().post("/oauth/token", form).status_code == 200


@pytest.mark.parametrize("scope", [None, "", " ", "everything", "inventory:read admin", "introspection", "inventory"])
def test_no_scope_and_unknown_scopes_are_refused(tenant: TestTenant, scope: str | None) -> None:
    assert _error(_ask(tenant, scope)) == (400, "invalid_scope")


def test_no_client_gets_more_than_it_was_allowed(tenant: TestTenant) -> None:
    narrow = tenant.client_with("inventory:read").credentials
    assert _error(_ask_as(narrow, "inventory:read inventory:write")) == (400, "invalid_scope")
    supplier = tenant.supplier("S1").credentials
    # Even where a row says otherwise: what the party may never have is not given.
    Application.objects.filter(client_id=supplier.client_id).update(
        allowed_scopes=["inventory:read", "retail_partners:write"]
    )
    assert _error(_ask_as(supplier, "retail_partners:write")) == (400, "invalid_scope")


def test_a_wrong_secret_and_an_unknown_client_are_one_answer(tenant: TestTenant) -> None:
    credentials = tenant.operator.credentials
    form = {"grant_type": "client_credentials", "scope": "inventory:read"}
    answers = [
        Client().post("/oauth/token", form, headers=_basic(client_id, secret))
        for client_id, secret in (
            (credentials.client_id, "wrong"),
            (credentials.client_id, ""),
            ("nobody", credentials.client_secret),
            ("", ""),
        )
    ]
    answers.append(Client().post("/oauth/token", form))
    assert [_error(answer) for answer in answers] == [(401, "invalid_client")] * 5
    assert len({answer.content for answer in answers}) == 1


def test_a_stored_hash_is_no_secret(tenant: TestTenant, client_row: Any) -> None:
    digest = client_row.client_secret.partition("$")[2]
    for secret in (client_row.client_secret, digest):
        assert _error(_ask(tenant, secret=secret)) == (401, "invalid_client")


def test_two_secrets_live_while_one_replaces_the_other(tenant: TestTenant, client_row: Any) -> None:
    old, new = tenant.operator.credentials.client_secret, "n" * 128
    client_row.previous_client_secret = client_row.client_secret
    client_row.previous_secret_expires_at = datetime.now(UTC) + timedelta(hours=1)
    client_row.client_secret = KeyedSecretHasher().encode(new, "")
    client_row.save()
    assert [_ask(tenant, secret=secret).status_code for secret in (old, new)] == [200, 200]
    client_row.previous_secret_expires_at = datetime.now(UTC)
    client_row.save()
    assert [_ask(tenant, secret=secret).status_code for secret in (old, new)] == [401, 200]


def test_an_empty_previous_secret_is_no_secret(tenant: TestTenant, client_row: Any) -> None:
    client_row.previous_secret_expires_at = datetime.now(UTC) + timedelta(hours=1)
    client_row.save()
    form = {"grant_type": "client_credentials", "scope": "inventory:read"}
    answer = Client().post("/oauth/token", form, headers=_basic(client_row.client_id, ""))
    assert _error(answer) == (401, "invalid_client")


@pytest.mark.parametrize(
    "changes", [{"disabled_at": datetime(2020, 1, 1, tzinfo=UTC)}, {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}]
)
def test_a_client_that_may_not_call_gets_no_token(tenant: TestTenant, client_row: Any, changes: dict[str, Any]) -> None:
    Application.objects.filter(pk=client_row.pk).update(**changes)
    assert _error(_ask(tenant)) == (401, "invalid_client")


def test_a_suspended_tenants_client_gets_no_token(tenant: TestTenant) -> None:
    Tenant.objects.filter(pk=tenant.id).update(status="suspended")
    assert _error(_ask(tenant)) == (401, "invalid_client")


@pytest.mark.parametrize("grant", ["password", "implicit", "authorization_code", "refresh_token", "", "nonsense"])
def test_there_is_one_grant(tenant: TestTenant, grant: str) -> None:
    before = AccessToken.objects.count()
    status, error = _error(_ask(tenant, grant_type=grant, username="x", password="y", code="z", refresh_token="r"))
    assert (status, error in {"unsupported_grant_type", "unauthorized_client", "invalid_request", "invalid_grant"}) == (
        400,
        True,
    )
    assert AccessToken.objects.count() == before


@pytest.mark.parametrize(
    "body",
    [
        b"grant_type=client_credentials&grant_type=client_credentials&scope=inventory:read",
        b"grant_type=client_credentials&scope=inventory:read&scope=inventory:write",
        b"grant_type=client_credentials&scope=inventory:read&client_id=a%00b",
        b"grant_type=client_credentials&scope=inventory:read&a%00=b",
        b"grant_type=client_credentials&scope=inv\x00entory:read",
        b"grant_type=client_credentials&scope=inventory:read&client_id=%ff",
        b"\xff\xfe",
        b"&".join(b"a%d=1" % number for number in range(60)),
    ],
)
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke_token"])
def test_what_the_toolkit_would_stumble_over_is_refused(tenant: TestTenant, path: str, body: bytes) -> None:
    credentials = tenant.operator.credentials
    before = AccessToken.objects.count()
    headers = _basic(credentials.client_id, credentials.client_secret)
    answer = Client(raise_request_exception=False).post(path, body, content_type=_FORM, headers=headers)
    assert _error(answer) == (400, "invalid_request")
    assert AccessToken.objects.count() == before


@pytest.mark.parametrize("pair", ["a\x00b:secret", "\u00e9:secret", "a%00b:x", "no colon", ":", "::"])
def test_a_strange_pair_is_an_unknown_client(tenant: TestTenant, pair: str) -> None:
    form = {"grant_type": "client_credentials", "scope": "inventory:read"}
    header = f"Basic {b64encode(pair.encode()).decode()}"
    answer = Client(raise_request_exception=False).post("/oauth/token", form, headers={"authorization": header})
    assert _error(answer) == (401, "invalid_client")


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic \u00e9", "Bearer x", "Basic /w==", "Digest a=b"])
def test_a_strange_header_is_an_unknown_client(tenant: TestTenant, header: str) -> None:
    form = {"grant_type": "client_credentials", "scope": "inventory:read"}
    answer = Client(raise_request_exception=False).post("/oauth/token", form, headers={"authorization": header})
    assert _error(answer) == (401, "invalid_client")


def test_a_token_is_posted_for_not_got() -> None:
    for path in ("/oauth/token", "/oauth/revoke_token"):
        assert Client(raise_request_exception=False).get(path).status_code == 405


def test_credentials_in_the_address_are_refused(tenant: TestTenant) -> None:
    credentials = tenant.operator.credentials
    query = f"client_id={credentials.client_id}&client_secret={credentials.client_secret}"
    form = {"grant_type": "client_credentials", "scope": "inventory:read"}
    answer = Client(raise_request_exception=False).post(f"/oauth/token?{query}", form)
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] in {"invalid_request", "invalid_client"}


def test_of_the_toolkit_only_two_routes_are_mounted() -> None:
    included: Any = get_resolver().url_patterns[1]
    routes = {str(pattern.pattern) for pattern in included.url_patterns}
    assert {route for route in routes if "oauth" in route} == {
        "oauth/token",
        "oauth/revoke_token",
        ".well-known/oauth-authorization-server",
        ".well-known/oauth-protected-resource",
    }
    for path in (
        "introspect",
        "introspect/",
        "applications/",
        "authorize",
        "authorize/",
        "authorized_tokens/",
        "device-authorization/",
        "userinfo/",
        "token/",
        "revoke_token/",
        "register/",
        "logout/",
    ):
        answer = Client(raise_request_exception=False).get(f"/oauth/{path}")
        assert answer.status_code == 404, path
        assert answer["Content-Type"].startswith("application/"), path
    for path in ("/o/token/", "/o/introspect/", "/.well-known/openid-configuration", "/.well-known/jwks.json"):
        assert Client(raise_request_exception=False).get(path).status_code == 404, path


def test_the_metadata_names_what_there_is() -> None:
    server = Client().get("/.well-known/oauth-authorization-server").json()
    assert server["grant_types_supported"] == ["client_credentials"]
    assert (server["token_endpoint"], server["revocation_endpoint"]) == (
        "http://testserver/oauth/token",
        "http://testserver/oauth/revoke_token",
    )
    resource = Client().get("/.well-known/oauth-protected-resource").json()
    assert resource["scopes_supported"] == server["scopes_supported"]
    assert resource["bearer_methods_supported"] == ["header"]


def test_a_client_that_is_suspended_meanwhile_gets_no_token(tenant: TestTenant, client_row: Application) -> None:
    """Suspending deletes the tokens that there are: one that is about to be stored must not come after."""
    with ThreadPoolExecutor(1) as pool, psycopg.connect(settings.DATABASE_URL) as suspending:
        suspending.execute("SELECT FROM access_application WHERE id = %s FOR NO KEY UPDATE", [client_row.pk])
        asked = pool.submit(_ask, tenant)
        _wait_until_somebody_waits_for(suspending.info.backend_pid)
        suspending.execute("UPDATE access_application SET disabled_at = now() WHERE id = %s", [client_row.pk])
        suspending.commit()
        answer = asked.result(10)
    assert _error(answer) == (401, "invalid_client")
    assert AccessToken.objects.filter(application=client_row).count() == 0


def _wait_until_somebody_waits_for(pid: int) -> None:
    """Return once a connection waits for a lock that the server process `pid` holds."""
    pause, give_up_at = threading.Event(), time.monotonic() + 10
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))", [pid])
            if cursor.fetchone() == (1,):
                return
        assert time.monotonic() < give_up_at
        pause.wait(0.01)
