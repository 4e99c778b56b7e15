from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('products', '0005_certifications'),
    ]

    operations = [
        migrations.AddField(
            model_name='product',
            name='storage_conditions',
            field=models.JSONField(blank=True, null=True),
        ),
    ]
