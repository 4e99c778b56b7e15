from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("inventory", "0002_levels_that_expire")]

    operations = []  # the function comes with the newest migration that changes it
