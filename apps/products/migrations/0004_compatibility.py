import django.contrib.postgres.constraints
import django.db.models.deletion
from apps.core.schema import TenantTable
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('products', '0003_product_groups'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        # Trusted: whoever owns the database may create it. Equality inside a GiST index.
        BtreeGistExtension(),
        migrations.CreateModel(
            name='Compatibility',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('make', models.CharField(max_length=100)),
                ('model', models.CharField(max_length=100)),
                ('year_from', models.IntegerField()),
                ('year_to', models.IntegerField()),
                ('engine', models.CharField(max_length=100, null=True)),
                ('trim', models.CharField(max_length=100, null=True)),
                ('position', models.CharField(max_length=100, null=True)),
                ('notes', models.CharField(max_length=1000, null=True)),
                ('make_key', models.CharField(db_collation='C', max_length=100)),
                ('model_key', models.CharField(db_collation='C', max_length=100)),
                ('engine_key', models.CharField(db_collation='C', max_length=100)),
                ('vehicle_key', models.UUIDField()),
                ('created_at', models.DateTimeField()),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='products.product')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name_plural': 'compatibility',
                'indexes': [models.Index(fields=['tenant', 'make_key', 'model_key', 'year_from'], include=('year_to', 'engine_key', 'product'), name='compatibility_by_vehicle'), models.Index(fields=['tenant', 'product', 'vehicle_key'], name='compatibility_of_a_product')],
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('tenant', '='), ('vehicle_key', '='), (models.Func(models.F('year_from'), models.F('year_to'), models.Value('[]'), function='int4range'), '&&')], name='compatibility_years_do_not_overlap'), models.CheckConstraint(condition=models.Q(('year_from__gte', 1885), ('year_to__gte', models.F('year_from')), ('year_to__lte', 2100)), name='compatibility_years_are_in_order')],
            },
        ),
        # No UPDATE: a vehicle is added and removed.
        TenantTable("Compatibility", references={"product_id": "products_product"}, grants="SELECT, INSERT, DELETE"),
    ]
