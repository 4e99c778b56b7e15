"""Master data, made through the API by the tenant's staff. Stock is made by posting movements, never here."""

from typing import Any

from tests.support.api import TestTenant


def make_supplier(tenant: TestTenant, code: str, **members: Any) -> dict[str, Any]:
    """Create a supplier; `members` are the body's, by their outer names."""
    return _made(tenant, "/v1/suppliers", {"supplierId": code, "name": f"Supplier {code}", **members})


def make_retail_partner(tenant: TestTenant, code: str, **members: Any) -> dict[str, Any]:
    """Create a retail partner."""
    return _made(tenant, "/v1/retailPartners", {"retailPartnerId": code, "name": f"Partner {code}", **members})


def make_product(tenant: TestTenant, code: str, **members: Any) -> dict[str, Any]:
    """Create a product whose SKU is its code."""
    return _made(tenant, "/v1/products", {"productId": code, "sku": code, "name": f"Product {code}", **members})


def make_product_group(tenant: TestTenant, code: str, *varies_by: str, **members: Any) -> dict[str, Any]:
    """Create a group whose products differ in attributes: in `size`, unless others are named."""
    body = {"groupId": code, "name": f"Group {code}", "variesBy": list(varies_by) or ["size"], **members}
    return _made(tenant, "/v1/productGroups", body)


def make_certification(tenant: TestTenant, product: str, code: str, **members: Any) -> dict[str, Any]:
    """Have a product certified under a number that is the code, without an end unless `validTo` names one."""
    body = {"certificationId": code, "scheme": "DOT", "issuer": "US DOT", "number": code, **members}
    return _made(tenant, f"/v1/products/{product}/certifications", body)


def make_compatibility(tenant: TestTenant, product: str, **members: Any) -> dict[str, Any]:
    """Have a product fit a Toyota Camry of 2018 to 2024, unless `members` say otherwise."""
    vehicle = {"make": "Toyota", "model": "Camry", "yearFrom": 2018, "yearTo": 2024, **members}
    made: dict[str, Any] = _made(tenant, f"/v1/products/{product}/compatibility", {"items": [vehicle]})["data"][0]
    return made


def make_packaging(tenant: TestTenant, product: str, unit: str, numerator: int = 12, **members: Any) -> dict[str, Any]:
    """Have a product counted in another unit too: one of it is `numerator` base units, unless `denominator` is given."""
    body = {"unitOfMeasure": unit, "numerator": numerator, **members}
    return _made(tenant, f"/v1/products/{product}/packaging", body)


def make_price(
    tenant: TestTenant, product: str, amount: str = "5.00", *, currency: str = "USD", **members: Any
) -> dict[str, Any]:
    """Say what a product costs: to everybody and always, unless `members` narrow it."""
    price = {"amount": amount, "currencyCode": currency}
    return _made(tenant, "/v1/prices", {"productId": product, "price": price, **members})


def make_order_rule(tenant: TestTenant, supplier: str, product: str, **members: Any) -> dict[str, Any]:
    """Say which quantities may be ordered: `minimumQuantity`, `orderMultiple` or both."""
    return _made(tenant, "/v1/orderRules", {"supplierId": supplier, "productId": product, **members})


def make_sku_mapping(tenant: TestTenant, partner_sku: str, product: str, **members: Any) -> dict[str, Any]:
    """Map a party's own code: `supplierId` or `retailPartnerId` says whose it is."""
    return _made(tenant, "/v1/skuMappings", {"partnerSku": partner_sku, "productId": product, **members})


def make_field_mapping(tenant: TestTenant, resource: str, **members: Any) -> dict[str, Any]:
    """Say what a party calls members: `supplierId` or `retailPartnerId` says who."""
    return _made(tenant, "/v1/fieldMappings", {"resource": resource, **members})


def make_warehouse(tenant: TestTenant, code: str, **members: Any) -> dict[str, Any]:
    """Create a warehouse, the tenant's own unless `owner` says otherwise."""
    return _made(tenant, "/v1/warehouses", {"warehouseId": code, "name": f"Warehouse {code}", **members})


def make_agreement(tenant: TestTenant, retail_partner: str, supplier: str, **members: Any) -> dict[str, Any]:
    """Agree that the partner may buy the supplier's stock: of every product, unless `productId` names one."""
    body = {"retailPartnerId": retail_partner, "supplierId": supplier, **members}
    return _made(tenant, "/v1/supplyAgreements", body)


def _made(tenant: TestTenant, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = tenant.operator.post(path, body)
    assert answer.status == 201, answer.json
    made: dict[str, Any] = answer.json
    return made
