"""The operations of /v1/skuMappings/parked."""

from apps.core.http.operations import Resource
from apps.inventory.api.parked_filters import ParkedMovementFilter
from apps.inventory.api.parked_schemas import ParkedMovementPage, ParkedMovementView

_RESOURCE = Resource(scope="inventory", tag="SKU mappings", view=ParkedMovementView)

LIST = _RESOURCE.listing(
    operation_id="listParkedMovements",
    summary="List parked movements",
    description=(
        "Movements under codes of a party's own that were not mapped when they came, and what became of them: "
        "`parked`, `booked` or `refused`. Staff see all, a party what its own clients posted."
    ),
    answer=ParkedMovementPage,
    filters=ParkedMovementFilter,
    order_by=("createdAt",),
)
GET = _RESOURCE.reading(
    operation_id="getParkedMovement",
    summary="Get a parked movement",
    description="Whoever sees it in the list reads it.",
)
DELETE = _RESOURCE.deletion(
    operation_id="dropParkedMovement",
    summary="Drop a parked movement",
    description="It is then never booked. What was booked already stays: only the note of it goes.",
)
