"""Refusals: the anticipated ways in which a call does not happen.

    Refusal
    ├── InvalidRequest          the request itself is wrong, whatever is stored
    │   └── ValidationFailed    a field of it is; carries `errors`
    ├── Unauthenticated         no credential, or one that does not hold
    ├── Forbidden               the credential does not reach this far
    ├── NotFound                absent, or not visible to the caller: the two are one answer
    ├── MethodNotAllowed, NotAcceptable, UnsupportedMediaType, PayloadTooLarge
    ├── Conflict                the books do not allow it now
    ├── PreconditionFailed      `If-Match` or `If-None-Match` does not hold
    ├── PreconditionRequired    a versioned change came without a version
    ├── Misdirected             another address serves this
    ├── KeyReused               the idempotency key already names another request
    ├── Gone                    a cursor older than what is kept
    └── Unavailable             try again later; nothing is known to have happened

A refusal knows its code, a title, facts that help the caller act and the sentence that they make; it knows nothing of
HTTP (`apps.core.http.problems` maps the families to statuses). Whatever is not a refusal is a bug.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong place: exactly one of pointer (JSON Pointer into the body), parameter or header."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None

    def as_dict(self) -> dict[str, str]:
        """Return the members that are set, place first."""
        members = {"pointer": self.pointer, "parameter": self.parameter, "header": self.header}
        place = {name: value for name, value in members.items() if value is not None}
        return {**place, "code": self.code, "detail": self.detail}


def member_of(pointer: str, name: str) -> str:
    """Return the JSON Pointer (RFC 6901) to a member of what a pointer points to."""
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"


class Refusal(Exception):
    """A call that was understood and does not happen; nothing was written."""

    code: ClassVar[str] = ""
    title: ClassVar[str] = ""
    # The detail, with the names of facts in braces: one place for a class, none where it is raised.
    says: ClassVar[str] = ""

    def __init__(self, detail: str = "", *, errors: Sequence[FieldError] = (), **facts: Any) -> None:
        self.detail = detail or self.sentence(facts) or self.title
        super().__init__(self.detail)
        self.errors = tuple(errors)
        self.facts = facts

    def sentence(self, facts: Mapping[str, Any]) -> str:
        """Return what the facts say to a person; nothing where they say no more than the title."""
        try:
            return self.says.format_map({name: _spoken(value) for name, value in facts.items()})
        except KeyError:  # raised without the facts, as when a library refused first
            return ""


class InvalidRequest(Refusal):
    code = "invalid_request"
    title = "The request is not valid"


class ValidationFailed(InvalidRequest):
    code = "validation_error"
    title = "A value in the request is not valid"


class MalformedJson(InvalidRequest):
    code = "malformed_json"
    title = "The body is not well-formed JSON"


class UnknownField(InvalidRequest):
    code = "unknown_field"
    title = "The body has a field that this operation does not know"


class UnknownParameter(InvalidRequest):
    code = "unknown_parameter"
    title = "The query has a parameter that this operation does not know"


class InvalidPageToken(InvalidRequest):
    code = "invalid_page_token"
    title = "The page token or cursor is not one that this query gave"


class IdempotencyKeyRequired(InvalidRequest):
    code = "idempotency_key_required"
    title = "This operation needs an Idempotency-Key"


class InvalidCheckDigit(InvalidRequest):
    code = "invalid_check_digit"
    title = "The GS1 identifier's check digit is wrong"


class Unauthenticated(Refusal):
    code = "unauthenticated"
    title = "No credential was presented"
    says = "Send `Authorization: Bearer` with a token."


class InvalidToken(Unauthenticated):
    code = "invalid_token"
    title = "The credential is not valid, has expired or was revoked"
    says = ""  # nothing more: whoever guesses does not learn which


class Forbidden(Refusal):
    code = "not_permitted"
    title = "The caller may not do this"


class InsufficientScope(Forbidden):
    code = "insufficient_scope"
    title = "The token lacks the scope that this operation needs"
    says = "The token lacks the scope {requiredScope}."


class AddressNotAllowed(Forbidden):
    code = "ip_not_allowed"
    title = "The client may not call from this address"


class TenantSuspended(Forbidden):
    code = "tenant_suspended"
    title = "The tenant is suspended"


class NotFound(Refusal):
    code = "not_found"
    title = "There is no such resource"


class MethodNotAllowed(Refusal):
    code = "method_not_allowed"
    title = "The resource does not know this method"
    says = "The resource knows {allowed}."


class NotAcceptable(Refusal):
    code = "not_acceptable"
    title = "The resource cannot be rendered in an acceptable media type"
    says = "Only {acceptable} is answered."


class UnsupportedMediaType(Refusal):
    code = "unsupported_media_type"
    title = "The body's media type or encoding is not supported"
    says = "The body is taken as {accepted}."


class PayloadTooLarge(Refusal):
    code = "payload_too_large"
    title = "The body is too large"
    says = "A body here has at most {maximumBytes} bytes."


class Conflict(Refusal):
    code = "conflict"
    title = "The state of the resource does not allow this"


class VersionConflict(Conflict):
    code = "version_conflict"
    title = "The resource has changed since the version that the caller names"
    says = "The current version is {currentVersion}."


class AlreadyExists(Conflict):
    code = "already_exists"
    title = "A resource with this identifier already exists"
    says = "{value} exists already."


class InvalidState(Conflict):
    code = "invalid_state"
    title = "The resource's state does not allow this"


class ResourceInUse(Conflict):
    code = "resource_in_use"
    title = "The resource is in use; archive it instead"


class ConcurrentUpdate(Conflict):
    code = "concurrent_update"
    title = "Other changes to the same resource held it too long; try again"


class IdempotencyInProgress(Conflict):
    code = "idempotency_in_progress"
    title = "The first request with this key is still running"


class PreconditionFailed(Refusal):
    code = "version_conflict"
    title = "If-Match does not name the current version"
    says = "The current version is {currentVersion}."


class AlreadyExistsPrecondition(PreconditionFailed):
    code = "already_exists"
    title = "If-None-Match does not hold: the resource exists"
    says = "{value} exists already."


class PreconditionRequired(Refusal):
    code = "precondition_required"
    title = "This change needs If-Match or a version"


class Misdirected(Refusal):
    code = "misdirected_request"
    title = "Another address serves this request"
    says = "Send it to {address}."


class KeyReused(Refusal):
    code = "idempotency_key_reused"
    title = "The idempotency key was used for another request"


class Gone(Refusal):
    code = "cursor_expired"
    title = "The cursor is older than the events that are kept"


class Unavailable(Refusal):
    code = "unavailable"
    title = "The service is briefly unavailable; try again with the same key"


def _spoken(fact: Any) -> Any:
    if not isinstance(fact, list | tuple):
        return fact
    if not fact:
        return "nothing"
    *others, last = map(str, fact)
    return f"{', '.join(others)} or {last}" if others else last


def within_item(error: FieldError, index: int) -> FieldError:
    """Return an error of one line with its place in the list `items` of a body."""
    pointer = f"#/items/{index}{(error.pointer or '#').removeprefix('#')}"
    return FieldError(code=error.code, detail=error.detail, pointer=pointer)


def pointing_to_items(refused: Sequence[tuple[int, Refusal]]) -> Refusal:
    """Return the first of the refusals of lines, with a place for every refused line."""
    first = refused[0][1]
    first.errors = tuple(
        within_item(error, index)
        for index, refusal in refused
        for error in refusal.errors or (FieldError(code=refusal.code, detail=refusal.detail, pointer="#"),)
    )
    return first
