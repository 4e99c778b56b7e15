"""`celery -A bench.typical.celery worker`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.typical.settings")
app = Celery("typical")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["bench.typical"])
