"""`python manage.py client`."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.access.commands.issue_client import issue_client
from apps.access.parties import PARTY_WORDS, party_exists
from apps.access.types import IssuedClient
from apps.core.context import PartyType
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, add_action, add_json
from apps.tenancy.models import Tenant
from apps.tenancy.queries import tenant_of_code


class Command(BaseCommand):
    help = "Make OAuth clients: how a tenant's own systems, its suppliers and its retail partners sign in."
    examples = """\
  python manage.py client create --tenant harbour --party operator
  python manage.py client create --tenant harbour --party supplier --party-id SUP123 --name "ERP of SUP123"
  python manage.py client create --tenant harbour --party retailer --party-id RP456 --scopes inventory:read --json"""

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        create = add_action(
            actions, "create", summary="Make a client and print its secret, this once.", examples=self.examples
        )
        create.add_argument("--tenant", required=True, metavar="CODE", help="the tenant's code")
        create.add_argument("--party", required=True, choices=sorted(PARTY_WORDS), help="whom the client acts for")
        create.add_argument("--party-id", default="", metavar="CODE", help="which supplier or retail partner")
        create.add_argument("--name", help="what people call the client; the party's name where none is given")
        create.add_argument(
            "--scopes", nargs="+", default=[], metavar="SCOPE", help="all that the party may have where none is given"
        )
        create.add_argument(
            "--allow-absent", action="store_true", help="make it although there is no such supplier or partner yet"
        )
        add_json(create)

    def run(self, options: Options) -> None:
        party = PARTY_WORDS[options["party"]]
        tenant = tenant_of_code(options["tenant"])
        _check_party(tenant, party, options)
        name = options["name"] or " ".join(
            word for word in (tenant.name, options["party"], options["party_id"]) if word
        )
        issued = issue_client(
            tenant_id=tenant.pk,
            name=name,
            party=party,
            party_id=options["party_id"],
            scopes=tuple(options["scopes"]),
        )
        self.tell(options, _facts(issued, tenant=tenant.code, name=name, options=options), _text(issued, name))


def _check_party(tenant: Tenant, party: PartyType, options: Options) -> None:
    word, code = options["party"], options["party_id"]
    if party is PartyType.TENANT:
        if code:
            message = "--party-id does not go with --party operator: the tenant's own staff have no code."
            raise CommandError(message, returncode=2)
        return
    if not code:
        message = f"--party {word} needs --party-id: the code of the {word} that the client acts for."
        raise CommandError(message, returncode=2)
    if not options["allow_absent"] and not party_exists(tenant.pk, party, code):
        message = f"{tenant.name} has no {word} {code!r}: create it over the API first, or say --allow-absent."
        raise CommandError(message)


def _facts(issued: IssuedClient, *, tenant: str, name: str, options: Options) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "name": name,
        "party": options["party"],
        "partyId": options["party_id"] or None,
        "clientId": issued.client_id,
        "clientSecret": issued.client_secret,
        "scopes": list(issued.scopes),
    }


def _text(issued: IssuedClient, name: str) -> str:
    return "\n".join(
        [
            f"Client {name}. The secret is shown this once; it is stored nowhere.",
            f"  client_id      {issued.client_id}",
            f"  client_secret  {issued.client_secret}",
            f"  scopes         {' '.join(issued.scopes)}",
        ]
    )
