"""Refusals of orders."""

from apps.core import errors


class NotNow(errors.InvalidState):
    """The order, or shipment, is in a status that this step does not begin from; `allowed` has the steps that do."""

    says = "It is {currentStatus}."


class Archived(errors.InvalidState):
    says = "{productId} is archived: it is ordered no more."


class MoreThanOpen(errors.InvalidState):
    says = "{productId} has {open} that may still be {step}; {requested} were named."


class RecordedOtherwise(errors.AlreadyExists):
    says = "{value} was recorded before, with other contents."
