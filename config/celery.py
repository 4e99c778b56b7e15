"""The Celery application: PostgreSQL is the queue of work, Celery only hosts it and wakes it."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stockwire")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
