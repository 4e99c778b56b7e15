from apps.core.http.filters import CodesFilter, filter_set, moments

RetailPartnerFilter = filter_set(
    "RetailPartnerFilter",
    {
        "retailPartnerId": CodesFilter("pk"),
        "status": CodesFilter("status"),
        "gln": CodesFilter("gln"),
        "channel": CodesFilter("channel"),
        **moments("createdAt", "created_at"),
    },
)

SupplyAgreementFilter = filter_set(
    "SupplyAgreementFilter",
    {
        "agreementId": CodesFilter("pk"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        "supplierId": CodesFilter("supplier_id"),
        "productId": CodesFilter("product_id"),
        "status": CodesFilter("status"),
        **moments("createdAt", "created_at"),
    },
)
