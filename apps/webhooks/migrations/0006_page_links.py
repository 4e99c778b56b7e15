import django.db.models.deletion
from django.db import migrations, models

from apps.core.schema import TenantTable


class Migration(migrations.Migration):
    """The links by which partners open a page of their own. The dispatcher has no business with them."""

    dependencies = [
        ('tenancy', '0001_initial'),
        ('webhooks', '0005_shared_matching'),
    ]

    operations = [
        migrations.CreateModel(
            name='PageLink',
            fields=[
                ('id', models.CharField(db_collation='C', editable=False, max_length=64, primary_key=True, serialize=False)),
                ('token_hash', models.CharField(db_collation='C', editable=False, max_length=64)),
                ('party_type', models.CharField(choices=[('tenant', 'tenant'), ('supplier', 'supplier'), ('retailPartner', 'retailPartner')], max_length=16)),
                ('party_id', models.CharField(max_length=64)),
                ('made_by', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'partner page',
                'indexes': [models.Index(fields=['tenant', 'party_type', 'party_id'], name='page_of_party')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'token_hash'), name='page_token_is_unique'), models.CheckConstraint(condition=models.Q(models.Q(('party_type', 'tenant'), _negated=True), models.Q(('party_id', ''), _negated=True)), name='page_is_a_partner_s'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('created_at'))), name='page_ends_after_it_begins')],
            },
        ),
        TenantTable("PageLink", relay=""),
    ]
