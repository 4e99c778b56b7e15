"""Forget idempotency keys after 72 hours, of all tenants: as the relay's role, in small transactions."""

from datetime import timedelta

import psycopg
from django.conf import settings

KEPT_FOR = timedelta(hours=72)
_BATCH = 5_000
_FORGET = """
    DELETE FROM outbox_idempotencyrecord WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM outbox_idempotencyrecord WHERE created_at < now() - %s LIMIT %s))
"""


def forget_idempotency_keys() -> int:
    """Delete records that are older than 72 hours and return how many there were."""
    forgotten = 0
    with psycopg.connect(settings.DATABASE_RELAY_URL, autocommit=True, connect_timeout=3) as connection:
        while deleted := connection.execute(_FORGET, (KEPT_FOR, _BATCH)).rowcount:
            forgotten += deleted
    return forgotten
