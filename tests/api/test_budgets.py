"""What each operation costs: flushes to the server on the direct connections, and queries through Django's.

The numbers are literal. Django's count holds BEGIN, the tenant's context and COMMIT.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.access import principals
from apps.core.context import PartyType, Principal
from apps.outbox.connections import round_trip_observers
from tests.factories.master_data import (
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
from tests.support.api import TestTenant
from tests.support.orders import Placed, order_body, packed, return_body, step
from tests.support.routes import documented_routes
from tests.support.stock import Given, Item, fresh_key, relay, relay_and_fan_out
from tests.support.transfers import Trip

_ITEM = "/v1/inventory/S1/P1"
_SALE = {"type": "sale", "quantity": 1}
_NAMED = {"supplierId": "S1", "productId": "P1", **_SALE}
_OF_ITEM = {"supplierId": "S1", "productId": "P1"}
_LINE = {**_OF_ITEM, "quantity": 1}
_PLAN = {"fromWarehouseLocation": "W1", "toWarehouseLocation": "W2", "items": [_LINE]}
_SALE_ORDER = {"type": "sale", "supplierId": "S1", "items": [{"productId": "P1", "quantity": 2}]}
_SHIPMENT = {"orderId": "SENT", "packages": [{"items": [{"productId": "P1", "quantity": 1}]}]}
_DISCREPANCY = {"shipmentId": "SENT-2", "productId": "P1", "kind": "damaged", "quantity": 1}
_EXTENSION = {"expiresAt": (datetime.now(UTC) + timedelta(days=2)).isoformat()}
_PRICE = {"productId": "P1", "price": {"amount": "5.00", "currencyCode": "USD"}, "channel": "x"}
_RULE = {**_OF_ITEM, "retailPartnerId": "R1", "minimumQuantity": 5}
_OF_S1 = {"supplierId": "S1", "partnerSku": "OWN"}
_UNMAPPED = {"type": "sale", "quantity": 1, "supplierId": "S1", "productId": "sku:NEW"}
_HOOK = {"url": "https://127.0.0.1:8443/", "eventTypes": ["inventory.updated"]}


@dataclass(slots=True)
class Cost:
    """What a block has sent to the database."""

    flushes: int = 0
    queries: int = 0

    @property
    def pair(self) -> tuple[int, int]:
        """Flushes on the direct connections, queries through Django."""
        return self.flushes, self.queries


@pytest.fixture(scope="module", autouse=True)
def revocations_are_heard() -> None:
    """A process forgets every caller once it begins to listen: between two requests, that would be a flush more."""
    nobody = Principal(tenant_id=0, application_id=0, party=PartyType.TENANT, party_id="")
    principals._cache["probe"] = principals._Cached(nobody, (), 0.0, datetime.now(UTC))
    principals._listen_for_revocations()
    pause, deadline = threading.Event(), time.monotonic() + 10
    while "probe" in principals._cache:
        principals._client().publish(principals._channel(), "probe")
        assert time.monotonic() < deadline
        pause.wait(0.01)


@contextmanager
def measured() -> Iterator[Cost]:
    cost = Cost()
    seen: list[str] = []
    round_trip_observers.append(seen.append)
    try:
        with CaptureQueriesContext(connection) as captured:
            yield cost
    finally:
        round_trip_observers.remove(seen.append)
    cost.flushes, cost.queries = len(seen), len(captured)


# operationId: method, path, body, flushes, queries. Of a caller who is known; `{…}` is filled in from what there is.
_CERTIFICATE = {"scheme": "DOT", "issuer": "US", "number": "x"}
_VEHICLE = {"make": "Honda", "model": "Accord", "yearFrom": 2018, "yearTo": 2024}
_FILE = b"productId,make,model,yearFrom,yearTo\nP1,Honda,Accord,2018,2024\nV1,Honda,Accord,2018,2024"
BUDGETS: dict[str, tuple[str, str, Any, int, int]] = {
    "postMovement": ("POST", _ITEM, _SALE, 1, 0),
    "changeInventoryItem": ("PATCH", _ITEM, {"inventoryLevel": 7}, 1, 0),
    "getInventoryItem": ("GET", _ITEM, None, 1, 0),
    "listInventory": ("GET", "/v1/inventory", None, 1, 0),
    "postTransaction": ("POST", "/v1/inventory/transactions", _NAMED, 1, 0),
    "postMovementBatch": ("POST", "/v1/inventory/batch", {"items": [_NAMED]}, 0, 6),
    "listInventoryChanges": ("GET", "/v1/inventory/changes", None, 0, 5),
    "getIntegrity": ("GET", "/v1/integrity", None, 0, 4),
    "listTransactions": ("GET", "/v1/inventory/transactions", None, 0, 4),
    "getTransaction": ("GET", "/v1/transactions/{transaction}", None, 0, 4),
    "listReservations": ("GET", "/v1/reservations", None, 0, 4),
    "createReservation": ("POST", "/v1/reservations", {"items": [_LINE]}, 0, 7),
    "getReservation": ("GET", "/v1/reservations/{reservation}", None, 0, 4),
    "extendReservation": ("POST", "/v1/reservations/{reservation}/extend", _EXTENSION, 0, 8),
    "commitReservation": ("POST", "/v1/reservations/{reservation}/commit", {}, 0, 8),
    "releaseReservation": ("DELETE", "/v1/reservations/{reservation}", None, 0, 6),
    "listTransfers": ("GET", "/v1/transfers", None, 0, 6),
    "createTransfer": ("POST", "/v1/transfers", _PLAN, 0, 11),
    "getTransfer": ("GET", "/v1/transfers/{planned}", None, 0, 6),
    "shipTransfer": ("POST", "/v1/transfers/{planned}/ship", {}, 0, 12),
    "receiveTransfer": ("POST", "/v1/transfers/{shipped}/receive", {"complete": True}, 0, 12),
    "cancelTransfer": ("POST", "/v1/transfers/{shipped}/cancel", {}, 0, 12),
    "listOrders": ("GET", "/v1/orders", None, 0, 5),
    "placeOrder": ("POST", "/v1/orders", _SALE_ORDER, 0, 13),
    "getOrder": ("GET", "/v1/orders/{placed}", None, 0, 5),
    "changeOrder": ("PATCH", "/v1/orders/{placed}", {"priority": 2}, 0, 9),
    "confirmOrder": ("POST", "/v1/orders/{placed}/confirm", {}, 0, 11),
    "cancelOrder": ("POST", "/v1/orders/{placed}/cancel", {}, 0, 12),
    "receiveOrder": ("POST", "/v1/orders/{away}/receive", {}, 0, 17),
    "listShipments": ("GET", "/v1/shipments", None, 0, 7),
    "createShipment": ("POST", "/v1/shipments", _SHIPMENT, 0, 13),
    "getShipment": ("GET", "/v1/shipments/{packed}", None, 0, 7),
    "changeShipment": ("PATCH", "/v1/shipments/{packed}", {"carrier": "UPS"}, 0, 15),
    "dispatchShipment": ("POST", "/v1/shipments/{packed}/dispatch", {}, 0, 22),
    "deliverShipment": ("POST", "/v1/shipments/{under_way}/deliver", {}, 0, 21),
    "cancelShipment": ("POST", "/v1/shipments/{packed}/cancel", {}, 0, 17),
    "listDiscrepancies": ("GET", "/v1/discrepancies", None, 0, 4),
    "openDiscrepancy": ("POST", "/v1/discrepancies", _DISCREPANCY, 0, 15),
    "getDiscrepancy": ("GET", "/v1/discrepancies/{discrepancy}", None, 0, 4),
    "resolveDiscrepancy": ("POST", "/v1/discrepancies/{discrepancy}/resolve", {"resolution": "accepted"}, 0, 8),
    "listReturns": ("GET", "/v1/returns", None, 0, 5),
    "recordReturn": ("POST", "/v1/returns", return_body("SENT", 1), 0, 17),
    "getReturn": ("GET", "/v1/returns/{returned}", None, 0, 5),
    "listAllocations": ("GET", "/v1/allocations", None, 0, 4),
    "createAllocation": ("POST", "/v1/allocations", {**_LINE, "channel": "online"}, 0, 7),
    "getAllocation": ("GET", "/v1/allocations/{allocation}", None, 0, 4),
    "changeAllocation": ("PATCH", "/v1/allocations/{allocation}", {"quantity": 2}, 0, 8),
    "deleteAllocation": ("DELETE", "/v1/allocations/{allocation}", None, 0, 7),
    "listBatches": ("GET", "/v1/batches", None, 0, 4),
    "holdBatch": ("POST", "/v1/batches/B1/hold", {**_OF_ITEM, "reason": "Glass"}, 0, 11),
    "unholdBatch": ("POST", "/v1/batches/B1/unhold", _OF_ITEM, 0, 11),
    "traceBatch": ("GET", "/v1/batches/B1/trace?supplierId=S1&productId=P1", None, 1, 0),
    "listCounts": ("GET", "/v1/counts", None, 0, 4),
    "openCount": ("POST", "/v1/counts", {"warehouseLocation": "W1"}, 0, 8),
    "getCount": ("GET", "/v1/counts/{count}", None, 0, 6),
    "countStock": ("POST", "/v1/counts/{count}/lines", {"lines": [_LINE]}, 0, 12),
    "approveCount": ("POST", "/v1/counts/{count}/approve", None, 0, 13),
    "cancelCount": ("POST", "/v1/counts/{count}/cancel", None, 0, 8),
    "listReviews": ("GET", "/v1/reviews", None, 0, 4),
    "getReview": ("GET", "/v1/reviews/{review}", None, 0, 4),
    "approveReview": ("POST", "/v1/reviews/{review}/approve", None, 0, 9),
    "rejectReview": ("POST", "/v1/reviews/{review}/reject", None, 0, 8),
    "listConflictPolicies": ("GET", "/v1/conflictPolicies", None, 0, 4),
    "getConflictPolicy": ("GET", "/v1/conflictPolicies/S1", None, 0, 4),
    "setConflictPolicy": ("PUT", "/v1/conflictPolicies/S1", {"policy": "manualReview"}, 0, 5),
    "deleteConflictPolicy": ("DELETE", "/v1/conflictPolicies/S1", None, 0, 5),
    "listSuppliers": ("GET", "/v1/suppliers", None, 0, 4),
    "createSupplier": ("POST", "/v1/suppliers", {"name": "x"}, 0, 5),
    "getSupplier": ("GET", "/v1/suppliers/S1", None, 0, 4),
    "changeSupplier": ("PATCH", "/v1/suppliers/S1", {"name": "y"}, 0, 5),
    "deleteSupplier": ("DELETE", "/v1/suppliers/S9", None, 0, 6),
    "listRetailPartners": ("GET", "/v1/retailPartners", None, 0, 4),
    "createRetailPartner": ("POST", "/v1/retailPartners", {"name": "x"}, 0, 5),
    "getRetailPartner": ("GET", "/v1/retailPartners/R1", None, 0, 4),
    "changeRetailPartner": ("PATCH", "/v1/retailPartners/R1", {"name": "y"}, 0, 5),
    "deleteRetailPartner": ("DELETE", "/v1/retailPartners/R9", None, 0, 6),
    "listSupplyAgreements": ("GET", "/v1/supplyAgreements", None, 0, 4),
    "createSupplyAgreement": ("POST", "/v1/supplyAgreements", {"retailPartnerId": "R1", "supplierId": "S1"}, 0, 7),
    "getSupplyAgreement": ("GET", "/v1/supplyAgreements/{agreement}", None, 0, 4),
    "changeSupplyAgreement": ("PATCH", "/v1/supplyAgreements/{agreement}", {"minimumShelfLifeDays": 3}, 0, 5),
    "deleteSupplyAgreement": ("DELETE", "/v1/supplyAgreements/{agreement}", None, 0, 6),
    "listProducts": ("GET", "/v1/products", None, 0, 4),
    "createProduct": ("POST", "/v1/products", {"sku": "x", "name": "x"}, 0, 6),
    "getProduct": ("GET", "/v1/products/P1", None, 0, 4),
    "changeProduct": ("PATCH", "/v1/products/P1", {"name": "y"}, 0, 6),
    "replaceProduct": ("PUT", "/v1/products/P1", {"sku": "P1", "name": "z"}, 0, 6),
    "deleteProduct": ("DELETE", "/v1/products/P9", None, 0, 9),
    "listProductGroups": ("GET", "/v1/productGroups", None, 0, 4),
    "createProductGroup": ("POST", "/v1/productGroups", {"name": "x", "variesBy": ["size"]}, 0, 5),
    "getProductGroup": ("GET", "/v1/productGroups/G1", None, 0, 4),
    "changeProductGroup": ("PATCH", "/v1/productGroups/G1", {"variesBy": ["colour"]}, 0, 7),
    "deleteProductGroup": ("DELETE", "/v1/productGroups/G9", None, 0, 6),
    "listGroupInventory": ("GET", "/v1/productGroups/G1/inventory", None, 1, 5),
    "listCertifications": ("GET", "/v1/products/P1/certifications", None, 0, 5),
    "createCertification": ("POST", "/v1/products/P1/certifications", _CERTIFICATE, 0, 6),
    "getCertification": ("GET", "/v1/products/P1/certifications/C1", None, 0, 5),
    "changeCertification": ("PATCH", "/v1/products/P1/certifications/C1", {"number": "y"}, 0, 6),
    "deleteCertification": ("DELETE", "/v1/products/P1/certifications/C1", None, 0, 7),
    "listCompatibility": ("GET", "/v1/products/P1/compatibility", None, 0, 5),
    "addCompatibility": ("POST", "/v1/products/P1/compatibility", {"items": [_VEHICLE]}, 0, 8),
    "importCompatibility": ("POST", "/v1/products/compatibility/import", _FILE, 0, 8),
    "getCompatibility": ("GET", "/v1/products/P1/compatibility/{compatibility}", None, 0, 5),
    "deleteCompatibility": ("DELETE", "/v1/products/P1/compatibility/{compatibility}", None, 0, 6),
    "listPackaging": ("GET", "/v1/products/P1/packaging", None, 0, 5),
    "createPackaging": ("POST", "/v1/products/P1/packaging", {"unitOfMeasure": "X", "numerator": 2}, 0, 5),
    "getPackaging": ("GET", "/v1/products/P1/packaging/CS", None, 0, 5),
    "deletePackaging": ("DELETE", "/v1/products/P1/packaging/CS", None, 0, 9),
    "listPrices": ("GET", "/v1/prices", None, 0, 4),
    "createPrice": ("POST", "/v1/prices", _PRICE, 0, 7),
    "getPrice": ("GET", "/v1/prices/PRC1", None, 0, 4),
    "changePrice": ("PATCH", "/v1/prices/PRC1", {"promotion": "x"}, 0, 7),
    "deletePrice": ("DELETE", "/v1/prices/PRC1", None, 0, 6),
    "getEffectivePrice": ("GET", "/v1/products/P1/effectivePrice?currencyCode=USD", None, 0, 4),
    "listOrderRules": ("GET", "/v1/orderRules", None, 0, 4),
    "createOrderRule": ("POST", "/v1/orderRules", _RULE, 0, 8),
    "getOrderRule": ("GET", "/v1/orderRules/ORL1", None, 0, 4),
    "changeOrderRule": ("PATCH", "/v1/orderRules/ORL1", {"minimumQuantity": 7}, 0, 6),
    "deleteOrderRule": ("DELETE", "/v1/orderRules/ORL1", None, 0, 6),
    "listSkuMappings": ("GET", "/v1/skuMappings", None, 0, 4),
    "createSkuMapping": ("POST", "/v1/skuMappings", {**_OF_S1, "productId": "P1"}, 0, 7),
    "getSkuMapping": ("GET", "/v1/skuMappings/SKM1", None, 0, 4),
    "changeSkuMapping": ("PATCH", "/v1/skuMappings/SKM1", {"productId": "P1"}, 0, 6),
    "deleteSkuMapping": ("DELETE", "/v1/skuMappings/SKM1", None, 0, 6),
    "listParkedMovements": ("GET", "/v1/skuMappings/parked", None, 0, 4),
    "getParkedMovement": ("GET", "/v1/skuMappings/parked/{parked}", None, 0, 4),
    "dropParkedMovement": ("DELETE", "/v1/skuMappings/parked/{parked}", None, 0, 5),
    "listFieldMappings": ("GET", "/v1/fieldMappings", None, 0, 4),
    "createFieldMapping": ("POST", "/v1/fieldMappings", {"supplierId": "S1", "resource": "product"}, 0, 6),
    "getFieldMapping": ("GET", "/v1/fieldMappings/FMP1", None, 0, 4),
    "changeFieldMapping": ("PATCH", "/v1/fieldMappings/FMP1", {"fields": {"levels": "places"}}, 0, 5),
    "deleteFieldMapping": ("DELETE", "/v1/fieldMappings/FMP1", None, 0, 6),
    "previewFieldMapping": ("POST", "/v1/fieldMappings/FMP1/preview", {"document": {"name": "x"}}, 0, 6),
    "listWarehouses": ("GET", "/v1/warehouses", None, 0, 4),
    "createWarehouse": ("POST", "/v1/warehouses", {"name": "x"}, 0, 5),
    "getWarehouse": ("GET", "/v1/warehouses/W1", None, 0, 4),
    "changeWarehouse": ("PATCH", "/v1/warehouses/W1", {"name": "y"}, 0, 5),
    "deleteWarehouse": ("DELETE", "/v1/warehouses/W9", None, 0, 6),
    "listEvents": ("GET", "/v1/events?type=inventory.updated", None, 0, 5),
    "listWebhooks": ("GET", "/v1/webhooks", None, 0, 4),
    "createWebhook": ("POST", "/v1/webhooks", _HOOK, 0, 11),
    "getWebhook": ("GET", "/v1/webhooks/{webhook}", None, 0, 4),
    "changeWebhook": ("PATCH", "/v1/webhooks/{webhook}", {"status": "paused"}, 0, 6),
    "deleteWebhook": ("DELETE", "/v1/webhooks/{webhook}", None, 0, 11),
    "testWebhook": ("POST", "/v1/webhooks/{webhook}/test", None, 0, 9),
    "enableWebhook": ("POST", "/v1/webhooks/{webhook}/enable", None, 0, 8),
    "getWebhookHealth": ("GET", "/v1/webhooks/{webhook}/health", None, 0, 9),
    "replayWebhook": ("POST", "/v1/webhooks/{webhook}/replay", {}, 0, 10),
    "resyncWebhook": ("POST", "/v1/webhooks/{webhook}/resync", None, 0, 9),
    "redeliverWebhookDelivery": ("POST", "/v1/webhooks/{webhook}/deliveries/{delivery}/redeliver", None, 0, 15),
    "rotateWebhookSecret": ("POST", "/v1/webhooks/{webhook}/rotateSecret", {}, 0, 12),
    "givePartnerPage": ("POST", "/v1/webhooks/pages", {"party": {"type": "supplier", "id": "S1"}}, 0, 11),
    "revokePartnerPage": ("POST", "/v1/webhooks/pages/{page}/revoke", None, 0, 7),
    "listWebhookDeliveries": ("GET", "/v1/webhooks/{webhook}/deliveries", None, 0, 5),
}
_CREATES = {
    "createSupplier", "createRetailPartner", "createSupplyAgreement", "createProduct", "createPackaging", "createWarehouse",
    "createPrice", "createOrderRule",
    "createProductGroup", "createCertification",
    "createSkuMapping", "createFieldMapping",
}  # fmt: skip


@pytest.fixture
def given(tenant: TestTenant) -> Given:
    """Return a tenant with one of everything, and the operator known."""
    given = Given(tenant)
    given.stocked(500)
    given.warehouse("W2")
    given.partner("R1")
    make_packaging(tenant, "P1", "CS")
    make_price(tenant, "P1", priceId="PRC1")
    make_order_rule(tenant, "S1", "P1", orderRuleId="ORL1", minimumQuantity=5)
    make_product_group(tenant, "G1")
    make_product(tenant, "V1", groupId="G1", attributes={"size": "M", "colour": "red"})
    make_certification(tenant, "P1", "C1")
    Item(tenant, "S1", "V1").posted("receipt", 1, warehouseLocation="W1")
    make_sku_mapping(tenant, "MAPPED", "P1", supplierId="S1", skuMappingId="SKM1")
    make_field_mapping(tenant, "inventory", supplierId="S1", fieldMappingId="FMP1")
    Trip.planned(tenant, _PLAN)
    return given


def test_every_operation_has_a_budget() -> None:
    assert {route.operation.operation_id for route in documented_routes()} == set(BUDGETS)


def _doubted(given: Given) -> str | None:
    """Have a feed state what a person is to decide about, else something older than what it has stated."""
    review: str | None = None
    for quantity, moment in ((500, "2026-02-01T00:00:00Z"), (499, "2026-01-01T00:00:00Z")):
        line = {**_NAMED, "type": "count", "quantity": quantity, "warehouseLocation": "W1", "countedAt": moment}
        answer = given.tenant.operator.post("/v1/inventory/transactions", {**line, "source": "pos"}, key=fresh_key())
        review = review or answer.json.get("reviewId")
    return review


def _sent(given: Given, code: str) -> Placed:
    """Have something sold, two pieces of three sent, and one found damaged."""
    line = {"productId": "P1", "quantity": 3}
    order = Placed.placed(given.tenant, {**_SALE_ORDER, "orderId": code, "items": [line]})
    order.shipped(2, shipmentId=f"{code}-2")
    differs = given.tenant.operator.post("/v1/discrepancies", {**_DISCREPANCY, "shipmentId": f"{code}-2"}, key=code)
    assert differs.status == 201, differs.json
    return order


def _traded(given: Given, path: str) -> str:
    """Have what a path of orders, shipments, returns and discrepancies is about."""
    order = _sent(given, "SENT")
    shipment = packed(order, ("P1", 1))
    returned = order.came_back(1)["returnId"]
    (differs,) = given.tenant.operator.get("/v1/discrepancies").json["data"]
    placed = Placed.placed(given.tenant, order_body(Item(given.tenant, "S1", "P1"), 5))
    return path.format(
        placed=placed.code,
        away=order.code,
        packed=shipment,
        under_way="SENT-2",
        returned=returned,
        discrepancy=differs["discrepancyId"],
    )


def _filled(given: Given, path: str) -> str:  # noqa: PLR0911, PLR0912 -- one for each kind of thing
    operator = given.tenant.operator
    if path == "/v1/integrity":
        operator.get(path)  # the first one checks
    if "{agreement}" in path:
        return path.replace("{agreement}", given.agreement()["agreementId"])
    if "{compatibility}" in path:
        return path.replace("{compatibility}", make_compatibility(given.tenant, "P1")["compatibilityId"])
    if "{reservation}" in path:
        lapses = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        lease = operator.post("/v1/reservations", {"items": [_LINE], "expiresAt": lapses}, key="lease").json
        return path.replace("{reservation}", lease["reservationId"])
    for end in ("planned", "shipped"):
        if f"{{{end}}}" in path:
            trip = Trip.planned(given.tenant, _PLAN)
            if end == "shipped":
                trip.done("ship")
            return path.replace(f"{{{end}}}", trip.code)
    if path == "/v1/shipments":
        _sent(given, "SENT")
    elif path.startswith(("/v1/orders", "/v1/returns", "/v1/shipments", "/v1/discrepancies")) and "Rules" not in path:
        return _traded(given, path)
    if "{allocation}" in path:
        pool = operator.post("/v1/allocations", {**_LINE, "channel": "shops"}, key="pool").json
        return path.replace("{allocation}", pool["allocationId"])
    if "/batches/" in path:
        given.stocked(5, batch="B1")
    if path.endswith("/unhold"):
        operator.post("/v1/batches/B1/hold", {**_OF_ITEM, "reason": "Glass"}, key="held")
    if "{count}" in path:
        code = operator.post("/v1/counts", {"warehouseLocation": "W1"}).json["countId"]
        operator.post(f"/v1/counts/{code}/lines", {"lines": [_LINE]}, key="line")
        return path.replace("{count}", code)
    if path.endswith("/reject"):
        policy = {"policy": "manualReview"}
        operator.request("PUT", "/v1/conflictPolicies/default", policy, if_none_match="*")
    if "{review}" in path:
        return path.replace("{review}", str(_doubted(given)))
    if "/conflictPolicies/" in path:
        operator.request("PUT", path, {"policy": "lastWriteWins"}, if_none_match="*")
    if "{parked}" in path:
        supplier = given.tenant.supplier("S1")
        parked = supplier.post("/v1/inventory/transactions", _UNMAPPED, key=fresh_key()).json
        return path.replace("{parked}", parked["parkedMovementId"])
    if "{webhook}" in path:
        path = path.replace("{webhook}", operator.post("/v1/webhooks", _HOOK, key="hook").json["webhookId"])
        if "{delivery}" in path:
            operator.post(path.partition("/deliveries")[0] + "/test", b"")
            relay_and_fan_out()
            waiting = operator.get(path.partition("/{delivery}")[0] + "?status=pending").json["data"]
            return path.replace("{delivery}", waiting[0]["deliveryId"])
        return path
        return path.replace("{webhook}", operator.post("/v1/webhooks", _HOOK, key="hook").json["webhookId"])
    if "{page}" in path:
        page = operator.post("/v1/webhooks/pages", {"party": {"type": "supplier", "id": "S1"}}, key="page").json
        return path.replace("{page}", page["pageId"])
    if "{transaction}" in path:
        row = operator.get("/v1/inventory/transactions").json["data"][0]
        return path.replace("{transaction}", row["transactionId"])
    return path


# What is read by a path that stands above can be read of one tenant.
_READS = [name for name, (method, path, *_) in BUDGETS.items() if method == "GET" and "{" not in path]


def test_what_reads_cost(given: Given) -> None:
    _traded(given, "")
    traded = {"/v1/orders", "/v1/shipments", "/v1/returns", "/v1/discrepancies"}
    for path in sorted({BUDGETS[name][1] for name in _READS} - traded):
        _filled(given, path)
    relay()
    given.tenant.operator.get("/v1/inventory/changes")  # known from now on: the caller, and the tenant's public name
    costs = {}
    for operation in _READS:
        with measured() as cost:
            answer = given.tenant.operator.get(BUDGETS[operation][1])
        assert answer.status == 200, answer.json
        costs[operation] = cost.pair
    assert costs == {operation: BUDGETS[operation][3:] for operation in _READS}


@pytest.mark.parametrize("operation", [name for name in BUDGETS if name not in _READS])
def test_what_an_operation_costs(given: Given, operation: str) -> None:
    method, template, body, flushes, queries = BUDGETS[operation]
    tenant = given.tenant
    made = {
        "S9": make_supplier,
        "R9": make_retail_partner,
        "P9": make_product,
        "W9": make_warehouse,
        "G9": make_product_group,
    }
    if template[-2:] in made:
        made[template[-2:]](tenant, template[-2:])
    path = _filled(given, template)
    headers: dict[str, str] = {}
    if method in {"PATCH", "PUT", "DELETE"}:
        headers["if_match"] = tenant.operator.get(path).headers["ETag"]
    elif method == "POST" and operation not in _CREATES:
        headers["idempotency_key"] = "measured"
    arguments = () if body is None else (body,)
    if isinstance(body, bytes):
        headers["content_type"] = "text/csv"
    relay()
    # The caller is known from now on, and to the feed the tenant's public name.
    assert [tenant.operator.get(known).status for known in ("/v1/inventory/changes", _ITEM)] == [200, 200]
    with measured() as cost:
        answer = tenant.operator.request(method, path, *arguments, **headers)
    assert answer.status < 300, answer.json
    assert (operation, *cost.pair) == (operation, flushes, queries)


@pytest.mark.parametrize("operation", ["postMovement", "getInventoryItem", "listInventory", "changeInventoryItem"])
def test_a_caller_who_is_not_known_costs_one_flush_more(given: Given, operation: str) -> None:
    method, path, body, flushes, queries = BUDGETS[operation]
    headers = {"if_match": "*", "idempotency_key": "measured"} if method != "GET" else {}
    _ = given.tenant.operator.token
    principals._cache.clear()  # `forget_everything` would be heard again later, in the middle of something
    arguments = () if body is None else (body,)
    with measured() as cost:
        answer = given.tenant.operator.request(method, path, *arguments, **headers)
    assert answer.status < 300
    assert cost.pair == (flushes + 1, queries)


@pytest.mark.parametrize("operation", ["postMovement", "postTransaction"])
def test_a_replay_and_a_refusal_cost_no_more(given: Given, operation: str) -> None:
    method, path, body, flushes, queries = BUDGETS[operation]
    given.tenant.operator.get(_ITEM)  # the caller is known from now on
    for quantity, status in ((1, 201), (1, 201), (10**9, 409)):
        with measured() as cost:
            answer = given.tenant.operator.request(
                method, path, {**body, "quantity": quantity}, idempotency_key=f"once-{status}"
            )
        assert (answer.status, cost.pair) == (status, (flushes, queries))


@pytest.mark.parametrize(("quantity", "status"), [(2, 201), (1, 400)])
def test_a_unit_costs_no_more(given: Given, quantity: int, status: int) -> None:
    make_packaging(given.tenant, "P1", "HALF", 1, denominator=2)
    method, path, body, flushes, queries = BUDGETS["postMovement"]
    given.tenant.operator.get(_ITEM)  # the caller is known from now on
    with measured() as cost:
        body = {**body, "quantity": quantity, "unitOfMeasure": "HALF"}
        answer = given.tenant.operator.request(method, path, body, idempotency_key="once")
    assert (answer.status, cost.pair) == (status, (flushes, queries))


_LISTS = sorted(name for name, (method, path, *_) in BUDGETS.items() if name.startswith("list") and "{" not in path)


def _join(tenant: TestTenant, code: str) -> None:
    """Make a product that is in stock a variant of G1."""
    change = {"groupId": "G1", "attributes": {"size": code}}
    assert tenant.operator.patch(f"/v1/products/{code}", change, if_match="*").status == 200


def test_lists_cost_the_same_with_one_row_and_with_three(given: Given) -> None:
    costs = defaultdict(list)
    given.tenant.operator.get("/v1/inventory/changes")  # the feed knows the tenant's public name from now on
    for number in range(1, 4):
        _one_more_of_everything(given, number)
        for operation in _LISTS:
            path = BUDGETS[operation][1]
            with measured() as cost:
                answer = given.tenant.operator.get(path)
            assert (answer.status, len(answer.json["data"]) >= number) == (200, True), operation
            costs[operation].append(cost.pair)
    assert costs == {operation: [BUDGETS[operation][3:]] * 3 for operation in _LISTS}


def _one_more_of_everything(given: Given, number: int) -> None:
    given.stocked(1, product=f"X{number}", supplier=f"X{number}", warehouse=f"X{number}")
    given.partner(f"X{number}")
    given.agreement(f"X{number}", "S1")
    make_packaging(given.tenant, "P1", f"X{number}")
    make_price(given.tenant, "P1", channel=f"X{number}")
    make_field_mapping(given.tenant, "product", supplierId=f"X{number}")
    make_sku_mapping(given.tenant, f"X{number}", "P1", supplierId="S1")
    given.tenant.supplier("S1").post("/v1/inventory/transactions", _UNMAPPED, key=f"parked{number}")
    make_order_rule(given.tenant, f"X{number}", "P1", minimumQuantity=5)
    make_product_group(given.tenant, f"X{number}")
    make_compatibility(given.tenant, "P1", make=f"X{number}")
    make_certification(given.tenant, "P1", f"X{number}")
    _join(given.tenant, f"X{number}")
    given.tenant.operator.post("/v1/webhooks", _HOOK, key=f"hook{number}")
    given.tenant.operator.post("/v1/reservations", {"items": [_LINE]}, key=f"lease{number}")
    Trip.planned(given.tenant, _PLAN)
    _sent(given, f"X{number}").came_back(1)
    given.tenant.operator.post("/v1/allocations", {**_LINE, "channel": f"X{number}"}, key=f"pool{number}")
    given.stocked(1, product="P2", batch=f"X{number}")
    given.tenant.operator.post("/v1/counts", {"warehouseLocation": "W1"})
    policy = {"policy": "lastWriteWins"}
    given.tenant.operator.request("PUT", f"/v1/conflictPolicies/X{number}", policy, if_none_match="*")
    assert _doubted(given)
    relay()


@pytest.mark.parametrize("mode", ["atomic", "partial"])
def test_a_list_of_a_hundred_movements_costs_what_one_does(given: Given, mode: str) -> None:
    method, path, _, flushes, queries = BUDGETS["postMovementBatch"]
    for count in (1, 100):
        body = {"items": [_NAMED] * count, "mode": mode}
        with measured() as cost:
            answer = given.tenant.operator.request(method, path, body, idempotency_key=fresh_key())
        assert (answer.json["summary"]["posted"], cost.pair) == (count, (flushes, queries))


_HUNDRED = [f"H{number}" for number in range(100)]


@pytest.fixture
def shelf(given: Given) -> list[Item]:
    """Return a hundred items, pieces enough of each."""
    items = [given.item(product=product) for product in _HUNDRED]
    lines = [item.entry("receipt", 2 * len(_OF_LINES), warehouseLocation="W1") for item in items]
    assert given.tenant.operator.post("/v1/inventory/batch", {"items": lines}, key=fresh_key()).status == 200
    return items


_OF_LINES = """placeOrder getOrder changeOrder confirmOrder cancelOrder createShipment getShipment changeShipment
    dispatchShipment deliverShipment cancelShipment receiveOrder recordReturn""".split()


def test_an_order_of_a_hundred_lines_costs_what_one_of_one_line_does(given: Given, shelf: list[Item]) -> None:
    costs = {name: [_cost_of_lines(given, shelf[:count], name) for count in (1, 100)] for name in _OF_LINES}
    assert costs == {name: [BUDGETS[name][3:]] * 2 for name in _OF_LINES}


def _cost_of_lines(given: Given, shelf: list[Item], operation: str) -> tuple[int, int]:
    """Return what the operation costs on an order of a piece of each item."""
    method, path, body, *_ = BUDGETS[operation]
    number = f"{operation}-{len(shelf)}"
    lines = [(item.product, 1) for item in shelf]
    items = [{"productId": product, "quantity": quantity} for product, quantity in lines]
    order = {**_SALE_ORDER, "orderId": number, "items": items}
    if "{placed}" in path:
        order |= {"type": "replenishment", "retailPartnerId": "R1"}
    if operation != "placeOrder":
        placed = Placed.placed(given.tenant, order)
    if any(name in path for name in ("{packed}", "{under_way}", "{away}", "returns")):
        packed(placed, *lines, shipmentId=number)
    if any(name in path for name in ("{under_way}", "{away}", "returns")):
        assert step(given.tenant, number, "dispatch").status == 200
    returned = return_body("", 1)["items"][0]
    bodies = {
        "placeOrder": order,
        "createShipment": {"orderId": number, "packages": [{"items": items}]},
        "recordReturn": return_body(number, 1) | {"items": [{**returned, **line} for line in items]},
    }
    where = path.format(placed=number, away=number, packed=number, under_way=number)
    headers = {"PATCH": {"if_match": "*"}, "POST": {"idempotency_key": fresh_key()}}.get(method, {})
    arguments = () if body is None else (bodies.get(operation, body),)
    with measured() as cost:
        answer = given.tenant.operator.request(method, where, *arguments, **headers)
    assert answer.status < 300, (number, answer.json)
    return cost.pair
