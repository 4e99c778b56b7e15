from apps.access.clients import facts_of, lock_client
from apps.access.types import ClientFacts
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(ClientFacts)
def reactivate_client(uow: UnitOfWork, application_id: int) -> ClientFacts:
    """Let a suspended client get tokens again, with the secrets it has. Raises NotFound for an absent client."""
    row = lock_client(uow, application_id)
    row.disabled_at = None
    row.save(update_fields=["disabled_at", "updated"])
    return facts_of(row)
