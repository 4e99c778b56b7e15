from apps.core.schema import SqlFile
from django.db import migrations


class Migration(migrations.Migration):
    """What the readers of the log share: who wants which event, and where the logs stand."""

    dependencies = [("outbox", "0002_daily_partitions")]

    operations = [SqlFile("outbox/domain/matching.sql"), SqlFile("outbox/domain/heads.sql")]
