from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.http.bodies import Body, MomentText, Version, View
from apps.inventory.api.bodies import Source
from apps.inventory.models import ConflictPolicy
from apps.inventory.queries.conflict_policies import ConflictPolicyFacts, policy_facts

PolicyName = Annotated[
    Literal["lastWriteWins", "sourcePriority", "manualReview"], msgspec.Meta(title="ConflictPolicyName")
]


class ConflictPolicyBody(Body):
    """Which feed is believed. `priorities` are the sources of `sourcePriority`, the most trusted first."""

    policy: PolicyName
    priorities: Annotated[list[Source], msgspec.Meta(max_length=100)] = []
    version: Version | UnsetType = UNSET


class ConflictPolicyView(View):
    """A policy; `supplierId` is `default` for every supplier that has none of its own."""

    supplier_id: str
    policy: str
    priorities: list[str]
    version: int
    updated_at: MomentText


class ConflictPolicyPage(View):
    data: list[ConflictPolicyView]
    next_page_token: str | None


def rendered_policy(facts: ConflictPolicyFacts) -> ConflictPolicyView:
    """Return the policy as /v1 shows it."""
    return ConflictPolicyView(
        supplier_id=facts.supplier_id,
        policy=facts.policy,
        priorities=facts.priorities,
        version=facts.version,
        updated_at=facts.updated_at,
    )


def rendered_policy_row(row: ConflictPolicy) -> ConflictPolicyView:
    """Return a row as /v1 shows it."""
    return rendered_policy(policy_facts(row))
