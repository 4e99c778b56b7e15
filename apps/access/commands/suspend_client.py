"""Stop a client."""

from oauth2_provider.models import get_access_token_model

from apps.access.clients import facts_of, lock_client
from apps.access.principals import forget_everything
from apps.access.types import ClientFacts
from apps.core.context import CallContext
from apps.outbox.types import Outcome
from apps.outbox.unit_of_work import UnitOfWork, use_case


def suspend_client(ctx: CallContext, application_id: int) -> Outcome[ClientFacts]:
    """Stop a client: it gets no more tokens, and those that it has end now, in every process.

    Suspended again, it stays suspended since the first time. Raises NotFound for an absent client.
    """
    outcome = _suspend(ctx, application_id)
    forget_everything()  # after the commit: a process that reads again must find the client suspended
    return outcome


@use_case(ClientFacts)
def _suspend(uow: UnitOfWork, application_id: int) -> ClientFacts:
    row = lock_client(uow, application_id)
    row.disabled_at = row.disabled_at or uow.ctx.now
    row.save(update_fields=["disabled_at", "updated"])
    # Deleted, not merely useless: they shall not come back to life when the client is reactivated.
    get_access_token_model().objects.filter(application=row).delete()
    return facts_of(row)
