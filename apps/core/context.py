"""Who asks, on whose behalf, and when: the first argument of every command and query."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class PartyType(StrEnum):
    """The side of a trade that a caller stands on."""

    TENANT = "tenant"
    SUPPLIER = "supplier"
    RETAIL_PARTNER = "retailPartner"


@dataclass(frozen=True, slots=True)
class Principal:
    """What a credential proves: an application (or person) of one tenant, bound to one party, with scopes.

    `application_id` is 0 for the system itself and negative for a person (minus the user's id), so that the keys
    and the audit of people, machines and the system never meet.
    """

    tenant_id: int
    application_id: int
    party: PartyType
    party_id: str
    scopes: frozenset[str] = frozenset()

    @property
    def is_staff(self) -> bool:
        """True for the tenant's own staff, who see everything of the tenant."""
        return self.party is PartyType.TENANT


@dataclass(frozen=True, slots=True)
class IdempotencyClaim:
    """A caller's key and the fingerprint of the request that it names."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class CallContext:
    """One call: principal, moment, request id and, on writes, the idempotency claim."""

    principal: Principal
    now: datetime
    request_id: str
    idempotency: IdempotencyClaim | None = None

    @property
    def tenant_id(self) -> int:
        """The tenant in whose books the call works."""
        return self.principal.tenant_id

    def with_idempotency(self, claim: IdempotencyClaim | None) -> "CallContext":
        """Return the same call carrying `claim`."""
        return replace(self, idempotency=claim)
