"""People of the admin, signed in."""

from functools import cache
from typing import Any
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.test import Client

from apps.tenancy.models import Membership, Tenant, User
from apps.tenancy.types import Role

PASSWORD = "correct horse battery staple"


def make_person(*tenants: Tenant, role: Role = Role.AUDITOR, **fields: Any) -> User:
    """Make a person who may sign in, with a role in each of the tenants."""
    user = User.objects.create(username=f"u{uuid4().hex[:12]}", password=_hashed(), is_staff=True, **fields)
    for tenant in tenants:
        Membership.objects.create(tenant=tenant, user=user, role=role)
    return user


def browser_of(tenant: Tenant, role: Role) -> tuple[User, Client]:
    """Return somebody of a role and their browser, without a password: hashing one takes longer than most tests."""
    user = User.objects.create(username=f"u{uuid4().hex[:12]}", is_staff=True)
    Membership.objects.create(tenant=tenant, user=user, role=role)
    client = Client()
    client.force_login(user)
    return user, client


def signed_in(user: User) -> Client:
    """Return a client that signed in with the password."""
    client = Client()
    answer = client.post("/admin/login/", {"username": user.username, "password": PASSWORD, "next": "/admin/"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    return client


@cache
def _hashed() -> str:
    """Hash the password once: that takes longer than most tests."""
    return make_password(PASSWORD)
