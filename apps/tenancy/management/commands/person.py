"""`python manage.py person`."""

from django.core.management.base import CommandParser

from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, add_action, add_json
from apps.tenancy.commands.add_person import add_person
from apps.tenancy.commands.remove_person import remove_person
from apps.tenancy.types import PersonFacts, Role


class Command(BaseCommand):
    help = "Say who works in a tenant's admin, and in which role."
    examples = """\
  python manage.py person add maria --tenant harbour --role tenant_admin
  python manage.py person remove maria --tenant harbour"""

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        summary = "Give a person a role; a new login's first password is printed, this once."
        add = add_action(actions, "add", summary=summary, examples=self.examples)
        remove = add_action(actions, "remove", summary="Take the role away; the login stays.", examples=self.examples)
        for action in (add, remove):
            action.add_argument("username", metavar="USERNAME", help="the person's login")
            action.add_argument("--tenant", required=True, metavar="CODE", help="the tenant's code")
            add_json(action)
        add.add_argument("--role", required=True, choices=[role.value for role in Role], help="what they may do")

    def run(self, options: Options) -> None:
        if options["action"] == "add":
            self._add(options)
        else:
            self._remove(options)

    def _add(self, options: Options) -> None:
        added = add_person(username=options["username"], tenant_code=options["tenant"], role=Role(options["role"]))
        told = {
            "username": added.username,
            "tenant": added.tenant,
            "role": added.role,
            "previousRole": added.previous_role,
            "firstPassword": added.first_password,
        }
        self.tell(options, told, _text(added))

    def _remove(self, options: Options) -> None:
        username, tenant = options["username"], options["tenant"]
        remove_person(username=username, tenant_code=tenant)
        said = f"{username} has no role in {tenant} any more."
        self.tell(options, {"username": username, "tenant": tenant}, said)


def _text(added: PersonFacts) -> str:
    before = f", and was {added.previous_role}" if added.previous_role else ""
    said = f"{added.username} is {added.role} of {added.tenant}{before}."
    if added.first_password is None:
        return f"{said} The login is the one they had."
    return f"{said}\n  first password: {added.first_password}\n  to be changed at /admin/password_change/"
