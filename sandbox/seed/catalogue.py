"""The sandbox's two tenants as plain values. They know nothing of each other, and neither may find the other."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedProduct:
    """A product, what of it is in stock, and below what it is reordered."""

    code: str
    name: str
    gtin: str
    stock: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedTenant:
    """A brand owner with one supplier, one retail partner and one warehouse."""

    code: str
    name: str
    supplier: str
    supplier_name: str
    lead_time_days: int
    partner: str
    partner_name: str
    channel: str
    warehouse: str
    warehouse_name: str
    products: tuple[SeedProduct, ...]


TENANTS = (
    SeedTenant(
        code="ten_scorchworks",
        name="Scorchworks",
        supplier="SUP123",
        supplier_name="Hot Sauce Makers Ltd",
        lead_time_days=14,
        partner="RP456",
        partner_name="Corner Grocers",
        channel="grocery",
        warehouse="Warehouse_A",
        warehouse_name="Bottling hall",
        products=(
            SeedProduct(code="HOTSAUCE789", name="Scorpion Pepper Sauce 150 ml", gtin="5012345678900", stock=500),
            SeedProduct(code="HOTSAUCE790", name="Smoked Habanero Sauce 150 ml", gtin="5012345678917", stock=320),
            SeedProduct(code="CHILIOIL100", name="Chili Oil 100 ml", gtin="5012345678924", stock=48),
        ),
    ),
    SeedTenant(
        code="ten_fieldline",
        name="Fieldline",
        supplier="TENTWRIGHT",
        supplier_name="Tentwright Mills",
        lead_time_days=21,
        partner="TRAILSHOP",
        partner_name="Trail Shop",
        channel="online",
        warehouse="NORTH-1",
        warehouse_name="Northern depot",
        products=(
            SeedProduct(code="TENT-2P", name="Two-person tent", gtin="4006381333931", stock=64),
            SeedProduct(code="STOVE-GAS", name="Gas stove", gtin="4006381333948", stock=150),
        ),
    ),
)
