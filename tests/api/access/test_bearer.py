"""The bearer token: what lets a caller in, what does not, and how quickly it ends."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from oauth2_provider.models import get_access_token_model

from apps.access.models import Application
from apps.access.principals import forget_everything
from apps.tenancy.models import Tenant
from tests.support.api import ApiAnswer, TestTenant
from tests.support.stock import Given, nothing_moves, refused

AccessToken = get_access_token_model()
_PATH = "/v1/inventory"


def _with(tenant: TestTenant, header: str | None, path: str = _PATH) -> ApiAnswer:
    if header is None:
        response = Client().get(path)
        return ApiAnswer(response.status_code, response.json(), dict(response.headers), response.content)
    return tenant.operator.get(path, authorization=header)


def _application(tenant: TestTenant) -> Any:
    return Application.objects.filter(client_id=tenant.operator.credentials.client_id)


def test_without_a_credential_the_answer_says_how_to_get_one(tenant: TestTenant) -> None:
    answer = _with(tenant, None)
    refused(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="stockwire", resource_metadata="http://testserver/.well-known/oauth-protected-resource"'
    )


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer x y",
        "Basic eDp5",
        "Token {}",
        "{}",
        "Bearer {}x",
        "Bearer  {}",
        "Bearer {}\u00e9",
        "Bearer " + "x" * 5000,
    ],
)
def test_a_credential_of_the_wrong_form_is_refused(tenant: TestTenant, header: str) -> None:
    tenant.operator.get(_PATH)  # the right one is known and does not help
    answer = _with(tenant, header.format(tenant.operator.token))
    refused(answer, 401, "invalid_token")
    assert answer.headers["WWW-Authenticate"].endswith(', error="invalid_token"')


def test_a_header_of_the_wrong_shape_is_told_so_and_a_wrong_token_nothing_more_than_that(tenant: TestTenant) -> None:
    shapeless = _with(tenant, "Basic eDp5").json
    assert shapeless["detail"] == "The Authorization header is not `Bearer`, a space and a token."
    # Unknown, expired, revoked: whoever guesses does not learn which.
    unknown = _with(tenant, "Bearer x").json
    assert unknown["detail"] == unknown["title"]


def test_the_scheme_is_case_insensitive(tenant: TestTenant) -> None:
    for scheme in ("bearer", "BEARER", "Bearer"):
        assert _with(tenant, f"{scheme} {tenant.operator.token}").status == 200


def test_a_token_in_the_query_is_no_credential(tenant: TestTenant) -> None:
    token = tenant.operator.token
    refused(_with(tenant, None, f"{_PATH}?access_token={token}"), 401, "unauthenticated")
    refused(_with(tenant, f"Bearer {token}", f"{_PATH}?access_token={token}"), 400, "unknown_parameter")


def test_an_expired_token_ends_at_once_though_it_is_known(tenant: TestTenant) -> None:
    assert tenant.operator.get(_PATH).status == 200
    AccessToken.objects.filter(application__in=_application(tenant)).update(expires=datetime.now(UTC))
    forget_everything()
    refused(tenant.operator.get(_PATH), 401, "invalid_token")


def test_a_revoked_token_ends_at_once_in_this_process(given: Given) -> None:
    item = given.stocked(10)
    operator = given.tenant.operator
    assert item.get().status == 200
    pair = f"{operator.credentials.client_id}:{operator.credentials.client_secret}".encode()
    response = Client().post(
        "/oauth/revoke_token", {"token": operator.token}, headers={"authorization": f"Basic {b64encode(pair).decode()}"}
    )
    assert response.status_code == 200
    with nothing_moves(given.tenant):
        refused(item.get(), 401, "invalid_token")
        refused(item.post("sale", 1), 401, "invalid_token")
    operator._token = ""  # the books are read with a fresh one


def test_another_clients_token_is_not_revoked(tenant: TestTenant, other_tenant: TestTenant) -> None:
    token = tenant.operator.token
    pair = f"{other_tenant.operator.credentials.client_id}:{other_tenant.operator.credentials.client_secret}".encode()
    response = Client().post(
        "/oauth/revoke_token", {"token": token}, headers={"authorization": f"Basic {b64encode(pair).decode()}"}
    )
    assert response.status_code == 200  # RFC 7009, 2.2: says nothing about the token
    forget_everything()
    assert tenant.operator.get(_PATH).status == 200


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"disabled_at": datetime(2020, 1, 1, tzinfo=UTC)}, 401, "invalid_token"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, 401, "invalid_token"),
        ({"allowed_networks": ["10.0.0.0/8"]}, 403, "ip_not_allowed"),
        ({"allowed_networks": ["2001:db8::/32"]}, 403, "ip_not_allowed"),
        ({"allowed_networks": ["10.0.0.0/8", "127.0.0.0/8"]}, 200, None),
        ({"expires_at": datetime(2999, 1, 1, tzinfo=UTC)}, 200, None),
    ],
)
def test_what_became_of_the_client_is_seen(
    tenant: TestTenant, changes: dict[str, Any], status: int, code: str | None
) -> None:
    assert tenant.operator.get(_PATH).status == 200
    _application(tenant).update(**changes)
    forget_everything()
    for _ in range(2):  # the second time from memory
        answer = tenant.operator.get(_PATH)
        assert (answer.status, answer.json.get("code")) == (status, code)


def test_a_suspended_tenant_is_told_so(given: Given) -> None:
    item = given.stocked(10)
    with nothing_moves(given.tenant):
        Tenant.objects.filter(pk=given.tenant.id).update(status="suspended")
        forget_everything()
        refused(item.get(), 403, "tenant_suspended")
        refused(item.post("sale", 1), 403, "tenant_suspended")
    Tenant.objects.filter(pk=given.tenant.id).update(status="active")


def test_the_cache_does_not_outlive_the_token(tenant: TestTenant) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    _ = tenant.operator.token
    AccessToken.objects.filter(application__in=_application(tenant)).update(expires=soon)
    assert tenant.operator.get(_PATH).status == 200
    while datetime.now(UTC) <= soon:
        answer = tenant.operator.get(_PATH)
        assert answer.status == 200 or datetime.now(UTC) >= soon
    refused(tenant.operator.get(_PATH), 401, "invalid_token")


@pytest.mark.parametrize(
    ("scope", "method", "path", "needed"),
    [
        ("products:read", "GET", "/v1/inventory", "inventory:read"),
        ("products:read", "GET", "/v1/inventory/S1/P1", "inventory:read"),
        ("inventory:read", "POST", "/v1/inventory/S1/P1", "inventory:write"),
        ("inventory:read", "PATCH", "/v1/inventory/S1/P1", "inventory:write"),
        ("inventory:read", "POST", "/v1/inventory/batch", "inventory:write"),
        ("inventory:write", "GET", "/v1/inventory/changes", "inventory:read"),
        ("inventory:write", "GET", "/v1/inventory/transactions", "transactions:read"),
        ("inventory:write", "POST", "/v1/inventory/transactions", "transactions:write"),
        ("inventory:write", "GET", "/v1/transactions/x", "transactions:read"),
    ],
)
def test_the_missing_scope_is_named_before_anything_else_is_said(
    tenant: TestTenant, scope: str, method: str, path: str, needed: str
) -> None:
    client = tenant.client_with(scope)
    for _ in range(2):
        answer = client.request(method, path, b"nonsense", content_type="text/plain")
        refused(answer, 403, "insufficient_scope", requiredScope=needed)
        assert f'error="insufficient_scope", scope="{needed}"' in answer.headers["WWW-Authenticate"]


def test_a_session_does_not_help_a_bad_bearer(tenant: TestTenant) -> None:
    user = get_user_model().objects.create_superuser(f"root-{tenant.id}", password="correct horse battery staple")
    client = Client()
    client.force_login(user)
    assert client.get(_PATH).status_code == 401
    assert client.get(_PATH, headers={"authorization": "Bearer x"}).json()["code"] == "invalid_token"


def test_tokens_and_secrets_are_not_stored_as_they_are(tenant: TestTenant) -> None:
    token = tenant.operator.token
    (row,) = AccessToken.objects.filter(application__in=_application(tenant))
    application = _application(tenant).get()
    secret = tenant.operator.credentials.client_secret
    assert token not in (row.token, row.token_checksum)
    assert len(row.token_checksum) == 64
    assert secret not in application.client_secret
    assert application.client_secret.startswith("keyed_sha256$")
    assert timedelta(minutes=14) < row.expires - row.created <= timedelta(minutes=15)
