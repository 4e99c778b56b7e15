from apps.core.schema import SqlFile
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("inventory", "0002_levels_that_expire")]

    operations = [SqlFile("inventory/queries/stock.sql")]
