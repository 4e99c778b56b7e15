"""What the demo prints: progress, the reconciliation, and how to go on by hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.credentials import Principal
from sandbox.demo.expectation import Expectation, digest
from sandbox.demo.lines import Lines
from sandbox.demo.reconcile import Shelf
from sandbox.demo.replay import Progress

_WIDTH = 96
_SHOWN = 10
_STEPS = 4  # progress lines in a log; a terminal gets one line that changes


@dataclass(frozen=True, slots=True)
class Result:
    """Everything a finished run knows; `wrong` holds one sentence per wrong number."""

    lines: Lines
    expected: Expectation
    progress: Progress
    shelf: Shelf
    told: Mapping[str, Mapping[str, int]]
    webhooks: Mapping[str, Any]
    retries: Mapping[str, int]
    havoc: Mapping[str, int]
    wrong: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """True when every number is what it should be."""
        return not self.wrong


class Ticker:
    """One line that changes on a terminal, a few lines in a log."""

    def __init__(self, write: Callable[[str], None], *, live: bool) -> None:
        self._write = write
        self._live = live
        self._step: object = None
        self._open = False

    def say(self, text: str) -> None:
        """Print a line of its own."""
        self._close()
        self._write(f"  {text}\n")

    def tick(self, text: str, *, share: float) -> None:
        """Show how far something is, `share` of the whole."""
        if self._live:
            self._write(f"\r  {text:<{_WIDTH}}")
            self._open = True
            if share >= 1:
                self._close()
            return
        label, step = text.split(" ", 1)[0], int(share * _STEPS)
        if (label, step) != self._step and step:
            self._write(f"  {text}\n")
        self._step = (label, step)

    def _close(self) -> None:
        if self._open:
            self._write("\n")
            self._open = False


def reconciliation(result: Result) -> str:
    """Return the reconciliation as text; its last line is the digest of the stock as the API gives it."""
    progress, webhooks = result.progress, result.webhooks
    skus = len(result.expected.left)
    rows = [
        ("lines", f"{progress.total + result.lines.skipped:,} read, {result.lines.skipped:,} skipped (no goods)"),
        ("postings", f"{progress.posted:,}; {progress.per_second:,.0f} movements/s, refusals included"),
        ("refusals", f"{_counts(progress.refusals())}; calculated {len(result.expected.refused):,}"),
        ("tried again", f"{_counts(result.retries)}; replays of a lost answer: {progress.replayed:,}"),
        ("webhooks", _arrived(webhooks)),
        ("", f"{webhooks['duplicates']:,} duplicates, {webhooks['stale']:,} stale"),
        ("", f"{webhooks['per_second']:,.0f} webhooks/s to {len(result.told)} subscribers"),
        ("commit to receive", f"p50 {webhooks['p50'] * 1000:,.0f} ms, p99 {webhooks['p99'] * 1000:,.0f} ms"),
    ]
    if result.havoc:
        rows.append(("chaos", _counts(result.havoc)))
    rows.append(("stock", f"{skus:,} SKUs: API = calculation = last webhook ({', '.join(result.told)})"))
    if not result.exact:
        rows[-1] = ("stock", f"NOT EXACT: {len(result.wrong):,} wrong numbers")
        rows += [("", text) for text in result.wrong[:_SHOWN]]
    stock = {sku: result.shelf.left.get(sku, 0) for sku in result.expected.left}
    text = [f"  {label:<18} {value}" for label, value in rows]
    return "\n".join(["", *text, "", "EXACT" if result.exact else "NOT EXACT", f"digest {digest(stock)}"])


def banner(*, base_url: str, supplier: Principal, partner: Principal, sku: str) -> str:
    """Return who one may be in the demo's tenant, and three calls to paste."""
    token = (
        f"TOKEN=$(curl -s {base_url}/oauth/token -u '{supplier.client_id}:{supplier.client_secret}'"
        " -d grant_type=client_credentials -d 'scope=inventory:read inventory:write'"
        """ | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')"""
    )
    item = f"{base_url}/v1/inventory/{supplier.party_id}/{sku}"
    authorization = '-H "Authorization: Bearer $TOKEN"'
    post = (
        f"curl -s {item} {authorization} -H 'Content-Type: application/json' -H \"Idempotency-Key: $(date +%s%N)\""
        ' -d \'{"type":"sale","quantity":1,"reference":"by hand"}\''
    )
    lines = ["-" * _WIDTH, f"  API   {base_url}/v1/", f"  Docs  {base_url}/docs", f"  Admin {base_url}/admin/"]
    for person in (supplier, partner):
        lines += ["", f"  {person.party.capitalize()} {person.party_id}", f"    client_id      {person.client_id}"]
        lines.append(f"    client_secret  {person.client_secret}")
    lines += ["", "  Try it:", token, f"curl -s {item} {authorization}", post, "-" * _WIDTH]
    return "\n".join(lines)


def _arrived(webhooks: Mapping[str, Any]) -> str:
    received, verified, bad = webhooks["received"], webhooks["verified"], webhooks["bad_signature"]
    return f"{received:,} received, {verified:,} verified, {bad:,} with a bad signature"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())) or "none"
