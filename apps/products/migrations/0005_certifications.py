import django.db.models.deletion
from apps.core.schema import TenantTable
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('products', '0004_compatibility'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Certification',
            fields=[
                ('id', models.CharField(db_collation='C', editable=False, max_length=64, primary_key=True, serialize=False)),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('updated_at', models.DateTimeField(editable=False)),
                ('scheme', models.CharField(max_length=100)),
                ('issuer', models.CharField(max_length=255)),
                ('number', models.CharField(max_length=100)),
                ('valid_from', models.DateField(null=True)),
                ('valid_to', models.DateField(null=True)),
                ('document_url', models.CharField(max_length=2000, null=True)),
                ('told', models.CharField(default='', editable=False, max_length=8)),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='products.product')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'product', 'id'], name='certifications_of_a_product'), models.Index(condition=models.Q(('valid_to__isnull', False), models.Q(('told', 'expired'), _negated=True)), fields=['tenant', 'valid_to'], name='certifications_to_tell_of')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'product', 'scheme', 'issuer', 'number'), name='certification_is_unique_in_its_product'), models.CheckConstraint(condition=models.Q(('valid_to__gte', models.F('valid_from'))), name='certification_ends_after_it_begins')],
            },
        ),
        TenantTable("Certification", references={"product_id": "products_product"}),
    ]
