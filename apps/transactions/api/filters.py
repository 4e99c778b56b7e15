from apps.core.http.filters import CodesFilter, filter_set, moments

TransactionFilter = filter_set(
    "TransactionFilter",
    {
        "supplierId": CodesFilter("supplier_id"),
        "productId": CodesFilter("product_id"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        "warehouseLocation": CodesFilter("warehouse_id"),
        "batchNumber": CodesFilter("batch_number"),
        "type": CodesFilter("type"),
        "reference": CodesFilter("reference"),
        **moments("recordedAt", "recorded_at"),
        **moments("occurredAt", "occurred_at"),
    },
)
