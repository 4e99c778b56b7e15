"""WSGI entry point: `granian --interface wsgi config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config.metrics import share_between_workers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

share_between_workers()
application = get_wsgi_application()
# Load every route before the first request, in one thread: no caller waits for imports, and none races another's.
_ = get_resolver().url_patterns
