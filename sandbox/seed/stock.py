"""Filling a tenant through the product's own commands: whatever is there already stays as it is."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from apps.core.context import CallContext, PartyType, Principal
from apps.core.errors import AlreadyExists
from apps.inventory.commands.create_warehouse import NewWarehouse, create_warehouse
from apps.inventory.commands.post_movements import post_movement
from apps.inventory.domain.warehouse_owners import Owner
from apps.inventory.models.stock import StockItem
from apps.inventory.types import Movement, MovementType
from apps.outbox.unit_of_work import reading
from apps.products.commands.create_product import create_product
from apps.products.types import ProductValues
from apps.retail_partners.commands.create_retail_partner import create_retail_partner
from apps.retail_partners.commands.create_supply_agreement import create_supply_agreement
from apps.retail_partners.types import NewRetailPartner, NewSupplyAgreement
from apps.suppliers.commands.create_supplier import create_supplier
from apps.suppliers.types import NewSupplier
from sandbox.seed.catalogue import SeedProduct, SeedTenant

_REQUEST = "seed_sandbox"


def fill(tenant_id: int, seed: SeedTenant) -> None:
    """Make the tenant's supplier, partner, agreement, warehouse, products and opening stock."""
    _make_parties(tenant_id, seed)
    for product in seed.products:
        _make_product(tenant_id, product)
        if not _has_stock(tenant_id, seed, product):
            _receive(tenant_id, seed, product)


def _make_parties(tenant_id: int, seed: SeedTenant) -> None:
    supplier = NewSupplier(
        supplier_id=seed.supplier,
        name=seed.supplier_name,
        gln=None,
        contact=None,
        lead_time_days=seed.lead_time_days,
        backorder_policy="firstCome",
        status="active",
        attributes={},
    )
    partner = NewRetailPartner(
        retail_partner_id=seed.partner,
        name=seed.partner_name,
        gln=None,
        contact=None,
        channel=seed.channel,
        status="active",
        attributes={},
    )
    agreement = NewSupplyAgreement(
        agreement_id=f"{seed.partner}-{seed.supplier}",
        retail_partner_id=seed.partner,
        supplier_id=seed.supplier,
        product_id=None,
        valid_from=None,
        valid_to=None,
        minimum_shelf_life_days=None,
        status="active",
        attributes={},
    )
    warehouse = NewWarehouse(
        warehouse_id=seed.warehouse,
        name=seed.warehouse_name,
        owner=Owner(PartyType.SUPPLIER, seed.supplier),
        address=None,
        gln=None,
        status="active",
        attributes={},
    )
    _unless_there(lambda: create_supplier(_call(tenant_id), supplier))
    _unless_there(lambda: create_retail_partner(_call(tenant_id), partner))
    _unless_there(lambda: create_supply_agreement(_call(tenant_id), agreement))
    _unless_there(lambda: create_warehouse(_call(tenant_id), warehouse))


def _make_product(tenant_id: int, product: SeedProduct) -> None:
    values = ProductValues(
        sku=product.code,
        name=product.name,
        description=None,
        gtin=product.gtin,
        unit_of_measure="EA",
        group_id=None,
        images=[],
        status="active",
        attributes={},
    )
    _unless_there(lambda: create_product(_call(tenant_id), product.code, values))


def _receive(tenant_id: int, seed: SeedTenant, product: SeedProduct) -> None:
    receipt = Movement(
        type=MovementType.RECEIPT,
        supplier_id=seed.supplier,
        product_id=product.code,
        quantity=product.stock,
        warehouse_id=seed.warehouse,
        reference="opening stock",
    )
    post_movement(_call(tenant_id), receipt)


def _has_stock(tenant_id: int, seed: SeedTenant, product: SeedProduct) -> bool:
    """Tell whether the item was ever moved: a key would be forgotten after three days, the item is not."""
    items = StockItem.objects.filter(
        tenant_id=tenant_id, supplier_id=seed.supplier, product_id=product.code, version__gt=0
    )
    with reading(_call(tenant_id)):
        return items.exists()


def _unless_there(create: Callable[[], object]) -> None:
    with suppress(AlreadyExists):
        create()


def _call(tenant_id: int) -> CallContext:
    """Return a call of the system itself on behalf of the tenant."""
    principal = Principal(tenant_id=tenant_id, application_id=0, party=PartyType.TENANT, party_id="")
    return CallContext(principal=principal, now=datetime.now(UTC), request_id=_REQUEST)
