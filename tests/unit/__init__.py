"""Tests of one unit at a time."""
