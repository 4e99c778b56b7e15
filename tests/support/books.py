"""After every test the books of its tenants balance, by the rules of the product's own `check_books`."""

from apps.inventory.queries.books import Discrepancy, checked_rules


def books_of(tenant_id: int) -> dict[str, tuple[Discrepancy, ...]]:
    """Return what is wrong in a tenant's books by the broken rule; empty when they balance."""
    return {checked.rule: checked.wrong for checked in checked_rules(tenant_id) if checked.wrong}
