"""WSGI entry point: `granian --interface wsgi config.wsgi:application`."""

import os
import signal
import threading

# Before everything else is imported. Granian forks a worker with its parent's handlers, which only note the signal,
# and sets the worker's own when the application is loaded: a SIGTERM between the two was lost, and the parent waited
# out its kill timeout. A worker that is still loading has nothing to drain.
if threading.current_thread() is threading.main_thread():  # `runserver` loads the application in a thread
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config.metrics import share_between_workers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

share_between_workers()
application = get_wsgi_application()
# Load every route before the first request, in one thread: no caller waits for imports, and none races another's.
_ = get_resolver().url_patterns
