"""`python manage.py tenant`. It stands here because it counts clients, of which tenancy knows nothing."""

from collections.abc import Sequence
from dataclasses import asdict

from django.core.management.base import CommandParser

from apps.access.tenants import TenantOverview, tenant_overviews
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, add_action, add_json
from apps.tenancy.commands.create_tenant import create_tenant


class Command(BaseCommand):
    help = "Make and list tenants: the brand owners whose stock, parties and clients are kept apart."
    examples = """\
  python manage.py tenant list
  python manage.py tenant create "Scorchworks"
  python manage.py tenant create "Harbour" --code harbour --json"""

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        create = add_action(actions, "create", summary="Make a tenant.", examples=self.examples)
        create.add_argument("name", metavar="NAME", help="what people call it")
        create.add_argument("--code", help="its public identifier, for ever; one is made where none is given")
        add_json(create)
        summary = "List the tenants, with how many clients may call and how many people have a role in each."
        add_json(add_action(actions, "list", summary=summary))

    def run(self, options: Options) -> None:
        if options["action"] == "list":
            tenants = tenant_overviews()
            self.tell(options, [asdict(tenant) for tenant in tenants], _table(tenants))
            return
        facts = create_tenant(name=options["name"], code=options["code"])
        told = {"code": facts.code, "name": facts.name, "status": facts.status}
        following = f"  next: python manage.py client create --tenant {facts.code} --party operator"
        self.tell(options, told, f"Tenant {facts.name} has the code {facts.code}.\n{following}")


def _table(tenants: Sequence[TenantOverview]) -> str:
    if not tenants:
        return "There is no tenant yet: make one with `python manage.py tenant create NAME`."
    rows = [("CODE", "NAME", "STATUS", "CLIENTS", "PEOPLE")]
    rows += [(each.code, each.name, each.status, str(each.clients), str(each.people)) for each in tenants]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
