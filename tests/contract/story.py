"""The document's own story, told through the API: every example of a request is sent, what comes back is recorded."""

from datetime import UTC, datetime, timedelta

import psycopg
from django.conf import settings
from django.db import connection

from apps.access.models import Application
from apps.access.principals import forget_everything
from apps.core.context import CallContext, PartyType, Principal
from apps.inventory.tasks import book_parked_movements_of
from apps.outbox.unit_of_work import as_tenant
from apps.products.commands.sweep_certifications import sweep_certifications
from apps.tenancy.models import Tenant
from apps.tenancy.types import TenantStatus
from tests.contract.telling import ANY_VERSION, ITEM, NAMED, Codes, Story
from tests.contract.trade import trade
from tests.factories.master_data import make_product, make_sku_mapping
from tests.support.api import ApiClient, TestTenant
from tests.support.stock import Item, fresh_key, relay, relay_and_fan_out, wait_for


def tell(tenant: TestTenant) -> Story:
    """Tell the whole story with a fresh tenant."""
    story = Story(tenant)
    _master_data(story)
    _stock(story)
    _reservations(story)
    _transfers(story)
    _clock(story)
    _pools(story)
    _batches(story)
    _counts(story)
    _feeds(story)
    trade(story)
    _webhooks(story)
    _own_codes(story)
    _own_names(story)
    _changes(story)
    _refusals(story)
    return story


def _master_data(story: Story) -> None:
    resources = {
        "Supplier": ("A supplier with its own code", {"supplier_id": "SUP123"}),
        "RetailPartner": ("A retail partner with its own code", {"retail_partner_id": "RP456"}),
        "Product": ("A product with its own code", {"product_id": "HOTSAUCE789"}),
        "Warehouse": ("The tenant's own", {"warehouse_id": "Warehouse_A"}),
        "SupplyAgreement": ("One product for some years", {"agreement_id": "AGR1"}),
    }
    for resource, (name, codes) in resources.items():
        story.send(f"create{resource}", name)
        story.ask(f"get{resource}", name, codes)
        story.ask(f"list{resource}s", "The only page")
    story.send("createWarehouse", "A supplier's")
    product = {"product_id": "HOTSAUCE789"}
    story.send("createPackaging", "A case of twelve", product)
    story.ask("getPackaging", "A case of twelve", {**product, "unit_of_measure": "CS"})
    story.ask("listPackaging", "The only page", product)
    story.send("createPackaging", "A tenth of a base unit", product)
    _groups(story)
    _vehicles(story)
    _certificates(story)
    story.send("createWebhook", "One supplier's stock")
    _terms(story, product)


def _terms(story: Story, product: Codes) -> None:
    price, partner = {"price_id": "PRICE1"}, story.tenant.retailer("RP456")
    story.send("createPrice", "For everybody")
    story.ask("getPrice", "For everybody", price)
    story.send("createPrice", "A promotion for one partner")
    story.ask("listPrices", "As a retail partner sees it", by=partner)
    name = "A dozen for a retail partner"
    story.ask("getEffectivePrice", name, product, by=partner, query="?currencyCode=USD&quantity=12")
    story.send("createOrderRule", "Two cases at least")
    story.ask("getOrderRule", "Two cases at least", {"order_rule_id": "RULE1"})
    story.ask("listOrderRules", "The only page")


def _vehicles(story: Story) -> None:
    product = {"product_id": "HOTSAUCE789"}
    made = story.send("addCompatibility", "One engine, and a trim", product)["data"][0]
    story.send("importCompatibility", "Two vehicles, one of them known")
    story.ask("listCompatibility", "The only page", product)
    code = {**product, "compatibility_id": made["compatibilityId"]}
    story.ask("getCompatibility", "One engine", code)


def _certificates(story: Story) -> None:
    product = {"product_id": "HOTSAUCE789"}
    code = {**product, "certification_id": "CRT-DOT-1"}
    story.send("createCertification", "For ten years", product)
    story.ask("getCertification", "Valid", code)
    story.ask("listCertifications", "The only page", product)
    story.send("changeCertification", "Renewed", code, headers=ANY_VERSION)
    path = "/v1/products/HOTSAUCE789/certifications"
    for number, ends in enumerate(("2024-12-31", "2034-12-31")):
        new = {
            "certificationId": f"CRT-SAE-{number}",
            "scheme": "SAE",
            "issuer": "SAE International",
            "number": f"{number}",
        }
        assert story.tenant.operator.post(path, {**new, "validTo": ends}).status == 201
    system = CallContext(_principal(story, PartyType.TENANT, ""), now=datetime.now(UTC), request_id="story")
    assert sweep_certifications(system, horizon=timedelta(days=36500)).result == 3


def _groups(story: Story) -> None:
    """Have a shirt in two sizes, one of them in stock."""
    group = {"group_id": "SAUCESHIRT"}
    story.send("createProductGroup", "Sizes and colours")
    story.ask("getProductGroup", "Sizes and colours", group)
    story.ask("listProductGroups", "The only page")
    for size in ("M", "L"):
        values = {"size": size, "colour": "red"}
        make_product(story.tenant, f"SHIRT-{size}", groupId="SAUCESHIRT", attributes=values)
    Item(story.tenant, "SUP123", "SHIRT-M").posted("receipt", 3, warehouseLocation="Warehouse_A")
    story.ask("listGroupInventory", "The only page", group)
    story.send("changeProductGroup", "Another name", group, headers=ANY_VERSION)


def _reservations(story: Story) -> None:
    partner = story.tenant.retailer("RP456")
    made = story.send("createReservation", "Two cases for an hour", by=partner)
    code = {"reservation_id": made["reservationId"]}
    story.ask("getReservation", "As it is now", code)
    story.ask("listReservations", "The only page", query="?reference=CART77")
    story.send("commitReservation", "Part of it", code)
    story.send("commitReservation", "The rest", code)
    story.send("createReservation", "What there is")
    soon = {"expiresAt": (datetime.now(UTC) + timedelta(hours=2)).isoformat()}
    line = {"supplierId": "SUP123", "productId": "HOTSAUCE789", "quantity": 1}
    operator = story.tenant.operator
    (everything,) = [
        row["reservationId"] for row in operator.get("/v1/reservations").json["data"] if row["status"] == "held"
    ]
    operator.delete(f"/v1/reservations/{everything}", if_match="*")
    lease = operator.post("/v1/reservations", {"items": [line], **soon}, key=fresh_key()).json
    story.send("extendReservation", "Another hour", {"reservation_id": lease["reservationId"]})
    operator.delete(f"/v1/reservations/{lease['reservationId']}", if_match="*")


def _transfers(story: Story) -> None:
    for code, name in (("TRF1", "The oldest sixty"), ("TRF2", "One batch, with a date")):
        story.send("createTransfer", name)
        story.send("shipTransfer", "On its way", {"transfer_id": code})
    first = {"transfer_id": "TRF1"}
    story.send("receiveTransfer", "The first pallet", first)
    story.send("receiveTransfer", "The rest, and nothing more", first)
    story.send("cancelTransfer", "Turned back", {"transfer_id": "TRF2"})
    story.ask("getTransfer", "With two pieces damaged and three short", first)
    story.ask("listTransfers", "The only page")


def _stock(story: Story) -> None:
    supplier, partner = story.tenant.supplier("SUP123"), story.tenant.retailer("RP456")
    story.send("postMovement", "A receipt of a batch", ITEM, by=supplier)
    held = story.send("postMovement", "A reservation", ITEM, by=partner)["reservationId"]
    story.ask("getInventoryItem", "As staff and the supplier see it", ITEM)
    story.ask("getInventoryItem", "As a retail partner sees it", ITEM, by=partner)
    story.ask("listInventory", "As staff and suppliers see it")
    story.ask("listInventory", "As a retail partner sees it", by=partner)
    story.send("postMovement", "A receipt of five cases", ITEM)
    story.send("postMovement", "A sale", ITEM)
    story.send("postMovement", "A shipment of what is reserved", {**ITEM, "reservation": held})
    story.send("postMovement", "A release of the rest", {**ITEM, "reservation": held})
    for name in ("A return into quarantine", "A damage", "An adjustment", "A transfer", "A count"):
        story.send("postMovement", name, ITEM)
    story.send("postMovementBatch", "Two lines, one of them too much")
    story.send("postMovementBatch", "All or none")
    posted = story.send("postTransaction", "A sale")
    story.ask("listTransactions", "The first page", query="?pageSize=2")
    story.ask("getTransaction", "A sale", {"transaction_id": posted["transactions"][0]["transactionId"]})
    story.send("changeInventoryItem", "Counted by hand", ITEM, headers=ANY_VERSION)
    story.ask("getIntegrity", "The books balance")


def _clock(story: Story) -> None:
    """Have every crossing and ending happen that has an event."""
    operator = story.tenant.operator
    make_product(story.tenant, "HOTSAUCE791")
    item = Item(story.tenant, "SUP123", "HOTSAUCE791")
    item.posted("receipt", 10, warehouseLocation="Warehouse_A", batchNumber="BATCH202407", expirationDate="2034-01-01")
    assert item.patch({"reorderThreshold": 20}, if_match="*").status == 200
    line = {"supplierId": "SUP123", "productId": "HOTSAUCE791", "quantity": 5}
    lapses = datetime.now(UTC) + timedelta(seconds=1)
    for more in ({"expiresAt": lapses.isoformat()}, {}):
        answer = operator.post("/v1/reservations", {"items": [line], **more}, key=fresh_key())
        assert answer.status == 201, answer.content
    wait_for(lapses)
    item.posted("count", 3, warehouseLocation="Warehouse_A", batchNumber="BATCH202407", source="erp")
    earlier = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    stated = {"warehouseLocation": "Warehouse_A", "batchNumber": "BATCH202407", "countedAt": earlier, "source": "pos"}
    assert item.posted("count", 8, **stated)["reviewId"]
    _let_a_held_batch_expire(story)
    with as_tenant(story.tenant.id), connection.cursor() as cursor:
        cursor.execute("SELECT stock_sweep_batches(%s, '36500 days', 500)", [story.tenant.id])


def _pools(story: Story) -> None:
    made = story.send("createAllocation", "A retail partner's")
    code = {"allocation_id": made["allocationId"]}
    other = story.send("createAllocation", "A channel's, to be borrowed at first")
    story.ask("getAllocation", "As it is now", code)
    story.ask("listAllocations", "A channel's", query="?channel=marketplace")
    story.send("changeAllocation", "More, and kept from now on", code, headers=ANY_VERSION)
    for pool in (made, other):
        story.tenant.operator.delete(f"/v1/allocations/{pool['allocationId']}", if_match="*")


def _batches(story: Story) -> None:
    code, partner = {"batch_number": "BATCH202406"}, story.tenant.retailer("RP456")
    line = {**NAMED, "batchNumber": "BATCH202406", "quantity": 2}
    assert partner.post("/v1/reservations", {"items": [line]}, key=fresh_key()).status == 201
    story.send("holdBatch", "A recall", code)
    story.ask("listBatches", "What is held", query="?held=true")
    query = "?supplierId=SUP123&productId=HOTSAUCE789"
    traced = story.ask("traceBatch", "As staff see it", code, query=query)
    del traced["movements"][3:]  # the newest are enough to read
    story.send("unholdBatch", "Only our own", code)


def _let_a_held_batch_expire(story: Story) -> None:
    operator = story.tenant.operator
    make_product(story.tenant, "HOTSAUCE792")
    expires = datetime.now(UTC) + timedelta(seconds=1)
    place = {"warehouseLocation": "Warehouse_A", "batchNumber": "BATCH202408", "expirationDate": expires.isoformat()}
    Item(story.tenant, "SUP123", "HOTSAUCE792").posted("receipt", 1, **place)
    line = {"supplierId": "SUP123", "productId": "HOTSAUCE792", "quantity": 1}
    lease = operator.post("/v1/reservations", {"items": [line]}, key=fresh_key()).json
    wait_for(expires)
    story.refused(409, operator.post(f"/v1/reservations/{lease['reservationId']}/commit", {}, key=fresh_key()))


def _counts(story: Story) -> None:
    count = {"count_id": "COUNT-2026"}
    story.send("openCount", "The yearly one")
    story.send("countStock", "One batch", count)
    story.ask("getCount", "Before it is approved", count)
    story.ask("listCounts", "The only page")
    story.do("approveCount", "Booked", count)
    begun = story.tenant.operator.post("/v1/counts", {"warehouseLocation": "Warehouse_A"}).json
    story.do("cancelCount", "Nothing is booked", {"count_id": begun["countId"]})


def _feeds(story: Story) -> None:
    """Have a person decide about two values: the one of an hour before, which the policy overruled, and a new one."""
    supplier, absent = {"supplier_id": "SUP123"}, {"if_none_match": "*"}
    story.send("setConflictPolicy", "The shop's own system first", supplier, headers=absent)
    story.ask("listConflictPolicies", "The only page")
    story.ask("getConflictPolicy", "The shop's own system first", supplier)
    (overruled,) = story.ask("listReviews", "The only page")["data"]
    review = {"review_id": overruled["reviewId"]}
    story.ask("getReview", "Older than what is believed", review)
    story.do("approveReview", "Believed after all", review)
    story.send("setConflictPolicy", "A person decides", supplier, headers=ANY_VERSION)
    item = Item(story.tenant, "SUP123", "HOTSAUCE791")
    stated = item.posted("count", 1, warehouseLocation="Warehouse_A", batchNumber="BATCH202407", source="pos")
    story.do("rejectReview", "The books stay", {"review_id": stated["reviewId"]})
    assert story.tenant.operator.delete("/v1/conflictPolicies/SUP123", if_match="*").status == 204


def _webhooks(story: Story) -> None:
    (webhook,) = story.ask("listWebhooks", "The only page")["data"]
    code = {"webhook_id": webhook["webhookId"]}
    story.ask("getWebhook", "One supplier's stock", code)
    relay()
    story.do("testWebhook", "A test is on its way", code)
    relay_and_fan_out()
    pending = story.ask("listWebhookDeliveries", "What waits", code, query="?status=pending&pageSize=1")
    story.do("redeliverWebhookDelivery", "Due again", {**code, "delivery_id": pending["data"][0]["deliveryId"]})
    story.ask("getWebhookHealth", "A receiver that does well", code)
    story.send("replayWebhook", "What was given up", code)
    story.send("replayWebhook", "A night", code)
    story.do("resyncWebhook", "Snapshots follow", code)
    story.ask("listInventoryChanges", "From the beginning", query="?limit=6")
    story.ask("listEvents", "Two types of one product", query="?type=inventory.updated,order.placed&limit=3")
    story.send("rotateWebhookSecret", "A day to change over", code)
    _fails_for(webhook["webhookId"], hours=1)
    _fails_for(webhook["webhookId"], hours=72)
    story.do("enableWebhook", "Active again", code)
    page = story.send("givePartnerPage", "To a supplier, for a day")
    story.do("revokePartnerPage", "It is closed", {"page_id": page["pageId"]})
    story.send("givePartnerPage", "A retail partner's own", by=story.tenant.retailer("RP456"))
    story.send("changeWebhook", "Pause", code, headers=ANY_VERSION)


def _fails_for(webhook_id: str, *, hours: int) -> None:
    """Let it be so long that the receiver has failed, and have it told."""
    with psycopg.connect(settings.DATABASE_RELAY_URL, autocommit=True) as relaying:
        relaying.execute(
            "UPDATE webhooks_lane SET failing_since = now() - make_interval(hours => %s) WHERE webhook_id = %s",
            [hours, webhook_id],
        )
        relaying.execute("SELECT tell_of_failing(1000, 1)")


def _own_codes(story: Story) -> None:
    """Have a supplier post under codes that are mapped later, and see what becomes of it."""
    supplier = story.tenant.supplier("SUP123")
    story.send("createSkuMapping", "A retail partner's code")
    story.send("createSkuMapping", "A supplier's code of a case")
    story.ask("getSkuMapping", "A supplier's code of a case", {"sku_mapping_id": "MAP1"})
    story.ask("listSkuMappings", "A supplier's own codes", by=supplier)
    own = {"supplier_id": "SUP123", "product_id": "sku:NEW-SAUCE"}
    parked = story.send("postMovement", "A code that is not mapped yet", own, by=supplier)
    story.send("postTransaction", "A code that is not mapped yet", by=supplier)
    story.send("postMovementBatch", "A code that is not mapped yet", by=supplier)
    story.ask("getParkedMovement", "Waiting", {"parked_movement_id": parked["parkedMovementId"]}, by=supplier)
    make_product(story.tenant, "HOTSAUCE793")
    make_sku_mapping(story.tenant, "NEW-SAUCE", "HOTSAUCE793", supplierId="SUP123")
    book_parked_movements_of(story.tenant.id)
    story.ask("listParkedMovements", "Booked when the code was mapped", by=supplier)


def _own_names(story: Story) -> None:
    code = {"field_mapping_id": "FIELDS1"}
    story.send("createFieldMapping", "A retail partner's names")
    story.ask("getFieldMapping", "A retail partner's names", code)
    story.ask("listFieldMappings", "The only page")
    story.send("previewFieldMapping", "A product", code)
    story.send("changeFieldMapping", "One name more, one less", code, headers=ANY_VERSION)


def _changes(story: Story) -> None:
    story.send("changeSupplier", "A new lead time", {"supplier_id": "SUP123"}, headers=ANY_VERSION)
    story.send("changeRetailPartner", "Another channel", {"retail_partner_id": "RP456"}, headers=ANY_VERSION)
    story.send("changeSupplyAgreement", "A later end", {"agreement_id": "AGR1"}, headers=ANY_VERSION)
    story.send("changeWarehouse", "Another street", {"warehouse_id": "Warehouse_A"}, headers=ANY_VERSION)
    story.send("changeProduct", "Another name, one attribute less", {"product_id": "HOTSAUCE789"}, headers=ANY_VERSION)
    story.send("replaceProduct", "A whole product", {"product_id": "HOTSAUCE789"}, headers=ANY_VERSION)
    story.send("replaceProduct", "Another product", {"product_id": "HOTSAUCE790"}, headers={"if_none_match": "*"})
    story.send("changeSkuMapping", "One bottle, and not a case", {"sku_mapping_id": "MAP1"}, headers=ANY_VERSION)
    story.send("changePrice", "Another amount", {"price_id": "PRICE2"}, headers=ANY_VERSION)
    story.send("changeOrderRule", "Three cases at least", {"order_rule_id": "RULE1"}, headers=ANY_VERSION)
    relay()
    staff = _principal(story, PartyType.TENANT, "")
    for event_type in sorted(settings.OUTBOX_RENDERERS):
        story.heard(event_type, "As staff and the supplier get it" if "inventory" in event_type else "As sent", staff)
    story.heard(
        "inventory.updated", "As a retail partner gets it", _principal(story, PartyType.RETAIL_PARTNER, "RP456")
    )


def _refusals(story: Story) -> None:
    operator, partner = story.tenant.operator, story.tenant.retailer("RP456")
    item, product = "/v1/inventory/SUP123/HOTSAUCE789", "/v1/products/HOTSAUCE789"
    sale = {"type": "sale", "quantity": 2}
    operator.post(item, sale, key="taken")
    for status, answer in (
        (400, operator.get("/v1/products?pageSize=0")),
        (400, operator.get("/v1/products?colour=red")),
        (400, operator.get("/v1/products?pageToken=forged")),
        (400, operator.post(item, {**sale, "quantity": 25, "unitOfMeasure": "PK"}, key="k")),
        (400, operator.post(item, b'{"type": "sale", "quantity": 2', key="k")),
        (400, operator.post(item, {"type": "sale", "quantity": "2"}, key="k")),
        (400, operator.post(item, {**sale, "qty": 2}, key="k")),
        (400, operator.post(item, sale)),
        (400, operator.post("/v1/suppliers", {"name": "Tin Can Co", "gln": "5012345678901"})),
        (400, operator.patch(item, {"inventoryLevel": 5}, if_match="*")),
        (401, operator.get(item, authorization=None)),
        (401, operator.get(item, authorization="Bearer expired")),
        (403, partner.post("/v1/products", {"sku": "X", "name": "X"})),
        (403, partner.post(item, sale, key="k")),
        (404, operator.get("/v1/products/NOTHERE")),
        (406, operator.get(item, accept="text/csv")),
        (421, operator.get("/v1/events?wait=25")),
        (409, operator.patch(product, {"name": "Mild", "version": 1})),
        (409, operator.post(item, {**sale, "quantity": 100000}, key="k")),
        (409, operator.post("/v1/products", {"productId": "HOTSAUCE789", "sku": "HS-1", "name": "Again"})),
        (409, operator.delete("/v1/suppliers/SUP123", if_match="*")),
        (409, operator.post(f"/v1/webhooks/{_webhook(operator)}/test", b"")),
        (412, operator.patch(product, {"name": "Mild"}, if_match='"1.00000000"')),
        (412, operator.request("PUT", product, {"sku": "HS-2", "name": "Again"}, if_none_match="*")),
        (413, operator.post("/v1/products", b" " * (1024 * 1024 + 1))),
        (415, operator.request("POST", "/v1/products", b"sku=X", content_type="text/plain")),
        (422, operator.post(item, {**sale, "quantity": 3}, key="taken")),
        (428, operator.patch(product, {"name": "Mild"})),
    ):
        story.refused(status, answer)
    _refused_by_status(story)


def _refused_by_status(story: Story) -> None:
    client = story.tenant.client_with("products:read")
    client.token  # noqa: B018 -- fetched while the client may call
    Application.objects.filter(pk=client.credentials.application_id).update(allowed_networks=["203.0.113.0/24"])
    forget_everything()
    story.refused(403, client.get("/v1/products"))
    Tenant.objects.filter(pk=story.tenant.id).update(status=TenantStatus.SUSPENDED)
    forget_everything()
    story.refused(403, story.tenant.operator.get("/v1/products"))
    Tenant.objects.filter(pk=story.tenant.id).update(status=TenantStatus.ACTIVE)
    forget_everything()


def _webhook(operator: ApiClient) -> str:
    return str(operator.get("/v1/webhooks").json["data"][0]["webhookId"])


def _principal(story: Story, party: PartyType, code: str) -> Principal:
    return Principal(tenant_id=story.tenant.id, application_id=0, party=party, party_id=code)
