"""Everything that is stored of a tenant, in one number a table: what a refused request must leave as it was."""

from django.db import connection

from apps.outbox.unit_of_work import as_tenant
from tests.support.stock import tenant_tables


def digest_of(tenant_id: int) -> dict[str, str]:
    """Return a digest of every row of every table of a tenant; its clients are no part of its books."""
    parts = [
        f"SELECT '{table}', count(*) || ' ' || md5(COALESCE(string_agg(t::text, '|' ORDER BY t::text), ''))"
        f" FROM {table} t WHERE tenant_id = %(tenant)s"
        for table in tenant_tables()
    ]
    with as_tenant(tenant_id), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), {"tenant": tenant_id})
        return dict(cursor.fetchall())
