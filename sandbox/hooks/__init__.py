"""`manage.py webhooks`: a developer's end of the webhooks, over the public API alone."""
