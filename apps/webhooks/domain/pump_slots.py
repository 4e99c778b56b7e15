"""Places for Celery-hosted dispatchers: leased for ten seconds by the database's clock, fenced by a token."""

from uuid import UUID, uuid4

from django.conf import settings

from apps.outbox.connections import fetch_one_statement

LEASE_SECONDS = 10.0

_FREE = """
    SELECT count(*) FROM generate_series(1, %s) AS wanted (slot)
    LEFT JOIN webhooks_pumpslot s ON s.slot = wanted.slot AND s.leased_until > now() AND s.token IS NOT NULL
    WHERE s.slot IS NULL
"""
# The first slot that is free: of two that try at once, one finds the row locked or the condition gone.
_TAKE = """
    INSERT INTO webhooks_pumpslot AS s (slot, token, leased_until)
    SELECT wanted.slot, %s, now() + make_interval(secs => %s)
    FROM generate_series(1, %s) AS wanted (slot)
    LEFT JOIN webhooks_pumpslot taken
           ON taken.slot = wanted.slot AND taken.leased_until > now() AND taken.token IS NOT NULL
    WHERE taken.slot IS NULL ORDER BY wanted.slot LIMIT 1
    ON CONFLICT (slot) DO UPDATE SET token = excluded.token, leased_until = excluded.leased_until
    WHERE s.token IS NULL OR s.leased_until <= now()
    RETURNING slot
"""
_RENEW = """
    UPDATE webhooks_pumpslot SET leased_until = now() + make_interval(secs => %s)
    WHERE token = %s AND leased_until > now() RETURNING slot
"""
_GIVE_BACK = "UPDATE webhooks_pumpslot SET token = NULL WHERE token = %s RETURNING slot"


def free_slots() -> int:
    """Return how many slots no pump holds."""
    return int(fetch_one_statement(_FREE, [settings.WEBHOOK_PUMP_SLOTS])[0][0])


def take_slot() -> UUID | None:
    """Lease a free slot and return the token that holds it, or None where all are taken."""
    token = uuid4()
    taken = fetch_one_statement(_TAKE, [token, LEASE_SECONDS, settings.WEBHOOK_PUMP_SLOTS])
    return token if taken else None


def renew_slot(token: UUID) -> bool:
    """Extend the lease; False where it ended, so that another may hold the slot already."""
    return bool(fetch_one_statement(_RENEW, [LEASE_SECONDS, token]))


def give_slot_back(token: UUID) -> None:
    """Free the slot for the next pump, unless another has it."""
    fetch_one_statement(_GIVE_BACK, [token])
