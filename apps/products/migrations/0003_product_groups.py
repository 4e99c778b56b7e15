import django.db.models.deletion
from apps.core.schema import TenantTable
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('products', '0002_packaging'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductGroup',
            fields=[
                ('id', models.CharField(db_collation='C', editable=False, max_length=64, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('active', 'active'), ('archived', 'archived')], default='active', max_length=16)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('updated_at', models.DateTimeField(editable=False)),
                ('name', models.CharField(max_length=255)),
                ('description', models.CharField(blank=True, max_length=4000, null=True)),
                ('varies_by', models.JSONField()),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'created_at', 'id'], name='product_groups_by_creation')],
                'constraints': [models.CheckConstraint(condition=models.Q(('varies_by__0__isnull', False), ('varies_by__5__isnull', True)), name='product_group_varies_by_something')],
            },
        ),
        TenantTable("ProductGroup"),
        migrations.AddField(
            model_name='product',
            name='variant_key',
            field=models.CharField(db_collation='C', editable=False, max_length=64, null=True),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(fields=('tenant', 'group_id', 'variant_key'), name='product_variant_is_unique_in_its_group'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('variant_key', None), ('group_id__isnull', False), _connector='OR'), name='product_variant_has_a_group'),
        ),
        # A group was free text before there were groups: what stands stays, what is written from now on is checked.
        migrations.RunSQL(
            "ALTER TABLE products_product ADD CONSTRAINT products_product_group_id_fk FOREIGN KEY (tenant_id, group_id) "
            "REFERENCES products_productgroup (tenant_id, id) NOT VALID",
            "ALTER TABLE products_product DROP CONSTRAINT products_product_group_id_fk",
        ),
    ]
