"""Keeps the whole system running on one machine: `python -m sandbox.supervisor`."""
