"""Composition: settings, environment, urls, Celery, and which app consumes which events."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
