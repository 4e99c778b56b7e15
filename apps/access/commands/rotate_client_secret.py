"""Give a client a new secret."""

from dataclasses import replace
from datetime import timedelta

from apps.access.clients import facts_of, lock_client, refuse_replay
from apps.access.hashers import KeyedSecretHasher, new_client_secret
from apps.access.types import ClientFacts, RotatedSecret
from apps.core.context import CallContext
from apps.core.times import rfc3339
from apps.outbox.unit_of_work import UnitOfWork, use_case


def rotate_client_secret(ctx: CallContext, application_id: int, *, overlap_seconds: int) -> RotatedSecret:
    """Make a new secret; the one before works along for the overlap, and one before that ends now: two live at most.

    Tokens that were issued before stay valid until they expire. Raises NotFound for an absent client, InvalidState
    where the call's key was used before.
    """
    secret = new_client_secret()
    digest = KeyedSecretHasher().encode(secret, "")
    facts = refuse_replay(_rotate(ctx, application_id, digest=digest, overlap_seconds=overlap_seconds))
    return RotatedSecret(client_id=facts.client_id, client_secret=secret, previous_until=facts.previous_secret_until)


@use_case(ClientFacts)
def _rotate(uow: UnitOfWork, application_id: int, *, digest: str, overlap_seconds: int) -> ClientFacts:
    row = lock_client(uow, application_id)
    until = uow.ctx.now + timedelta(seconds=overlap_seconds) if overlap_seconds else None
    row.previous_client_secret = row.client_secret if until else ""
    row.previous_secret_expires_at = until
    row.client_secret = digest
    row.save(update_fields=["client_secret", "previous_client_secret", "previous_secret_expires_at", "updated"])
    return replace(facts_of(row), previous_secret_until=rfc3339(until) if until else None)
