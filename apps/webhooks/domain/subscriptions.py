"""Rules of subscriptions, inside an open unit of work or before one."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection

from apps.core.context import CallContext, PartyType
from apps.core.errors import FieldError, InvalidState, ValidationFailed
from apps.outbox.unit_of_work import UnitOfWork
from apps.tenancy.domain import master_data
from apps.webhooks.models import Webhook
from apps.webhooks.queries import webhooks
from apps.webhooks.types import EVERY_TYPE, FIRST_CAP, MAX_WEBHOOKS_OF_A_PARTY, SNAPSHOT, TEST_EVENT

# Two creations of one party take turns, so that both cannot be its twentieth.
_TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_FORGET_FAILURES = """
    WITH due AS (
        UPDATE webhooks_delivery SET due_at = now()
        WHERE tenant_id = %(tenant)s AND webhook_id = %(webhook)s AND state = 0 AND due_at > now()
    )
    UPDATE webhooks_lane
    SET fails = 0, failing_since = NULL, notices = 0, trips = 0, open_until = NULL, cap = %(cap)s, pace = NULL,
        closed_at = now(), next_due = now()
    WHERE tenant_id = %(tenant)s AND webhook_id = %(webhook)s RETURNING webhook_id
"""
_LOCK_LANE = "SELECT webhook_id FROM webhooks_lane WHERE tenant_id = %s AND webhook_id = %s FOR UPDATE"


def subscribable_types() -> list[str]:
    """Return the event types that a webhook may name: those of which someone says what a reader sees."""
    return sorted(set(settings.OUTBOX_RENDERERS) - {TEST_EVENT, SNAPSHOT})


def check_event_types(names: Sequence[str]) -> None:
    """Raise ValidationFailed, naming each place, for types that there are not."""
    known = subscribable_types()
    errors = [
        FieldError(code="invalid", detail=f"There is no event type {name!r}.", pointer=f"#/eventTypes/{index}")
        for index, name in enumerate(names)
        if name != EVERY_TYPE and name not in known
    ]
    if errors:
        raise ValidationFailed(errors[0].detail, errors=errors, allowed=[*known, EVERY_TYPE])


def check_filters(ctx: CallContext, filters: dict[str, Any]) -> None:
    """Raise ValidationFailed where a filter would tell a party what its events do not: where others' stock lies."""
    if ctx.principal.party is PartyType.RETAIL_PARTNER and filters.get("warehouseLocation"):
        detail = "A retail partner's events do not tell the warehouse."
        error = FieldError(code="not_permitted", detail=detail, pointer="#/filters/warehouseLocation")
        raise ValidationFailed(detail, errors=[error])


def refuse_too_many(uow: UnitOfWork) -> None:
    """Raise InvalidState where the caller's party has as many webhooks as it may."""
    principal = uow.ctx.principal
    uow.fetch(_TAKE_TURNS, [f"webhooks|{principal.tenant_id}|{principal.party}|{principal.party_id}"])
    own = Webhook.objects.filter(
        tenant_id=principal.tenant_id, party_type=principal.party, party_id=principal.party_id
    ).count()
    if own >= MAX_WEBHOOKS_OF_A_PARTY:
        raise InvalidState(f"A party has at most {MAX_WEBHOOKS_OF_A_PARTY} webhooks.", maximum=MAX_WEBHOOKS_OF_A_PARTY)


def lock_webhook(uow: UnitOfWork, webhook_id: str) -> Webhook:
    """Return the webhook, locked behind its lane: the order in which dispatchers lock the two.

    Raises NotFound where it is absent or invisible.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_LANE, [uow.ctx.tenant_id, webhook_id])
    return master_data.lock(webhooks(uow.ctx), webhook_id)


def forget_failures(uow: UnitOfWork, webhook_id: str) -> None:
    """Treat the receiver as one that never failed, and make due at once what waits. The lane is locked."""
    uow.fetch(_FORGET_FAILURES, {"tenant": uow.ctx.tenant_id, "webhook": webhook_id, "cap": FIRST_CAP})
