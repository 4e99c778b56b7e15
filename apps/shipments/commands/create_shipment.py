from collections import defaultdict
from collections.abc import Sequence

from django.db import IntegrityError
from django.db.models import Sum

from apps.core.codes import chosen_or_new
from apps.core.context import PartyType
from apps.core.errors import AlreadyExists, FieldError, NotFound
from apps.inventory.domain.base_units import Measured, in_base_units
from apps.inventory.queries.warehouses import warehouses
from apps.orders.domain import life as order_life
from apps.orders.errors import MoreThanOpen
from apps.orders.models import Order, OrderLine
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.shipments.domain import life
from apps.shipments.models import Package, PackedItem, Shipment
from apps.shipments.types import NewShipment, PackageFacts, PackedItemFacts, ShipmentFacts
from apps.tenancy.domain import master_data


@use_case(ShipmentFacts)
def create_shipment(uow: UnitOfWork, new: NewShipment) -> ShipmentFacts:
    """Pack what is open of an order; nothing leaves yet, and no more is packed than is open.

    Raises MoreThanOpen, with what other shipments have packed taken off.
    """
    order, lines = order_life.begin(uow, new.order_id, order_life.Step.SHIP, None)
    _check_place(uow, order, new.from_warehouse_id)
    quantities = _base_quantities(uow, new)
    _check_open(uow, order, lines, new, quantities)
    row = master_data.create(
        uow,
        Shipment,
        code=chosen_or_new(new.shipment_id, prefix="shp", pointer="#/shipmentId"),
        status=Shipment.CREATED,
        order=order,
        supplier_id=order.supplier_id,
        retail_partner_id=order.retail_partner_id,
        delivery_warehouse_id=order.delivery_warehouse_id,
        from_warehouse_id=new.from_warehouse_id,
        carrier=new.carrier,
        tracking_number=new.tracking_number,
        expected_at=new.expected_at,
        attributes=new.attributes,
    )
    return life.tell(uow, row, _pack(row, new, quantities), [], event="shipment.created")


def _check_place(uow: UnitOfWork, order: Order, warehouse_id: str | None) -> None:
    """Raise NotFound for a warehouse that the caller does not see, or where the order's stock cannot lie."""
    if warehouse_id is None:
        return
    place = warehouses(uow.ctx).filter(pk=warehouse_id).first()
    owners = {(PartyType.TENANT.value, ""), (PartyType.SUPPLIER.value, order.supplier_id)}
    if place is None or (place.owner_type, place.owner_id) not in owners:
        detail = "There is no such warehouse of the house, or of the order's supplier."
        raise NotFound(detail, errors=[FieldError(code="not_found", detail=detail, pointer="#/fromWarehouseLocation")])


def _base_quantities(uow: UnitOfWork, new: NewShipment) -> list[list[int]]:
    asked = [
        Measured(item.product_id, item.unit, item.quantity, f"#/packages/{number}/items/{index}/quantity")
        for number, package in enumerate(new.packages)
        for index, item in enumerate(package.items)
    ]
    found = iter(in_base_units(uow, asked))
    return [[next(found) for _ in package.items] for package in new.packages]


def _check_open(
    uow: UnitOfWork, order: Order, lines: Sequence[OrderLine], new: NewShipment, quantities: Sequence[Sequence[int]]
) -> None:
    packed = dict(
        PackedItem.objects.filter(
            tenant_id=uow.ctx.tenant_id,
            package__tenant_id=uow.ctx.tenant_id,
            package__shipment__tenant_id=uow.ctx.tenant_id,
            package__shipment__order_id=order.pk,
            package__shipment__status=Shipment.CREATED,
        )
        .values_list("product_id")
        .annotate(quantity=Sum("quantity"))
    )
    wanted: dict[str, int] = defaultdict(int)
    for number, (package, counted) in enumerate(zip(new.packages, quantities, strict=True)):
        for index, (item, quantity) in enumerate(zip(package.items, counted, strict=True)):
            pointer = f"#/packages/{number}/items/{index}/productId"
            line = order_life.line_of(lines, item.product_id, pointer)
            wanted[item.product_id] += quantity
            left = line.open - packed.get(item.product_id, 0)
            if wanted[item.product_id] > left:
                raise MoreThanOpen(
                    productId=item.product_id, open=left, requested=wanted[item.product_id], step="shipped"
                )


def _pack(row: Shipment, new: NewShipment, quantities: Sequence[Sequence[int]]) -> list[PackageFacts]:
    try:
        packages = Package.objects.bulk_create(
            Package(tenant_id=row.tenant_id, shipment=row, position=position, sscc=package.sscc)
            for position, package in enumerate(new.packages)
        )
    except IntegrityError as error:
        raise AlreadyExists("Another package has one of these SSCCs: each names one package only.") from error
    PackedItem.objects.bulk_create(
        PackedItem(
            tenant_id=row.tenant_id,
            package=made,
            position=position,
            product_id=item.product_id,
            batch_number=item.batch_number,
            quantity=quantity,
        )
        for made, package, counted in zip(packages, new.packages, quantities, strict=True)
        for position, (item, quantity) in enumerate(zip(package.items, counted, strict=True))
    )
    return [
        PackageFacts(
            sscc=package.sscc,
            items=[
                PackedItemFacts(product_id=item.product_id, batch=item.batch_number, quantity=quantity)
                for item, quantity in zip(package.items, counted, strict=True)
            ],
        )
        for package, counted in zip(new.packages, quantities, strict=True)
    ]
