from apps.core.schema import SqlFile
from django.db import migrations


class Migration(migrations.Migration):
    """The fan-out asks the rule that it shares with the other readers of the log."""

    dependencies = [("webhooks", "0004_lanes"), ("outbox", "0003_readers_of_the_log")]

    operations = [SqlFile("webhooks/domain/fan_out.sql")]
