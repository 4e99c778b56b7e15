"""From a merge patch (RFC 7396) to the changes that a command takes."""

from typing import Any

import msgspec


def changes_in(body: msgspec.Struct) -> dict[str, Any]:
    """Return the members that the patch has, by their inner names; `version` is a precondition, not a change."""
    members = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: plain(value) for name, value in members.items() if value is not msgspec.UNSET and name != "version"}


def plain(value: Any) -> Any:
    """Return a Struct as a plain mapping; anything else as it is."""
    return msgspec.to_builtins(value) if isinstance(value, msgspec.Struct) else value
