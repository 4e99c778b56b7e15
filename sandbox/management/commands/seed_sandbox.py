"""`python manage.py seed_sandbox`."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from sandbox.credentials import Credentials, read_credentials
from sandbox.management.base import SandboxCommand
from sandbox.seed.admin import ensure_people
from sandbox.seed.catalogue import TENANTS
from sandbox.seed.clients import Role, ensure_client, ensure_tenant, new_tenant
from sandbox.seed.file import write_credentials
from sandbox.seed.stock import fill
from sandbox.state_dir import default_state_dir


class Command(SandboxCommand):
    """Make the sandbox's tenants, people and stock; what is there stays."""

    help = (
        "Make two tenants with clients, products and stock, and a login for the admin; what is there stays. "
        "With --tenant: make one new, empty tenant with clients, and write their credentials to --output."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the second form, which the demo uses."""
        parser.add_argument("--tenant", metavar="NAME", help="make one new tenant of this name instead")
        parser.add_argument("--supplier", action="append", default=[], metavar="CODE", help="a client for it")
        parser.add_argument("--retailer", action="append", default=[], metavar="CODE", help="a client for it")
        parser.add_argument("--output", metavar="FILE", help="where to write the credentials; needed with --tenant")

    def run(self, options: dict[str, Any]) -> None:
        """Make either what every sandbox has, or one tenant."""
        if options["tenant"] is None:
            self._seed()
            return
        if options["output"] is None:
            message = "--tenant needs --output: the secrets are stored nowhere else."
            raise CommandError(message)
        self._make_tenant(options)

    def _seed(self) -> None:
        state_dir = default_state_dir()
        known = read_credentials(state_dir)
        principals, tenants = [], []
        for seed in TENANTS:
            tenant = ensure_tenant(seed.code, seed.name)
            fill(tenant.pk, seed)
            roles = (Role("operator"), Role("supplier", seed.supplier), Role("retailer", seed.partner))
            principals += [ensure_client(tenant, role, known.principals) for role in roles]
            tenants.append(tenant)
        admin, *people = ensure_people(known, tenants)
        credentials = Credentials(principals=tuple(principals), admin=admin, people=tuple(people))
        write_credentials(state_dir.credentials, credentials)
        logins = ", ".join(person.username for person in (admin, *people))
        names = " and ".join(seed.name for seed in TENANTS)
        self.stdout.write(f"Tenants {names}, {len(principals)} clients, logins {logins}.")

    def _make_tenant(self, options: dict[str, Any]) -> None:
        tenant = new_tenant(options["tenant"])
        roles = [Role("operator")]
        roles += [Role("supplier", code) for code in options["supplier"]]
        roles += [Role("retailer", code) for code in options["retailer"]]
        principals = tuple(ensure_client(tenant, role, ()) for role in roles)
        write_credentials(Path(options["output"]), Credentials(principals=principals))
        self.stdout.write(f"Tenant {tenant.name} ({tenant.code}), {len(principals)} clients.")
