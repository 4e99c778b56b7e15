import uuid

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from apps.core.context import PartyType, Principal
from apps.inventory.models.stock import StockItem, StockLevel
from apps.tenancy.models import TenantOwned


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def visible_to(self, principal: Principal) -> "ReservationQuerySet":
        """Keep what the principal may see: staff all, a supplier those on its stock, a retail partner its own."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                parts = ReservationItem.objects.filter(
                    tenant_id=OuterRef("tenant_id"),
                    reservation_id=OuterRef("id"),
                    item__tenant_id=principal.tenant_id,
                    item__supplier_id=principal.party_id,
                    item__retail_partner_id=None,
                )
                return rows.filter(Exists(parts))
            case PartyType.RETAIL_PARTNER:
                own = ReservationItem.objects.filter(
                    tenant_id=OuterRef("tenant_id"),
                    reservation_id=OuterRef("id"),
                    item__tenant_id=principal.tenant_id,
                    item__retail_partner_id=principal.party_id,
                )
                return rows.filter(Q(beneficiary_id=principal.party_id) | Exists(own))


class Reservation(TenantOwned):
    """Stock of one or several items held for somebody, until a moment or until given up: a lease.

    Whether it has lapsed is judged by the clock at every look, so nothing depends on the sweeper. `version` counts what
    was done to it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=255, null=True)
    # The retail partner for whom it is: its pools and its shelf life count, and it may give it up.
    beneficiary_id = models.CharField(max_length=64, null=True, db_collation="C")
    # An order's: only the order uses it up, and what it loses it waits for. Who waits with a higher priority is served
    # first where the supplier's policy says so.
    for_order = models.BooleanField(default=False, db_default=False)
    priority = models.SmallIntegerField(default=0, db_default=0)
    application_id = models.BigIntegerField()
    party_type = models.CharField(max_length=16)
    party_id = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    objects = ReservationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="reservations_by_creation"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class ReservationItem(TenantOwned):
    """The part of a reservation that is about one item. `held` while anything of it is held.

    Of `quantity`, all that was ever held, `remaining` still is; the rest was committed, displaced or released.
    `waiting` will be held when there is stock (a back-order).
    """

    HELD = "held"
    RELEASED = "released"
    EXPIRED = "expired"
    COMMITTED = "committed"
    DISPLACED = "displaced"

    id = models.BigAutoField(primary_key=True)
    reservation = models.ForeignKey(
        Reservation, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="parts"
    )
    item = models.ForeignKey(StockItem, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    state = models.CharField(max_length=16)
    requested = models.BigIntegerField()
    quantity = models.BigIntegerField()
    remaining = models.BigIntegerField()
    committed = models.BigIntegerField(default=0)
    displaced = models.BigIntegerField(default=0)
    waiting = models.BigIntegerField(default=0, db_default=0)
    # The reservation's, where the kernel looks for what lapses on an item.
    expires_at = models.DateTimeField(null=True)
    # The pool that it draws on, while there is one.
    allocation_id = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "item", "expires_at"], name="live_reservations", condition=Q(state="held")),
            models.Index(fields=["tenant", "item"], name="back_orders", condition=Q(waiting__gt=0)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "reservation", "item"], name="one_part_per_item"),
            models.CheckConstraint(
                name="reservation_remaining",
                condition=Q(
                    remaining__gte=0,
                    committed__gte=0,
                    displaced__gte=0,
                    waiting__gte=0,
                    quantity__gte=F("remaining") + F("committed") + F("displaced"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remaining} of {self.quantity} {self.state}"


class ReservationLine(TenantOwned):
    """What a reservation holds of one level."""

    id = models.BigAutoField(primary_key=True)
    reservation = models.ForeignKey(
        Reservation, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="lines"
    )
    level = models.ForeignKey(StockLevel, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    remaining = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "reservation", "level"], name="one_line_per_level"),
            models.CheckConstraint(name="reservation_line_remaining", condition=Q(remaining__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.remaining} of level {self.level_id}"
