"""The migration operation that makes a table a tenant's: keys, policy, grants, all at once.

Django's model keeps one `id`. The database's primary key is `(tenant_id, id)`; every foreign key to another tenant
table is composite, because foreign-key and unique checks ignore row level security (a tenant could otherwise
reference, and so detect, another tenant's row). `tests/unit/test_schema.py` reads `pg_catalog` and fails on any
table that differs.
"""

from pathlib import Path
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

_ROOT = Path(__file__).resolve().parent.parent

APP_ROLE = "stockwire_app"
RELAY_ROLE = "stockwire_relay"
SUPPORT_ROLE = "stockwire_support"
BACKUP_ROLE = "stockwire_backup"

# One equality, evaluated once a statement. Without `missing_ok`: forgetting the context raises, it never guesses.
TENANT_EQUALITY = "tenant_id = (SELECT current_setting('app.tenant_id')::bigint)"


class TenantTable(Operation):
    """Turns a freshly created table into a tenant table.

    `grants` is what the application's role may do; `relay` what the relay's role may do across tenants (an explicit
    policy, not BYPASSRLS, which managed servers may not grant). `references` maps a column to the tenant table that
    it names. `append_only` adds a trigger that refuses UPDATE and DELETE for everybody, the owner included.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(
        self,
        model: str,
        *,
        key: str = "id",
        references: dict[str, str] | None = None,
        grants: str = "SELECT, INSERT, UPDATE, DELETE",
        relay: str = "SELECT",
        append_only: bool = False,
        fillfactor: int | None = None,
    ) -> None:
        self.model = model
        self.key = key
        self.references = references or {}
        self.grants = grants
        self.relay = relay
        self.append_only = append_only
        self.fillfactor = fillfactor

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Django's picture of the model does not change."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        # Django adds a pattern index to text keys; nothing here searches keys by prefix, and it lacks the tenant.
        schema_editor.deferred_sql = [
            statement
            for statement in schema_editor.deferred_sql
            if not (
                str(statement).startswith("CREATE INDEX")
                and "_like" in str(statement)
                and f'"{table}"' in str(statement)
            )
        ]
        for statement in self.statements(table):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """The table itself is dropped by the operation before this one."""

    def statements(self, table: str) -> list[str]:
        """Return the SQL, in order."""
        sql = [
            # The owner is bound by the policies too; validating a key of the still empty table needs some tenant.
            "SELECT set_config('app.tenant_id', '0', true)",
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey",
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY ({self._key_columns()})",
        ]
        sql += [
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fk "
            f"FOREIGN KEY (tenant_id, {column}) REFERENCES {target} (tenant_id, id)"
            for column, target in self.references.items()
        ]
        sql += self._protection(table)
        if self.fillfactor:
            sql.append(f"ALTER TABLE {table} SET (fillfactor = {self.fillfactor})")
        return sql

    def _protection(self, table: str) -> list[str]:
        """Return what isolates the tenants: policies, grants, and the trigger of what is only appended."""
        sql = [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant ON {table} USING ({TENANT_EQUALITY}) WITH CHECK ({TENANT_EQUALITY})",
            f"CREATE POLICY support ON {table} FOR SELECT TO {SUPPORT_ROLE} USING (true)",
            f"CREATE POLICY backup ON {table} FOR SELECT TO {BACKUP_ROLE} USING (true)",
            f"REVOKE ALL ON {table} FROM {APP_ROLE}, {RELAY_ROLE}, PUBLIC",
            f"GRANT {self.grants} ON {table} TO {APP_ROLE}",
            f"GRANT SELECT ON {table} TO {SUPPORT_ROLE}, {BACKUP_ROLE}",
        ]
        if self.relay:
            sql += [
                f"CREATE POLICY relay ON {table} TO {RELAY_ROLE} USING (true) WITH CHECK (true)",
                f"GRANT {self.relay} ON {table} TO {RELAY_ROLE}",
            ]
        if self.append_only:
            sql.append(
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return sql

    def _key_columns(self) -> str:
        return self.key if self.key == "tenant_id" else f"tenant_id, {self.key}"

    def describe(self) -> str:
        """Return the line that `migrate` shows."""
        return f"Tenant keys, row level security and grants of {self.model}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs = {
            "key": self.key,
            "references": self.references,
            "grants": self.grants,
            "relay": self.relay,
            "append_only": self.append_only,
            "fillfactor": self.fillfactor,
        }
        return self.__class__.__qualname__, [self.model], kwargs


class SqlFile(Operation):
    """Runs a `.sql` file that stands beside its only caller. The file says CREATE OR REPLACE, so it may run again."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, path: str) -> None:
        self.path = path

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Functions are not part of Django's picture."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        # Functions of one file may name those of the next.
        schema_editor.execute("SET LOCAL check_function_bodies = off", params=None)
        schema_editor.execute((_ROOT / self.path).read_text(encoding="utf-8"), params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """A function without its tables does no harm; the next run replaces it."""

    def describe(self) -> str:
        """Return the line that `migrate` shows."""
        return f"Install {self.path}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__qualname__, [self.path], {}
