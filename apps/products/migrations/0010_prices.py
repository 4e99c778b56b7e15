import django.db.models.deletion
from apps.core.schema import TenantTable
from django.db import migrations, models

# GiST knows the equality of scalars only by an extension (btree_gist), the overlap of ranges without one. So each column
# is said as a range of one point, and two such ranges overlap exactly where the values are equal. Null is everybody and
# everywhere, and equal to itself: it is the empty text.
_POINT = "CREATE TYPE text_point AS RANGE (subtype = text, collation = \"C\")"
_NO_OVERLAP = """
    ALTER TABLE products_price ADD CONSTRAINT price_windows_do_not_overlap EXCLUDE USING gist (
        int8range(tenant_id, tenant_id, '[]') WITH &&,
        text_point(product_id, product_id, '[]') WITH &&,
        text_point(COALESCE(retail_partner_id, ''), COALESCE(retail_partner_id, ''), '[]') WITH &&,
        text_point(COALESCE(channel, ''), COALESCE(channel, ''), '[]') WITH &&,
        text_point(COALESCE(region, ''), COALESCE(region, ''), '[]') WITH &&,
        text_point(currency_code, currency_code, '[]') WITH &&,
        text_point(unit_of_measure, unit_of_measure, '[]') WITH &&,
        int8range(minimum_quantity, minimum_quantity, '[]') WITH &&,
        int4range((promotion IS NULL)::int, (promotion IS NULL)::int, '[]') WITH &&,
        tstzrange(valid_from, valid_to) WITH &&
    ) WHERE (status = 'active')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('products', '0006_storage_conditions'),
        ('retail_partners', '0001_initial'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Price',
            fields=[
                ('id', models.CharField(db_collation='C', editable=False, max_length=64, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('active', 'active'), ('archived', 'archived')], default='active', max_length=16)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('updated_at', models.DateTimeField(editable=False)),
                ('channel', models.CharField(blank=True, max_length=255, null=True)),
                ('region', models.CharField(blank=True, max_length=64, null=True)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=16)),
                ('currency_code', models.CharField(max_length=3)),
                ('unit_of_measure', models.CharField(max_length=8)),
                ('minimum_quantity', models.BigIntegerField()),
                ('promotion', models.CharField(blank=True, max_length=255, null=True)),
                ('valid_from', models.DateTimeField(blank=True, null=True)),
                ('valid_to', models.DateTimeField(blank=True, null=True)),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='products.product')),
                ('retail_partner', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='retail_partners.retailpartner')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'product', 'currency_code'], name='prices_of_a_product'), models.Index(fields=['tenant', 'retail_partner'], name='prices_of_a_partner'), models.Index(fields=['tenant', 'created_at', 'id'], name='prices_by_creation')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__gt', models.F('valid_from'))), name='price_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='price_is_not_negative'), models.CheckConstraint(condition=models.Q(('minimum_quantity__range', (1, 1000000000))), name='price_minimum_is_a_quantity')],
            },
        ),
        migrations.RunSQL(_POINT, "DROP TYPE text_point CASCADE"),
        migrations.RunSQL(_NO_OVERLAP, "ALTER TABLE products_price DROP CONSTRAINT price_windows_do_not_overlap"),
        TenantTable(
            "Price",
            references={
                "product_id": "products_product",
                "retail_partner_id": "retail_partners_retailpartner",
            },
        ),
    ]
