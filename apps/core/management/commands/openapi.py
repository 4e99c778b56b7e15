"""Write the OpenAPI document to `docs/api/openapi.json`, which the contract tests compare with the code."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.core.http.openapi import openapi_text

CHECKOUT = Path(__file__).resolve().parents[4]


class Command(BaseCommand):
    help = "Write docs/api/openapi.json, or print the document."
    # Nothing is stored or served: the routes and the settings are enough.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--print", action="store_true", help="print the document instead of writing the file")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["print"]:
            self.stdout.write(openapi_text(), ending="")
            return
        path = CHECKOUT / "docs" / "api" / "openapi.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(openapi_text(), encoding="utf-8")
        self.stdout.write(f"Wrote {path.relative_to(CHECKOUT)}.")
