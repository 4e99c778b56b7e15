"""Limits of quantities: whole numbers of the product's base unit."""

MAX_LINE_QUANTITY = 10**9
"""The largest quantity of one movement, in base units."""

MAX_LEVEL_QUANTITY = 10**15
"""The largest stock of one level, in base units; the database holds it with a CHECK."""
