"""Django settings. Installations differ only by environment (`config/env.py`); there is no second settings file."""

from datetime import timedelta
from typing import Any

import environ

from config.admin_pages import ADMIN_PAGES
from config.composition import (
    BEAT_SCHEDULE,
    CLIENT_PARTIES,
    EVENT_CONSUMERS,
    EVENT_RENDERERS,
    EVENT_SCOPES,
    EVENT_VIEWS,
    METRIC_SOURCES,
    OWN_PRODUCT_CODES,
    PANELS,
    SCOPES,
    SNAPSHOTS,
)
from config.env import ENV
from config.logs import configure_logging
from config.tracing import collect, is_traced

SECRET_KEY = ENV.secret_key
DEBUG = False
PRODUCTION = ENV.production
ALLOWED_HOSTS = list(ENV.allowed_hosts)
PUBLIC_URL = ENV.public_url
STREAM_URL = ENV.stream_url
TRUSTED_PROXIES = ENV.trusted_proxies

INSTALLED_APPS = [
    "apps.core",  # before the admin's theme, whose header it replaces
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "oauth2_provider",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "apps.outbox",
    "apps.tenancy",
    "apps.access",
    "apps.feed",
    "apps.suppliers",
    "apps.retail_partners",
    "apps.products",
    "apps.transactions",
    "apps.inventory",
    "apps.orders",
    "apps.shipments",
    "apps.webhooks",
    "apps.insights",
    "sandbox",
]

# /v1 needs no session, CSRF or messages; these middleware classes act only under /admin/ (apps.core.http.middleware).
MIDDLEWARE = [
    "apps.core.http.middleware.RequestLog",
    "apps.insights.api.middleware.RefusalCounter",
    "django.middleware.security.SecurityMiddleware",
    "apps.core.http.middleware.SecurityHeaders",
    "apps.core.http.middleware.ProblemResponses",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.http.middleware.InputGate",
    "apps.core.http.middleware.AdminSession",
    "apps.core.http.middleware.AdminCsrf",
    "apps.core.http.middleware.AdminAuthentication",
    "apps.core.http.middleware.AdminMessages",
    "apps.tenancy.middleware.AdminTenant",
]

if is_traced():
    collect()
    MIDDLEWARE.insert(0, "config.request_spans.RequestSpans")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------------------------------
# `default` is the application's role: it neither owns the tables nor bypasses row level security, in tests too.
# `owner` serves migrate and provision_roles; `relay` reads the outbox of all tenants.


def _database(url: str, **options: object) -> dict[str, Any]:
    config = dict(environ.Env.db_url_config(url))
    config["ENGINE"] = "django.db.backends.postgresql"
    config["OPTIONS"] = {**config.get("OPTIONS", {}), "connect_timeout": 3, "application_name": "stockwire", **options}
    config["CONN_HEALTH_CHECKS"] = True
    config["CONN_MAX_AGE"] = 0  # a pool keeps connections, where there is one
    config["DISABLE_SERVER_SIDE_CURSORS"] = True
    return config


DATABASES = {
    # Threads share connections: with one each, two servers of 64 threads would take all that PostgreSQL gives out.
    "default": _database(ENV.database_url, pool={"min_size": 0, "max_size": ENV.database_pool_size, "timeout": 2.0}),
    "owner": _database(ENV.database_owner_url),
}
DATABASE_URL = ENV.database_url
DATABASE_RELAY_URL = ENV.database_relay_url
DATABASE_POOL_SIZE = ENV.database_pool_size
# PgBouncer below 1.21 in transaction mode cannot keep server-prepared statements.
DATABASE_PREPARE_THRESHOLD = None if ENV.database_pooler == "transaction" else 0
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Access ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "tenancy.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# People's passwords use Django's default; the keyed hash serves 128-character client secrets only.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "apps.access.hashers.KeyedSecretHasher",
]
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"

OAUTH2_PROVIDER_APPLICATION_MODEL = "access.Application"
OAUTH2_PROVIDER = {
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
    "PKCE_REQUIRED": True,
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
    "REFRESH_TOKEN_EXPIRE_SECONDS": int(timedelta(days=30).total_seconds()),
    "ACCESS_TOKEN_EXPIRE_SECONDS": int(timedelta(minutes=15).total_seconds()),
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "ALLOW_URI_WILDCARDS": False,
    "OIDC_ENABLED": False,
    "DCR_ENABLED": False,
    "CIMD_ENABLED": False,
    "DEFAULT_SCOPES": [],
    "SCOPES": SCOPES,
    "SCOPES_BACKEND_CLASS": "apps.access.oauth.ApplicationScopes",
    "CLIENT_SECRET_HASHER": "keyed_sha256",
    "OAUTH2_VALIDATOR_CLASS": "apps.access.oauth.Validator",
    "OAUTH2_GRANT_TYPES_SUPPORTED": ["authorization_code", "client_credentials", "refresh_token"],
    "OAUTH2_RESPONSE_TYPES_SUPPORTED": ["code"],
    "OAUTH2_TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED": ["client_secret_basic", "client_secret_post"],
}
PARTY_MODELS = CLIENT_PARTIES
PRODUCT_CODES = OWN_PRODUCT_CODES
# A principal may be served from memory for at most this long after it was read; revocation is also published.
PRINCIPAL_CACHE_SECONDS = 30

# --- API ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.access.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.access.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "apps.core.http.openapi.OperationSchema",
    "EXCEPTION_HANDLER": "apps.core.http.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Stockwire",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "/static/core/favicon.svg",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "docExpansion": "list",
        "defaultModelsExpandDepth": 0,
        "displayRequestDuration": True,
        "tryItOutEnabled": True,
        "persistAuthorization": False,
        "validatorUrl": None,
    },
    # Scopes that a client of every party may have: Authorize works with whichever credentials are at hand.
    "SWAGGER_UI_OAUTH2_CONFIG": {"appName": "Stockwire", "scopes": "inventory:read inventory:write products:read"},
    "POSTPROCESSING_HOOKS": ["apps.core.http.openapi.complete_document"],
    "PREPROCESSING_HOOKS": ["apps.core.http.openapi.only_v1"],
}

# --- Events and jobs ------------------------------------------------------------------------------------------------
REDIS_URL = ENV.redis_url
OUTBOX_CONSUMERS = EVENT_CONSUMERS
OUTBOX_RENDERERS = EVENT_RENDERERS
OUTBOX_SCOPES = EVENT_SCOPES

# How far from now a reservation may be extended.
STOCK_LEASE_MAX_DAYS = 30
OUTBOX_VIEWS = EVENT_VIEWS
STOCK_EXPIRING_DAYS = ENV.stock_expiring_days
CERTIFICATION_EXPIRING_DAYS = ENV.certification_expiring_days
# Days after which the event log and the log of attempts are dropped.
EVENT_RETENTION_DAYS = ENV.event_retention_days
ATTEMPT_RETENTION_DAYS = ENV.attempt_retention_days
DASHBOARD_PANELS = PANELS
WEBHOOK_SNAPSHOTS = SNAPSHOTS
WEBHOOK_ALLOW_PRIVATE = ENV.webhook_allow_private
# Seconds. Fault tests run them at a twentieth.
WEBHOOK_CONNECT_TIMEOUT = 3.0
WEBHOOK_TOTAL_TIMEOUT = 15.0
WEBHOOK_LEASE_SECONDS = 25.0
WEBHOOK_POLL_SECONDS = 0.2
WEBHOOK_RETRY_SCALE = 1.0
WEBHOOK_DRAIN_SECONDS = 20.0
WEBHOOK_MAX_IN_FLIGHT = 256  # of one dispatcher
WEBHOOK_MAX_OF_A_TENANT = 192  # in flight, of all dispatchers: there is always room for another tenant
# The live stream: clients of one process, and seconds. A client that takes longer for what one send has is cut off.
STREAM_MAX_CLIENTS = ENV.stream_max_clients
STREAM_POLL_SECONDS = 0.2
STREAM_HEARTBEAT_SECONDS = 15.0
STREAM_SLOW_SECONDS = 10.0
STREAM_CHECK_SECONDS = 5.0
# What one kind of client can still be sent from memory; who is further behind reads the log.
STREAM_RING_BYTES = 1024 * 1024
# Refusals are counted in memory and written this many seconds later.
REFUSAL_TALLY_SECONDS = 2.0
# How many dispatchers Celery's workers host, and for how long each before it makes room for its successor.
WEBHOOK_PUMP_SLOTS = 1
WEBHOOK_PUMP_SECONDS = 600.0

CELERY_BROKER_URL = ENV.redis_url
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "health_check_interval": 15,
    "visibility_timeout": 3600,
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# --- Pages and assets -----------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
# Assets are served from the packages that bring them: there is nothing to collect.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
LANGUAGE_CODE = "en-us"
USE_I18N = False
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True

# --- Admin ---------------------------------------------------------------------------------------------------------
UNFOLD = ADMIN_PAGES

# --- Security -------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = False  # TLS ends at the proxy; the redirect is its work
SECURE_HSTS_SECONDS = 31536000 if ENV.production else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENV.production
SECURE_HSTS_PRELOAD = ENV.production
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxies else None
SESSION_COOKIE_SECURE = ENV.production
CSRF_COOKIE_SECURE = ENV.production
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = int(timedelta(hours=8).total_seconds())
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # X-Frame-Options: apps.core.http.middleware.SecurityHeaders
    "security.W003",  # CSRF: apps.core.http.middleware.AdminCsrf, where sessions exist
    "security.W008",  # the redirect to https is the proxy's
]
# The gate in apps.core.http.middleware answers 413 earlier; this is Django's own limit behind it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

# --- Metrics --------------------------------------------------------------------------------------------------------
METRICS_TOKEN = ENV.metrics_token
METRICS_LISTEN = ENV.metrics_listen
# Gauges that a scrape of the API reads from the database.
METRIC_READERS = METRIC_SOURCES

# --- Logs -----------------------------------------------------------------------------------------------------------
LOGGING_CONFIG = None
configure_logging(format_=ENV.log_format, level=ENV.log_level)
