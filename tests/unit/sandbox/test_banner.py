"""What the banner shows: each address once, everybody who may sign in, and how to reach the rest."""

from pathlib import Path

from sandbox.banner import banner
from sandbox.credentials import Admin, Credentials, Principal
from sandbox.processes.identity import ProcessIdentity
from sandbox.running import Running
from sandbox.state_dir import StateDir
from sandbox.supervisor.state import State

_URLS = {
    "api": "http://h",
    "stream": "http://s",
    "docs": "http://h/docs",
    "admin": "http://h/admin/",
    "dashboard": "http://h/admin/",
}


def _principal(tenant: str, party: str) -> Principal:
    return Principal(
        name=f"{tenant} {party}",
        tenant=tenant,
        party=party,
        party_id="P1",
        client_id=f"id of {tenant} {party}",
        client_secret=f"secret of {tenant} {party}",
        scopes=("inventory:read",),
    )


def _banner(tmp_path: Path) -> str:
    principals = [_principal(tenant, party) for tenant in ("One", "Two") for party in ("supplier", "retailer")]
    credentials = Credentials(
        principals=tuple(principals), admin=Admin("admin", "pass 1"), people=(Admin("auditor", "pass 2"),)
    )
    state = State(supervisor=ProcessIdentity(pid=1, started="then"), started_at="then", ready=True, urls=_URLS)
    return banner(Running(state_dir=StateDir(tmp_path), state=state, credentials=credentials, started_by_us=True))


def test_the_admin_and_its_dashboard_are_one_line(tmp_path: Path) -> None:
    assert [line for line in _banner(tmp_path).splitlines() if "/admin/" in line] == [
        "  Admin  http://h/admin/   its first page is the live dashboard"
    ]


def test_it_names_every_login(tmp_path: Path) -> None:
    text = _banner(tmp_path)
    assert "    login admin / pass 1\n    login auditor / pass 2\n" in text


def test_it_shows_the_first_tenant_s_parties_and_how_to_get_the_second_s(tmp_path: Path) -> None:
    text = _banner(tmp_path)
    assert "client_id      id of One supplier\n    client_secret  secret of One supplier\n" in text
    assert "client_id      id of One retailer\n    client_secret  secret of One retailer\n" in text
    assert "The clients of Two, another tenant: .venv/bin/python manage.py status --clients Two\n" in text
