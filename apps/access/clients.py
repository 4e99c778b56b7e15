"""What the commands of clients share."""

from apps.access.models import Application
from apps.access.types import ClientFacts
from apps.core.errors import InvalidState, NotFound
from apps.outbox.types import Outcome
from apps.outbox.unit_of_work import UnitOfWork


def lock_client(uow: UnitOfWork, application_id: int) -> Application:
    """Return a client of the tenant, locked. Raises NotFound where it is absent or another tenant's.

    Clients are identity: no policy hides them, so this filter is the border.
    """
    rows = Application.objects.select_for_update(no_key=True)
    row = rows.filter(tenant_id=uow.ctx.tenant_id, pk=application_id).first()
    if row is None:
        raise NotFound
    return row


def facts_of(row: Application) -> ClientFacts:
    """Return a client without its secrets."""
    return ClientFacts(application_id=row.pk, client_id=row.client_id, scopes=row.allowed_scopes)


def refuse_replay(outcome: Outcome[ClientFacts]) -> ClientFacts:
    """Return the facts of a call that happened now.

    Raises InvalidState for one that happened before: its secret was shown then, and nobody can show it again, because
    only its hash is stored.
    """
    if outcome.replayed:
        raise InvalidState(
            "This was done when the form was first sent, and the secret was shown then. "
            "If nobody noted it, rotate the client's secret.",
            clientId=outcome.result.client_id,
        )
    return outcome.result
