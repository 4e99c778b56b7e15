"""The one thing done as PostgreSQL's superuser: the owner's role and its database."""

import psycopg
from psycopg import sql

OWNER = "stockwire_owner"
DATABASE = "stockwire"


def bootstrap(superuser_url: str, *, owner_password: str, database: str = DATABASE) -> None:
    """Create the role `stockwire_owner` and its database, or set the role's password again; safe to repeat.

    Everything else, tables, application roles and grants, belongs to the owner: `provision_roles` and `migrate`.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (OWNER,)).fetchone()
        statement = "ALTER ROLE {} {} PASSWORD {}" if known else "CREATE ROLE {} {} PASSWORD {}"
        attributes = sql.SQL("LOGIN CREATEROLE NOSUPERUSER")
        connection.execute(sql.SQL(statement).format(sql.Identifier(OWNER), attributes, sql.Literal(owner_password)))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
