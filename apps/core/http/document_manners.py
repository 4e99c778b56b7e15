"""What an operation asks of its caller, in words, from its definition: nobody has to remember to write it."""

from apps.core.http.operations import Operation

_KEYS = {
    "required": "Needs an `Idempotency-Key`.",
    "accepted": "Takes an `Idempotency-Key`.",
    "none": "",
}


def description_of(definition: Operation) -> str:
    """Return what the operation does, and below it the scope, the key and the version that it asks for."""
    return f"{definition.description}\n\n{' '.join(sentence for sentence in _manners(definition) if sentence)}"


def _manners(definition: Operation) -> list[str]:
    mebibytes = definition.max_body // 1024 // 1024
    return [
        f"Needs the scope `{definition.scope}`.",
        _KEYS[definition.keys],
        _version(definition),
        f"The body has at most {mebibytes} MiB." if definition.body is not None and mebibytes > 1 else "",
    ]


def _version(definition: Operation) -> str:
    where = "`version` in the body" if definition.body is not None else "the parameter `version`"
    if definition.versioned:
        other = ", or `If-None-Match: *` to create" if definition.creates_if_none else ""
        return f"Needs the version that you read: `If-Match` (412 when stale) or {where} (409){other}."
    if definition.precondition_optional:
        return f"Takes `If-Match` or {where}, where the change may happen to one version only."
    return ""
