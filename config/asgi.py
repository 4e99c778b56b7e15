"""ASGI entry point of the stream process: `granian --interface asginl config.asgi:application`."""

import os
import signal
import threading

# As in config.wsgi: a SIGTERM while the worker still loads ends it.
if threading.current_thread() is threading.main_thread():
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils.module_loading import import_string

from config.metrics import share_between_workers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

share_between_workers()
_handler = get_wsgi_application()
_ = get_resolver().url_patterns
# By its name: it knows models, so it is imported once Django is set up.
application = import_string("apps.feed.api.stream_app.StreamApp")(_handler)
