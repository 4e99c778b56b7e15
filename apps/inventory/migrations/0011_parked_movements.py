import django.db.models.deletion
import uuid
from apps.core.schema import TenantTable
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0009_back_orders'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ParkedMovement',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('version', models.BigIntegerField(default=1)),
                ('status', models.CharField(default='parked', max_length=16)),
                ('application_id', models.BigIntegerField()),
                ('party_type', models.CharField(max_length=16)),
                ('party_id', models.CharField(db_collation='C', max_length=64)),
                ('partner_sku', models.CharField(db_collation='C', max_length=64)),
                ('movement', models.JSONField()),
                ('request_id', models.CharField(max_length=64)),
                ('product_id', models.CharField(db_collation='C', max_length=64, null=True)),
                ('transaction_ids', models.JSONField(default=list)),
                ('problem', models.JSONField(null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'created_at', 'id'], name='parked_by_creation'), models.Index(condition=models.Q(('status', 'parked')), fields=['tenant', 'party_type', 'party_id', 'partner_sku'], name='parked_by_code')],
            },
        ),
        TenantTable("ParkedMovement"),
    ]
