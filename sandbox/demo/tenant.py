"""A fresh tenant for one run, so that a run is exact on a system that has been up for long."""

import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.credentials import Principal, read_credentials
from sandbox.demo.errors import TenantFailed
from sandbox.state_dir import CHECKOUT, StateDir

SUPPLIER = "DEMO"
WAREHOUSE = "MAIN"


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody with credentials in the demo's tenant; the partners are by name of subscriber, which is their code."""

    operator: Principal
    supplier: Principal
    partners: Mapping[str, Principal]


async def make_tenant(name: str, partners: Sequence[str], *, environment: Mapping[str, str]) -> Cast:
    """Make a tenant with clients for an operator, the supplier and `partners`; raises TenantFailed.

    Clients have no API: they come from `manage.py seed_sandbox --tenant`, in a process that has the database's URL.
    """
    with tempfile.TemporaryDirectory(prefix="stockwire-demo-") as directory:
        place = StateDir(Path(directory))
        words = ("seed_sandbox", "--tenant", name, "--supplier", SUPPLIER, "--output", str(place.credentials))
        retailers = [word for partner in partners for word in ("--retailer", partner)]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "manage.py",
            *words,
            *retailers,
            cwd=CHECKOUT,
            env={**os.environ, **environment},
            stdout=PIPE,
            stderr=STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode != 0:
            message = f"The demo's tenant could not be made:\n{output.decode(errors='replace').strip()}"
            raise TenantFailed(message)
        credentials = read_credentials(place)
    by_party: dict[str, list[Principal]] = {}
    for principal in credentials.principals:
        by_party.setdefault(principal.party, []).append(principal)
    return Cast(
        operator=by_party["operator"][0],
        supplier=by_party["supplier"][0],
        partners={principal.party_id: principal for principal in by_party.get("retailer", [])},
    )


def partner_code(country: str) -> str:
    """Return a country as a code."""
    return country.replace(" ", "-")
