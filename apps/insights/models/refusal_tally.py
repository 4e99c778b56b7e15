from django.db import models

from apps.tenancy.models import TenantOwned


class RefusalTally(TenantOwned):
    """How often an operation of /v1 was refused with a code, in one hour.

    A refusal itself leaves nothing in the database; this counts apart, in memory first, so it is a statistic and no
    record: what was counted in the last two seconds is lost when a process is killed.
    """

    id = models.BigAutoField(primary_key=True)
    hour = models.DateTimeField()
    operation = models.CharField(max_length=64)
    code = models.CharField(max_length=64)
    count = models.BigIntegerField()

    class Meta:
        verbose_name = "refusals of an hour"
        verbose_name_plural = "refusals by hour"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "hour", "operation", "code"], name="one_tally_per_hour")
        ]

    def __str__(self) -> str:
        return f"{self.count} times {self.code} of {self.operation or 'no operation'}"
