"""`python manage.py webhooks`."""

import asyncio
import json
import signal
from dataclasses import asdict
from typing import Any

import uvloop
from django.core.management.base import CommandError, CommandParser

from apps.core.management.base import add_action, add_json
from sandbox.embedded.ports import LOOPBACK
from sandbox.hooks.caller import Caller, add_caller, caller_of
from sandbox.hooks.listening import Heard, Listening, listening, why_unusable
from sandbox.hooks.subscription import subscription
from sandbox.hooks.triggers import NOT_TRIGGERED, TRIGGERS, Caused, Trigger, Wanted, active_webhooks
from sandbox.management.base import SandboxCommand

_LISTEN = """\
  python manage.py webhooks listen
  python manage.py webhooks listen --forward-to http://localhost:3000/hooks
  python manage.py webhooks listen --events inventory.updated --filter-product HOTSAUCE789 --json"""
_TRIGGER = """\
  python manage.py webhooks trigger inventory.updated
  python manage.py webhooks trigger inventory.updated --item SUP123/HOTSAUCE789
  python manage.py webhooks trigger webhook.test --json"""


class Command(SandboxCommand):
    """Listen to the webhooks of a running installation, and cause events."""

    help = "Receive webhooks on this machine, and cause events: a developer's end of an installation, over its API."
    examples = f"{_LISTEN}\n{_TRIGGER}"

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the two actions."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        listen = add_action(
            actions,
            "listen",
            summary="Subscribe for as long as this runs; print each delivery and pass it on, bytes and headers as they "
            "came. The platform is answered what the target answers, so that retries are real.",
            examples=_LISTEN,
        )
        listen.add_argument(
            "--forward-to", metavar="URL", help="where to pass deliveries on; they are only printed else"
        )
        listen.add_argument("--events", nargs="+", default=["*"], metavar="TYPE", help="event types; every one else")
        for word in ("supplier", "product", "warehouse"):
            listen.add_argument(f"--filter-{word}", nargs="+", metavar="CODE", help=f"only events of such a {word}")
        listen.add_argument("--listen-host", default=LOOPBACK, metavar="HOST", help="the receiver's own address")
        listen.add_argument("--listen-port", type=int, default=0, metavar="PORT", help="its port; a free one else")
        listen.add_argument(
            "--public-url", metavar="URL", help="how the platform reaches the receiver, behind a tunnel"
        )
        trigger = add_action(
            actions,
            "trigger",
            summary="Cause an event by the API calls that cause it in life, and take back what they did. "
            f"Types: {', '.join(TRIGGERS)}.",
            examples=_TRIGGER,
        )
        trigger.add_argument("type", metavar="TYPE", help="the event's type")
        trigger.add_argument(
            "--item", metavar="SUPPLIER/PRODUCT", help="whose stock; the first that the caller sees else"
        )
        trigger.add_argument("--product", metavar="CODE", help="which product; the first that the caller sees else")
        for action in (listen, trigger):
            add_caller(action)
            add_json(action)

    def run(self, options: dict[str, Any]) -> None:
        """Do the one or the other."""
        if options["action"] == "trigger":
            trigger = TRIGGERS.get(options["type"])
            if trigger is None:
                raise CommandError(_not_triggered(options["type"]))
            uvloop.run(self._trigger(caller_of(options), trigger, options))
            return
        refused = why_unusable(options["forward_to"]) if options["forward_to"] else None
        if refused:
            raise CommandError(refused, returncode=2)
        uvloop.run(self._listen(caller_of(options), options))

    async def _listen(self, caller: Caller, options: dict[str, Any]) -> None:
        ended = asyncio.Event()
        warnings: list[str] = []
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)

        def heard(delivery: Heard) -> None:
            self._say(json.dumps(delivery.as_json()) if options["json"] else delivery.as_text())

        receiver = Listening(forward_to=options["forward_to"], heard=heard, port=options["listen_port"])
        async with (
            caller.api("webhooks:read", "webhooks:write") as api,
            listening(receiver, host=options["listen_host"]),
        ):
            body = {"url": _url(receiver, options), "eventTypes": options["events"], "filters": _filters(options)}
            async with subscription(api, body, warn=warnings.append) as made:
                receiver.expect(made["secret"])
                self._tell_start(made, caller, options)
                await ended.wait()
        if warnings:
            raise CommandError(warnings[0])
        if not options["json"]:
            self._say("The subscription is deleted.")

    def _tell_start(self, made: dict[str, Any], caller: Caller, options: dict[str, Any]) -> None:
        if options["json"]:
            self._say(json.dumps({"webhookId": made["webhookId"], "url": made["url"], "secret": made["secret"]}))
            return
        target = f", forwarded to {options['forward_to']}" if options["forward_to"] else ""
        self._say(
            f"Listening as {caller.principal.name} to {', '.join(made['eventTypes'])} of {caller.base_url}{target}"
        )
        self._say(f"  signing secret  {made['secret']}")
        self._say("  cause an event  python manage.py webhooks trigger inventory.updated")
        self._say("  Ctrl-C ends, and deletes the subscription.")

    async def _trigger(self, caller: Caller, trigger: Trigger, options: dict[str, Any]) -> None:
        async with caller.api(*trigger.scopes) as api:
            caused = await trigger.cause(api, Wanted(item=options["item"], product=options["product"]))
        async with caller.api("webhooks:read") as api:
            hooks = await active_webhooks(api)
        facts = {"events": [asdict(event) for event in caused], "activeWebhooks": len(hooks)}
        self.tell(options, facts, _caused_text(caused, webhooks=len(hooks)))

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _url(receiver: Listening, options: dict[str, Any]) -> str:
    public = options["public_url"]
    if public:
        return str(public).rstrip("/") + receiver.path
    return f"http://{options['listen_host']}:{receiver.port}{receiver.path}"


def _filters(options: dict[str, Any]) -> dict[str, list[str]] | None:
    names = {"supplierId": "filter_supplier", "productId": "filter_product", "warehouseLocation": "filter_warehouse"}
    return {name: options[option] for name, option in names.items() if options[option]} or None


def _caused_text(caused: list[Caused], *, webhooks: int) -> str:
    lines = [f"{event.type} {event.subject} #{event.sequence}   {event.call}" for event in caused]
    if not webhooks:
        lines.append("The caller has no active webhook to hear of it: `python manage.py webhooks listen`.")
    return "\n".join(lines)


def _not_triggered(event_type: str) -> str:
    if event_type in NOT_TRIGGERED:
        return f"{event_type} is not triggered from here: {NOT_TRIGGERED[event_type]}."
    return f"There is no event type {event_type!r}. There are: {', '.join(TRIGGERS)}."
