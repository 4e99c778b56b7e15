import django.db.models.deletion
from apps.core.schema import TenantTable
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('products', '0012_sku_mappings'),
        ('retail_partners', '0001_initial'),
        ('suppliers', '0001_initial'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='FieldMapping',
            fields=[
                ('id', models.CharField(db_collation='C', editable=False, max_length=64, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('active', 'active'), ('archived', 'archived')], default='active', max_length=16)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('updated_at', models.DateTimeField(editable=False)),
                ('resource', models.CharField(max_length=16)),
                ('fields', models.JSONField(default=dict)),
                ('attribute_fields', models.JSONField(default=dict)),
                ('retail_partner', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='retail_partners.retailpartner')),
                ('supplier', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='suppliers.supplier')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'created_at', 'id'], name='field_mappings_by_creation')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'supplier', 'resource'), name='fields_are_mapped_once_for_a_supplier'), models.UniqueConstraint(fields=('tenant', 'retail_partner', 'resource'), name='fields_are_mapped_once_for_a_partner'), models.CheckConstraint(condition=models.Q(models.Q(('retail_partner__isnull', False), ('supplier__isnull', True)), models.Q(('retail_partner__isnull', True), ('supplier__isnull', False)), _connector='OR'), name='fields_are_of_one_party')],
            },
        ),
        TenantTable(
            "FieldMapping",
            references={
                "supplier_id": "suppliers_supplier",
                "retail_partner_id": "retail_partners_retailpartner",
            },
        ),
    ]
