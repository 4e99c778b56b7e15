"""The sandbox's principals, as `seed_sandbox` wrote them to `.data/credentials.json`."""

from dataclasses import asdict, dataclass
from typing import Any

from sandbox.state_dir import StateDir, read_json


@dataclass(frozen=True, slots=True)
class Principal:
    """One OAuth client: `party` is operator, supplier or retailer."""

    name: str
    tenant: str
    party: str
    party_id: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the JSON form, camelCase as in the API."""
        return {_camel(key): value for key, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Admin:
    """A login of `/admin/`."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """Everybody the sandbox knows; `people` are the logins of the lesser roles."""

    principals: tuple[Principal, ...] = ()
    admin: Admin | None = None
    people: tuple[Admin, ...] = ()

    def first(self, party: str) -> Principal | None:
        """Return the first principal of this kind of party."""
        return next((principal for principal in self.principals if principal.party == party), None)

    def tenants(self) -> tuple[str, ...]:
        """Return the names of the tenants, the first one's first."""
        return tuple(dict.fromkeys(principal.tenant for principal in self.principals))

    def of_tenant(self, name: str) -> tuple[Principal, ...]:
        """Return the principals of a tenant; empty where there is none of this name."""
        return tuple(principal for principal in self.principals if principal.tenant == name)


def read_credentials(state_dir: StateDir) -> Credentials:
    """Return what `seed_sandbox` wrote; empty when it has not run yet."""
    raw = read_json(state_dir.credentials)
    if raw is None:
        return Credentials()
    admin = raw.get("admin")
    return Credentials(
        principals=tuple(_principal(item) for item in raw["principals"]),
        admin=None if admin is None else Admin(username=admin["username"], password=admin["password"]),
        people=tuple(Admin(username=each["username"], password=each["password"]) for each in raw.get("people", ())),
    )


def _principal(item: dict[str, Any]) -> Principal:
    scopes = item["scopes"]
    return Principal(
        name=item["name"],
        tenant=item["tenant"],
        party=item["party"],
        party_id=item.get("partyId") or "",
        client_id=item["clientId"],
        client_secret=item["clientSecret"],
        scopes=tuple(scopes.split() if isinstance(scopes, str) else scopes),
    )


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
