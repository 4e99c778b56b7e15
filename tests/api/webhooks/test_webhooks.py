import json
from typing import Any

import pytest

from apps.outbox.unit_of_work import as_tenant
from apps.webhooks.models import WebhookSecret
from tests.support.api import TestTenant

_PATH = "/v1/webhooks"
_BODY: dict[str, Any] = {"url": "http://127.0.0.1:20999/hook", "eventTypes": ["inventory.updated"]}


def _created(tenant: TestTenant, **members: Any) -> dict[str, Any]:
    answer = tenant.operator.post(_PATH, {**_BODY, **members})
    assert answer.status == 201, answer.json
    made: dict[str, Any] = answer.json
    return made


def test_a_new_webhook_shows_its_secret_once(tenant: TestTenant) -> None:
    answer = tenant.operator.post(_PATH, {**_BODY, "filters": {"supplierId": "S1", "productId": ["A", "B"]}})
    created = answer.json
    assert answer.status == 201
    assert answer.headers["Location"] == f"{_PATH}/{created['webhookId']}"
    assert created["webhookId"].startswith("whk_")
    assert created["secret"].startswith("whsec_")
    assert created["filters"] == {"supplierId": ["S1"], "productId": ["A", "B"]}
    assert created["party"] == {"type": "tenant", "id": None}
    assert (created["status"], created["disabledReason"], created["version"]) == ("active", None, 1)
    found = tenant.operator.get(answer.headers["Location"])
    assert found.json == {name: value for name, value in created.items() if name != "secret"}
    assert found.headers["ETag"].startswith('"1.')
    assert "whsec_" not in json.dumps(tenant.operator.get(_PATH).json)


def test_a_replay_shows_the_same_secret_and_nothing_stored_does(tenant: TestTenant) -> None:
    first = tenant.operator.post(_PATH, _BODY, key="one")
    again = tenant.operator.post(_PATH, _BODY, key="one")
    assert (again.status, again.json, again.headers["Idempotent-Replayed"]) == (201, first.json, "true")
    path = f"{_PATH}/{first.json['webhookId']}/rotateSecret"
    rotated = tenant.operator.post(path, {}, key="two")
    assert tenant.operator.post(path, {}, key="two").json == rotated.json
    with as_tenant(tenant.id):
        sealed = list(WebhookSecret.objects.filter(tenant_id=tenant.id).values_list("sealed", flat=True))
    assert len(sealed) == 2
    assert not any(b"whsec_" in bytes(each) for each in sealed)


def test_at_most_three_secrets_live(tenant: TestTenant) -> None:
    path = f"{_PATH}/{_created(tenant)['webhookId']}/rotateSecret"
    secrets = {tenant.operator.post(path, {"expiresInSeconds": 604800}).json["secret"] for _ in range(4)}
    assert len(secrets) == 4
    with as_tenant(tenant.id):
        assert WebhookSecret.objects.filter(tenant_id=tenant.id).count() == 3
    ended = tenant.operator.post(path, {"expiresInSeconds": 0})
    assert ended.status == 200
    with as_tenant(tenant.id):
        assert WebhookSecret.objects.filter(tenant_id=tenant.id).count() == 1


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"url": "http://user@127.0.0.1/"}, "#/url"),
        ({"url": "ftp://example.com/"}, "#/url"),
        ({"url": "https://169.254.169.254/"}, "#/url"),
        ({"url": "https://[64:ff9b::7f00:1]/"}, "#/url"),
        ({"eventTypes": []}, "#/eventTypes"),
        ({"eventTypes": ["inventory.updated", "stock.moved"]}, "#/eventTypes/1"),
        ({"eventTypes": ["webhook.test"]}, "#/eventTypes/0"),
        ({"filters": {"supplier": "S1"}}, "#/filters/supplier"),
        ({"filters": {"supplierId": []}}, "#/filters/supplierId"),
        ({"status": "disabled"}, "#/status"),
        ({"secret": "whsec_mine"}, "#/secret"),
    ],
)
def test_what_is_wrong_is_named(tenant: TestTenant, members: dict[str, Any], pointer: str) -> None:
    answer = tenant.operator.post(_PATH, {**_BODY, **members})
    assert (answer.status, [error["pointer"] for error in answer.json["errors"]]) == (400, [pointer])
    assert tenant.operator.get(_PATH).json["data"] == []


def test_each_party_sees_its_own_and_staff_see_all(tenant: TestTenant, other_tenant: TestTenant) -> None:
    clients = {
        "staff": tenant.operator,
        "s1": tenant.supplier("S1"),
        "s2": tenant.supplier("S2"),
        "r1": tenant.retailer("R1"),
        "stranger": other_tenant.operator,
    }
    ids = {name: client.post(_PATH, _BODY).json["webhookId"] for name, client in clients.items()}
    seen = {name: {each["webhookId"] for each in client.get(_PATH).json["data"]} for name, client in clients.items()}
    assert seen == {
        "staff": {ids["staff"], ids["s1"], ids["s2"], ids["r1"]},
        **{name: {ids[name]} for name in ("s1", "s2", "r1", "stranger")},
    }
    for name, client in clients.items():
        for owner, webhook_id in ids.items():
            path, absent = f"{_PATH}/{webhook_id}", f"{_PATH}/whk_absent"
            status = 200 if webhook_id in seen[name] else 404
            assert client.get(path).status == status, (name, owner)
            assert client.get(f"{path}/deliveries").status == status
            if status == 404:
                assert client.get(absent).status == 404
                assert client.patch(path, {"status": "paused", "version": 1}).status == 404
                assert client.post(f"{path}/rotateSecret", {}).status == 404
                assert client.request("POST", f"{path}/test").status == 404
                assert client.delete(f"{path}?version=1").status == 404


def test_a_partner_may_not_filter_by_what_it_may_not_see(tenant: TestTenant) -> None:
    partner = tenant.retailer("R1")
    answer = partner.post(_PATH, {**_BODY, "filters": {"warehouseLocation": "W1"}})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "#/filters/warehouseLocation")
    made = partner.post(_PATH, _BODY).json
    answer = partner.patch(f"{_PATH}/{made['webhookId']}", {"filters": {"warehouseLocation": "W1"}, "version": 1})
    assert answer.status == 400


def test_a_merge_patch_changes_what_it_names(tenant: TestTenant) -> None:
    made = _created(tenant, filters={"supplierId": "S1", "productId": "P1"})
    path = f"{_PATH}/{made['webhookId']}"
    changed = tenant.operator.patch(path, {"filters": {"productId": None}, "status": "paused", "version": 1})
    assert (changed.status, changed.json["filters"], changed.json["version"]) == (200, {"supplierId": ["S1"]}, 2)
    assert tenant.operator.request("POST", f"{path}/test").json["code"] == "invalid_state"
    cleared = tenant.operator.patch(path, {"filters": None, "status": "active"}, if_match='"2.00000000"')
    assert (cleared.json["filters"], cleared.json["status"]) == ({}, "active")
    assert tenant.operator.patch(path, {"url": "gopher://x/", "version": 3}).status == 400
    assert tenant.operator.patch(path, {"status": "paused", "version": 1}).status == 409
    assert tenant.operator.patch(path, {"status": "paused"}).status == 428


def test_a_deleted_webhook_is_gone_with_its_secrets(tenant: TestTenant) -> None:
    path = f"{_PATH}/{_created(tenant)['webhookId']}"
    assert tenant.operator.delete(path).status == 428
    assert tenant.operator.delete(path, if_match='"9.00000000"').status == 412
    assert tenant.operator.delete(f"{path}?version=1").status == 204
    assert tenant.operator.get(path).status == 404
    with as_tenant(tenant.id):
        assert not WebhookSecret.objects.filter(tenant_id=tenant.id).exists()


def test_a_party_has_at_most_twenty(tenant: TestTenant) -> None:
    for _ in range(20):
        _created(tenant)
    refused = tenant.operator.post(_PATH, _BODY)
    assert (refused.status, refused.json["code"], refused.json["maximum"]) == (409, "invalid_state", 20)
    assert tenant.supplier("S1").post(_PATH, _BODY).status == 201


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "", "webhooks:read"),
        ("POST", "", "webhooks:write"),
        ("GET", "/x", "webhooks:read"),
        ("PATCH", "/x", "webhooks:write"),
        ("DELETE", "/x", "webhooks:write"),
        ("POST", "/x/test", "webhooks:write"),
        ("POST", "/x/rotateSecret", "webhooks:write"),
        ("GET", "/x/deliveries", "webhooks:read"),
    ],
)
def test_every_operation_needs_its_scope(tenant: TestTenant, method: str, path: str, scope: str) -> None:
    other = {"webhooks:read": "webhooks:write", "webhooks:write": "webhooks:read"}[scope]
    answer = tenant.client_with(other).request(method, _PATH + path, {})
    assert (answer.status, answer.json["requiredScope"]) == (403, scope)
    assert tenant.operator.request(method, _PATH + path, {}, authorization="Bearer nobody").status == 401


def test_the_deliveries_parameter_is_closed(tenant: TestTenant) -> None:
    path = f"{_PATH}/{_created(tenant)['webhookId']}/deliveries"
    assert tenant.operator.get(f"{path}?status=lost").status == 400
    assert tenant.operator.get(f"{path}?status=pending").json == {"data": [], "nextPageToken": None}
