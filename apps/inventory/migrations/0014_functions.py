from apps.core.schema import SqlFile
from django.db import migrations

# All of stock's functions as they are now. A change of one of the files comes with a migration that takes this one's
# place at the end: a file says what a function is, and runs only where the tables that it names are there.
_FILES = (
    "domain/availability",
    "domain/pools",
    "domain/facts",
    "domain/booking",
    "domain/crossings",
    "domain/leases",
    "domain/backorders",
    "domain/counts",
    "domain/conflicts",
    "domain/roads",
    "domain/kernel",
    "queries/stock",
    "queries/batch_trace",
)
# These have other parameters, or results, by now.
_OLD_FUNCTIONS = """
DROP FUNCTION IF EXISTS stock_fill_due(bigint, integer);
DROP FUNCTION IF EXISTS stock_sweep_batch(bigint, bigint, timestamptz)
"""


class Migration(migrations.Migration):

    dependencies = [("inventory", "0012_parked_reviews"), ("products", "0002_packaging"), ("suppliers", "0002_back_orders")]

    operations = [
        migrations.RunSQL(_OLD_FUNCTIONS, migrations.RunSQL.noop),
        *(SqlFile(f"inventory/{name}.sql") for name in _FILES),
    ]
