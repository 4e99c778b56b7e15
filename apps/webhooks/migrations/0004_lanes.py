from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

import apps.core.ids
from apps.core.schema import RELAY_ROLE, SqlFile, TenantTable

_OLD_FUNCTIONS = """
    DROP FUNCTION IF EXISTS delivery_key(text, text, bigint);
    DROP FUNCTION IF EXISTS claim_deliveries(integer, integer, double precision);
    DROP FUNCTION IF EXISTS complete_deliveries(jsonb, integer);
"""


class Migration(migrations.Migration):
    """Lanes learn from answers: cap, pace, breaker, rate, notices. Subscriptions choose a strategy."""

    dependencies = [("webhooks", "0003_daily_partitions"), ("outbox", "0002_daily_partitions")]

    operations = [
        migrations.RemoveField("lane", "vtime"),
        migrations.AlterField("lane", "cap", models.FloatField(default=8)),
        migrations.AddField("lane", "looked_at", models.DateTimeField(null=True)),
        migrations.AddField("lane", "pace", models.FloatField(null=True)),
        migrations.AddField("lane", "notices", models.SmallIntegerField(default=0)),
        migrations.AddField("lane", "trips", models.SmallIntegerField(default=0)),
        migrations.AddField("lane", "closed_at", models.DateTimeField(null=True)),
        migrations.AddField("lane", "tokens", models.FloatField(default=0)),
        migrations.AddField("lane", "tokens_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "lane",
            models.Index(
                models.F("failing_since"), name="lane_failing", condition=models.Q(failing_since__isnull=False)
            ),
        ),
        migrations.RenameField("webhook", "tests", "told"),
        migrations.AddField(
            "webhook",
            "strategy",
            models.CharField(
                max_length=16,
                choices=[("latest", "latest"), ("each", "each"), ("ordered", "ordered"), ("batch", "batch")],
                default="latest",
            ),
        ),
        migrations.AddField("webhook", "max_per_second", models.SmallIntegerField(null=True, blank=True)),
        migrations.CreateModel(
            "Replay",
            [
                (
                    "id",
                    models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        max_length=16, choices=[("events", "events"), ("failed", "failed"), ("snapshot", "snapshot")]
                    ),
                ),
                ("event_types", ArrayField(models.CharField(max_length=64), null=True)),
                ("position", models.BigIntegerField(default=0)),
                ("last_position", models.BigIntegerField(default=0)),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField()),
                ("after", models.CharField(max_length=200, blank=True, default="", db_collation="C")),
                ("requested_at", models.DateTimeField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
                (
                    "webhook",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=models.DO_NOTHING,
                        related_name="replays",
                        to="webhooks.webhook",
                    ),
                ),
            ],
        ),
        migrations.AddIndex("replay", models.Index(fields=["tenant", "webhook"], name="replay_of_webhook")),
        TenantTable("Replay", references={"webhook_id": "webhooks_webhook"}),
        migrations.AddIndex("attempt", models.Index(fields=["tenant_id", "delivery_id"], name="attempt_of_delivery")),
        # The dispatchers tell of receivers that fail: events like any other.
        migrations.RunSQL(
            f"GRANT INSERT ON outbox_outboxmessage TO {RELAY_ROLE}",
            f"REVOKE INSERT ON outbox_outboxmessage FROM {RELAY_ROLE}",
        ),
        migrations.RunSQL(_OLD_FUNCTIONS, migrations.RunSQL.noop),
        SqlFile("webhooks/domain/lanes.sql"),
        SqlFile("webhooks/domain/fan_out.sql"),
        SqlFile("webhooks/domain/claims.sql"),
        SqlFile("webhooks/domain/completions.sql"),
        SqlFile("webhooks/domain/notices.sql"),
        SqlFile("webhooks/domain/replays.sql"),
    ]
