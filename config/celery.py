"""The Celery application: PostgreSQL is the queue of work, Celery only hosts it and wakes it."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stockwire")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    name: {**entry, "schedule": crontab.from_string(entry["schedule"])} if isinstance(entry["schedule"], str) else entry
    for name, entry in app.conf.beat_schedule.items()
}
app.autodiscover_tasks()
