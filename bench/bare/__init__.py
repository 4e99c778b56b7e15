"""Nothing but the statement: what PostgreSQL does with one movement, for pgbench and for Starlette with asyncpg."""
