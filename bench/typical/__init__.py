"""What a typical team builds: Django REST framework, the OAuth toolkit, gunicorn, Celery. A project of its own."""
