"""What a person sees first: where everything is, who they may be, and the first three calls."""

from sandbox.credentials import Principal
from sandbox.running import Running

_WIDTH = 96


def banner(running: Running) -> str:
    """Return the text printed when the system is up."""
    urls, credentials = running.state.urls, running.credentials
    lines = ["-" * _WIDTH, f"  API     {urls['api']}/v1/", f"  Docs    {urls['docs']}"]
    login = "" if credentials.admin is None else f"   login {credentials.admin.username} / {credentials.admin.password}"
    lines.append(f"  Admin   {urls['admin']}{login}")
    lines += [
        f"  {'':<{len(urls['admin']) + 8}}   login {each.username} / {each.password}" for each in credentials.people
    ]
    lines.append(f"  Dashboard, live: {urls['dashboard']}")
    people = [person for party in ("supplier", "retailer") if (person := credentials.first(party)) is not None]
    for person in people:
        lines += ["", f"  {person.party.capitalize()}: {person.name}", f"    client_id      {person.client_id}"]
        lines.append(f"    client_secret  {person.client_secret}")
    if people:
        lines += ["", "  Try it:", *_curl(urls["api"], people[0])]
    lines += ["", "  python manage.py status | logs | psql | down      everything else: python manage.py status --json"]
    return "\n".join([*lines, "-" * _WIDTH])


def _curl(base: str, person: Principal) -> list[str]:
    return [
        f"    TOKEN=$(curl -s {base}/oauth/token -u '{person.client_id}:{person.client_secret}' \\",
        '      -d grant_type=client_credentials -d scope="products:read inventory:read" \\',
        '      | sed \'s/.*"access_token": *"\\([^"]*\\)".*/\\1/\')',
        f'    curl -s {base}/v1/products -H "Authorization: Bearer $TOKEN"',
        f'    curl -s {base}/v1/inventory -H "Authorization: Bearer $TOKEN"',
    ]
