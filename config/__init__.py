"""Composition: settings, environment, urls, Celery, and which app consumes which events."""
