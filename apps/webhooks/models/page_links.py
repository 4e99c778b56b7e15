from django.db import models
from django.db.models import F, Q

from apps.core.context import PartyType, Principal
from apps.tenancy.models import TenantOwned


class PageLinkQuerySet(models.QuerySet["PageLink"]):
    def visible_to(self, principal: Principal) -> "PageLinkQuerySet":
        """Keep what the principal may see: staff all, every other party its own."""
        rows = self.filter(tenant_id=principal.tenant_id)
        if principal.is_staff:
            return rows
        return rows.filter(party_type=principal.party, party_id=principal.party_id)


class PageLink(TenantOwned):
    """A link to the page on which a partner's people see their party's webhooks. Of its token only a hash is kept.

    `made_by` is the client that made it, or minus the person: a page lasts no longer than they may give one.
    """

    id = models.CharField(primary_key=True, max_length=64, db_collation="C", editable=False)
    token_hash = models.CharField(max_length=64, db_collation="C", editable=False)
    party_type = models.CharField(max_length=16, choices=[(party.value, party.value) for party in PartyType])
    party_id = models.CharField(max_length=64)
    made_by = models.BigIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)  # when the link was last followed
    revoked_at = models.DateTimeField(null=True)

    objects = PageLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "partner page"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "token_hash"], name="page_token_is_unique"),
            models.CheckConstraint(
                name="page_is_a_partner_s", condition=~Q(party_type=PartyType.TENANT.value) & ~Q(party_id="")
            ),
            models.CheckConstraint(name="page_ends_after_it_begins", condition=Q(expires_at__gt=F("created_at"))),
        ]
        indexes = [models.Index(fields=["tenant", "party_type", "party_id"], name="page_of_party")]

    def __str__(self) -> str:
        return f"{self.pk} of {self.party_type} {self.party_id}"
