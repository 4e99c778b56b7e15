from django.db import models


class IdempotencyRecord(models.Model):
    """A key that an application used, the fingerprint of its request, and the facts of its effect.

    Written in the effect's own transaction: a key without facts is never visible. In the database the primary key
    is (tenant_id, application_id, key).
    """

    key = models.CharField(primary_key=True, max_length=255, db_collation="C")
    tenant_id = models.BigIntegerField()
    application_id = models.BigIntegerField()
    fingerprint = models.BinaryField()
    facts = models.JSONField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.application_id}:{self.key}"
