import pytest

from apps.tenancy.everywhere import for_each_tenant, system_call
from apps.tenancy.models import Tenant
from tests.support.api import TestTenant


def test_what_fails_for_one_tenant_is_done_for_the_others_and_told(
    tenant: TestTenant, other_tenant: TestTenant
) -> None:
    done = []

    def work(tenant_id: int) -> None:
        if tenant_id == tenant.id:
            raise ValueError("broken")
        done.append(system_call(tenant_id).tenant_id)

    with pytest.raises(ExceptionGroup) as raised:
        for_each_tenant(work, tenants=Tenant.objects.filter(pk__in=[tenant.id, other_tenant.id]))
    assert done == [other_tenant.id]
    assert [(str(each), each.__notes__) for each in raised.value.exceptions] == [
        ("broken", [f"This was for tenant {tenant.id}."])
    ]
