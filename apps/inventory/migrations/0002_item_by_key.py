from apps.core.schema import SqlFile
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("inventory", "0001_initial")]

    operations = [SqlFile("inventory/queries/stock.sql")]
