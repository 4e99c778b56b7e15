from django.db import IntegrityError

from apps.core.codes import chosen_or_new
from apps.core.errors import AlreadyExists, ConcurrentUpdate
from apps.inventory.models import Count
from apps.inventory.queries.counts import CountFacts, count_facts, levels_not_counted
from apps.inventory.queries.warehouses import warehouses
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.tenancy.domain import master_data

_TAKEN = "23505"


@use_case(CountFacts)
def open_count(uow: UnitOfWork, count_id: str | None, *, warehouse_id: str, reference: str | None) -> CountFacts:
    """Open a count of a warehouse that the caller sees; without a code it gets one. Several may be open at a time.

    Raises NotFound for the warehouse, AlreadyExists for a code that is taken.
    """
    master_data.require(warehouses(uow.ctx), warehouse_id, pointer="#/warehouseLocation")
    principal, now = uow.ctx.principal, uow.ctx.now
    row = Count(
        id=chosen_or_new(count_id, prefix="cnt", pointer="#/countId"),
        tenant_id=uow.ctx.tenant_id,
        warehouse_id=warehouse_id,
        reference=reference,
        party_type=principal.party,
        party_id=principal.party_id,
        created_at=now,
        updated_at=now,
    )
    try:
        row.save(force_insert=True)
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", None) == _TAKEN:
            raise AlreadyExists(value=row.pk) from error
        raise ConcurrentUpdate from error  # the warehouse was deleted meanwhile
    number, uncounted = levels_not_counted(row)
    return count_facts(row, line_count=0, lines=[], uncounted=uncounted, uncounted_number=number)
