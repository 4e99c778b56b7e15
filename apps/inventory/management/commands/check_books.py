"""`python manage.py check_books`."""

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, add_json
from apps.inventory.queries.books import RULES, CheckedRule, checked_rules, size_of_books
from apps.tenancy.models import Tenant


class Command(BaseCommand):
    help = (
        "Calculate every number of the stock again and compare: levels from the ledger, items from levels, what is "
        "reserved from reservations, events from versions. Reads only. Exit code 1 where anything differs."
    )
    examples = """\
  python manage.py check_books
  python manage.py check_books --tenant harbour --json"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="CODE", help="only this tenant's books")
        add_json(parser)

    def run(self, options: Options) -> None:
        started = time.monotonic()
        tenants = _tenants(options["tenant"])
        told = self._check(tenants, _progress(hidden=options["json"]))
        wrong = sum(len(each["discrepancies"]) for each in told)
        facts = {"balanced": not wrong, "seconds": round(time.monotonic() - started, 3), "tenants": told}
        self.tell(options, facts, _text(facts, wrong))
        if wrong:
            sys.exit(1)

    def _check(self, tenants: Sequence[Tenant], progress: Progress) -> list[dict[str, Any]]:
        told = []
        with progress:
            task = progress.add_task("books", total=len(tenants) * len(RULES))
            for tenant in tenants:
                discrepancies = []
                for checked in checked_rules(tenant.pk):
                    discrepancies += _as_facts(checked)
                    progress.update(task, advance=1, description=tenant.name)
                items, lines = size_of_books(tenant.pk)
                told.append(
                    {"tenant": tenant.code, "items": items, "ledgerLines": lines, "discrepancies": discrepancies}
                )
        return told


def _tenants(code: str | None) -> list[Tenant]:
    rows = Tenant.objects.order_by("id")
    if code is None:
        return list(rows)
    found = list(rows.filter(code=code))
    if not found:
        message = f"There is no tenant {code!r}."
        raise CommandError(message)
    return found


def _progress(*, hidden: bool) -> Progress:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=hidden or not console.is_terminal)


def _as_facts(checked: CheckedRule) -> list[dict[str, str]]:
    return [{"rule": checked.rule, **asdict(each)} for each in checked.wrong]


def _text(facts: dict[str, Any], wrong: int) -> str:
    tenants = facts["tenants"]
    lines = [
        f"{tenant['tenant']}: {each['where']}: "
        f"stated {each['stated']}, calculated {each['calculated']} ({each['rule']})"
        for tenant in tenants
        for each in tenant["discrepancies"]
    ]
    size = (
        f"{len(tenants):,} tenants, {sum(each['items'] for each in tenants):,} items, "
        f"{sum(each['ledgerLines'] for each in tenants):,} ledger lines, {facts['seconds']:.2f} s"
    )
    verdict = f"NOT BALANCED: {wrong:,} discrepancies" if wrong else "The books balance"
    return "\n".join([*lines, f"{verdict} ({size})."])
