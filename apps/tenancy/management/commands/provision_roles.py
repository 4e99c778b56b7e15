"""Makes the database roles that the application, the relay, support and backup work as."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections
from psycopg import sql

from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options
from apps.core.schema import APP_ROLE, BACKUP_ROLE, RELAY_ROLE, SUPPORT_ROLE

# Milliseconds. `lock_timeout` bounds the wait for a busy item or a twin's key; a web statement never runs for long.
_APP_LIMITS = {"statement_timeout": 10_000, "lock_timeout": 2_000, "idle_in_transaction_session_timeout": 15_000}
_RELAY_LIMITS = {"statement_timeout": 60_000, "lock_timeout": 5_000, "idle_in_transaction_session_timeout": 15_000}


class Command(BaseCommand):
    help = (
        "Make or update the roles named in DATABASE_URL and DATABASE_RELAY_URL, as the role in DATABASE_OWNER_URL. "
        "Safe to run again; run it before `migrate`."
    )
    examples = "  python manage.py provision_roles && python manage.py migrate"
    database = "owner"

    def run(self, options: Options) -> None:
        app_login = _credentials(settings.DATABASE_URL, "DATABASE_URL")
        relay_login = _credentials(settings.DATABASE_RELAY_URL, "DATABASE_RELAY_URL")
        with connections["owner"].cursor() as cursor:
            for role in (APP_ROLE, RELAY_ROLE, SUPPORT_ROLE, BACKUP_ROLE):
                _ensure_role(cursor, role)
            for (name, password), group, limits in (
                (app_login, APP_ROLE, _APP_LIMITS),
                (relay_login, RELAY_ROLE, _RELAY_LIMITS),
            ):
                _ensure_role(cursor, name)
                _run(cursor, "ALTER ROLE {role} LOGIN PASSWORD {password}", role=name, password=sql.Literal(password))
                _run(cursor, "GRANT {group} TO {role}", group=sql.Identifier(group), role=name)
                for setting, value in limits.items():
                    _run(
                        cursor,
                        f"ALTER ROLE {{role}} SET {setting} = {{value}}",
                        role=name,
                        value=sql.Literal(str(value)),
                    )
            # Tables of Django and of the OAuth toolkit belong to no tenant; a tenant's table takes these back and
            # grants its own (apps.core.schema.TenantTable).
            _run(cursor, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            for group in (APP_ROLE, RELAY_ROLE, SUPPORT_ROLE, BACKUP_ROLE):
                _run(cursor, "GRANT USAGE ON SCHEMA public TO {group}", group=sql.Identifier(group))
            _run(
                cursor,
                "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {group}",
                group=sql.Identifier(APP_ROLE),
            )
            for group in (APP_ROLE, RELAY_ROLE):
                _run(
                    cursor,
                    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {group}",
                    group=sql.Identifier(group),
                )
        self.stdout.write(f"Roles ready: {app_login[0]} (application), {relay_login[0]} (relay).")


def _credentials(url: str, variable: str) -> tuple[str, str]:
    parts = urlsplit(url)
    if not parts.username or not parts.password:
        raise CommandError(f"{variable} must name a user and a password.")
    return unquote(parts.username), unquote(parts.password)


def _ensure_role(cursor: Any, role: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone() is None:
        _run(cursor, "CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS", role=role)


def _run(cursor: Any, statement: str, **parts: str | sql.Composable) -> None:
    composed = {name: sql.Identifier(part) if isinstance(part, str) else part for name, part in parts.items()}
    cursor.execute(sql.SQL(statement).format(**composed))
