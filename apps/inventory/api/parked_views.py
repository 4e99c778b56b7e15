from apps.access.api.answers import deleted, shown
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.core.ids import decode_id
from apps.inventory.api import parked_operations as operations
from apps.inventory.api.parked_schemas import rendered_parked, rendered_parked_row
from apps.inventory.commands.drop_parked_movement import drop_parked_movement
from apps.inventory.queries.parked import parked_movement, parked_movements
from apps.inventory.types import ParkedFacts
from apps.outbox.unit_of_work import reading

_ORDERS = {"createdAt": "created_at"}


class ParkedMovements(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: parked_movements(call.ctx), rendered_parked_row, orders=_ORDERS)


class ParkedMovementDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, parked_movement_id: str) -> Answer:
        with reading(call.ctx):
            facts = parked_movement(call.ctx, decode_id("prk", parked_movement_id))
        return shown(facts, rendered_parked)

    @operation(operations.DELETE)
    def delete(self, call: Call, parked_movement_id: str) -> Answer:
        code = decode_id("prk", parked_movement_id)
        return deleted(drop_parked_movement(call.ctx, code, expected=call.expected))


def parked_answer(facts: ParkedFacts, *, replayed: bool) -> Answer:
    """Answer that a movement waits for its code to be mapped."""
    body = rendered_parked(facts)
    location = f"/v1/skuMappings/parked/{body.parked_movement_id}"
    return Answer(body=body, status=202, location=location, replayed=replayed)
