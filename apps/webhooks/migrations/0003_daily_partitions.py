from django.db import migrations, models

from apps.core.partitions import DailyPartitions
from apps.core.schema import SqlFile


class Migration(migrations.Migration):
    """Attempts in daily partitions; a delivery knows its event's day in the log."""

    dependencies = [("webhooks", "0002_redeliver"), ("outbox", "0002_daily_partitions")]

    operations = [
        migrations.AddField("delivery", "logged_at", models.DateTimeField(null=True)),
        # Where the event is gone, when it was fanned out: a moment after it was logged.
        migrations.RunSQL(
            """
            ALTER TABLE webhooks_delivery NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE outbox_event NO FORCE ROW LEVEL SECURITY;
            UPDATE webhooks_delivery d SET logged_at = coalesce((
                SELECT e.logged_at FROM outbox_event e WHERE e.tenant_id = d.tenant_id AND e.position = d.position
            ), d.first_at);
            ALTER TABLE outbox_event FORCE ROW LEVEL SECURITY;
            ALTER TABLE webhooks_delivery FORCE ROW LEVEL SECURITY;
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AlterField("delivery", "logged_at", models.DateTimeField()),
        DailyPartitions("Attempt", by="at", grants="SELECT, INSERT", relay="SELECT, INSERT"),
        SqlFile("webhooks/domain/fan_out.sql"),
        SqlFile("webhooks/domain/claims.sql"),
        SqlFile("webhooks/domain/days.sql"),
    ]
