import django.db.models.deletion
from apps.core.schema import TenantTable
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0004_stock_in_depth'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='IntegrityReport',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('checked_at', models.DateTimeField()),
                ('seconds', models.FloatField()),
                ('balanced', models.BooleanField()),
                ('rules', models.JSONField()),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
        ),
        # No UPDATE: what a check found stays what it found.
        TenantTable("IntegrityReport", grants="SELECT, INSERT, DELETE"),
    ]
