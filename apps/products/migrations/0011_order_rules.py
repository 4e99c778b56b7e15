import django.db.models.deletion
from apps.core.schema import TenantTable
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('products', '0010_prices'),
        ('retail_partners', '0001_initial'),
        ('suppliers', '0001_initial'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='OrderRule',
            fields=[
                ('id', models.CharField(db_collation='C', editable=False, max_length=64, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('active', 'active'), ('archived', 'archived')], default='active', max_length=16)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('updated_at', models.DateTimeField(editable=False)),
                ('unit_of_measure', models.CharField(max_length=8)),
                ('minimum_quantity', models.BigIntegerField(blank=True, null=True)),
                ('order_multiple', models.BigIntegerField(blank=True, null=True)),
                ('base_minimum', models.BigIntegerField(editable=False)),
                ('base_multiple', models.BigIntegerField(editable=False)),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='products.product')),
                ('retail_partner', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='retail_partners.retailpartner')),
                ('supplier', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='suppliers.supplier')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'created_at', 'id'], name='order_rules_by_creation')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'supplier', 'product', 'retail_partner'), name='order_rule_is_the_only_one', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('base_minimum__range', (1, 1000000000)), ('base_multiple__range', (1, 1000000000))), name='order_rule_counts_base_units'), models.CheckConstraint(condition=models.Q(('minimum_quantity__isnull', False), ('order_multiple__isnull', False), _connector='OR'), name='order_rule_says_something')],
            },
        ),
        TenantTable(
            "OrderRule",
            references={
                "supplier_id": "suppliers_supplier",
                "product_id": "products_product",
                "retail_partner_id": "retail_partners_retailpartner",
            },
        ),
    ]
