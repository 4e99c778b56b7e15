from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import AbstractApplication

from apps.core.context import PartyType
from apps.tenancy.models import Tenant


class ApplicationManager(models.Manager["Application"]):
    def get_by_natural_key(self, client_id: str) -> "Application":
        """Return the client that fixtures name."""
        return self.get(client_id=client_id)


class Application(AbstractApplication):
    """An OAuth client of one tenant, bound to one party, that may never ask for more than its allowed scopes.

    `party_id` is the code of a supplier or retail partner, empty for the tenant's own staff. Two secrets may live
    at once while one replaces the other.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="applications")
    party_type = models.CharField(max_length=16, choices=[(party.value, party.value) for party in PartyType])
    party_id = models.CharField(max_length=64, blank=True, default="")
    allowed_scopes = ArrayField(models.CharField(max_length=64), default=list)
    allowed_networks = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    previous_client_secret = models.CharField(max_length=255, blank=True, default="", editable=False)
    previous_secret_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)

    objects = ApplicationManager()

    class Meta(AbstractApplication.Meta):
        constraints = [
            models.CheckConstraint(
                name="application_secret_is_hashed",
                condition=models.Q(hash_client_secret=True) & models.Q(client_secret__startswith="keyed_sha256$"),  # noqa: S106 -- a prefix
            ),
            models.CheckConstraint(
                name="application_party_is_named",
                condition=models.Q(party_type="tenant", party_id="")
                | ~models.Q(party_type="tenant") & ~models.Q(party_id=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name or self.client_id)
