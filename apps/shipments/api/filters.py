from apps.core.http.filters import CodesFilter, filter_set, moments

ShipmentFilter = filter_set(
    "ShipmentFilter",
    {
        "shipmentId": CodesFilter("pk"),
        "orderId": CodesFilter("order_id"),
        "status": CodesFilter("status"),
        "supplierId": CodesFilter("supplier_id"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        "trackingNumber": CodesFilter("tracking_number"),
        **moments("createdAt", "created_at"),
        **moments("expectedAt", "expected_at"),
    },
)
DiscrepancyFilter = filter_set(
    "DiscrepancyFilter",
    {
        "discrepancyId": CodesFilter("pk"),
        "orderId": CodesFilter("order_id"),
        "shipmentId": CodesFilter("shipment_id"),
        "status": CodesFilter("status"),
        "kind": CodesFilter("kind"),
        "productId": CodesFilter("product_id"),
        "supplierId": CodesFilter("supplier_id"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        **moments("createdAt", "created_at"),
    },
)
