from django.db import migrations, models

from apps.core.schema import APP_ROLE, SqlFile


class Migration(migrations.Migration):
    """Redelivery: attempts know their event's place in the log, and a command may make a delivery due."""

    dependencies = [("webhooks", "0001_initial")]

    operations = [
        migrations.AddField("attempt", "position", models.BigIntegerField(null=True)),
        migrations.RunSQL(
            f"GRANT INSERT, UPDATE ON webhooks_delivery TO {APP_ROLE}",
            f"REVOKE INSERT, UPDATE ON webhooks_delivery FROM {APP_ROLE}",
        ),
        SqlFile("webhooks/domain/fan_out.sql"),
        SqlFile("webhooks/domain/completions.sql"),
    ]
