"""Every route, method and principal, from the URLconf, against one table; what is refused changes nothing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from oauth2_provider.models import get_access_token_model

from apps.access.models import Application
from apps.access.principals import forget_everything
from apps.access.scopes import SCOPE_DESCRIPTIONS
from apps.tenancy.models import Tenant
from apps.tenancy.types import TenantStatus
from tests.contract.access_table import COLUMNS, CREDENTIALS, OPEN, TABLE
from tests.factories.master_data import (
    make_agreement,
    make_certification,
    make_compatibility,
    make_field_mapping,
    make_order_rule,
    make_packaging,
    make_price,
    make_product,
    make_product_group,
    make_retail_partner,
    make_sku_mapping,
    make_supplier,
    make_warehouse,
)
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.digests import digest_of
from tests.support.orders import Placed, order_body, return_body
from tests.support.routes import Route, routes
from tests.support.stock import Item, fresh_key, relay_and_fan_out
from tests.support.transfers import Trip, plan_body

ROUTES = {route.operation.operation_id: route for route in routes()}
STALE = '"999999.00000000"'
# Well-formed, and nobody's.
ABSENT = {
    "supplier_id": "SUP999",
    "product_id": "NOSAUCE999",
    "group_id": "NOGROUP999",
    "certification_id": "NOCERT999",
    "compatibility_id": "fit_00000000000000000000000000",
    "unit_of_measure": "ZZ",
    "price_id": "PRICE999",
    "order_rule_id": "RULE999",
    "sku_mapping_id": "MAP999",
    "parked_movement_id": "prk_00000000000000000000000000",
    "field_mapping_id": "FIELDS999",
    "warehouse_id": "Warehouse_Z",
    "retail_partner_id": "RP999",
    "agreement_id": "AGR999",
    "transaction_id": "txn_00000000000000000000000000",
    "webhook_id": "whk_00000000000000000000000000",
    "delivery_id": "dlv_00000000000000000000000000",
    "page_id": "pag_00000000000000000000000000",
    "transfer_id": "TRF999",
    "order_id": "ORD999",
    "shipment_id": "SHP999",
    "discrepancy_id": "dsc_00000000000000000000000000",
    "return_id": "RET999",
    "reservation_id": "res_00000000000000000000000000",
    "allocation_id": "alc_00000000000000000000000000",
    "batch_number": "NOBATCH999",
    "count_id": "COUNT999",
    "review_id": "rev_00000000000000000000000000",
}
_PLACES = {"fromWarehouseLocation": "Warehouse_A", "toWarehouseLocation": "Warehouse_B"}


class World:
    """Two tenants: the first has one of everything, the second has clients of parties with the same codes."""

    def __init__(self) -> None:
        self.ours, self.theirs = TestTenant("access matrix"), TestTenant("access matrix, strangers")
        for supplier in ("SUP123", "SUP124"):
            make_supplier(self.ours, supplier)
        for partner in ("RP456", "RP457"):
            make_retail_partner(self.ours, partner)
        make_product_group(self.ours, "GRP1")
        make_product(self.ours, "HOTSAUCE789", groupId="GRP1", attributes={"size": "M"})
        for warehouse in ("Warehouse_A", "Warehouse_B"):
            make_warehouse(self.ours, warehouse)
        make_packaging(self.ours, "HOTSAUCE789", "CSQ12")
        make_agreement(self.ours, "RP456", "SUP123", agreementId="AGR1")
        make_price(self.ours, "HOTSAUCE789", priceId="PRICE1")
        make_order_rule(self.ours, "SUP123", "HOTSAUCE789", orderRuleId="RULE1", minimumQuantity=5)
        make_sku_mapping(self.ours, "SCORPION", "HOTSAUCE789", supplierId="SUP123", skuMappingId="MAP1")
        make_field_mapping(self.ours, "product", supplierId="SUP123", fieldMappingId="FIELDS1")
        item = Item(self.ours, "SUP123", "HOTSAUCE789")
        unmapped = {"type": "sale", "quantity": 1, "supplierId": "SUP123", "productId": "sku:NEW"}
        parked = self.ours.supplier("SUP123").post("/v1/inventory/transactions", unmapped, key=fresh_key()).json
        place = {"warehouseLocation": "Warehouse_A", "batchNumber": "BATCH202406"}
        booked = item.posted("receipt", 100, **place)["transactions"][0]
        share = {"supplierId": "SUP123", "productId": "HOTSAUCE789", "retailPartnerId": "RP456", "quantity": 1}
        pool = self.ours.operator.post("/v1/allocations", share).json
        line = {"supplierId": "SUP123", "productId": "HOTSAUCE789", "quantity": 1}
        lapses = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        lease = {"items": [line], "expiresAt": lapses}
        held = self.ours.retailer("RP456").post("/v1/reservations", lease, key=fresh_key()).json
        self.ours.operator.post("/v1/counts", {"countId": "COUNT1", "warehouseLocation": "Warehouse_A"})
        policy = {"policy": "manualReview"}
        self.ours.operator.request("PUT", "/v1/conflictPolicies/SUP123", policy, if_none_match="*")
        doubted = item.posted("count", 90, warehouseLocation="Warehouse_A", source="erp")
        ordered = order_body(item, 20, orderId="ORD1", retailPartnerId="RP456")
        order = Placed.placed(self.ours, ordered)
        order.done("confirm")
        sent = order.shipped(4)
        found = {"shipmentId": sent, "productId": "HOTSAUCE789", "kind": "damaged", "quantity": 1}
        differs = self.ours.operator.post("/v1/discrepancies", found, key=fresh_key()).json
        order.came_back(1, warehouseLocation="Warehouse_A", returnId="RET1")
        hook = {"url": "https://shop.example.com/", "eventTypes": ["inventory.updated"]}
        webhook = self.ours.operator.post("/v1/webhooks", hook).json
        of_webhook = f"/v1/webhooks/{webhook['webhookId']}"
        self.ours.operator.post(f"{of_webhook}/test", b"")
        relay_and_fan_out()
        (waiting,) = self.ours.operator.get(f"{of_webhook}/deliveries?status=pending&eventType=webhook.test").json[
            "data"
        ]
        page = self.ours.supplier("SUP123").post("/v1/webhooks/pages", {}).json
        self.present = {
            "supplier_id": "SUP123",
            "product_id": "HOTSAUCE789",
            "group_id": "GRP1",
            "certification_id": make_certification(self.ours, "HOTSAUCE789", "CERT1")["certificationId"],
            "compatibility_id": make_compatibility(self.ours, "HOTSAUCE789")["compatibilityId"],
            "unit_of_measure": "CSQ12",
            "price_id": "PRICE1",
            "order_rule_id": "RULE1",
            "sku_mapping_id": "MAP1",
            "parked_movement_id": str(parked["parkedMovementId"]),
            "field_mapping_id": "FIELDS1",
            "warehouse_id": "Warehouse_A",
            "retail_partner_id": "RP456",
            "agreement_id": "AGR1",
            "transaction_id": str(booked["transactionId"]),
            "webhook_id": str(webhook["webhookId"]),
            "delivery_id": str(waiting["deliveryId"]),
            "page_id": str(page["pageId"]),
            "order_id": "ORD1",
            "shipment_id": sent,
            "discrepancy_id": str(differs["discrepancyId"]),
            "return_id": "RET1",
            "transfer_id": Trip.planned(self.ours, plan_body(item, 1, transferId="TRF1", **_PLACES)).code,
            "reservation_id": str(held["reservationId"]),
            "allocation_id": str(pool["allocationId"]),
            "batch_number": "BATCH202406",
            "count_id": "COUNT1",
            "review_id": str(doubted["reviewId"]),
        }
        self._spoiled: dict[tuple[str, str], ApiClient] = {}
        self.clients: dict[str, ApiClient] = dict(
            zip(
                COLUMNS,
                (
                    self.ours.operator,
                    self.ours.supplier("SUP123"),
                    self.ours.supplier("SUP124"),
                    self.ours.retailer("RP456"),
                    self.ours.retailer("RP457"),
                    self.theirs.operator,
                    self.theirs.supplier("SUP123"),
                    self.theirs.retailer("RP456"),
                ),
                strict=True,
            )
        )

    def spoiled(self, scope: str, how: str) -> ApiClient:
        """Return a client of ours whose token is no good for a scope, the same for each route."""
        if (scope, how) not in self._spoiled:
            self._spoiled[scope, how] = _spoiled(self.ours, scope, how)
        return self._spoiled[scope, how]

    @property
    def things(self) -> list[str]:
        """The codes of our things; the strangers' parties have the codes of ours."""
        return [code for name, code in self.present.items() if name not in {"supplier_id", "retail_partner_id"}]

    @property
    def state(self) -> list[dict[str, str]]:
        """Everything that is stored of both."""
        return [digest_of(self.ours.id), digest_of(self.theirs.id)]


@pytest.fixture(scope="module")
def world(database_access: None) -> World:
    """Return both tenants."""
    return World()


def _body(route: Route, codes: dict[str, str]) -> Any:
    """Return a body that means well: what it creates is new, what it names are `codes`."""
    line = {"supplierId": codes["supplier_id"], "productId": codes["product_id"], "type": "sale", "quantity": 1}
    new = fresh_key().replace("key", "NEW")
    bodies: dict[str, Any] = {
        "createSupplier": {"supplierId": new, "name": "New"},
        "createRetailPartner": {"retailPartnerId": new, "name": "New"},
        "createProduct": {"productId": new, "sku": new, "name": "New"},
        "createProductGroup": {"groupId": new, "name": "New", "variesBy": ["size"]},
        "createCertification": {"certificationId": new, "scheme": "DOT", "issuer": "US", "number": new},
        "addCompatibility": {"items": [{"make": new, "model": "Camry", "yearFrom": 2018, "yearTo": 2024}]},
        "importCompatibility": (
            f"productId,make,model,yearFrom,yearTo\n{codes['product_id']},{new},Camry,2018,2024".encode()
        ),
        "createPackaging": {"unitOfMeasure": "PX", "numerator": 480},
        "createPrice": {
            "priceId": new,
            "productId": codes["product_id"],
            "price": {"amount": "5.00", "currencyCode": "USD"},
            "channel": new,
        },
        "createOrderRule": {**_named(codes), "orderRuleId": new, "minimumQuantity": 5},
        "createSkuMapping": {**_named(codes), "skuMappingId": new, "partnerSku": new},
        "createFieldMapping": {"fieldMappingId": new, "supplierId": codes["supplier_id"], "resource": "product"},
        "previewFieldMapping": {"document": {"name": "New"}},
        "createWarehouse": {"warehouseId": new, "name": "New"},
        "createSupplyAgreement": {
            "agreementId": new,
            "retailPartnerId": codes["retail_partner_id"],
            "supplierId": codes["supplier_id"],
        },
        "createWebhook": {"url": "https://shop.example.com/", "eventTypes": ["inventory.updated"]},
        "postMovement": {"type": "reservation", "quantity": 1},
        "postTransaction": line,
        "postMovementBatch": {"items": [line]},
        "replaceProduct": {"sku": new, "name": "New"},
        "rotateWebhookSecret": {},
        "givePartnerPage": {"party": {"type": "supplier", "id": codes["supplier_id"]}},
        "createTransfer": {
            **_PLACES,
            "items": [{name: line[name] for name in ("supplierId", "productId", "quantity")}],
        },
        "placeOrder": {
            "orderId": new,
            "type": "sale",
            "supplierId": codes["supplier_id"],
            "items": [{"productId": codes["product_id"], "quantity": 1}],
        },
        "createShipment": {
            "orderId": codes["order_id"],
            "packages": [{"items": [{"productId": codes["product_id"], "quantity": 1}]}],
        },
        "openDiscrepancy": {
            "shipmentId": codes["shipment_id"],
            "productId": codes["product_id"],
            "kind": "damaged",
            "quantity": 1,
        },
        "resolveDiscrepancy": {"resolution": "accepted"},
        "changeOrder": {"reference": "matrix"},
        "recordReturn": return_body(
            codes["order_id"], 1, product=codes["product_id"], warehouseLocation=codes["warehouse_id"]
        ),
        "receiveTransfer": {"complete": True},
        "createAllocation": {**_named(codes), "channel": new, "quantity": 1},
        "holdBatch": {**_named(codes), "reason": "Glass"},
        "unholdBatch": _named(codes),
        "openCount": {"countId": new, "warehouseLocation": codes["warehouse_id"]},
        "countStock": {"lines": [{name: line[name] for name in ("supplierId", "productId", "quantity")}]},
        "setConflictPolicy": {"policy": "lastWriteWins"},
        "createReservation": {"items": [{name: line[name] for name in ("supplierId", "productId", "quantity")}]},
        "extendReservation": {"expiresAt": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
    }
    return bodies.get(route.operation.operation_id, {})


def _named(codes: dict[str, str]) -> dict[str, str]:
    return {"supplierId": codes["supplier_id"], "productId": codes["product_id"]}


def _query(route: Route, codes: dict[str, str]) -> str:
    needed = {parameter.name for parameter in route.operation.parameters if parameter.required}
    known = {**_named(codes), "currencyCode": "USD"}
    return f"?{urlencode({name: known[name] for name in sorted(needed)})}" if needed else ""


def _send(client: ApiClient, route: Route, codes: dict[str, str], **headers: str | None) -> ApiAnswer:
    sent: dict[str, Any] = {"request_id": "matrix", **headers}
    if route.operation.versioned or route.operation.precondition_optional:
        sent["if_match"] = STALE
    if route.operation.keys != "none":
        sent["idempotency_key"] = fresh_key()
    sent["content_type"] = None if route.method == "PATCH" else route.operation.media_type
    body = (_body(route, codes),) if route.operation.body is not None else ()
    return client.request(route.method, route.path(**codes) + _query(route, codes), *body, **sent)


def test_the_table_has_a_row_for_every_operation_and_a_status_for_every_column() -> None:
    assert set(TABLE) == set(ROUTES)
    assert {name for name, row in TABLE.items() if len(row.split()) != len(COLUMNS)} == set()


@pytest.mark.parametrize("operation_id", ROUTES)
def test_every_principal_gets_what_the_table_says_and_a_refusal_changes_nothing(
    world: World, operation_id: str
) -> None:
    route = ROUTES[operation_id]
    expected = {column: int(status) for column, status in zip(COLUMNS, TABLE[operation_id].split(), strict=True)}
    refused = [column for column, status in expected.items() if status >= 400]
    got: dict[str, int] = {}
    before = world.state
    for column in refused:
        answer = _send(world.clients[column], route, world.present)
        got[column] = answer.status
        assert answer.headers["Content-Type"] == "application/problem+json", column
    assert world.state == before
    for column in (column for column in COLUMNS if column not in refused):
        answer = _send(world.clients[column], route, world.present)
        got[column] = answer.status
        if column.startswith("stranger"):
            said = json.dumps(answer.json)
            assert [code for code in world.things if code in said] == [], column
    assert got == expected


@pytest.mark.parametrize("operation_id", ROUTES)
def test_not_yours_is_not_there(world: World, operation_id: str) -> None:
    route = ROUTES[operation_id]
    for column, status in zip(COLUMNS, TABLE[operation_id].split(), strict=True):
        if status == "404":
            client = world.clients[column]
            client.get("/v1/products")  # from now on the caller is known: one lane, one set of headers
            invisible, absent = _send(client, route, world.present), _send(client, route, ABSENT)
            assert _seen(world, invisible) == _seen(world, absent), column


@pytest.mark.parametrize("operation_id", ROUTES)
def test_a_credential_that_is_no_good_is_refused_everywhere(world: World, operation_id: str) -> None:
    route = ROUTES[operation_id]
    before = world.state
    got: dict[str, tuple[int, str]] = {}
    for credential in CREDENTIALS:
        answer = _with_credential(world, route, credential)
        got[credential] = (answer.status, answer.json["code"])
        assert "WWW-Authenticate" in answer.headers or answer.json["code"] == "tenant_suspended"
    assert got == CREDENTIALS
    assert world.state == before


@pytest.mark.parametrize("address", OPEN)
def test_what_is_open_answers_everybody_the_same(world: World, address: str) -> None:
    staff = world.ours.operator
    answers = [client.get(address) for client in world.clients.values()]
    answers += [staff.get(address, authorization=None), staff.get(address, authorization="Bearer garbage")]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


def _with_credential(world: World, route: Route, credential: str) -> ApiAnswer:
    operator = world.ours.operator
    match credential:
        case "no token":
            return _send(operator, route, world.present, authorization=None)
        case "garbage":
            return _send(operator, route, world.present, authorization="Bearer garbage")
        case "suspended tenant":
            tenants = Tenant.objects.filter(pk=world.ours.id)
            tenants.update(status=TenantStatus.SUSPENDED)
            forget_everything()
            try:
                return _send(operator, route, world.present)
            finally:
                tenants.update(status=TenantStatus.ACTIVE)
                forget_everything()
    return _send(world.spoiled(route.operation.scope, credential), route, world.present)


def _spoiled(tenant: TestTenant, scope: str, how: str) -> ApiClient:
    """Return a client whose token was good for the scope a moment ago, and was used, and is no good any more."""
    if how == "every scope but the needed":
        return tenant.client_with(*sorted(set(SCOPE_DESCRIPTIONS) - {scope}))
    client = tenant.client_with(scope)
    assert client.get("/v1/products").status in {200, 403}
    tokens = get_access_token_model().objects.filter(application_id=client.credentials.application_id)
    assert tokens.count() == 1
    match how:
        case "expired":
            tokens.update(expires=datetime.now(UTC) - timedelta(seconds=1))
            forget_everything()
        case "revoked":
            client.revoke()
        case "suspended client":
            Application.objects.filter(pk=client.credentials.application_id).update(disabled_at=datetime.now(UTC))
            forget_everything()
    return client


def _seen(world: World, answer: ApiAnswer) -> tuple[int, bytes, dict[str, str]]:
    """Return an answer without the codes that were sent: the one thing in which the two must differ, and its length."""
    content = answer.content
    assert answer.headers["Content-Length"] == str(len(content))
    for name in ABSENT:
        for codes in (world.present, ABSENT):
            content = content.replace(codes[name].encode(), name.encode())
    return answer.status, content, answer.headers | {"Content-Length": str(len(content))}
