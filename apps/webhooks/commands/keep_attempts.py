"""Keep the days of attempts: the next ones have their partitions, those behind the retention are gone."""

import psycopg
from django.conf import settings

from apps.outbox.domain.upkeep import Upkeep, keep_days


def keep_attempts() -> Upkeep:
    """Make the attempts' partitions of the next days and drop those older than ATTEMPT_RETENTION_DAYS."""
    with psycopg.connect(settings.DATABASE_RELAY_URL, autocommit=True, connect_timeout=3) as connection:
        return keep_days(
            connection,
            make="SELECT make_attempts_day(%s)",
            drop="SELECT drop_attempts_day(%s)",
            keep=settings.ATTEMPT_RETENTION_DAYS,
        )
