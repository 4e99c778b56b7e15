"""`python manage.py tenant`."""

from django.core.management.base import CommandParser

from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, add_action, add_json
from apps.tenancy.commands.create_tenant import create_tenant


class Command(BaseCommand):
    help = "Make tenants: the brand owners whose stock, parties and clients are kept apart."
    examples = """\
  python manage.py tenant create "Scorchworks"
  python manage.py tenant create "Harbour" --code harbour --json"""

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        create = add_action(actions, "create", summary="Make a tenant.", examples=self.examples)
        create.add_argument("name", metavar="NAME", help="what people call it")
        create.add_argument("--code", help="its public identifier, for ever; one is made where none is given")
        add_json(create)

    def run(self, options: Options) -> None:
        facts = create_tenant(name=options["name"], code=options["code"])
        told = {"code": facts.code, "name": facts.name, "status": facts.status}
        following = f"  next: python manage.py client create --tenant {facts.code} --party operator"
        self.tell(options, told, f"Tenant {facts.name} has the code {facts.code}.\n{following}")
