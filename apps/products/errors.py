"""Refusals of the catalogue."""

from collections.abc import Mapping
from typing import Any

from apps.core import errors


class MinimumOrderQuantity(errors.Conflict):
    code = "minimum_order_quantity"
    title = "An order rule does not allow this quantity"

    def sentence(self, facts: Mapping[str, Any]) -> str:
        if "nearestQuantities" not in facts:
            return ""
        near = " or ".join(map(str, facts["nearestQuantities"]))
        said = f"At least {facts['minimum']} are ordered" + (
            f", in multiples of {facts['multiple']}" if facts["multiple"] > 1 else ""
        )
        return f"{said}; {facts['requested']} {'was' if facts['requested'] == 1 else 'were'} asked for" + (
            f", {near} would do." if near else "."
        )
