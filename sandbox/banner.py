"""What a person sees first: where everything is, who they may be, and the first three calls."""

import shlex

from sandbox.credentials import Principal
from sandbox.running import Running

_WIDTH = 96
# Typed in a shell that knows no virtual environment.
_MANAGE = ".venv/bin/python manage.py"


def banner(running: Running) -> str:
    """Return the text printed when the system is up."""
    urls, credentials = running.state.urls, running.credentials
    lines = ["-" * _WIDTH, f"  API    {urls['api']}/v1/", f"  Docs   {urls['docs']}"]
    lines.append(f"  Stream {urls['stream']}/v1/events/stream")
    lines.append(f"  Admin  {urls['admin']}   its first page is the live dashboard")
    logins = credentials.people if credentials.admin is None else (credentials.admin, *credentials.people)
    lines += [f"    login {each.username} / {each.password}" for each in logins]
    people = [person for party in ("supplier", "retailer") if (person := credentials.first(party)) is not None]
    for person in people:
        lines += ["", f"  {person.party.capitalize()}: {person.name}", f"    client_id      {person.client_id}"]
        lines.append(f"    client_secret  {person.client_secret}")
    for tenant in credentials.tenants()[1:]:
        lines += ["", f"  The clients of {tenant}, another tenant: {_MANAGE} status --clients {shlex.quote(tenant)}"]
    if people:
        lines += ["", "  Try it:", *_curl(urls["api"], people[0])]
    lines += ["", f"  {_MANAGE} status | logs | psql | down      everything else: status --json"]
    return "\n".join([*lines, "-" * _WIDTH])


def _curl(base: str, person: Principal) -> list[str]:
    return [
        f"    TOKEN=$(curl -s {base}/oauth/token -u '{person.client_id}:{person.client_secret}' \\",
        '      -d grant_type=client_credentials -d scope="products:read inventory:read" \\',
        '      | sed \'s/.*"access_token": *"\\([^"]*\\)".*/\\1/\')',
        f'    curl -s {base}/v1/products -H "Authorization: Bearer $TOKEN"',
        f'    curl -s {base}/v1/inventory -H "Authorization: Bearer $TOKEN"',
    ]
