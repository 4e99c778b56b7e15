from django.contrib.auth.models import AbstractUser
from django.db import models

from apps.core.ids import new_id
from apps.tenancy.types import Role, TenantStatus


def new_tenant_code() -> str:
    """Return a fresh public identifier of a tenant."""
    return new_id("ten")


class Tenant(models.Model):  # type: ignore[django-manager-missing]  # the plugin cannot see the toolkit's base
    """A brand owner: the border that row level security draws."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=64, unique=True, default=new_tenant_code, editable=False)
    name = models.CharField(max_length=255)
    status = models.CharField(
        max_length=16, choices=[(status.value, status.value) for status in TenantStatus], default=TenantStatus.ACTIVE
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):  # type: ignore[django-manager-missing]  # the plugin cannot see the toolkit's base
    """A person; what they may see and do follows from their memberships."""

    def __str__(self) -> str:
        return self.get_username()


class Membership(models.Model):
    """A person's role in a tenant."""

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=32, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_per_tenant")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.tenant}"
