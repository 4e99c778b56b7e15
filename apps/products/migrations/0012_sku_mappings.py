import django.db.models.deletion
from apps.core.schema import TenantTable
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('products', '0011_order_rules'),
        ('retail_partners', '0001_initial'),
        ('suppliers', '0001_initial'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SkuMapping',
            fields=[
                ('id', models.CharField(db_collation='C', editable=False, max_length=64, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('active', 'active'), ('archived', 'archived')], default='active', max_length=16)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('updated_at', models.DateTimeField(editable=False)),
                ('partner_sku', models.CharField(db_collation='C', max_length=64)),
                ('unit_of_measure', models.CharField(blank=True, max_length=8, null=True)),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='products.product')),
                ('retail_partner', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='retail_partners.retailpartner')),
                ('supplier', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='suppliers.supplier')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'SKU mapping',
                'indexes': [models.Index(fields=['tenant', 'product'], name='sku_mappings_of_a_product'), models.Index(fields=['tenant', 'created_at', 'id'], name='sku_mappings_by_creation')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'supplier', 'partner_sku'), name='own_code_is_unique_of_its_supplier'), models.UniqueConstraint(fields=('tenant', 'retail_partner', 'partner_sku'), name='own_code_is_unique_of_its_partner'), models.CheckConstraint(condition=models.Q(models.Q(('retail_partner__isnull', False), ('supplier__isnull', True)), models.Q(('retail_partner__isnull', True), ('supplier__isnull', False)), _connector='OR'), name='own_code_is_of_one_party')],
            },
        ),
        TenantTable(
            "SkuMapping",
            references={
                "supplier_id": "suppliers_supplier",
                "retail_partner_id": "retail_partners_retailpartner",
                "product_id": "products_product",
            },
        ),
    ]
