from django.db import migrations, models

from apps.core.partitions import DailyPartitions
from apps.core.schema import SqlFile, TenantTable


class Migration(migrations.Migration):
    """The log in daily partitions, and where in it each tenant's positions lie."""

    dependencies = [("outbox", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="FeedDay",
            fields=[
                ("first_position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("tenant_id", models.BigIntegerField()),
                ("logged_on", models.DateField()),
            ],
        ),
        TenantTable("FeedDay", key="first_position", grants="SELECT", relay="SELECT, INSERT, DELETE"),
        # Every position whose predecessor was logged on another day begins a day of its tenant.
        migrations.RunSQL(
            """
            ALTER TABLE outbox_event NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE outbox_feedday NO FORCE ROW LEVEL SECURITY;
            INSERT INTO outbox_feedday (tenant_id, first_position, logged_on)
            SELECT e.tenant_id, e.position, e.logged_on
            FROM (
                SELECT tenant_id, position, logged_on,
                       lag(logged_on) OVER (PARTITION BY tenant_id ORDER BY position) AS previous
                FROM (SELECT *, (logged_at AT TIME ZONE 'UTC')::date AS logged_on FROM outbox_event) logged
            ) e
            WHERE e.logged_on IS DISTINCT FROM e.previous;
            ALTER TABLE outbox_feedday FORCE ROW LEVEL SECURITY;
            """,
            migrations.RunSQL.noop,
        ),
        SqlFile("core/partitions.sql"),
        DailyPartitions(
            "LoggedEventRow", by="logged_at", key="position", grants="SELECT", relay="SELECT, INSERT, DELETE"
        ),
        SqlFile("outbox/domain/relay.sql"),
        SqlFile("outbox/domain/log.sql"),
        SqlFile("outbox/domain/days.sql"),
    ]
