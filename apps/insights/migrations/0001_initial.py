import django.db.models.deletion
from django.db import migrations, models

from apps.core.schema import TenantTable


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RefusalTally',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('hour', models.DateTimeField()),
                ('operation', models.CharField(max_length=64)),
                ('code', models.CharField(max_length=64)),
                ('count', models.BigIntegerField()),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'refusals of an hour',
                'verbose_name_plural': 'refusals by hour',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'hour', 'operation', 'code'), name='one_tally_per_hour')],
            },
        ),
        TenantTable("RefusalTally", grants="SELECT, INSERT, UPDATE", relay=""),
    ]
