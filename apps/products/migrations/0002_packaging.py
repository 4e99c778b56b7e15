import django.db.models.deletion
from apps.core.schema import SqlFile, TenantTable
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('products', '0001_initial'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Packaging',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('unit_of_measure', models.CharField(db_collation='C', max_length=8)),
                ('numerator', models.BigIntegerField()),
                ('denominator', models.BigIntegerField()),
                ('gtin', models.CharField(blank=True, max_length=14, null=True)),
                ('created_at', models.DateTimeField()),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='products.product')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'packaging',
                'verbose_name_plural': 'packaging',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'product', 'unit_of_measure'), name='packaging_unit_is_unique_in_its_product'), models.UniqueConstraint(fields=('tenant', 'gtin'), name='packaging_gtin_is_unique'), models.CheckConstraint(condition=models.Q(('denominator__range', (1, 1000000000)), ('numerator__range', (1, 1000000000))), name='packaging_factor_is_positive')],
            },
        ),
        # No UPDATE: a factor never changes.
        TenantTable("Packaging", references={"product_id": "products_product"}, grants="SELECT, INSERT, DELETE"),
        SqlFile("products/domain/units.sql"),
    ]
