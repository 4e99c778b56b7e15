"""The one typed reader of the environment.

Order of precedence: the process environment, then `.data/env` (written by the sandbox supervisor), then the
default below. Defaults are safe for development; `manage.py check --deploy` refuses the ones that are not safe
in production.
"""

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
DEVELOPMENT_SECRET_KEY = "development-only-secret-key-that-check-deploy-refuses"  # noqa: S105 -- refused in production by a check
UNCONFIGURED_DATABASE = "postgresql://unconfigured@127.0.0.1:1/unconfigured"
# `drop_day_partition` refuses less, too.
LEAST_RETENTION_DAYS = 4

_env = environ.Env()
_state_dir = Path(_env.str("STOCKWIRE_STATE_DIR", default=str(BASE_DIR / ".data")))
if (_state_dir / "env").is_file():
    environ.Env.read_env(_state_dir / "env", overwrite=False)


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything that differs between two installations."""

    database_url: str
    database_owner_url: str
    database_relay_url: str
    redis_url: str
    secret_key: str
    production: bool
    allowed_hosts: tuple[str, ...]
    public_url: str
    stream_url: str
    stream_max_clients: int
    trusted_proxies: int
    database_pool_size: int
    database_pooler: str
    webhook_allow_private: bool
    metrics_token: str
    metrics_listen: str
    integrity_check_cron: str
    stock_expiring_days: int
    certification_expiring_days: int
    event_retention_days: int
    attempt_retention_days: int
    log_format: str
    log_level: str


def relay_url(database_url: str, secret_key: str) -> str:
    """Return the relay role's URL: same server, user `<user>_relay`, a password derived from the secret key.

    A derived password keeps an installation at two database URLs; the role exists to catch mistakes (a web process
    cannot read across tenants by forgetting a filter), not to withstand somebody who already holds the secret key.
    """
    parts = urlsplit(database_url)
    password = hmac.new(secret_key.encode(), b"database-role:relay", hashlib.sha256).hexdigest()
    user = quote(f"{unquote(parts.username or 'stockwire')}_relay", safe="")
    host = f"{parts.hostname or '127.0.0.1'}:{parts.port or 5432}"
    return parts._replace(netloc=f"{user}:{password}@{host}").geturl()


def _retention(days: int, *, of: str) -> int:
    """Return the days that a log is kept. Raises ImproperlyConfigured where deliveries would outlive their events."""
    if days < LEAST_RETENTION_DAYS:
        raise environ.ImproperlyConfigured(
            f"The retention of {of} is {days} days: a delivery is tried for three, so it is at least "
            f"{LEAST_RETENTION_DAYS}."
        )
    return days


def read_environment() -> Environment:
    """Read the environment once, with types and defaults."""
    database_url = _env.str("DATABASE_URL", default=UNCONFIGURED_DATABASE)
    secret_key = _env.str("SECRET_KEY", default=DEVELOPMENT_SECRET_KEY)
    public_url = _env.str("PUBLIC_URL", default="http://127.0.0.1:28000").rstrip("/")
    return Environment(
        database_url=database_url,
        database_owner_url=_env.str("DATABASE_OWNER_URL", default=UNCONFIGURED_DATABASE),
        database_relay_url=_env.str("DATABASE_RELAY_URL", default=relay_url(database_url, secret_key)),
        redis_url=_env.str("REDIS_URL", default="redis://127.0.0.1:1/0"),
        secret_key=secret_key,
        production=_env.bool("PRODUCTION", default=False),
        allowed_hosts=tuple(_env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])),
        public_url=public_url,
        stream_url=_env.str("STREAM_URL", default=public_url).rstrip("/"),
        stream_max_clients=_env.int("STREAM_MAX_CLIENTS", default=5000),
        trusted_proxies=_env.int("TRUSTED_PROXIES", default=0),
        database_pool_size=_env.int("DATABASE_POOL_SIZE", default=4),
        database_pooler=_env.str("DB_POOLER", default=""),
        webhook_allow_private=_env.bool("WEBHOOK_ALLOW_PRIVATE", default=False),
        metrics_token=_env.str("METRICS_TOKEN", default=""),
        metrics_listen=_env.str("METRICS_LISTEN", default=""),
        integrity_check_cron=_env.str("INTEGRITY_CHECK_CRON", default="15 3 * * *"),
        stock_expiring_days=_env.int("STOCK_EXPIRING_DAYS", default=30),
        certification_expiring_days=_env.int("CERTIFICATION_EXPIRING_DAYS", default=30),
        event_retention_days=_retention(_env.int("STOCKWIRE_EVENT_RETENTION_DAYS", default=30), of="events"),
        attempt_retention_days=_retention(_env.int("STOCKWIRE_ATTEMPT_RETENTION_DAYS", default=30), of="attempts"),
        log_format=_env.str("LOG_FORMAT", default="json"),
        log_level=_env.str("LOG_LEVEL", default="INFO"),
    )


ENV = read_environment()
