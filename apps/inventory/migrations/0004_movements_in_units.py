from apps.core.schema import SqlFile
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("inventory", "0003_item_by_key"), ("products", "0002_packaging")]

    operations = [SqlFile("inventory/domain/kernel.sql")]
