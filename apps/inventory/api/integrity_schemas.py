from apps.core.http.bodies import MomentText, View
from apps.core.structs import convert
from apps.inventory.types import IntegrityFacts


class DiscrepancyView(View):
    """A place where the books do not balance: what they say, and what follows from the rest."""

    where: str
    stated: str
    calculated: str


class RuleView(View):
    """One rule: in how many places it does not hold, and the first of them."""

    rule: str
    wrong: int
    discrepancies: list[DiscrepancyView]


class IntegrityView(View):
    """What the newest check of the books found."""

    checked_at: MomentText
    balanced: bool
    rules: list[RuleView]


def rendered_integrity(facts: IntegrityFacts) -> IntegrityView:
    """Return what a check found as /v1 shows it."""
    return convert(facts, IntegrityView, from_attributes=True)
