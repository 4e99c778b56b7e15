"""The database as it is (`pg_catalog`): every tenant table has the keys, the policy and the grants that isolate it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps as registry
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, connections, transaction

from apps.core.schema import APP_ROLE, RELAY_ROLE
from apps.outbox.unit_of_work import as_tenant, set_tenant
from apps.suppliers.models import Supplier
from tests.factories import master_data
from tests.support.api import TestTenant

# Read only by `access`, by the hash of a secret, or about people: no policy, because the tenant is not known yet.
IDENTITY = {
    "access_application",
    "tenancy_membership",
    "tenancy_tenant",
    "tenancy_user",
    "tenancy_user_groups",
    "tenancy_user_user_permissions",
    "oauth2_provider_accesstoken",
    "oauth2_provider_devicegrant",
    "oauth2_provider_grant",
    "oauth2_provider_idtoken",
    "oauth2_provider_refreshtoken",
    "django_session",
    "django_admin_log",
}
# The same for everybody; nothing of a tenant's.
REFERENCE = {
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "webhooks_pumpslot",
}
_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = "(tenant_id = ( SELECT (current_setting('app.tenant_id'::text))::bigint AS current_setting))"
# The relay claims lanes of all tenants by what is due; its index cannot begin with a tenant that it does not know.
PLAIN_INDEXES_WITHOUT_TENANT = {"lane_next_due", "lane_failing"}


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _tables() -> set[str]:
    return {
        str(name)
        for (name,) in _rows(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace"
        )
    }


TENANT_TABLES = sorted(
    model._meta.db_table
    for config in registry.get_app_configs()
    if config.name.startswith("apps.")
    for model in config.get_models()
    if model._meta.db_table not in IDENTITY | REFERENCE
)


def test_every_table_is_of_one_of_the_three_kinds() -> None:
    assert _tables() == IDENTITY | REFERENCE | set(TENANT_TABLES)


@pytest.mark.parametrize("table", TENANT_TABLES)
class TestTenantTable:
    def test_has_a_tenant_first_in_every_key(self, table: str) -> None:
        indexes = _rows(f"""
            SELECT c.relname, i.indisunique, i.indisprimary, a.attname
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indrelid = '{table}'::regclass
        """)

        assert sum(1 for _, _, primary, _ in indexes if primary) == 1
        other = [row for row in indexes if row[3] != "tenant_id" and row[0] not in PLAIN_INDEXES_WITHOUT_TENANT]
        assert other == []
        assert [row for row in indexes if row[0] in PLAIN_INDEXES_WITHOUT_TENANT and row[1]] == []

    def test_has_a_tenant_that_is_never_null(self, table: str) -> None:
        assert _rows(f"""
            SELECT format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
            WHERE attrelid = '{table}'::regclass AND attname = 'tenant_id'
        """) == [("bigint", True)]

    def test_has_foreign_keys_only_with_the_tenant(self, table: str) -> None:
        keys = _rows(f"""
            SELECT conname, confrelid::regclass::text,
                   (SELECT array_agg(attname ORDER BY n) FROM unnest(conkey) WITH ORDINALITY k(num, n)
                    JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = num)
            FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'f'
        """)

        loose = [key for key in keys if key[2][0] != "tenant_id"]

        assert loose == []
        assert {key[1] for key in keys} <= set(TENANT_TABLES) | {"tenancy_tenant"}

    def test_is_under_forced_row_level_security_with_the_one_policy(self, table: str) -> None:
        assert _rows(f"SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = '{table}'::regclass") == [
            (True, True)
        ]
        policies = _rows(f"""
            SELECT policyname, roles::text[], cmd, qual, with_check FROM pg_policies WHERE tablename = '{table}'
        """)
        for_everybody = [row for row in policies if row[1] == ["public"]]
        assert for_everybody == [("tenant", ["public"], "ALL", POLICY, POLICY)]
        assert [row for row in policies if APP_ROLE in row[1]] == []

    def test_grants_the_application_no_truncate_and_the_relay_only_what_it_needs(self, table: str) -> None:
        grants = _rows(f"""
            SELECT grantee, privilege_type FROM information_schema.role_table_grants
            WHERE table_name = '{table}' AND grantee IN ('{APP_ROLE}', '{RELAY_ROLE}', 'PUBLIC')
        """)

        assert {privilege for _, privilege in grants} <= {"SELECT", "INSERT", "UPDATE", "DELETE"}
        assert [row for row in grants if row[0] == "PUBLIC"] == []


def test_the_application_neither_owns_nor_bypasses() -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
                   EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid)
            FROM pg_roles WHERE rolname = current_user
        """)
        assert cursor.fetchone() == (False, False, False, False, False)


def test_every_function_but_the_doors_to_partitions_runs_as_its_caller_and_every_view_too() -> None:
    # Each takes a number of days; tests/unit/outbox/test_partitions.py says who may call them.
    assert _rows("""
        SELECT proname, pg_get_function_identity_arguments(oid), proconfig::text[] FROM pg_proc
        WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY proname
    """) == [
        (name, f"{argument} integer", ["search_path=public, pg_temp", "lock_timeout=200ms"])
        for name, argument in (
            ("drop_attempts_day", "p_keep"),
            ("drop_log_day", "p_keep"),
            ("make_attempts_day", "p_ahead"),
            ("make_log_day", "p_ahead"),
        )
    ]
    assert _rows("SELECT viewname FROM pg_views WHERE schemaname = 'public'") == []


def test_forgetting_the_tenant_raises_and_never_guesses(tenant: TestTenant) -> None:
    # On a connection that had a tenant before, the setting is empty, which is no number either.
    forgotten = r"app\.tenant_id|invalid input syntax for type bigint"
    with pytest.raises(DatabaseError, match=forgotten):
        list(Supplier.objects.all())
    with as_tenant(tenant.id):
        assert list(Supplier.objects.all()) == []
    with pytest.raises(DatabaseError, match=forgotten):
        list(Supplier.objects.all())


def test_a_tenant_reads_and_writes_nothing_of_another(tenant: TestTenant, other_tenant: TestTenant) -> None:
    other_tenant.operator.post("/v1/suppliers", {"supplierId": "S1", "name": "Theirs"})

    with as_tenant(tenant.id):
        assert Supplier.objects.filter(tenant_id=other_tenant.id).count() == 0
        assert Supplier.objects.filter(pk="S1").update(name="Ours") == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Supplier.objects.create(
                tenant_id=other_tenant.id, id="S2", name="Smuggled", created_at=_MOMENT, updated_at=_MOMENT
            )


def test_a_foreign_key_cannot_name_another_tenants_row(tenant: TestTenant, other_tenant: TestTenant) -> None:
    other_tenant.operator.post("/v1/suppliers", {"supplierId": "S1", "name": "Theirs"})

    with as_tenant(tenant.id), connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute(
            "INSERT INTO inventory_batch (tenant_id, supplier_id, product_id, number) VALUES (%s, 'S1', 'P1', 'B')",
            [tenant.id],
        )


def test_the_ledger_is_append_only_even_for_its_owner(tenant: TestTenant) -> None:
    for alias in ("default", "owner"):
        for statement in (
            "UPDATE transactions_stocktransaction SET type = 'sale'",
            "DELETE FROM transactions_stocktransaction",
            "TRUNCATE transactions_stocktransaction",
        ):
            cursor = connections[alias].cursor()
            with pytest.raises(ProgrammingError), transaction.atomic(using=alias), cursor:
                cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant.id)])
                cursor.execute(statement)


def test_stock_cannot_be_oversold_by_any_statement(tenant: TestTenant) -> None:
    master_data.make_supplier(tenant, "S1")
    master_data.make_product(tenant, "P1")
    master_data.make_warehouse(tenant, "W1")
    tenant.operator.post(
        "/v1/inventory/S1/P1", {"type": "receipt", "quantity": 5, "warehouseLocation": "W1"}, key="receipt"
    )

    with pytest.raises(IntegrityError, match="level_is_not_oversold"), transaction.atomic():
        set_tenant(tenant.id)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE inventory_stocklevel SET on_hand = on_hand - 6")
