"""Who may do what: the one table that the access matrix expects, to be read by people.

Columns: of the tenant whose things they are the staff, the supplier SUP123, another supplier, the retail partner RP456
that has an agreement, one that has none; then staff, supplier and retail partner of another tenant, whose parties
have the same codes. 412 is a permitted write that names a stale version: it got past every check of who asks.
"""

COLUMNS = (
    "staff", "supplier", "other supplier", "retailer", "other retailer",
    "stranger's staff", "stranger's supplier", "stranger's retailer",
)  # fmt: skip
TABLE: dict[str, str] = {
    "listInventory": "200 200 200 200 200 200 200 200",
    "postMovementBatch": "200 200 404 403 404 404 404 404",
    "listInventoryChanges": "200 200 200 200 200 200 200 200",
    "listTransactions": "200 200 200 403 403 200 200 403",
    "postTransaction": "412 412 404 403 403 404 404 403",
    "getInventoryItem": "200 200 404 200 404 404 404 404",
    "changeInventoryItem": "412 412 404 403 404 404 404 404",
    "postMovement": "412 412 404 412 404 404 404 404",
    "getIntegrity": "200 403 403 403 403 200 403 403",
    "listReservations": "200 200 200 200 200 200 200 200",
    "createReservation": "201 201 404 201 404 404 404 404",
    "getReservation": "200 200 404 200 404 404 404 404",
    "releaseReservation": "412 412 404 412 404 404 404 404",
    "extendReservation": "412 412 404 412 404 404 404 404",
    "commitReservation": "412 412 404 403 404 404 404 404",
    "listProducts": "200 200 200 200 200 200 200 200",
    "createProduct": "201 201 201 403 403 201 403 403",
    "deleteProduct": "412 403 403 403 403 404 404 403",
    "getProduct": "200 200 200 200 404 404 404 404",
    "changeProduct": "412 403 403 403 403 404 404 403",
    "replaceProduct": "412 403 403 403 403 404 404 403",
    "listPackaging": "200 200 200 200 404 404 404 404",
    "createPackaging": "201 403 403 403 403 404 404 403",
    "deletePackaging": "412 403 403 403 403 404 404 403",
    "getPackaging": "200 200 200 200 404 404 404 404",
    "listRetailPartners": "200 403 403 403 403 200 403 403",
    "createRetailPartner": "201 403 403 403 403 201 403 403",
    "deleteRetailPartner": "412 403 403 403 403 404 403 403",
    "getRetailPartner": "200 403 403 403 403 404 403 403",
    "changeRetailPartner": "412 403 403 403 403 404 403 403",
    "listSuppliers": "200 200 200 403 403 200 200 403",
    "createSupplier": "201 403 403 403 403 201 403 403",
    "deleteSupplier": "412 403 403 403 403 404 403 403",
    "getSupplier": "200 200 404 403 403 404 404 403",
    "changeSupplier": "412 403 403 403 403 404 403 403",
    "listSupplyAgreements": "200 403 403 403 403 200 403 403",
    "createSupplyAgreement": "201 403 403 403 403 404 403 403",
    "deleteSupplyAgreement": "412 403 403 403 403 404 403 403",
    "getSupplyAgreement": "200 403 403 403 403 404 403 403",
    "changeSupplyAgreement": "412 403 403 403 403 404 403 403",
    "getTransaction": "200 200 404 403 403 404 404 403",
    "listWarehouses": "200 200 200 403 403 200 200 403",
    "createWarehouse": "201 201 201 403 403 201 404 403",
    "deleteWarehouse": "412 403 403 403 403 404 404 403",
    "getWarehouse": "200 200 200 403 403 404 404 403",
    "changeWarehouse": "412 403 403 403 403 404 404 403",
    "listWebhooks": "200 200 200 200 200 200 200 200",
    "createWebhook": "201 201 201 201 201 201 201 201",
    "deleteWebhook": "412 404 404 404 404 404 404 404",
    "getWebhook": "200 404 404 404 404 404 404 404",
    "changeWebhook": "412 404 404 404 404 404 404 404",
    "listWebhookDeliveries": "200 404 404 404 404 404 404 404",
    "rotateWebhookSecret": "200 404 404 404 404 404 404 404",
    "testWebhook": "202 404 404 404 404 404 404 404",
}
# Credentials that are no good, whatever the operation: (status, code).
CREDENTIALS: dict[str, tuple[int, str]] = {
    "no token": (401, "unauthenticated"),
    "garbage": (401, "invalid_token"),
    "expired": (401, "invalid_token"),
    "revoked": (401, "invalid_token"),
    "every scope but the needed": (403, "insufficient_scope"),
    "suspended client": (401, "invalid_token"),
    "suspended tenant": (403, "tenant_suspended"),
}
# Addresses under /v1 that are no operations of the document: each answers everybody the same, with a token or without.
OPEN = ("/v1", "/v1/", "/v1/openapi.json")
