"""Keep the log's days, as the relay's role: the next have their partitions, those behind the retention are gone."""

import psycopg
from django.conf import settings

from apps.outbox.domain.upkeep import Upkeep, keep_days

# First, so that a reader is never sent to a partition that has gone: what has no day is no longer kept.
_FORGET = "DELETE FROM outbox_feedday WHERE logged_on < (now() AT TIME ZONE 'UTC')::date - %s"


def keep_log() -> Upkeep:
    """Make the log's partitions of the next days and drop those older than EVENT_RETENTION_DAYS."""
    keep = settings.EVENT_RETENTION_DAYS
    with psycopg.connect(settings.DATABASE_RELAY_URL, autocommit=True, connect_timeout=3) as connection:
        connection.execute(_FORGET, (keep,))
        return keep_days(connection, make="SELECT make_log_day(%s)", drop="SELECT drop_log_day(%s)", keep=keep)
